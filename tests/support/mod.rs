//! What tests share.

pub mod anna;
pub mod api;
pub mod browser;
pub mod chance;
pub mod circles;
pub mod clock;
pub mod daemon;
pub mod disk;
pub mod door;
pub mod evidence;
pub mod http;
pub mod import;
pub mod letters;
pub mod need;
pub mod permit;
pub mod postgres;
pub mod process;
pub mod proof;
pub mod real;
pub mod salon;
pub mod shop;
pub mod smtp;
pub mod tls;
pub mod traces;
pub mod verifier;
pub mod web;

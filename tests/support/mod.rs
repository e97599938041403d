//! What tests share.

pub mod anna;
pub mod chance;
pub mod http;
pub mod letters;
pub mod salon;

//! What tests share.

pub mod http;
pub mod salon;

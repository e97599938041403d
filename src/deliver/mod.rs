//! Delivery: bytes, signatures, and the lanes that carry them over SMTP.

pub mod transport;

pub use transport::{ConnectFailure, Flight, Lane, Letter, Transport};

//! Rendering: from a template and one customer's facts to a draft, in words, not yet in bytes.

pub mod draft;

pub use draft::{Draft, Drafted};

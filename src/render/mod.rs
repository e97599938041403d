//! Rendering: from a template and one customer's facts to a draft, in words, not yet in bytes.

pub mod draft;
pub mod templates;

pub use draft::{Draft, Drafted};
pub use templates::{TemplateSet, Templates, Variant};

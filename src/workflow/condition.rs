//! Conditions in CEL, a standard with a grammar that we can walk. The crate is wrapped here and nowhere else.

/// A compiled condition.
#[derive(Debug)]
pub struct Condition {
    /// As written.
    pub text: String,
}

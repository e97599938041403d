//! A secret: never printed, wiped when dropped.

use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A password. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    #[must_use]
    pub const fn new(plain: String) -> Self {
        Self(plain)
    }

    /// The plain text, for the one who authenticates with it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

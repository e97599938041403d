//! The words that somebody agrees to, as a digest: whether two wordings are the same is told by it alone.

use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 of a purpose's title and promise, in the policy's own language.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WordingDigest(pub [u8; 32]);

impl WordingDigest {
    /// Of these words. Spaces at the ends and how lines are broken say nothing.
    #[must_use]
    pub fn of(title: &str, promise: &str) -> Self {
        let mut digest = Sha256::new();
        for words in [title, promise] {
            for word in words.split_whitespace() {
                digest.update(word);
                digest.update(b" ");
            }
            digest.update(b"\0");
        }
        Self(digest.finalize().into())
    }
}

impl fmt::Debug for WordingDigest {
    /// Its beginning: enough to tell two apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third, fourth, ..] = self.0;
        write!(f, "WordingDigest({first:02x}{second:02x}{third:02x}{fourth:02x}…)")
    }
}

#[cfg(test)]
mod tests {
    use super::WordingDigest;

    #[test]
    fn other_words_are_another_wording_and_other_line_breaks_are_not() {
        let of = WordingDigest::of;
        let once = of("News", "One letter a month.");
        assert_eq!(once, of("News", " One  letter\na month. "));
        for other in
            [of("News", "Two letters a month."), of("News One", "letter a month."), of("", "News One letter a month.")]
        {
            assert_ne!(once, other);
        }
    }
}

//! Suppositions: how the conditions of a template may be answered.
//!
//! A message has as many faces as its conditions have answers. All of them are too many to read; these are enough to
//! reach every word of any template that people write: all conditions true, all false, and both again with each one
//! condition answered the other way. What hangs on three conditions of mixed answers is read in none of them together,
//! but each of its words is read in one.

use std::collections::BTreeSet;

/// How many different conditions of one template are answered one by one.
const CONDITIONS_MAX: usize = 24;

/// One way of answering all conditions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Supposition {
    usual: Truth,
    /// The condition that is answered the other way.
    but: Option<String>,
}

/// An answer to a condition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Truth {
    No,
    Yes,
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        (self == Self::No).into()
    }
}

impl Supposition {
    /// The answer to one condition.
    pub(super) fn answer(&self, condition: &str) -> Truth {
        if self.but.as_deref() == Some(condition) { !self.usual } else { self.usual }
    }
}

/// Reads a message under all suppositions. `read` gives the conditions that it met: some are met only where others are
/// answered in one way.
pub(super) fn each(mut read: impl FnMut(&Supposition) -> BTreeSet<String>) {
    let mut met = BTreeSet::new();
    let mut waiting: Vec<Supposition> =
        [Truth::No, Truth::Yes].map(|usual| Supposition { usual, but: None }).into_iter().collect();
    while let Some(supposition) = waiting.pop() {
        for condition in read(&supposition) {
            if met.len() < CONDITIONS_MAX && met.insert(condition.clone()) {
                let other = |usual| Supposition { usual, but: Some(condition.clone()) };
                waiting.extend([other(Truth::No), other(Truth::Yes)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Truth, each};
    use std::collections::BTreeSet;

    #[test]
    fn every_branch_is_read_under_some_supposition() {
        // {{#if a}}1{{#if b}}2{{else}}3{{/if}}{{else}}4{{#if c}}5{{else}}6{{/if}}{{/if}}
        let mut reached = BTreeSet::new();
        each(|supposition| {
            let yes = |name| supposition.answer(name) == Truth::Yes;
            let (met, found) = match (yes("a"), yes("b"), yes("c")) {
                (true, true, _) => (["a", "b"], [1, 2]),
                (true, false, _) => (["a", "b"], [1, 3]),
                (false, _, true) => (["a", "c"], [4, 5]),
                (false, _, false) => (["a", "c"], [4, 6]),
            };
            reached.extend(found);
            met.map(str::to_owned).into()
        });
        assert_eq!(reached, (1..=6).collect());
    }
}

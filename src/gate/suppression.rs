//! Suppression: did this mailbox refuse, this purpose or everything?
//!
//! A suppression is a no without an end, so it refuses and never holds. It belongs to the mailbox, not to the person:
//! whoever else is written to there has not stopped, but the mailbox has. What a later yes weighs against it is
//! [`Suppression::forbids`](crate::people::Suppression::forbids)'s to say: only one that the mailbox itself confirmed.

use super::{Facts, Finding, Outcome, Reason, Rule};

pub(super) fn ask(facts: &Facts) -> Finding {
    let mut all = facts.suppressions.iter();
    let (outcome, reason) = match all.find(|row| row.forbids(&facts.plan.purpose, facts.consent)) {
        None => (Outcome::Pass, Reason::NotSuppressed),
        Some(row) => (Outcome::Refuse, Reason::Suppressed { row: row.id, why: row.reason, since: row.at }),
    };
    Finding { rule: Rule::Suppression, outcome, reason }
}

//! Suppression: did this mailbox refuse, this purpose or everything?
//!
//! A suppression is a no for ever, so it refuses and never holds. It belongs to the mailbox, not to the person: whoever
//! else is written to there has not stopped, but the mailbox has. Nothing weighs against it, not even a newer yes: the
//! way back removes the row.
//!
//! Invariant: the row's date is not looked at. A suppression dated in the future by a wrong clock still counts.

use super::{Facts, Finding, Outcome, Reason, Rule};

pub(super) fn ask(facts: &Facts) -> Finding {
    let of_purpose = |purpose: &Option<String>| purpose.as_ref().is_none_or(|it| *it == facts.plan.purpose);
    let (outcome, reason) = match facts.suppressions.iter().find(|row| of_purpose(&row.purpose)) {
        None => (Outcome::Pass, Reason::NotSuppressed),
        Some(row) => (Outcome::Refuse, Reason::Suppressed { row: row.id, why: row.reason, since: row.at }),
    };
    Finding { rule: Rule::Suppression, outcome, reason }
}

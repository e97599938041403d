//! Suppression: did this mailbox refuse, this purpose or everything?
//!
//! A suppression is a no without an end, so it refuses and never holds. It belongs to the mailbox, not to the person:
//! whoever else is written to there has not stopped, but the mailbox has. What a later yes weighs against it is
//! [`Suppression::forbids`]'s to say: only one that the mailbox itself confirmed.
//!
//! Whoever was erased and comes back by a booking of their own gets the service that it needs; anything else needs a yes that they
//! confirm.
//!
//! Whoever stopped everything and asks for something afterwards is asked whether it was they, once. A no to such questions
//! stands. One to messages about their own data stands until they ask for it again.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, consent::asked_since};
use crate::{
    people::{Suppression, SuppressionReason},
    policy::{Basis, Request},
};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let mut all = facts.suppressions.iter();
    let forbids = |row: &&Suppression| {
        let passes = match row.reason {
            SuppressionReason::Stopped => {
                let answers = rules.policy.answers(&facts.plan.purpose);
                let is_open = row.purpose.is_none() || answers == Some(Request::Data);
                is_open && is_asked_for(facts, rules, row)
            }
            SuppressionReason::Erased => serves(facts, rules) || is_asked_for(facts, rules, row),
            SuppressionReason::NoSuchMailbox | SuppressionReason::Operator => false,
        };
        row.forbids(&facts.plan.purpose, facts.consent) && !passes
    };
    let (outcome, reason) = match all.find(forbids) {
        None => (Outcome::Pass, Reason::NotSuppressed),
        Some(row) => (Outcome::Refuse, Reason::of_suppression(row)),
    };
    Finding { rule: Rule::Suppression, outcome, reason }
}

impl Reason {
    /// That it forbids.
    pub(super) const fn of_suppression(row: &Suppression) -> Self {
        Self::Suppressed { row: row.id, why: row.reason, since: row.at }
    }
}

/// Whether it is the service that a record of theirs needs.
fn serves(facts: &Facts, rules: &Rules<'_>) -> bool {
    rules.policy.purposes.get(&facts.plan.purpose).is_some_and(|purpose| purpose.basis == Basis::Contract)
}

fn is_asked_for(facts: &Facts, rules: &Rules<'_>, row: &Suppression) -> bool {
    let purpose = rules.policy.purposes.get(&facts.plan.purpose);
    purpose.is_some_and(|purpose| asked_since(facts, purpose.basis, row.at))
}

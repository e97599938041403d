//! Minor: is the person a child?
//!
//! A child's yes is none without whoever cares for them (GDPR 8), and we have no way to ask those. So nothing leaves that rests
//! on a yes, and no question whether they agree. What was arranged for them is written about: somebody made the
//! appointment, and a reminder of it sells nothing. Nor does what answers whoever asks for the child's data. A purpose that is
//! gone from the policy counts as marketing.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules};
use crate::{
    people::Bars,
    policy::{Basis, Request},
};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let basis = rules.policy.purposes.get(&facts.plan.purpose).map(|purpose| purpose.basis);
    let answers_them = rules.policy.answers(&facts.plan.purpose) == Some(Request::Data);
    let (outcome, reason) = match against(&facts.bars, basis).filter(|_| !answers_them) {
        None => (Outcome::Pass, Reason::NoMinor),
        Some(reason) => (Outcome::Refuse, reason),
    };
    Finding { rule: Rule::Minor, outcome, reason }
}

/// What it has against messages on this basis.
pub(super) fn against(bars: &Bars, basis: Option<Basis>) -> Option<Reason> {
    let is_service = basis == Some(Basis::Contract);
    bars.minor.filter(|_| !is_service).map(|mark| Reason::Minor { row: mark.row, since: mark.at })
}

//! Objection: did the person object to this (GDPR 21)?
//!
//! An objection to marketing stops all of it, what rests on a yes as well as what rests on a sale; one to a purpose stops that
//! purpose, whatever it rests on. What outweighs it is the person's to say: [`Bars::objection_to`]. A purpose that is gone
//! from the policy counts as marketing, the stricter of the two.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules};
use crate::{
    people::{Bars, ConsentState, bar::Objection},
    policy::Basis,
};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let basis = rules.policy.purposes.get(&facts.plan.purpose).map(|purpose| purpose.basis);
    let (outcome, reason) = match against(&facts.bars, &facts.plan.purpose, basis, facts.consent) {
        None => (Outcome::Pass, Reason::NoObjection),
        Some(reason) => (Outcome::Refuse, reason),
    };
    Finding { rule: Rule::Objection, outcome, reason }
}

/// What it has against messages of a purpose.
pub(super) fn against(bars: &Bars, purpose: &str, basis: Option<Basis>, consent: ConsentState) -> Option<Reason> {
    let is_marketing = basis.is_none_or(Basis::is_marketing);
    bars.objection_to(purpose, is_marketing, consent).map(|Objection { mark, purpose }| Reason::Objected {
        row: mark.row,
        at: mark.at,
        purpose: purpose.clone(),
    })
}

//! Restriction: is the use of the person's data restricted (GDPR 18)?
//!
//! Then nothing leaves but an answer to what they asked for since: a service that they arranged waits for the business to
//! lift it, as a letter does. It refuses and doesn't hold, because nobody knows when that will be.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, consent::asked_since};
use crate::people::Bars;

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let basis = rules.policy.purposes.get(&facts.plan.purpose).map(|purpose| purpose.basis);
    let is_asked_for = |at| basis.is_some_and(|basis| asked_since(facts, basis, at));
    let stands = facts.bars.restriction.filter(|mark| !is_asked_for(mark.at)).and_then(|_| against(&facts.bars));
    let (outcome, reason) = match stands {
        None => (Outcome::Pass, Reason::NotRestricted),
        Some(reason) => (Outcome::Refuse, reason),
    };
    Finding { rule: Rule::Restriction, outcome, reason }
}

/// What it has against any message that the person didn't ask for.
pub(super) fn against(bars: &Bars) -> Option<Reason> {
    bars.restriction.map(|mark| Reason::Restricted { row: mark.row, since: mark.at })
}

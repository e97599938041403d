//! Sequence: is another message about this visit on the wire at this moment?
//!
//! Two messages about one visit that leave side by side arrive in any order, and the older one may have the last word.
//! So the second waits until the first has its receipt. There is no date for that: the hold ends with an event, at the
//! latest when a permit's life ends.
//!
//! Not promised: that the *receiving* server keeps the order. It had the first one's `250` before it saw the second.

use super::{Facts, Finding, Outcome, Reason, Rule, Until, reason::Event};

pub(super) fn ask(facts: &Facts) -> Finding {
    let (outcome, reason) = match facts.sequence.in_flight.filter(|plan| *plan != facts.plan.id) {
        None => (Outcome::Pass, Reason::InOrder),
        Some(plan) => (Outcome::Hold(Until::When(Event::StepEnded)), Reason::StepInFlight { plan }),
    };
    Finding { rule: Rule::Sequence, outcome, reason }
}

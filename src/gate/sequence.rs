//! Sequence: does this message come after those that it should come after?
//!
//! Two messages about one visit that leave side by side arrive in any order, and the older one may have the last word.
//! So the second waits until the first has its receipt. There is no date for that: the hold ends with an event, at the
//! latest when a permit's life ends.
//!
//! In a journey, where the workflow's steps keep their order, a step also waits until the one before it has ended, by a
//! receipt or by a reason; and if that one left later than planned, for as long after it as was planned between the two.
//!
//! Not promised: that the *receiving* server keeps the order. It had the first one's `250` before it saw the second.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, Until, facts::OtherStep, finding::Event};
use crate::{
    base::Instant,
    workflow::{Order, StepAt, Workflow},
};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let in_flight = facts.sequence.in_flight.filter(|plan| *plan != facts.plan.id);
    let (outcome, reason) = match in_flight {
        Some(plan) => (Outcome::Hold(Until::When(Event::StepEnded)), Reason::StepInFlight { plan }),
        None => rules
            .workflow
            .filter(|workflow| workflow.order == Order::Kept)
            .and_then(|workflow| journey(workflow, facts))
            .unwrap_or((Outcome::Pass, Reason::InOrder)),
    };
    Finding { rule: Rule::Sequence, outcome, reason }
}

/// What holds a step of a journey.
fn journey(workflow: &Workflow, facts: &Facts) -> Option<(Outcome, Reason)> {
    let place = workflow.steps.iter().position(|step| step.name == facts.plan.step)?;
    let before: Vec<&OtherStep> = workflow
        .steps
        .iter()
        .take(place)
        .filter_map(|rule| facts.sequence.others.iter().find(|other| other.step == rule.name))
        .collect();
    if let Some(open) = before.iter().find(|other| !other.state.is_ended()) {
        let reason = Reason::StepBefore { plan: open.plan };
        return Some((Outcome::Hold(Until::When(Event::StepEnded)), reason));
    }
    let left_at = before.iter().filter_map(|other| other.left_at).max()?;
    let opens_at = after(workflow, place, left_at, facts)?;
    (facts.now < opens_at)
        .then_some((Outcome::Hold(Until::At(opens_at)), Reason::TooSoonAfterStep { left_at, opens_at }))
}

/// So long after the step before it this one comes at the soonest, whenever that one left.
fn after(workflow: &Workflow, place: usize, left_at: Instant, facts: &Facts) -> Option<Instant> {
    // A zone that can't be read is the quiet hours' to refuse.
    let zone = facts.zone.as_ref().ok()?;
    match &workflow.steps.get(place)?.at {
        StepAt::Wait(offset) => Some(offset.wait_from(zone.local(left_at), *zone)),
        StepAt::Anchor(_) | StepAt::Field(_) => None,
    }
}

//! Which plans an occurrence calls for: pure arithmetic of due times and expiries.
//!
//! A step is asked for at its offset before the visit. Where the workflow says `if_quiet = "earlier"` and that moment
//! is quiet for the customer, it moves to [`EARLIER_LEAD`] before the quiet hours begin. A step expires when the next
//! one is due, the last when the visit begins: so two reminders of one visit are never both worth sending.
//!
//! Example: a visit at 09:00, steps `12h` and `2h`, quiet from 20:00 to 08:00. Both moments, 21:00 and 07:00, move to
//! 19:45. They are due together, the first one's life is empty, and the customer gets one message: the second.
//!
//! Invariant: in what [`schedule`] returns, due times never decrease from step to step, and no plan expires before it is
//! due. A step whose move would overtake the step before it is due together with that one, which then has an empty life
//! (`expires_at == due_at`); so has a step that is asked for after the visit. The gate refuses those as expired, when
//! they are due: a reason is on record for each (promise P6).
//!
//! The clock isn't asked here, so the same visit always has the same schedule. What to do with moments that are past is
//! [`reconcile`](super::reconcile())'s business; it needs [`Planned::asked_at`] for that.

use crate::{
    base::{Instant, Zone},
    policy::{Policy, quiet::EARLIER_LEAD},
    trigger::Occurrence,
    workflow::{IfQuiet, Offset, Step, Workflow},
};

/// A plan that should exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which step.
    pub step: Step,
    /// [`Occurrence::key`].
    pub occurrence: String,
    /// The moment that the offset names, before any move out of the quiet hours.
    pub asked_at: Instant,
    /// When it should leave.
    pub due_at: Instant,
    /// When it is too late: the next step's due time, for the last one the visit itself.
    pub expires_at: Instant,
}

/// The plans of one occurrence, in order of their due times. A step that a workflow names twice is planned once.
#[must_use]
pub fn schedule(workflow: &Workflow, policy: &Policy, occurrence: &Occurrence, customer_zone: Zone) -> Vec<Planned> {
    let starts_at = occurrence.starts_at();
    let key = occurrence.key();
    let mut asked: Vec<(Instant, &Offset)> =
        workflow.steps.iter().map(|offset| (offset.before(occurrence.start, occurrence.zone), offset)).collect();
    // Stable: of two steps that are asked for at one moment, the one written last is nearer to the visit.
    asked.sort_by_key(|(at, _)| *at);

    let mut plans: Vec<Planned> = Vec::with_capacity(asked.len());
    for (asked_at, offset) in asked {
        let step = offset.step();
        if plans.iter().any(|plan| plan.step == step) {
            continue;
        }
        let moved = out_of_quiet(workflow, policy, asked_at, customer_zone);
        let due_at = plans.last().map_or(moved, |before| moved.max(before.due_at));
        if let Some(before) = plans.last_mut() {
            before.expires_at = due_at.min(starts_at).max(before.due_at);
        }
        plans.push(Planned { step, occurrence: key.clone(), asked_at, due_at, expires_at: starts_at.max(due_at) });
    }
    plans
}

/// Before the quiet hours, where the workflow wants that and the moment is quiet; else the moment itself.
fn out_of_quiet(workflow: &Workflow, policy: &Policy, asked_at: Instant, customer_zone: Zone) -> Instant {
    match (workflow.if_quiet, policy.quiet_hours) {
        (IfQuiet::Earlier, Some(hours)) => {
            hours.around(asked_at, customer_zone).map_or(asked_at, |(begins, _)| begins.minus(EARLIER_LEAD))
        }
        _ => asked_at,
    }
}

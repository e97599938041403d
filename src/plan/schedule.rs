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
//! [`reconcile`](super::reconcile())'s business; it needs [`Planned::late_at`] for that.

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
    /// When it should leave. In quiet hours the gate holds it.
    pub due_at: Instant,
    /// Where `due_at` is past already when the visit becomes known: the last moment at which it may still leave, the end
    /// of the quiet hours that the offset falls into. Elsewhere the same as `due_at`.
    pub late_at: Instant,
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
        let (wished_at, late_at) = around_quiet(workflow, policy, asked_at, customer_zone);
        let due_at = plans.last().map_or(wished_at, |before| wished_at.max(before.due_at));
        if let Some(before) = plans.last_mut() {
            before.expires_at = due_at.min(starts_at).max(before.due_at);
        }
        let late_at = late_at.max(due_at);
        plans.push(Planned { step, occurrence: key.clone(), due_at, late_at, expires_at: starts_at.max(due_at) });
    }
    plans
}

/// When a step that is asked for at `asked_at` is due, and when it may leave at the latest.
fn around_quiet(workflow: &Workflow, policy: &Policy, asked_at: Instant, customer_zone: Zone) -> (Instant, Instant) {
    let window = policy.quiet_hours_of(&workflow.purpose).and_then(|hours| hours.around(asked_at, customer_zone));
    match (window, workflow.if_quiet) {
        (Some((begins, ends)), IfQuiet::Earlier) => (begins.minus(EARLIER_LEAD), ends),
        (Some((_, ends)), IfQuiet::Later) => (asked_at, ends),
        (Some(_), IfQuiet::Refuse) | (None, _) => (asked_at, asked_at),
    }
}

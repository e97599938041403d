//! Which plans an occurrence calls for: pure arithmetic of due times and expiries.
//!
//! A step is asked for at its offset from the date. Where the workflow says `if_quiet = "earlier"` and that moment
//! is quiet for the customer, it moves to [`EARLIER_LEAD`] before the quiet hours begin. How long it is worth sending:
//!
//! - *steps before a date* expire when the next one is due, the last when the visit begins: so two reminders of one visit
//!   are never both worth sending;
//! - *all others* by their `cancel_after`, by the workflow's `expires`, or by what the trigger means: a birthday ends with
//!   its day, what a schedule says with a day, everything else after a week. Where steps don't wait for each other, the next
//!   one's due time ends the one before it, too.
//!
//! Example: a visit at 09:00, steps `12h` and `2h`, quiet from 20:00 to 08:00. Both moments, 21:00 and 07:00, move to
//! 19:45. They are due together, the first one's life is empty, and the customer gets one message: the second.
//!
//! Example: a journey with the waits `0h`, `3d at 10:00` and `4d`: each wait counts from the moment of the step before it. If
//! that one leaves later than planned, the gate holds the next one for as long as it would have waited.
//!
//! Invariant: in what [`schedule`] returns, due times never decrease from step to step, and no plan expires before it is
//! due. A step whose move would overtake the step before it is due together with that one, which then has an empty life
//! (`expires_at == due_at`); so has a step that is asked for after the visit. The gate refuses those as expired, when
//! they are due: a reason is on record for each (promise P6).
//!
//! The clock isn't asked here, so the same visit always has the same schedule. What to do with moments that are past is
//! [`reconcile`](super::reconcile())'s business; it needs [`Planned::late_at`] for that.

use crate::{
    base::{Instant, Term, Value, Zone, value::Fields},
    policy::{Policy, quiet::EARLIER_LEAD},
    trigger::Occurrence,
    workflow::{IfQuiet, Order, Step, StepAt, StepRule, Trigger, Workflow},
};

/// How long a message about what is past is worth sending, where nobody says otherwise.
const A_WEEK: Term = Term::Days(7);
/// How long one of a schedule is.
const A_DAY: Term = Term::Days(1);

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

/// The plans of one occurrence, in order of their due times. A step that a workflow names twice is planned once, and one
/// that waits for a date which the record hasn't is not planned, nor are those after it.
#[must_use]
pub fn schedule(
    workflow: &Workflow,
    policy: &Policy,
    occurrence: &Occurrence,
    record: &Fields,
    customer_zone: Zone,
) -> Vec<Planned> {
    let mut plans: Vec<Planned> = Vec::with_capacity(workflow.steps.len());
    for (asked_at, rule) in asked(workflow, occurrence, record) {
        let step = rule.name.clone();
        if plans.iter().any(|plan| plan.step == step) {
            continue;
        }
        let (wished_at, late_at) = around_quiet(workflow, policy, asked_at, customer_zone);
        let due_at = plans.last().map_or(wished_at, |before| wished_at.max(before.due_at));
        if let Some(before) = plans.last_mut().filter(|_| workflow.order == Order::Independent) {
            before.expires_at = before.expires_at.min(due_at).max(before.due_at);
        }
        let expires_at = end_of(workflow, rule, occurrence, due_at, customer_zone).max(due_at);
        let late_at = late_at.max(due_at);
        plans.push(Planned { step, occurrence: occurrence.key.clone(), due_at, late_at, expires_at });
    }
    plans
}

/// When each step is asked for, in order.
fn asked<'a>(workflow: &'a Workflow, occurrence: &Occurrence, record: &Fields) -> Vec<(Instant, &'a StepRule)> {
    let zone = occurrence.zone;
    let mut last = occurrence.starts_at();
    let mut asked = Vec::with_capacity(workflow.steps.len());
    for rule in &workflow.steps {
        let at = match &rule.at {
            StepAt::Anchor(offset) => offset.from(occurrence.start, zone),
            StepAt::Wait(offset) => offset.wait_from(zone.local(last), zone),
            StepAt::Field(field) => match record.get(field) {
                Some(Value::Datetime(date)) => date.at(zone),
                _ => break,
            },
        };
        last = at;
        asked.push((at, rule));
    }
    if workflow.order == Order::Independent {
        // Stable: of two steps that are asked for at one moment, the one written last is nearer to the date.
        asked.sort_by_key(|(at, _)| *at);
    }
    asked
}

/// When a step that is due at `due_at` is too late.
fn end_of(workflow: &Workflow, rule: &StepRule, occurrence: &Occurrence, due_at: Instant, zone: Zone) -> Instant {
    match (rule.cancel_after.or(workflow.expires), &workflow.trigger) {
        (term, Trigger::Before(_)) => {
            let starts_at = occurrence.starts_at();
            term.map_or(starts_at, |term| term.end(due_at, zone).min(starts_at))
        }
        (Some(term), _) => term.end(due_at, zone),
        (None, Trigger::Yearly { .. }) => {
            let day = zone.local(due_at).date();
            let midnight = day.succ_opt().and_then(|next| next.and_hms_opt(0, 0, 0));
            midnight.map_or(due_at, |midnight| zone.resolve(midnight))
        }
        (None, Trigger::Cron { .. }) => A_DAY.end(due_at, zone),
        (None, Trigger::After(_) | Trigger::Absent(_) | Trigger::On(_) | Trigger::Digest { .. }) => {
            A_WEEK.end(due_at, zone)
        }
    }
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

//! What changes among a record's plans when the record changes.
//!
//! `wanted` is what the visit calls for now (from [`schedule`](super::schedule())); it is empty when the visit is
//! cancelled or `only_if` says no. `existing` is every plan that the workflow ever made for this record, at whatever
//! date. The answer is a list of changes, applied in the transaction that changes the record:
//!
//! - a step that has no plan gets one; if it is before a visit and its moment is past already, one that is refused at once,
//!   so that the reason is on record. A message about what is past may leave as long as it hasn't expired, and is not
//!   planned afterwards: a shop's whole history, imported, is no news;
//! - an open plan of the same date is retimed where its times differ, and one of another date is voided;
//! - an open plan whose step or whole workflow is not in the files any more is refused, so that the reason is on record;
//! - a plan that was voided or refused so, and of which nothing left, lives again when the visit comes back to its date,
//!   or the step to its file, before its moment: whoever takes a line out by mistake has lost nothing. Where the moment
//!   passed meanwhile it stays as it is, as a visit first known too late gets no reminder either;
//! - a plan that ended otherwise is never touched: each (workflow, step, customer, occurrence) is written to once, for
//!   ever (promise P4). Nor is one that is on the wire: what comes of it, its receipt says;
//! - when the last message that left named another date, one message says that the visit moved
//!   ([`Step::moved`]), where the workflow allows and the visit isn't past.
//!
//! Example: the reminder for Monday 10:00 left, then the visit moves to Tuesday. The open plans for Monday are voided,
//! Tuesday's steps are planned, and `moved#2` is due now. It expires when Tuesday's next step is due, for that one
//! names the right date too. Moved back to Monday before it left: `moved#2` is voided, for the customer knows Monday.
//!
//! Not promised: that what was on the wire at the moment of the change names the new date.

use super::{PlanState, Planned};
use crate::{
    base::{Instant, PlanId, Zone},
    trigger,
    workflow::{IfMoved, Step, Workflow},
};
use std::collections::BTreeMap;

/// A plan of this record and workflow that exists already, whatever its occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Row id.
    pub id: PlanId,
    /// Its step.
    pub step: Step,
    /// Its occurrence's key.
    pub occurrence: String,
    /// Where it stands.
    pub state: PlanState,
    /// What the files no longer had of it, where it was refused for that.
    pub gone: Option<Gone>,
    /// Whether an attempt of it ever reached an intent: the message may have arrived.
    pub left: Left,
    /// When it was made due.
    pub due_at: Instant,
    /// When it expires.
    pub expires_at: Instant,
}

/// What the files no longer have of a plan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gone {
    /// The whole workflow.
    Workflow,
    /// Its step. The workflow goes on without it, or with something else.
    Step,
}

/// Whether a message may have reached the customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// No attempt got so far.
    No,
    /// Accepted, uncertain, or on the wire at this moment, at this time.
    Yes(Instant),
}

impl Left {
    const fn at(self) -> Option<Instant> {
        match self {
            Self::No => None,
            Self::Yes(at) => Some(at),
        }
    }
}

impl Existing {
    /// Ended, and alive again where what ended it is no longer so: nothing of it can have arrived.
    #[must_use]
    pub fn may_return(&self) -> bool {
        self.left == Left::No && (self.state == PlanState::Void || self.gone.is_some())
    }
}

/// One change, for the store to apply in the record's transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new plan.
    Create(Planned),
    /// A new plan that ends at once, because it was due before the visit was known.
    CreateRefused(Planned),
    /// An open plan whose due time or expiry moved.
    Retime(PlanId, Planned),
    /// An open plan that no longer applies.
    Void(PlanId),
    /// An open plan that the files no longer have.
    Refuse(PlanId, Gone),
    /// A plan that was voided, or refused so, and applies again, under a new epoch: nothing of it ever left.
    Revive(PlanId, Planned),
}

/// The changes that lead from `existing` to `wanted`. Pure: the same input, the same answer; and applied once, the
/// answer to the next asking at the same time is empty.
#[must_use]
pub fn reconcile(
    workflow: &Workflow,
    now: Instant,
    wanted: &[Planned],
    existing: &[Existing],
    record_version: i64,
) -> Vec<Change> {
    let known: BTreeMap<(&Step, &str), &Existing> =
        existing.iter().map(|plan| ((&plan.step, plan.occurrence.as_str()), plan)).collect();
    let correction = correction(workflow, now, wanted, existing, record_version);
    let apply: Vec<&Planned> = wanted.iter().chain(&correction).collect();

    let ended = existing
        .iter()
        .filter(|plan| is_open(plan))
        .filter(|plan| !apply.iter().any(|want| want.step == plan.step && want.occurrence == plan.occurrence))
        .map(|plan| {
            let is_in_file = plan.step.is_moved() || workflow.step(&plan.step).is_some();
            if is_in_file { Change::Void(plan.id) } else { Change::Refuse(plan.id, Gone::Step) }
        });
    let ahead = workflow.trigger.is_ahead();
    let others = apply.iter().filter_map(|want| match known.get(&(&want.step, want.occurrence.as_str())) {
        Some(plan) => keep(plan, want, now, ahead),
        None if ahead => Some(create(want, now)),
        None => (now < want.expires_at).then(|| Change::Create((*want).clone())),
    });
    ended.chain(others).collect()
}

/// The changes where no workflow makes these plans any more: nothing of them leaves.
#[must_use]
pub fn abandon(existing: &[Existing], gone: Gone) -> Vec<Change> {
    existing.iter().filter(|plan| is_open(plan)).map(|plan| Change::Refuse(plan.id, gone)).collect()
}

/// A step without a plan. Where its moment is past but the quiet hours that it falls into are not, it is due when they
/// end, as it would be if the visit had been known before.
fn create(want: &Planned, now: Instant) -> Change {
    match in_time(want, now) {
        Some(planned) => Change::Create(planned),
        None => Change::CreateRefused(want.clone()),
    }
}

/// A step with a plan.
fn keep(plan: &Existing, want: &Planned, now: Instant, ahead: bool) -> Option<Change> {
    if plan.may_return() {
        let again = if ahead { in_time(want, now) } else { (now < want.expires_at).then(|| want.clone()) };
        return again.map(|planned| Change::Revive(plan.id, planned));
    }
    if plan.state.is_ended() {
        return None;
    }
    // It was made when its moment was past already: that is no news.
    let due_at = if plan.due_at == want.late_at { want.late_at } else { want.due_at };
    let moved = (plan.due_at, plan.expires_at) != (due_at, want.expires_at);
    moved.then(|| Change::Retime(plan.id, Planned { due_at, ..want.clone() }))
}

/// The plan with a due time that isn't past, or `None` when all its moments are.
fn in_time(want: &Planned, now: Instant) -> Option<Planned> {
    let due_at = [want.due_at, want.late_at].into_iter().find(|at| *at >= now)?;
    // A step that was merged into the one after it stays merged.
    let worth_it = due_at == want.due_at || due_at < want.expires_at;
    worth_it.then(|| Planned { due_at, ..want.clone() })
}

/// Neither ended nor on the wire.
fn is_open(plan: &Existing) -> bool {
    !plan.state.is_ended() && (plan.state != PlanState::Sending || plan.left == Left::No)
}

/// The message that says that the visit moved, if one is called for: a new one, or the one that waits already.
fn correction(
    workflow: &Workflow,
    now: Instant,
    wanted: &[Planned],
    existing: &[Existing],
    record_version: i64,
) -> Option<Planned> {
    let here = wanted.first()?.occurrence.as_str();
    let starts_at = start_of(here)?;
    let told = existing.iter().filter(|plan| plan.left != Left::No).max_by_key(|plan| (plan.left.at(), plan.id))?;
    let is_news = start_of(&told.occurrence) != Some(starts_at);
    if !workflow.trigger.is_ahead() || workflow.if_moved == IfMoved::Silent || !is_news || starts_at <= now {
        return None;
    }
    let plan = |step: Step, due_at: Instant| {
        let next_due = wanted.iter().map(|plan| plan.due_at).find(|next| *next >= due_at);
        let expires_at = next_due.unwrap_or(starts_at).min(starts_at).max(due_at);
        Planned { step, occurrence: here.to_owned(), due_at, late_at: due_at, expires_at }
    };
    // Since the customer was told the other date, was a message about this one planned? Then that is the one, in
    // whatever state: nobody is told twice, and a refusal isn't asked again.
    let since_told = existing.iter().filter(|plan| plan.step.is_moved() && plan.occurrence == here);
    match since_told.filter(|plan| Some(plan.due_at) >= told.left.at()).max_by_key(|plan| plan.id) {
        Some(earlier) if earlier.may_return() => Some(plan(earlier.step.clone(), now)),
        Some(earlier) => Some(plan(earlier.step.clone(), earlier.due_at)),
        None => Some(plan(Step::moved(record_version), now)),
    }
}

/// The instant at which the visit of an occurrence begins.
fn start_of(occurrence: &str) -> Option<Instant> {
    trigger::start_in(occurrence).map(|start| start.at(Zone::UTC))
}

//! The plans of changed records, in the same transaction as the change.
//!
//! First every permission that rests on the old version and has not reached an intent is taken back. Then the engine's
//! [`Replan`] says which plans apply now, and what differs is ended, retimed, revived or created, each kind in one
//! statement for all records. A plan whose message may have arrived never ends so: the engine plans the message that
//! says that the visit moved.

use super::{
    StoreError,
    book::{Line, rows},
    database::{Row, query, query_as},
    plan_rows::instant,
    round::Desk,
    sealing::parse,
    statements::{
        people::REVOKE_PLANS,
        pipeline::WAKE_STEPS,
        records::{CREATE_PLANS, END_PLANS, EXISTING, OPEN_FOR_PLANS, RETIME_PLANS, REVIVE_PLANS},
    },
    stop::{self, OpenRow},
    types::{PlansOf, Refusal, Replan, WorkflowChanges},
};
use crate::{
    base::{AttemptId, CustomerId, Instant, PlanId, RecordId},
    gate::{Reason, Rule},
    ledger::Happening,
    people::{Answer, Customer},
    plan::{Change, Existing, Gone, Left, PlanState, Planned},
    trigger::{News, Record, RecordStatus, Subject},
    workflow::Step,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Records that changed in one transaction; the last word on each counts.
pub(super) struct Subjects<'a> {
    pub planner: &'a dyn Replan,
    changed: BTreeMap<RecordId, Subject>,
}

impl<'a> Subjects<'a> {
    pub fn of(planner: &'a dyn Replan) -> Self {
        Self { planner, changed: BTreeMap::new() }
    }

    pub fn add(&mut self, subject: Subject) {
        // What happened first is the news: a record that is created and changed in one transaction is new.
        let before = self.changed.remove(&subject.record.id).map(|before| before.news);
        let news = before.filter(|before| *before != News::Nothing).unwrap_or_else(|| subject.news.clone());
        self.changed.insert(subject.record.id, Subject { news, ..subject });
    }

    /// One that is as before. The second cancellation is not answered before the first one holds.
    pub fn look_again(&mut self, record: Record, customer: &Customer) {
        if record.status == RecordStatus::Cancelled {
            self.add(Subject { record, customer: customer.clone(), news: News::Nothing });
        }
    }

    /// Brings their plans in line, as [`replan`].
    pub async fn replan(self, desk: &mut Desk) -> Result<Vec<AttemptId>, StoreError> {
        replan(desk, &self.changed.into_values().collect::<Vec<_>>(), self.planner).await
    }
}

/// A row of [`CREATE_PLANS`].
#[derive(Serialize)]
pub(super) struct NewRow {
    customer: CustomerId,
    record: RecordId,
    workflow: String,
    step: Step,
    occurrence: String,
    purpose: String,
    marketing: u8,
    state: &'static str,
    due_at: Instant,
    expires_at: Instant,
    refused_for: Option<String>,
    refusal: Option<String>,
}

impl NewRow {
    /// Of a plan that is to be asked.
    pub fn planned(record: &Record, workflow: &str, purpose: &str, marketing: bool, planned: Planned) -> Self {
        new_row(record, workflow, purpose, marketing, planned, None)
    }
}

/// A row of [`RETIME_PLANS`] and [`REVIVE_PLANS`].
#[derive(Serialize)]
struct TimesRow {
    plan: PlanId,
    due_at: Instant,
    expires_at: Instant,
}

/// How an open plan ends without having been asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// What it is about changed.
    Voided,
    /// The customer gave this answer.
    Answered(Answer),
    /// The files don't have it any more.
    Gone(Gone),
}

impl End {
    fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Voided | Self::Answered(_) => None,
            Self::Gone(gone) => Some(Refusal { rule: Rule::Relevance, reason: reason(gone) }),
        }
    }

    fn happening(self) -> Happening {
        match self {
            Self::Voided => Happening::Voided,
            Self::Answered(answer) => Happening::Ended { answer },
            Self::Gone(gone) => {
                Happening::Refused { rule: Rule::Relevance, reason: reason(gone), findings: Vec::new() }
            }
        }
    }
}

/// The gate says the same where it comes to it first.
const fn reason(gone: Gone) -> Reason {
    match gone {
        Gone::Workflow => Reason::WorkflowGone,
        Gone::Step => Reason::StepGone,
    }
}

/// All changes of a chunk, by kind.
#[derive(Default)]
struct Changes {
    ended: BTreeMap<End, Vec<PlanId>>,
    retimed: Vec<TimesRow>,
    revived: Vec<TimesRow>,
    created: Vec<NewRow>,
}

impl Changes {
    fn add(&mut self, record: &Record, of: WorkflowChanges) {
        let WorkflowChanges { workflow, purpose, marketing, ended_by, changes } = of;
        for change in changes {
            match change {
                Change::Void(plan) => self.end(plan, ended_by.map_or(End::Voided, End::Answered)),
                Change::Refuse(plan, gone) => self.end(plan, End::Gone(gone)),
                Change::Retime(plan, to) => self.retimed.push(times(plan, &to)),
                Change::Revive(plan, to) => self.revived.push(times(plan, &to)),
                Change::Create(planned) => {
                    self.created.push(new_row(record, &workflow, &purpose, marketing, planned, None));
                }
                Change::CreateRefused(planned) => {
                    let reason = Reason::KnownTooLate { due_at: planned.due_at };
                    let refusal = Refusal { rule: Rule::Relevance, reason };
                    self.created.push(new_row(record, &workflow, &purpose, marketing, planned, Some(&refusal)));
                }
            }
        }
    }
}

impl Changes {
    fn end(&mut self, plan: PlanId, end: End) {
        self.ended.entry(end).or_default().push(plan);
    }
}

fn times(plan: PlanId, to: &Planned) -> TimesRow {
    TimesRow { plan, due_at: to.due_at, expires_at: to.expires_at }
}

fn new_row(
    record: &Record,
    workflow: &str,
    purpose: &str,
    marketing: bool,
    planned: Planned,
    refusal: Option<&Refusal>,
) -> NewRow {
    let state = if refusal.is_some() { PlanState::Refused } else { PlanState::Planned };
    NewRow {
        customer: record.customer,
        record: record.id,
        workflow: workflow.to_owned(),
        step: planned.step,
        occurrence: planned.occurrence,
        purpose: purpose.to_owned(),
        marketing: u8::from(marketing),
        state: state.name(),
        due_at: planned.due_at,
        expires_at: planned.expires_at,
        refused_for: refusal.map(|refusal| refusal.reason.name()),
        refusal: refusal.and_then(|refusal| serde_json::to_string(refusal).ok()),
    }
}

/// Brings the plans of these records in line. Gives back the attempts that it found open.
pub(super) async fn replan(
    desk: &mut Desk,
    subjects: &[Subject],
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<RecordId> = subjects.iter().map(|subject| subject.record.id).collect();
    let existing = existing(desk, &ids).await?;
    let of_all = existing.values().flat_map(BTreeMap::values).flatten();
    let plans: Vec<PlanId> = of_all.map(|plan| plan.id).collect();
    let open = open_for(desk, &plans).await?;
    let revoked = stop::revoke_attempts(desk, &open).await?;

    let none = BTreeMap::new();
    let mut changes = Changes::default();
    for subject in subjects {
        for of_workflow in planner.replan(subject, existing.get(&subject.record.id).unwrap_or(&none)) {
            changes.add(&subject.record, of_workflow);
        }
    }
    apply(desk, &changes).await?;
    if !revoked.is_empty() {
        // Those that did not end are asked again: the gate sees the new version.
        let now = desk.clock.now();
        query(REVOKE_PLANS).bind(rows(&revoked)?).bind(now.ms()).execute(desk.database.alone().await?).await?;
    }
    Ok(stop::named(&open))
}

async fn open_for(desk: &mut Desk, plans: &[PlanId]) -> Result<Vec<OpenRow>, StoreError> {
    if plans.is_empty() {
        return Ok(Vec::new());
    }
    query_as(OPEN_FOR_PLANS).bind(rows(plans)?).fetch_all(desk.database.alone().await?).await
}

async fn existing(desk: &mut Desk, records: &[RecordId]) -> Result<BTreeMap<RecordId, PlansOf>, StoreError> {
    let mut existing: BTreeMap<RecordId, PlansOf> = BTreeMap::new();
    for row in query(EXISTING).bind(rows(records)?).fetch_all(desk.database.alone().await?).await? {
        let of_record = existing.entry(RecordId(row.try_get("record")?)).or_default();
        of_record.entry(row.try_get("workflow")?).or_default().push(read(&row)?);
    }
    Ok(existing)
}

fn read(row: &Row) -> Result<Existing, StoreError> {
    let left_at: Option<i64> = row.try_get("left_at")?;
    let refused_for: Option<String> = row.try_get("refused_for")?;
    let of_name = |name: String| [Gone::Workflow, Gone::Step].into_iter().find(|gone| reason(*gone).name() == name);
    Ok(Existing {
        id: PlanId(row.try_get("id")?),
        step: Step(row.try_get("step")?),
        occurrence: row.try_get("occurrence")?,
        state: parse(row, "state")?,
        gone: refused_for.and_then(of_name),
        left: left_at.map_or(Left::No, |at| Left::Yes(Instant::from_ms(at))),
        due_at: instant(row, "due_at")?,
        expires_at: instant(row, "expires_at")?,
    })
}

async fn apply(desk: &mut Desk, changes: &Changes) -> Result<(), StoreError> {
    let mut lines = Vec::new();
    for (end, plans) in &changes.ended {
        lines.extend(end_plans(desk, plans, *end).await?);
    }
    if !changes.retimed.is_empty() {
        let retimed: Vec<(i64, i64, i64, i64)> =
            query_as(RETIME_PLANS).bind(rows(&changes.retimed)?).fetch_all(desk.database.alone().await?).await?;
        lines.extend(retimed.into_iter().map(|(plan, customer, due_at, expires_at)| {
            let (due_at, expires_at) = (Instant::from_ms(due_at), Instant::from_ms(expires_at));
            line(plan, customer, Happening::Retimed { due_at, expires_at })
        }));
    }
    if !changes.revived.is_empty() {
        let revived: Vec<(i64, i64, i64, i64)> =
            query_as(REVIVE_PLANS).bind(rows(&changes.revived)?).fetch_all(desk.database.alone().await?).await?;
        lines.extend(revived.into_iter().map(|(plan, customer, due_at, _)| {
            line(plan, customer, Happening::Revived { due_at: Instant::from_ms(due_at) })
        }));
    }
    lines.extend(create(desk, &changes.created).await?.into_iter().map(|(_, line)| line));
    desk.enter(desk.clock.now(), &lines)
}

async fn end_plans(desk: &mut Desk, plans: &[PlanId], end: End) -> Result<Vec<Line>, StoreError> {
    let refusal = end.refusal();
    let state = if refusal.is_some() { PlanState::Refused } else { PlanState::Void };
    let ended: Vec<(i64, i64)> = query_as(END_PLANS)
        .bind(rows(plans)?)
        .bind(state.name())
        .bind(refusal.as_ref().map(|refusal| refusal.reason.name()))
        .bind(refusal.and_then(|refusal| serde_json::to_string(&refusal).ok()))
        .fetch_all(desk.database.alone().await?)
        .await?;
    // The next step of a journey has waited for the end of this one.
    let plans: Vec<i64> = ended.iter().map(|(plan, _)| *plan).collect();
    desk.database.say(query(WAKE_STEPS).bind(rows(&plans)?).bind(desk.clock.now().ms()));
    Ok(ended.into_iter().map(|(plan, customer)| line(plan, customer, end.happening())).collect())
}

/// Those that were not there yet, with their lines for the ledger.
pub(super) async fn create(desk: &mut Desk, created: &[NewRow]) -> Result<Vec<(PlanId, Line)>, StoreError> {
    if created.is_empty() {
        return Ok(Vec::new());
    }
    let created: Vec<(i64, i64, i64, i64, Option<String>)> =
        query_as(CREATE_PLANS).bind(rows(created)?).fetch_all(desk.database.alone().await?).await?;
    created
        .into_iter()
        .map(|(plan, customer, due_at, expires_at, refusal)| {
            let happening = match refusal {
                None => {
                    Happening::Planned { due_at: Instant::from_ms(due_at), expires_at: Instant::from_ms(expires_at) }
                }
                Some(text) => {
                    let Refusal { rule, reason } = super::plan_rows::read_refusal(&text)?;
                    Happening::Refused { rule, reason, findings: Vec::new() }
                }
            };
            Ok((PlanId(plan), line(plan, customer, happening)))
        })
        .collect()
}

fn line(plan: i64, customer: i64, happening: Happening) -> Line {
    Line::of_plan(CustomerId(customer), PlanId(plan), happening)
}

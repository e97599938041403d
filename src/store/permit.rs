//! Permits: the gate, asked inside the transaction that records its answer.
//!
//! A lot of asks is read in seven statements ([`Evidence`]) and decided one after the other; each permission takes its
//! slot under the caps before the next decision, so that caps are exact however many ask at once (promise P3). Then
//! each kind of answer is written in one statement: attempts with their slots, plans that leave, plans that wait, plans
//! that end, and the ledger. The permission is handed out after the commit, and its life counts from before the facts
//! were read.
//!
//! The clock is judged first, in the same transaction: a message that a jump of the clock made due finds sending halted.
//!
//! What is *not* promised: that a held plan is asked at the instant its event happens. A plan that waits for an event
//! is woken by it, and asked again every quarter of an hour besides, in case the wake was lost with a process.

use super::{
    StoreError,
    book::{Line, enter, rows},
    evidence::{AskedRow, Evidence},
    plan_rows::Whole,
    settle::{PlannedRow, Refused, plan_again, refuse},
    statements::pipeline::{PERMIT, TO_SENDING},
    types::{Ask, Decide, Permission, Refusal},
    watch,
    writer::{Desk, Kind, Results},
};
use crate::{
    base::{AttemptId, Instant, NodeId, PlanId, Zone},
    clock::guard::Reading,
    gate::{Clearance, Decision, Facts, Reason, Rule, Until, Verdict, reason::Event},
    ledger::{Attempt, Happening},
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How long a plan waits for an event before it is asked again anyway.
const ASK_AGAIN: Duration = Duration::from_mins(15);

/// See [`PermitAsk`].
pub(super) struct Permits;

/// A question to the gate, with the gate.
pub(super) struct PermitAsk {
    pub node: NodeId,
    pub ask: Ask,
    pub decide: Arc<dyn Decide>,
}

/// A hold as `plans.hold` keeps it.
#[derive(Serialize)]
struct HoldNote<'a> {
    rule: Rule,
    reason: &'a Reason,
    until: Until,
}

/// What is to be written for a lot.
#[derive(Default)]
struct Answers {
    cleared: Vec<(Clearance, NodeId)>,
    held: Vec<PlannedRow>,
    refused: Vec<Refused>,
    lines: Vec<Line>,
}

impl Kind for Permits {
    type Ask = PermitAsk;
    type Answer = Permission;
    const POINTS: Option<(&'static str, &'static str)> = Some(("before-permit-commit", "after-permit-commit"));

    async fn run(desk: &mut Desk, asks: &[PermitAsk]) -> Results<Permission> {
        let reading = Reading::of(desk.clock.as_ref());
        let now = reading.wall;
        // Before the evidence, which sees the halt that an unsound clock brings about.
        let _ = watch::look(desk, reading).await?;
        let look_back = asks.iter().map(|ask| ask.decide.look_back()).max().unwrap_or_default();
        let asked: Vec<AskedRow> =
            asks.iter().map(|one| AskedRow { plan: one.ask.plan, epoch: one.ask.epoch }).collect();
        let mut evidence = Evidence::read(desk, &asked, now.minus(look_back)).await?;
        let mut answers = Answers::default();
        let mut verdicts = Vec::with_capacity(asks.len());
        for ask in asks {
            verdicts.push(consider(desk, &mut evidence, ask, now, &mut answers));
        }
        let attempts = write(desk, answers, now).await?;
        let mut attempts: BTreeMap<PlanId, (AttemptId, Clearance)> = attempts;
        let valid_until = reading.boot.plus(desk.permit_life);
        Ok(verdicts
            .into_iter()
            .zip(asks)
            .map(|(verdict, ask)| match verdict {
                Considered::Sent => match attempts.remove(&ask.ask.plan) {
                    Some((id, clearance)) => Ok(Permission::Permitted(Attempt::committed(id, clearance, valid_until))),
                    None => Ok(Permission::Lost),
                },
                Considered::Ended => Ok(Permission::Ended),
                Considered::Outdated => Ok(Permission::Outdated),
                Considered::Lost => Ok(Permission::Lost),
            })
            .collect())
    }
}

enum Considered {
    Sent,
    Ended,
    Outdated,
    Lost,
}

fn consider(
    desk: &Desk,
    evidence: &mut Evidence,
    PermitAsk { node, ask, decide }: &PermitAsk,
    now: Instant,
    answers: &mut Answers,
) -> Considered {
    let Some(whole) = evidence.plans.get(&ask.plan).filter(|whole| whole.facts.epoch == ask.epoch) else {
        return Considered::Lost;
    };
    let drafted = &ask.drafted;
    if (drafted.customer_version, drafted.record_version) != (whole.customer.version, whole.record_version) {
        return Considered::Outdated;
    }
    let facts = facts(desk, evidence, whole, decide.as_ref(), now);
    let Decision { verdict, findings } = decide.decide(&facts);
    let (plan, epoch, customer) = (ask.plan, ask.epoch, whole.facts.customer);
    match verdict {
        Verdict::Send(clearance) => {
            answers.cleared.push((clearance, *node));
            evidence.take(plan, now);
            // Asked twice in one lot, it is permitted once.
            evidence.plans.remove(&plan);
            return Considered::Sent;
        }
        Verdict::Hold { rule, reason, until } => {
            let note = serde_json::to_string(&HoldNote { rule, reason: &reason, until }).unwrap_or_default();
            answers.held.push(held(plan, epoch, until, whole.expires_at, now, &note));
            if note != whole.hold {
                answers.lines.push(Line::of_plan(customer, plan, Happening::Held { rule, reason, until, findings }));
            }
        }
        Verdict::Refuse { rule, reason } => {
            answers.refused.push(Refused { plan, epoch, refusal: Refusal { rule, reason }, findings });
        }
    }
    evidence.plans.remove(&plan);
    Considered::Ended
}

fn facts(desk: &Desk, evidence: &Evidence, whole: &Whole, decide: &dyn Decide, now: Instant) -> Facts {
    let zone = match &whole.customer.zone {
        None => Ok(decide.fallback_zone()),
        Some(name) => Zone::parse(name).ok_or_else(|| name.clone()),
    };
    let record = whole.open_record(&desk.keys);
    let occurrence = match (&record, &zone) {
        (Ok(record), Ok(zone)) => decide.occurrence(&whole.facts, record, *zone),
        _ => None,
    };
    Facts {
        now,
        halt: evidence.halt.clone(),
        plan: whole.facts.clone(),
        zone,
        customer: whole.customer.open_fields(&desk.keys).map_err(|error| error.to_string()),
        customer_version: whole.customer.version,
        suppressions: evidence.suppressions_of(whole.facts.id),
        consent: evidence.consent_of(whole.facts.id),
        record,
        occurrence,
        sequence: evidence.sequence_of(&whole.facts),
        slots: evidence.slots_of(whole.customer.mailbox),
    }
}

fn held(plan: PlanId, epoch: i64, until: Until, expires_at: Instant, now: Instant, note: &str) -> PlannedRow {
    let (next_at, waits_for) = match until {
        Until::At(at) => (at, None),
        Until::When(Event::HaltLifted) => (now.plus(ASK_AGAIN).min(expires_at), Some("halt-lifted")),
        Until::When(Event::StepEnded) => (now.plus(ASK_AGAIN).min(expires_at), Some("step-ended")),
    };
    // A hold that has no length would be asked again at once, for ever.
    let next_at = next_at.max(now.plus(Duration::from_millis(1)));
    PlannedRow { plan, epoch, next_at, waits_for, hold: Some(note.to_owned()) }
}

async fn write(
    desk: &mut Desk,
    Answers { cleared, held, refused, mut lines }: Answers,
    now: Instant,
) -> Result<BTreeMap<PlanId, (AttemptId, Clearance)>, StoreError> {
    let permitted = permit(desk, &cleared, now).await?;
    let mut attempts = BTreeMap::new();
    for (clearance, _) in cleared {
        let plan = clearance.plan();
        let Some((attempt, customer)) = permitted.get(&plan).copied() else { continue };
        let happening = Happening::Permitted { evidence: clearance.evidence() };
        lines.push(Line::of_plan(customer, plan, happening).with_attempt(attempt));
        attempts.insert(plan, (attempt, clearance));
    }
    let (to_hold, to_refuse) = (held.len() as u64, refused.len() as u64);
    let changed = (plan_again(desk, &held).await?, refuse(desk, refused).await?);
    if changed != (to_hold, to_refuse) {
        return Err(StoreError::odd("plans.state", "a change between reading and writing"));
    }
    enter(&mut desk.connection, now, &lines).await?;
    Ok(attempts)
}

/// Attempts with their slots, one statement per node that asks (which is one).
async fn permit(
    desk: &mut Desk,
    cleared: &[(Clearance, NodeId)],
    now: Instant,
) -> Result<BTreeMap<PlanId, (AttemptId, crate::base::CustomerId)>, StoreError> {
    let mut by_node: BTreeMap<NodeId, Vec<AskedRow>> = BTreeMap::new();
    for (clearance, node) in cleared {
        by_node.entry(*node).or_default().push(AskedRow { plan: clearance.plan(), epoch: clearance.epoch() });
    }
    let mut permitted = BTreeMap::new();
    for (node, plans) in by_node {
        let bulk = rows(&plans)?;
        let attempts: Vec<(i64, i64, i64)> = sqlx::query_as(PERMIT.sqlite)
            .bind(&bulk)
            .bind(node.0)
            .bind(now.ms())
            .fetch_all(&mut desk.connection)
            .await?;
        permitted.extend(
            attempts
                .into_iter()
                .map(|(id, plan, customer)| (PlanId(plan), (AttemptId(id), crate::base::CustomerId(customer)))),
        );
        let sending = sqlx::query(TO_SENDING.sqlite).bind(&bulk).execute(&mut desk.connection).await?;
        if sending.rows_affected() != plans.len() as u64 {
            return Err(StoreError::odd("plans.state", "a change between reading and writing"));
        }
    }
    Ok(permitted)
}

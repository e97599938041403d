//! What the gate sees: the facts of many asks, read inside the permit transaction in a fixed number of statements.
//!
//! Order of reading, which is the order of locks where several nodes share a database: halt → mailbox → customer →
//! record → plan → attempt. Nothing is read twice, and nothing that the gate may see is left for later.

use super::{
    StoreError,
    book::rows,
    plan_rows::{Whole, instant},
    sealing::{fixed, parse},
    statements::pipeline::{
        ASKED, ASKED_CONSENTS, ASKED_IN_FLIGHT, ASKED_SLOTS, ASKED_SUPPRESSIONS, HALTS, TOLD_BEFORE,
    },
    writer::Desk,
};
use crate::{
    base::{BlindIndex, Instant, PlanId},
    gate::{
        Halt, Slot,
        facts::{PlanFacts, Sequence, Told},
    },
    people::{ConsentEntry, ConsentState, Suppression, consent},
    trigger::start_in,
};
use serde::Serialize;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;

/// A row of [`ASKED`].
#[derive(Serialize)]
pub(super) struct AskedRow {
    pub plan: PlanId,
    pub epoch: i64,
}

/// Everything about a group of asks. Decisions of one group see each other: what one takes, the next one finds taken.
#[derive(Default)]
pub(super) struct Evidence {
    pub halt: Option<Halt>,
    pub plans: BTreeMap<PlanId, Whole>,
    suppressions: BTreeMap<PlanId, Vec<Suppression>>,
    consents: BTreeMap<PlanId, Vec<ConsentEntry>>,
    in_flight: BTreeMap<PlanId, PlanId>,
    told: BTreeMap<PlanId, String>,
    slots: BTreeMap<BlindIndex, Vec<Slot>>,
}

impl Evidence {
    /// Reads it. Plans that are not leased under their epoch are missing in the answer.
    pub async fn read(desk: &mut Desk, asked: &[AskedRow], since: Instant) -> Result<Self, StoreError> {
        let connection = &mut desk.connection;
        let halts = halts(connection).await?;
        let halt = halts.iter().find(|halt| halt.cause.doubts_the_time()).or(halts.first()).cloned();
        let mut plans = BTreeMap::new();
        for row in sqlx::query(ASKED.sqlite).bind(rows(asked)?).fetch_all(&mut *connection).await? {
            let whole = Whole::read(&row)?;
            plans.insert(whole.facts.id, whole);
        }
        let ids: Vec<PlanId> = plans.keys().copied().collect();
        let moved: Vec<PlanId> = plans.values().filter(|p| p.facts.step.is_moved()).map(|p| p.facts.id).collect();
        let bulk = rows(&ids)?;
        Ok(Self {
            halt,
            suppressions: suppressions(connection, &bulk).await?,
            consents: consents(connection, &bulk).await?,
            in_flight: in_flight(connection, &bulk).await?,
            told: told_before(connection, &moved).await?,
            slots: slots(connection, &bulk, since).await?,
            plans,
        })
    }

    pub fn suppressions_of(&self, plan: PlanId) -> Vec<Suppression> {
        self.suppressions.get(&plan).cloned().unwrap_or_default()
    }

    pub fn consent_of(&self, plan: PlanId) -> ConsentState {
        consent::fold(self.consents.get(&plan).map_or(&[], Vec::as_slice))
    }

    pub fn slots_of(&self, mailbox: BlindIndex) -> Vec<Slot> {
        self.slots.get(&mailbox).cloned().unwrap_or_default()
    }

    pub fn sequence_of(&self, plan: &PlanFacts) -> Sequence {
        let told = match self.told.get(&plan.id) {
            None => Told::Nothing,
            Some(told) if is_same_date(told, &plan.occurrence) => Told::ThisDate,
            Some(_) => Told::AnotherDate,
        };
        Sequence { in_flight: self.in_flight.get(&plan.id).copied(), told }
    }

    /// A plan of the group was permitted: its slot is taken, and other steps of its record wait for it.
    pub fn take(&mut self, permitted: PlanId, now: Instant) {
        let Some(taken) = self.plans.get(&permitted) else { return };
        let slot = Slot { at: now, purpose: taken.facts.purpose.clone(), marketing: taken.marketing };
        let (record, workflow) = (taken.record_id, taken.facts.workflow.clone());
        self.slots.entry(taken.customer.mailbox).or_default().push(slot);
        for other in self.plans.values() {
            if other.record_id == record && other.facts.workflow == workflow && other.facts.id != permitted {
                self.in_flight.entry(other.facts.id).or_insert(permitted);
            }
        }
    }
}

/// Zones may be named differently; what counts is when the visit begins.
fn is_same_date(told: &str, occurrence: &str) -> bool {
    let start = |key| start_in(key).map(|start| start.at(crate::base::Zone::UTC));
    told == occurrence || (start(told).is_some() && start(told) == start(occurrence))
}

/// What is halted, the operator's word first.
pub(super) async fn halts(connection: &mut SqliteConnection) -> Result<Vec<Halt>, StoreError> {
    let rows = sqlx::query(HALTS.sqlite).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(Halt { cause: parse(row, "cause")?, since: instant(row, "since")? })).collect()
}

async fn suppressions(
    connection: &mut SqliteConnection,
    ids: &str,
) -> Result<BTreeMap<PlanId, Vec<Suppression>>, StoreError> {
    let mut found: BTreeMap<PlanId, Vec<Suppression>> = BTreeMap::new();
    for row in sqlx::query(ASKED_SUPPRESSIONS.sqlite).bind(ids).fetch_all(connection).await? {
        let purpose: String = row.try_get("purpose")?;
        found.entry(PlanId(row.try_get("plan")?)).or_default().push(Suppression {
            id: row.try_get("id")?,
            purpose: (!purpose.is_empty()).then_some(purpose),
            reason: parse(&row, "reason")?,
            at: instant(&row, "at")?,
        });
    }
    Ok(found)
}

async fn consents(
    connection: &mut SqliteConnection,
    ids: &str,
) -> Result<BTreeMap<PlanId, Vec<ConsentEntry>>, StoreError> {
    let mut found: BTreeMap<PlanId, Vec<ConsentEntry>> = BTreeMap::new();
    for row in sqlx::query(ASKED_CONSENTS.sqlite).bind(ids).fetch_all(connection).await? {
        found.entry(PlanId(row.try_get("plan")?)).or_default().push(ConsentEntry {
            id: row.try_get("id")?,
            kind: parse(&row, "kind")?,
            at: instant(&row, "at")?,
            method: parse(&row, "method")?,
        });
    }
    Ok(found)
}

async fn in_flight(connection: &mut SqliteConnection, ids: &str) -> Result<BTreeMap<PlanId, PlanId>, StoreError> {
    let found: Vec<(i64, i64)> = sqlx::query_as(ASKED_IN_FLIGHT.sqlite).bind(ids).fetch_all(connection).await?;
    Ok(found.into_iter().map(|(plan, other)| (PlanId(plan), PlanId(other))).collect())
}

/// What customers were told last about the records of these plans.
pub(super) async fn told_before(
    connection: &mut SqliteConnection,
    moved: &[PlanId],
) -> Result<BTreeMap<PlanId, String>, StoreError> {
    if moved.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(i64, String)> = sqlx::query_as(TOLD_BEFORE.sqlite).bind(rows(moved)?).fetch_all(connection).await?;
    // Ordered by time: the last one of each plan stays.
    Ok(found.into_iter().map(|(plan, occurrence)| (PlanId(plan), occurrence)).collect())
}

async fn slots(
    connection: &mut SqliteConnection,
    ids: &str,
    since: Instant,
) -> Result<BTreeMap<BlindIndex, Vec<Slot>>, StoreError> {
    let mut found: BTreeMap<BlindIndex, Vec<Slot>> = BTreeMap::new();
    for row in sqlx::query(ASKED_SLOTS.sqlite).bind(ids).bind(since.ms()).fetch_all(connection).await? {
        found.entry(BlindIndex(fixed(&row, "mailbox")?)).or_default().push(Slot {
            at: instant(&row, "counts_at")?,
            purpose: row.try_get("purpose")?,
            marketing: row.try_get::<i64, _>("marketing")? != 0,
        });
    }
    Ok(found)
}

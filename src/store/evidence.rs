//! What the gate sees: the facts of many asks, read inside the permit transaction in a fixed number of statements.
//!
//! Order of reading, which is the order of locks where several nodes share a database: revision → halt → mailbox → customer →
//! record → plan → attempt. Nothing is read twice, and nothing that the gate may see is left for later.

use super::{
    StoreError,
    approvals::last_words,
    asked::{Asked, AskedRow, Known},
    bars, besides,
    book::rows,
    cap_keys, consents,
    database::{Link, Row, query, query_as},
    plan_rows::instant,
    revisions::Revision,
    round::Desk,
    runs::Runs,
    sealing::{fixed, parse},
    statements::pipeline::{
        ASKED, ASKED_ABOUT, ASKED_BARS, ASKED_CONSENTS, ASKED_SLOTS, ASKED_STEPS, ASKED_SUPPRESSIONS, HALTS,
        TOLD_BEFORE,
    },
    statements::revisions::IN_FORCE,
    suppressions,
};
use crate::{
    base::{BlindIndex, Instant, PlanId, RecordId, WordingDigest, hex, unhex},
    gate::{
        Besides, Facts, Halt, Slot, Topic, Wants,
        facts::{Approvals, OtherStep, PlanFacts, Sequence, Told, Word},
    },
    people::{Bars, ConsentEntry, ConsentState, Suppression, bar::BarEntry, consent},
    plan::PlanState,
    trigger::start_in,
    workflow::Step,
};
use std::collections::BTreeMap;

type Read<T> = Result<T, StoreError>;

/// Everything about a group of asks. Decisions of one group see each other: what one takes, the next one finds taken.
#[derive(Default)]
pub(super) struct Evidence {
    /// `None` also as long as plans are not up to it.
    pub revision: Option<String>,
    pub halt: Option<Halt>,
    pub skipped_to: Option<Instant>,
    pub plans: BTreeMap<PlanId, Asked>,
    bars: BTreeMap<PlanId, Vec<BarEntry>>,
    suppressions: BTreeMap<PlanId, Vec<Suppression>>,
    consents: BTreeMap<PlanId, Vec<ConsentEntry>>,
    in_flight: BTreeMap<PlanId, PlanId>,
    others: BTreeMap<PlanId, Vec<OtherStep>>,
    told: BTreeMap<PlanId, String>,
    besides: BTreeMap<PlanId, Besides>,
    slots: BTreeMap<BlindIndex, Vec<Slot>>,
    words: BTreeMap<Topic, Word>,
    wants: BTreeMap<PlanId, Wants>,
    runs: Runs,
}

impl Evidence {
    /// Reads it. Plans that are not in this state, under their epoch, are missing in the answer.
    pub async fn read<'a>(
        desk: &mut Desk,
        asked: impl Iterator<Item = &'a PlanFacts> + Clone,
        state: PlanState,
        since: Instant,
        wants: BTreeMap<PlanId, Wants>,
    ) -> Result<Self, StoreError> {
        Self::beyond(Known::Nothing, desk, asked, state, since, wants).await
    }

    /// The same, but for what is known.
    pub async fn beyond<'a>(
        known: Known,
        desk: &mut Desk,
        asked: impl Iterator<Item = &'a PlanFacts> + Clone,
        state: PlanState,
        since: Instant,
        wants: BTreeMap<PlanId, Wants>,
    ) -> Result<Self, StoreError> {
        let ids: Vec<PlanId> = asked.clone().map(|plan| plan.id).collect();
        let ids = rows(&ids)?;
        let epochs: Vec<AskedRow> = asked.clone().map(|plan| AskedRow { plan: plan.id, epoch: plan.epoch }).collect();
        let of = |statement| query(statement).bind(ids.clone());
        let about = match known {
            Known::Nothing => query(ASKED).bind(rows(&epochs)?).bind(state.name().to_owned()),
            Known::Claimed(_) => of(ASKED_ABOUT),
        };
        let [in_force, halts, plans, barred, suppressed, consents, steps, slots] = desk
            .database
            .ask([
                query(IN_FORCE),
                query(HALTS),
                about,
                of(ASKED_BARS),
                of(ASKED_SUPPRESSIONS),
                of(ASKED_CONSENTS),
                of(ASKED_STEPS),
                of(ASKED_SLOTS).bind(since.ms()),
            ])
            .await?;
        let now = desk.clock.now();
        let moved: Vec<PlanId> = asked.filter(|plan| plan.step.is_moved()).map(|plan| plan.id).collect();
        let told =
            if moved.is_empty() { BTreeMap::new() } else { told_before(desk.database.alone().await?, &moved).await? };
        let topics = wants.values().flat_map(|wants| wants.topics.clone()).collect();
        Ok(Self {
            revision: planned(&in_force)?,
            halt: worst(&read_halts(&halts)?),
            skipped_to: skipped_to(&in_force)?,
            plans: known.with(&plans)?,
            bars: barring(&barred)?,
            suppressions: refused(&suppressed)?,
            consents: histories(&consents)?,
            in_flight: in_flight(&steps)?,
            others: others(&steps)?,
            told,
            besides: besides::read(&mut desk.database, &wants, now).await?,
            slots: counted(&slots)?,
            words: last_words(&mut desk.database, &topics).await?,
            runs: Runs::read(&mut desk.database, &topics, &ids).await?,
            wants,
        })
    }

    pub fn bars_of(&self, plan: PlanId) -> Bars {
        self.bars.get(&plan).map_or_else(Bars::default, |history| Bars::of(history))
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
        let about = self.plans.get(&plan.id).map_or(0, |asked| asked.about);
        let others = self.others.get(&plan.id).cloned().unwrap_or_default();
        Sequence { in_flight: self.in_flight.get(&plan.id).copied(), told, about, others }
    }

    pub fn besides(&self, plan: PlanId) -> Besides {
        self.besides.get(&plan).cloned().unwrap_or_default()
    }

    fn topics_of(&self, plan: PlanId) -> &[Topic] {
        self.wants.get(&plan).map_or(&[], |wants| &wants.topics)
    }

    pub fn approvals_of(&self, plan: &PlanFacts, words: Option<[u8; 32]>) -> Approvals {
        let mut approvals = Approvals { words: words.map(|words| hex(&words)), ..Approvals::default() };
        for topic in self.topics_of(plan.id) {
            match topic {
                Topic::Workflow(_) => approvals.workflow = self.words.get(topic).cloned(),
                Topic::Message { .. } => approvals.message = self.words.get(topic).cloned(),
                Topic::Run(run) => approvals.run = self.runs.facts(run, plan.customer, self.words.get(topic).cloned()),
            }
        }
        approvals
    }

    /// A plan of the group was permitted: its slot is taken, other steps of its record wait for it, and its run has reached
    /// one person more.
    pub fn take(&mut self, Facts { plan: PlanFacts { id: permitted, customer, .. }, cap_keys, now, .. }: &Facts) {
        let Some(taken) = self.plans.get(permitted) else { return };
        let slot = Slot {
            plan: *permitted,
            at: *now,
            purpose: taken.purpose.clone(),
            marketing: taken.marketing,
            workflow: taken.workflow.clone(),
            record: taken.record,
            cap_keys: cap_keys.clone(),
        };
        self.slots.entry(taken.mailbox).or_default().push(slot);
        for besides in self.besides.values_mut() {
            besides.ahead.retain(|ahead| ahead.slot.plan != *permitted);
        }
        for (id, other) in &self.plans {
            if other.record == taken.record && other.workflow == taken.workflow && id != permitted {
                self.in_flight.entry(*id).or_insert(*permitted);
            }
        }
        self.runs.take(self.wants.get(permitted).map_or(&[], |wants| &wants.topics), *customer);
    }

    /// Has kept what the group adds to its runs.
    pub fn keep_runs(&self, desk: &mut Desk) -> Read<()> {
        self.runs.keep(&mut desk.database)
    }

    /// It has its answer: nothing waits for it any more.
    pub fn land(&mut self, permitted: PlanId) {
        self.in_flight.retain(|_, on_the_wire| *on_the_wire != permitted);
    }
}

/// The revision in force, where all plans are up to it.
pub(super) fn planned(rows: &[Row]) -> Result<Option<String>, StoreError> {
    let in_force = rows.first().map(Revision::read).transpose()?;
    Ok(in_force.filter(|revision| revision.planned_at.is_some()).map(|revision| revision.digest))
}

/// Up to when what was due is not sent any more.
fn skipped_to(rows: &[Row]) -> Read<Option<Instant>> {
    let to: Option<Option<i64>> = rows.first().map(|row| row.try_get("skipped_to")).transpose()?;
    Ok(to.flatten().map(Instant::from_ms))
}

/// Zones may be named differently; what counts is when the visit begins.
fn is_same_date(told: &str, occurrence: &str) -> bool {
    let start = |key| start_in(key).map(|start| start.at(crate::base::Zone::UTC));
    told == occurrence || (start(told).is_some() && start(told) == start(occurrence))
}

/// What is halted, the operator's word first.
pub(super) async fn halts(connection: &mut Link) -> Result<Vec<Halt>, StoreError> {
    read_halts(&query(HALTS).fetch_all(connection).await?)
}

fn read_halts(rows: &[Row]) -> Result<Vec<Halt>, StoreError> {
    rows.iter().map(|row| Ok(Halt { cause: parse(row, "cause")?, since: instant(row, "since")? })).collect()
}

/// The one that the gate is to see: a doubted time changes what all other facts are worth.
fn worst(halts: &[Halt]) -> Option<Halt> {
    halts.iter().find(|halt| halt.cause.doubts_the_time()).or(halts.first()).cloned()
}

fn plan(row: &Row) -> Result<PlanId, StoreError> {
    Ok(PlanId(row.try_get("plan")?))
}

fn barring(rows: &[Row]) -> Read<BTreeMap<PlanId, Vec<BarEntry>>> {
    let mut found: BTreeMap<PlanId, Vec<BarEntry>> = BTreeMap::new();
    for row in rows {
        found.entry(plan(row)?).or_default().push(bars::entry(row)?);
    }
    Ok(found)
}

fn refused(rows: &[Row]) -> Result<BTreeMap<PlanId, Vec<Suppression>>, StoreError> {
    let mut found: BTreeMap<PlanId, Vec<Suppression>> = BTreeMap::new();
    for row in rows {
        found.entry(plan(row)?).or_default().push(suppressions::read(row)?);
    }
    Ok(found)
}

fn wording(row: &Row) -> Read<Option<WordingDigest>> {
    let text: Option<&str> = row.try_get("wording")?;
    let digest = |text: &str| unhex(text).map(WordingDigest).ok_or_else(|| StoreError::odd("wordings.digest", text));
    text.map(digest).transpose()
}

fn histories(rows: &[Row]) -> Result<BTreeMap<PlanId, Vec<ConsentEntry>>, StoreError> {
    let mut found: BTreeMap<PlanId, Vec<ConsentEntry>> = BTreeMap::new();
    for row in rows {
        found.entry(plan(row)?).or_default().push(ConsentEntry {
            id: row.try_get("id")?,
            kind: parse(row, "kind")?,
            at: instant(row, "at")?,
            method: parse(row, "method")?,
            wording: wording(row)?,
            expires_at: consents::end(row)?,
        });
    }
    Ok(found)
}

/// The first of those that are on the wire.
fn in_flight(rows: &[Row]) -> Result<BTreeMap<PlanId, PlanId>, StoreError> {
    let mut found = BTreeMap::new();
    for row in rows {
        if parse::<PlanState>(row, "state")? == PlanState::Sending {
            found.entry(plan(row)?).or_insert(PlanId(row.try_get("id")?));
        }
    }
    Ok(found)
}

fn others(rows: &[Row]) -> Result<BTreeMap<PlanId, Vec<OtherStep>>, StoreError> {
    let mut found: BTreeMap<PlanId, Vec<OtherStep>> = BTreeMap::new();
    for row in rows {
        if row.try_get::<i64, _>("together")? == 0 {
            continue;
        }
        let left_at: Option<i64> = row.try_get("left_at")?;
        found.entry(plan(row)?).or_default().push(OtherStep {
            plan: PlanId(row.try_get("id")?),
            step: Step(row.try_get("step")?),
            state: parse(row, "state")?,
            left_at: left_at.map(Instant::from_ms),
        });
    }
    Ok(found)
}

fn counted(rows: &[Row]) -> Result<BTreeMap<BlindIndex, Vec<Slot>>, StoreError> {
    let mut found: BTreeMap<BlindIndex, Vec<Slot>> = BTreeMap::new();
    for row in rows {
        found.entry(BlindIndex(fixed(row, "mailbox")?)).or_default().push(Slot {
            plan: plan(row)?,
            at: instant(row, "counts_at")?,
            purpose: row.try_get("purpose")?,
            marketing: row.try_get::<i64, _>("marketing")? != 0,
            workflow: row.try_get("workflow")?,
            record: RecordId(row.try_get("record")?),
            cap_keys: cap_keys::read(row)?,
        });
    }
    Ok(found)
}

/// What customers were told last about the records of these plans.
pub(super) async fn told_before(
    connection: &mut Link,
    moved: &[PlanId],
) -> Result<BTreeMap<PlanId, String>, StoreError> {
    if moved.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(i64, String)> = query_as(TOLD_BEFORE).bind(rows(moved)?).fetch_all(connection).await?;
    // Ordered by time: the last one of each plan stays.
    Ok(found.into_iter().map(|(plan, occurrence)| (PlanId(plan), occurrence)).collect())
}

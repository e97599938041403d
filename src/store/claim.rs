//! Claims: which plans this node works on now, with all that they are rendered from.
//!
//! In due order, and of a customer one at a time: the next when the one before is decided. A row that can't be read comes out as well, with what is wrong
//! with it: the pipeline refuses it with that reason, and the rows behind it are not blocked.

use super::{
    StoreError,
    asked::Asked,
    book::rows,
    database::{Link, Query, Row, query, query_as},
    evidence::told_before,
    node,
    plan_rows::{Whole, own_limits, plan_facts, snooze},
    round::Desk,
    statements::claims::{CLAIM, CLAIMED, NEXT_CLAIM, NEXT_DUE, UNCERTAIN_DIGESTS},
    types::Claimed,
};
use crate::{
    base::{Instant, NodeId, PlanId, draw::draw, keys::Keyring, unhex},
    fault::{self, Point},
    gate::facts::PlanFacts,
    people::{Customer, Snooze},
    plan::PlanState,
    policy::OwnLimits,
};
use std::{collections::BTreeMap, time::Duration};

/// A plan, not yet opened.
struct Read {
    facts: PlanFacts,
    whole: Result<Whole, String>,
    own_limits: Result<OwnLimits, String>,
    snooze: Option<Snooze>,
}

/// What a claim read, not yet opened: opening is the caller's work, not the writer's.
pub(super) struct Batch {
    plans: Vec<Read>,
    told: BTreeMap<PlanId, String>,
    digests: BTreeMap<PlanId, [u8; 32]>,
}

/// Claims in the caller's transaction: what was claimed and can't be read is not claimed.
pub(super) async fn claim(desk: &mut Desk, node: NodeId, now: Instant, limit: i64) -> Result<Batch, StoreError> {
    node::lives(desk, node).await?;
    let connection = desk.database.alone().await?;
    let ids = lease(connection, node, now, limit).await?;
    fault::point(Point::AfterLease);
    read(connection, &ids, PlanState::Leased).await
}

/// The same, with what the gate is to see of it, for whoever asks the gate in the same transaction.
pub(super) async fn claim_to_decide(
    desk: &mut Desk,
    node: NodeId,
    now: Instant,
    limit: i64,
) -> Result<(Batch, BTreeMap<PlanId, Asked>), StoreError> {
    node::lives(desk, node).await?;
    let connection = desk.database.alone().await?;
    let ids = lease(connection, node, now, limit).await?;
    let rows = whole(connection, &ids, PlanState::Leased).await?;
    let asked = rows.iter().map(|row| Ok((PlanId(row.try_get("id")?), Asked::of_claim(row)?)));
    let asked = asked.collect::<Result<_, StoreError>>()?;
    Ok((batch(connection, &rows).await?, asked))
}

async fn lease(connection: &mut Link, node: NodeId, now: Instant, limit: i64) -> Result<Vec<i64>, StoreError> {
    query_as(CLAIM).bind(node.0).bind(now.ms()).bind(limit).fetch_all(connection).await
}

/// All that plans in this state are rendered from, as it stands now.
pub(super) async fn read(connection: &mut Link, ids: &[i64], state: PlanState) -> Result<Batch, StoreError> {
    let rows = whole(connection, ids, state).await?;
    batch(connection, &rows).await
}

async fn whole(connection: &mut Link, ids: &[i64], state: PlanState) -> Result<Vec<Row>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    query(CLAIMED).bind(rows(ids)?).bind(state.name()).fetch_all(connection).await
}

async fn batch(connection: &mut Link, rows: &[Row]) -> Result<Batch, StoreError> {
    let mut plans = Vec::with_capacity(rows.len());
    for row in rows {
        plans.push(Read {
            facts: plan_facts(row)?,
            whole: Whole::read(row).map_err(|error| error.to_string()),
            own_limits: own_limits(row).map_err(|error| error.to_string()),
            snooze: snooze(row)?,
        });
    }
    let those =
        |is_one: fn(&Read) -> bool| plans.iter().filter(|read| is_one(read)).map(|read| read.facts.id).collect();
    let moved: Vec<PlanId> = those(|read| read.facts.step.is_moved());
    let tried: Vec<PlanId> = those(|read| read.whole.as_ref().is_ok_and(|whole| whole.attempts > 0));
    let told = told_before(&mut *connection, &moved).await?;
    let digests = uncertain_digests(&mut *connection, &tried).await?;
    Ok(Batch { plans, told, digests })
}

async fn uncertain_digests(connection: &mut Link, tried: &[PlanId]) -> Result<BTreeMap<PlanId, [u8; 32]>, StoreError> {
    if tried.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(i64, String)> = query_as(UNCERTAIN_DIGESTS).bind(rows(tried)?).fetch_all(connection).await?;
    let digest = |text: &str| unhex(text).ok_or_else(|| StoreError::odd("attempts.digest", text));
    found.into_iter().map(|(plan, text)| Ok((PlanId(plan), digest(&text)?))).collect()
}

impl Batch {
    /// What the gate sees of the plans.
    pub fn plans(&self) -> impl Iterator<Item = &PlanFacts> + Clone {
        self.plans.iter().map(|read| &read.facts)
    }

    /// No message counts under a customer's own limit that is older than this.
    pub fn reach(&self) -> Duration {
        self.plans
            .iter()
            .filter_map(|read| read.own_limits.as_ref().ok())
            .map(OwnLimits::reach)
            .max()
            .unwrap_or_default()
    }

    pub fn open(self, keys: &Keyring) -> Vec<Claimed> {
        let Self { plans, mut told, digests } = self;
        plans
            .into_iter()
            .map(|Read { facts: plan, whole, own_limits, snooze }| {
                let attempts = whole.as_ref().map_or(0, |whole| whole.attempts);
                let content = whole.and_then(|whole| whole.open(keys).map_err(|error| error.to_string()));
                let number = |customer: &Customer| draw(keys, customer.handle, &plan.workflow);
                Claimed {
                    attempts,
                    draw: content.as_ref().map_or(0, |(customer, _)| number(customer)),
                    content,
                    own_limits,
                    snooze,
                    words: None,
                    parts: Vec::new(),
                    told_before: told.remove(&plan.id),
                    uncertain_digest: digests.get(&plan.id).copied(),
                    plan,
                }
            })
            .collect()
    }
}

/// When the next plan is due.
pub(super) async fn next_due(connection: &mut Link) -> Result<Option<Instant>, StoreError> {
    next(query_as(NEXT_DUE), connection).await
}

/// When the next plan is due that a node can claim then, whose files are of this revision.
pub(super) async fn next_claim(connection: &mut Link, revision: &str) -> Result<Option<Instant>, StoreError> {
    next(query_as(NEXT_CLAIM).bind(revision), connection).await
}

async fn next(asked: Query<i64>, connection: &mut Link) -> Result<Option<Instant>, StoreError> {
    Ok(asked.fetch_optional(connection).await?.map(Instant::from_ms))
}

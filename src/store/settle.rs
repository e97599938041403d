//! Giving back what was claimed: released for later, or refused for good.

use super::{
    StoreError,
    book::{Line, enter, rows},
    sealing::name,
    statements::pipeline::{TO_PLANNED, TO_REFUSED},
    types::Refusal,
    writer::{Desk, Kind, Results},
};
use crate::{
    base::{CustomerId, Instant, PlanId},
    gate::Finding,
    ledger::Happening,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// See [`Settle`].
pub(super) struct Settles;

/// What becomes of a leased plan without a permission. Conditional on (leased, epoch): an answer for an earlier claim
/// changes nothing.
pub(super) struct Settle {
    pub plan: PlanId,
    pub epoch: i64,
    pub outcome: Outcome,
}

/// Released or refused.
pub(super) enum Outcome {
    Release { next_at: Instant },
    Refuse { refusal: Refusal },
}

/// A row of [`TO_PLANNED`].
#[derive(Serialize)]
pub(super) struct PlannedRow {
    pub plan: PlanId,
    pub epoch: i64,
    pub next_at: Instant,
    pub waits_for: Option<&'static str>,
    pub hold: Option<String>,
}

/// A row of [`TO_REFUSED`].
#[derive(Serialize)]
pub(super) struct RefusedRow {
    pub plan: PlanId,
    pub epoch: i64,
    pub refused_for: String,
    pub refusal: Refusal,
}

/// A refusal with all that was found.
pub(super) struct Refused {
    pub plan: PlanId,
    pub epoch: i64,
    pub refusal: Refusal,
    pub findings: Vec<Finding>,
}

impl Kind for Settles {
    type Ask = Settle;
    type Answer = ();
    const POINTS: Option<(&'static str, &'static str)> = None;

    async fn run(desk: &mut Desk, asks: &[Settle]) -> Results<()> {
        let mut released = Vec::new();
        let mut refused = Vec::new();
        for Settle { plan, epoch, outcome } in asks {
            match outcome {
                Outcome::Release { next_at } => released.push(PlannedRow {
                    plan: *plan,
                    epoch: *epoch,
                    next_at: *next_at,
                    waits_for: None,
                    hold: None,
                }),
                Outcome::Refuse { refusal } => {
                    refused.push(Refused {
                        plan: *plan,
                        epoch: *epoch,
                        refusal: refusal.clone(),
                        findings: Vec::new(),
                    });
                }
            }
        }
        plan_again(desk, &released).await?;
        refuse(desk, refused).await?;
        Ok(asks.iter().map(|_| Ok(())).collect())
    }
}

/// From leased to planned. Says how many were.
pub(super) async fn plan_again(desk: &mut Desk, plans: &[PlannedRow]) -> Result<u64, StoreError> {
    if plans.is_empty() {
        return Ok(0);
    }
    let done = sqlx::query(TO_PLANNED.sqlite).bind(rows(plans)?).execute(&mut desk.connection).await?;
    Ok(done.rows_affected())
}

/// From leased to refused, with the reasons in the ledger. Says how many were.
pub(super) async fn refuse(desk: &mut Desk, refused: Vec<Refused>) -> Result<u64, StoreError> {
    if refused.is_empty() {
        return Ok(0);
    }
    let bulk: Vec<RefusedRow> = refused
        .iter()
        .map(|one| RefusedRow {
            plan: one.plan,
            epoch: one.epoch,
            refused_for: name(&one.refusal.reason),
            refusal: one.refusal.clone(),
        })
        .collect();
    let done: Vec<(i64, i64)> =
        sqlx::query_as(TO_REFUSED.sqlite).bind(rows(&bulk)?).fetch_all(&mut desk.connection).await?;
    let customers: BTreeMap<i64, i64> = done.into_iter().collect();
    let lines: Vec<Line> = refused
        .into_iter()
        .filter_map(|Refused { plan, refusal, findings, .. }| {
            let customer = CustomerId(*customers.get(&plan.0)?);
            let Refusal { rule, reason } = refusal;
            Some(Line::of_plan(customer, plan, Happening::Refused { rule, reason, findings }))
        })
        .collect();
    enter(&mut desk.connection, desk.clock.now(), &lines).await?;
    Ok(customers.len() as u64)
}

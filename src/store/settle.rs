//! Giving back what was claimed: released for later, or refused for good.
//!
//! A refusal is a word of the rules, so it holds only where they are in force, and all plans are up to them. Else the plan is
//! due again: where its workflow went, and came back before all plans were voided, nothing must be lost.

use super::{
    StoreError,
    book::{Line, rows},
    database::{Query, query},
    evidence::planned,
    round::{Desk, Kind, Results},
    statements::{
        pipeline::{TO_PLANNED, TO_REFUSED, WAKE_STEPS},
        revisions::IN_FORCE,
    },
    types::Refusal,
};
use crate::{
    base::{CustomerId, Instant, PlanId},
    fault::Point,
    gate::Finding,
    ledger::Happening,
};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};

/// By then whoever judged has the rules in force.
const JUDGED_AGAIN: Duration = Duration::from_secs(1);

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
    Release {
        next_at: Instant,
    },
    Refuse {
        refusal: Refusal,
        /// The revision of the rules that say so.
        by: String,
    },
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
    const POINTS: Option<(Point, Point)> = Some((Point::BeforeSettleCommit, Point::AfterSettleCommit));

    async fn run(desk: &mut Desk, asks: &[Settle]) -> Results<()> {
        let by_rules = asks.iter().any(|ask| matches!(ask.outcome, Outcome::Refuse { .. }));
        let in_force = if by_rules { planned(&desk.database.rows(query(IN_FORCE)).await?)? } else { None };
        let now = desk.clock.now();
        let mut released = Vec::new();
        let mut refused = Vec::new();
        for Settle { plan, epoch, outcome } in asks {
            let (plan, epoch) = (*plan, *epoch);
            let next_at = match outcome {
                Outcome::Refuse { refusal, by } if in_force.as_deref() == Some(by) => {
                    refused.push(Refused { plan, epoch, refusal: refusal.clone(), findings: Vec::new() });
                    continue;
                }
                Outcome::Refuse { .. } => now.plus(JUDGED_AGAIN),
                Outcome::Release { next_at } => *next_at,
            };
            released.push(PlannedRow { plan, epoch, next_at, waits_for: None, hold: None });
        }
        if !released.is_empty() {
            desk.database.say(plan_again(&released)?);
        }
        refuse(desk, refused).await?;
        Ok(asks.iter().map(|_| Ok(())).collect())
    }
}

/// From leased to planned.
pub(super) fn plan_again(plans: &[PlannedRow]) -> Result<Query, StoreError> {
    Ok(query(TO_PLANNED).bind(rows(plans)?))
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
            refused_for: one.refusal.reason.name(),
            refusal: one.refusal.clone(),
        })
        .collect();
    let done = desk.database.rows(query(TO_REFUSED).bind(rows(&bulk)?)).await?;
    let customers = done.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let customers: BTreeMap<i64, i64> = customers.collect::<Result<_, sqlx::Error>>()?;
    let now = desk.clock.now();
    // The next step of a journey has waited for the end of this one, whichever it is.
    let ended: Vec<i64> = customers.keys().copied().collect();
    desk.database.say(query(WAKE_STEPS).bind(rows(&ended)?).bind(now.ms()));
    let lines: Vec<Line> = refused
        .into_iter()
        .filter_map(|Refused { plan, refusal, findings, .. }| {
            let customer = CustomerId(*customers.get(&plan.0)?);
            let Refusal { rule, reason } = refusal;
            Some(Line::of_plan(customer, plan, Happening::Refused { rule, reason, findings }))
        })
        .collect();
    desk.enter(now, &lines)?;
    Ok(customers.len() as u64)
}

//! What is to come in a span of time, and what the gate would say of it then. Nothing is claimed, nothing is written.
//!
//! The gate is asked as it will be, in due order and each message at its own time, and what one would take under the caps
//! the next one finds taken. What is halted now is left out of it: whoever asks knows that, and wants to hear the rest.
//!
//! Not promised · That it comes so: visits move, people answer and stop, and the gate is asked again.

use super::{
    Store, StoreError, claim,
    evidence::Evidence,
    permit::facts,
    plan_rows::instant,
    round::Desk,
    statements::notices::{AGENDA, HELD_BEYOND},
    types::{Claimed, Decide},
};
use crate::{
    base::{Instant, PlanId},
    gate::{Decision, Reason, Rule, Until, Verdict},
    plan::PlanState,
};
use serde::Deserialize;
use sqlx::Row;
use std::{collections::BTreeMap, sync::Arc};

/// Messages that are looked at: a very long day's. The database is busy with them for some milliseconds.
const AGENDA_MAX: i64 = 500;

/// A message to come, and what the gate would say of it then.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// When it is asked.
    pub at: Instant,
    /// The message, as if it were claimed.
    pub claimed: Claimed,
    /// What would become of it.
    pub foreseen: Foreseen,
}

/// What would become of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Foreseen {
    /// It leaves.
    Leaves,
    /// It waits.
    Waits {
        /// By this rule.
        rule: Rule,
        /// Why.
        reason: Reason,
        /// Until then.
        until: Until,
    },
    /// It never leaves.
    Ends {
        /// By this rule.
        rule: Rule,
        /// Why.
        reason: Reason,
    },
}

/// As `plans.hold` keeps it.
#[derive(Deserialize)]
struct Held {
    rule: Rule,
    reason: Reason,
    until: Until,
}

impl Store {
    /// What is to come after one instant and until another, in due order; then what is held beyond that.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn foresee(
        &self,
        after: Instant,
        until: Instant,
        decide: Arc<dyn Decide>,
    ) -> Result<Vec<Outlook>, StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let mut ahead = agenda(desk, after, until, decide.as_ref()).await?;
                ahead.extend(held_beyond(desk, until).await?);
                Ok(ahead)
            })
        })
        .await
    }
}

async fn agenda(
    desk: &mut Desk,
    after: Instant,
    until: Instant,
    decide: &dyn Decide,
) -> Result<Vec<Outlook>, StoreError> {
    let connection = desk.database.alone().await?;
    let rows = sqlx::query(AGENDA.sqlite).bind(after.ms()).bind(until.ms()).bind(AGENDA_MAX);
    let due: Vec<(i64, i64)> = rows
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("id")?, row.try_get("next_at")?)))
        .collect::<Result<_, sqlx::Error>>()?;
    let claimed = whole(desk, due.iter().map(|(id, _)| *id)).await?;
    let plans = claimed.values().map(|claimed| &claimed.plan);
    let since = after.minus(decide.look_back());
    let mut evidence = Evidence::read(desk, plans, PlanState::Planned, since).await?;
    evidence.halt = None;
    let mut ahead = vec![];
    for (id, at) in due {
        let (Some(claimed), at) = (claimed.get(&PlanId(id)), Instant::from_ms(at)) else { continue };
        let Some(asked) = evidence.plans.get(&claimed.plan.id) else { continue };
        let Decision { verdict, .. } = decide.decide(&facts(&evidence, asked, claimed, decide, at));
        let foreseen = match verdict {
            Verdict::Send(_) => {
                evidence.take(claimed.plan.id, at);
                // It will have had its answer by the time of the next one.
                evidence.land(claimed.plan.id);
                Foreseen::Leaves
            }
            Verdict::Hold { rule, reason, until } => Foreseen::Waits { rule, reason, until },
            Verdict::Refuse { rule, reason } => Foreseen::Ends { rule, reason },
        };
        ahead.push(Outlook { at, claimed: claimed.clone(), foreseen });
    }
    Ok(ahead)
}

async fn held_beyond(desk: &mut Desk, until: Instant) -> Result<Vec<Outlook>, StoreError> {
    let connection = desk.database.alone().await?;
    let rows = sqlx::query(HELD_BEYOND.sqlite).bind(until.ms()).bind(AGENDA_MAX).fetch_all(connection).await?;
    let mut holds = vec![];
    for row in &rows {
        let hold: String = row.try_get("hold")?;
        let Held { rule, reason, until } =
            serde_json::from_str(&hold).map_err(|error| StoreError::odd("plans.hold", &error.to_string()))?;
        holds.push((PlanId(row.try_get("id")?), instant(row, "next_at")?, Foreseen::Waits { rule, reason, until }));
    }
    let mut claimed = whole(desk, holds.iter().map(|(plan, ..)| plan.0)).await?;
    let outlook = |(plan, at, foreseen)| Some(Outlook { at, claimed: claimed.remove(&plan)?, foreseen });
    Ok(holds.into_iter().filter_map(outlook).collect())
}

async fn whole(desk: &mut Desk, ids: impl Iterator<Item = i64>) -> Result<BTreeMap<PlanId, Claimed>, StoreError> {
    let ids: Vec<i64> = ids.collect();
    let batch = claim::read(desk.database.alone().await?, &ids, PlanState::Planned).await?;
    Ok(batch.open(&desk.keys).into_iter().map(|claimed| (claimed.plan.id, claimed)).collect())
}

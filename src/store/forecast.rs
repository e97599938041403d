//! What is to come in a span of time, and what the gate would say of it then. Nothing is claimed, nothing is written.
//!
//! The gate is asked as it will be, in due order and each message at its own time, and what one would take under the caps
//! the next one finds taken. What is halted now is left out of it: whoever asks knows that, and wants to hear the rest.
//!
//! Not promised · That it comes so: visits move, people answer and stop, and the gate is asked again.

use super::{
    Store, StoreError,
    claim::{self, Batch},
    database::query,
    evidence::Evidence,
    parts::{self, Parts},
    permit::facts,
    plan_rows::instant,
    round::Desk,
    statements::notices::{AGENDA, HELD_BEYOND},
    types::{Claimed, Decide},
};
use crate::{
    base::{Instant, PlanId, keys::Keyring},
    gate::{Decision, Reason, Rule, Until, Verdict},
    plan::PlanState,
};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// Messages that are looked at: a very long day's.
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

/// What the writer reads of it, in a moment; opening it and asking the gate is the caller's work.
struct Gathered {
    due: Vec<(PlanId, Instant)>,
    batch: Batch,
    evidence: Evidence,
    held: Vec<(PlanId, Instant, Foreseen)>,
    held_batch: Batch,
    parts: BTreeMap<PlanId, Parts>,
}

impl Store {
    /// What is to come after one instant and until another, in due order; then what is held beyond that. `words` gives the
    /// digest of a message's draft.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn foresee(
        &self,
        after: Instant,
        until: Instant,
        decide: Arc<dyn Decide>,
        words: impl Fn(&Claimed) -> Option<[u8; 32]>,
    ) -> Result<Vec<Outlook>, StoreError> {
        let decider = Arc::clone(&decide);
        let gather =
            self.errand(move |desk| Box::pin(async move { gather(desk, after, until, decider.as_ref()).await }));
        let Gathered { due, batch, evidence, held, held_batch, mut parts } = gather.await?;
        let mut due_then = by_plan(batch, &self.inner.keys);
        for claimed in due_then.values_mut() {
            claimed.parts = parts.remove(&claimed.plan.id).unwrap_or_default().standing;
            claimed.words = words(claimed);
        }
        let mut ahead = decided(due, &due_then, evidence, decide.as_ref(), &self.inner.keys);
        let mut claimed = by_plan(held_batch, &self.inner.keys);
        let outlook = |(plan, at, foreseen)| Some(Outlook { at, claimed: claimed.remove(&plan)?, foreseen });
        ahead.extend(held.into_iter().filter_map(outlook));
        Ok(ahead)
    }
}

async fn gather(desk: &mut Desk, after: Instant, until: Instant, decide: &dyn Decide) -> Result<Gathered, StoreError> {
    let connection = desk.database.alone().await?;
    let agenda = query(AGENDA).bind(after.ms()).bind(until.ms()).bind(AGENDA_MAX);
    let mut due = vec![];
    for row in &agenda.fetch_all(&mut *connection).await? {
        due.push((PlanId(row.try_get("id")?), instant(row, "next_at")?));
    }
    let mut held = vec![];
    let beyond = query(HELD_BEYOND).bind(until.ms()).bind(AGENDA_MAX);
    for row in &beyond.fetch_all(&mut *connection).await? {
        let note: String = row.try_get("hold")?;
        let Held { rule, reason, until } =
            serde_json::from_str(&note).map_err(|error| StoreError::odd("plans.hold", &error.to_string()))?;
        held.push((PlanId(row.try_get("id")?), instant(row, "next_at")?, Foreseen::Waits { rule, reason, until }));
    }
    let due_ids: Vec<i64> = due.iter().map(|(plan, _)| plan.0).collect();
    let held_ids: Vec<i64> = held.iter().map(|(plan, ..)| plan.0).collect();
    let batch = claim::read(connection, &due_ids, PlanState::Planned).await?;
    let held_batch = claim::read(connection, &held_ids, PlanState::Planned).await?;
    let wants = batch.plans().map(|plan| (plan.id, decide.wants(plan))).collect();
    let since = after.minus(decide.look_back().max(batch.reach()));
    let evidence = Evidence::read(desk, batch.plans(), PlanState::Planned, since, wants).await?;
    let all: Vec<PlanId> = batch.plans().map(|plan| plan.id).collect();
    let parts = parts::of(desk, &all, decide, after).await?;
    Ok(Gathered { due, batch, evidence, held, held_batch, parts })
}

fn by_plan(batch: Batch, keys: &Keyring) -> BTreeMap<PlanId, Claimed> {
    batch.open(keys).into_iter().map(|claimed| (claimed.plan.id, claimed)).collect()
}

/// Each message at its own time, after those before it.
fn decided(
    due: Vec<(PlanId, Instant)>,
    claimed: &BTreeMap<PlanId, Claimed>,
    mut evidence: Evidence,
    decide: &dyn Decide,
    keys: &Keyring,
) -> Vec<Outlook> {
    evidence.halt = None;
    let mut ahead = vec![];
    for (plan, at) in due {
        let (Some(claimed), Some(asked)) = (claimed.get(&plan), evidence.plans.get(&plan)) else { continue };
        let facts = facts(&evidence, asked, claimed, decide, keys, at);
        let Decision { verdict, .. } = decide.decide(&facts);
        let foreseen = match verdict {
            Verdict::Send(_) => {
                evidence.take(&facts);
                // It will have had its answer by the time of the next one.
                evidence.land(plan);
                Foreseen::Leaves
            }
            Verdict::Hold { rule, reason, until } => Foreseen::Waits { rule, reason, until },
            Verdict::Refuse { rule, reason } => Foreseen::Ends { rule, reason },
        };
        ahead.push(Outlook { at, claimed: claimed.clone(), foreseen });
    }
    ahead
}

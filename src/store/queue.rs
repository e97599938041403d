//! The queue of what people read before it leaves: the messages of some workflows, and what the gate would find about each
//! at its time. Nothing is claimed, nothing is written.

use super::{
    Store, StoreError,
    book::rows,
    claim::{self, Batch},
    evidence::Evidence,
    permit::facts,
    round::Desk,
    statements::approvals::QUEUE,
    types::{Claimed, Decide},
};
use crate::{
    base::{Instant, PlanId},
    gate::Finding,
    plan::PlanState,
};
use std::{collections::BTreeSet, sync::Arc};

/// Messages that are looked at: more than anybody reads at a sitting.
const QUEUE_MAX: i64 = 500;

/// Which messages.
#[derive(Clone, Debug)]
pub struct Those {
    /// Of these workflows.
    pub workflows: BTreeSet<String>,
    /// Asked by then.
    pub until: Instant,
    /// This one alone.
    pub plan: Option<PlanId>,
}

/// A message of the queue.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The message, as if it were claimed.
    pub claimed: Claimed,
    /// What each rule would find when it is due; now, where it is.
    pub findings: Vec<Finding>,
}

impl Store {
    /// The messages, in due order. `words` gives the digest of a message's draft.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn queue(
        &self,
        those: Those,
        decide: Arc<dyn Decide>,
        words: impl Fn(&Claimed) -> Option<[u8; 32]>,
    ) -> Result<Vec<Queued>, StoreError> {
        let now = self.inner.clock.now();
        let since = now.minus(decide.look_back());
        let decider = Arc::clone(&decide);
        let gather =
            self.errand(move |desk| Box::pin(async move { gather(desk, &those, since, decider.as_ref()).await }));
        let (batch, evidence) = gather.await?;
        let queued = batch.open(&self.inner.keys).into_iter().filter_map(|mut claimed| {
            claimed.words = words(&claimed);
            let at = claimed.plan.due_at.max(now);
            let asked = evidence.plans.get(&claimed.plan.id)?;
            let findings = decide.decide(&facts(&evidence, asked, &claimed, decide.as_ref(), at)).findings;
            Some(Queued { claimed, findings })
        });
        Ok(queued.collect())
    }
}

async fn gather(
    desk: &mut Desk,
    Those { workflows, until, plan }: &Those,
    since: Instant,
    decide: &dyn Decide,
) -> Result<(Batch, Evidence), StoreError> {
    let of: Vec<&String> = workflows.iter().collect();
    let connection = desk.database.alone().await?;
    let found: Vec<(i64, i64)> = sqlx::query_as(QUEUE.sqlite)
        .bind(until.ms())
        .bind(QUEUE_MAX)
        .bind(plan.map_or(0, |plan| plan.0))
        .bind(rows(&of)?)
        .fetch_all(&mut *connection)
        .await?;
    let ids: Vec<i64> = found.into_iter().map(|(plan, _)| plan).collect();
    let batch = claim::read(connection, &ids, PlanState::Planned).await?;
    let wants = batch.plans().map(|plan| (plan.id, decide.wants(plan))).collect();
    let evidence = Evidence::read(desk, batch.plans(), PlanState::Planned, since, wants).await?;
    Ok((batch, evidence))
}

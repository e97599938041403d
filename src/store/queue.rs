//! The queue of what people read before it leaves: the messages of some workflows, and what the gate would find about each
//! at its time. Nothing is claimed, nothing is written.

use super::{
    Store, StoreError,
    book::rows,
    claim::{self, Batch},
    database::{Link, query, query_as},
    evidence::Evidence,
    parts::{self, Parts},
    permit::facts,
    round::Desk,
    statements::{
        approvals::{QUEUE, RUN_PLANS},
        tasks::OPEN_TASKS,
    },
    tasks::TASKS_MAX,
    types::{Claimed, Decide},
};
use crate::{
    base::{Instant, PlanId},
    gate::{Decision, Finding, Verdict, facts::Run},
    plan::PlanState,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Messages that are looked at: more than anybody reads at a sitting.
const QUEUE_MAX: i64 = 500;

/// Which messages.
#[derive(Clone, Debug)]
pub enum Those {
    /// All of these workflows that are asked by then.
    Until(BTreeSet<String>, Instant),
    /// This one, if it is of these workflows.
    One(BTreeSet<String>, PlanId),
    /// Those of a run that are still to come.
    OfRun(Run),
    /// The steps that are tasks which somebody is to do.
    Given,
}

/// A message of the queue.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The message, as if it were claimed.
    pub claimed: Claimed,
    /// What each rule would find when it is due; now, where it is.
    pub findings: Vec<Finding>,
    /// Whether it would end unsent, by that.
    pub is_refused: bool,
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
        let decider = Arc::clone(&decide);
        let gather =
            self.errand(move |desk| Box::pin(async move { gather(desk, &those, now, decider.as_ref()).await }));
        let (batch, evidence, mut parts) = gather.await?;
        let queued = batch.open(&self.inner.keys).into_iter().filter_map(|mut claimed| {
            claimed.parts = parts.remove(&claimed.plan.id).unwrap_or_default().standing;
            claimed.words = words(&claimed);
            let at = claimed.plan.due_at.max(now);
            let asked = evidence.plans.get(&claimed.plan.id)?;
            let Decision { verdict, findings } =
                decide.decide(&facts(&evidence, asked, &claimed, decide.as_ref(), &self.inner.keys, at));
            Some(Queued { claimed, findings, is_refused: matches!(verdict, Verdict::Refuse { .. }) })
        });
        Ok(queued.collect())
    }
}

async fn gather(
    desk: &mut Desk,
    those: &Those,
    now: Instant,
    decide: &dyn Decide,
) -> Result<(Batch, Evidence, BTreeMap<PlanId, Parts>), StoreError> {
    let connection = desk.database.alone().await?;
    let ids = plans(connection, those).await?;
    let state = if matches!(those, Those::Given) { PlanState::Given } else { PlanState::Planned };
    let batch = claim::read(connection, &ids, state).await?;
    let wants = batch.plans().map(|plan| (plan.id, decide.wants(plan))).collect();
    let since = now.minus(decide.look_back().max(batch.reach()));
    let evidence = Evidence::read(desk, batch.plans(), state, since, wants).await?;
    let all: Vec<PlanId> = batch.plans().map(|plan| plan.id).collect();
    let parts = parts::of(desk, &all, decide, now).await?;
    Ok((batch, evidence, parts))
}

async fn plans(connection: &mut Link, those: &Those) -> Result<Vec<i64>, StoreError> {
    let (workflows, until, plan) = match those {
        Those::Until(workflows, until) => (workflows, *until, PlanId(0)),
        Those::One(workflows, plan) => (workflows, Instant::NEVER, *plan),
        Those::OfRun(Run { workflow, from, until, .. }) => {
            let of_run = query_as(RUN_PLANS).bind(workflow).bind(from.ms()).bind(until.ms());
            return of_run.bind(QUEUE_MAX).fetch_all(connection).await;
        }
        Those::Given => {
            let open = query(OPEN_TASKS).bind(TASKS_MAX).fetch_all(connection).await?;
            return Ok(open.iter().map(|row| row.try_get("plan")).collect::<Result<_, _>>()?);
        }
    };
    let of: Vec<&String> = workflows.iter().collect();
    let queued = query_as(QUEUE).bind(until.ms()).bind(QUEUE_MAX).bind(plan.0).bind(rows(&of)?);
    let found: Vec<(i64, i64)> = queued.fetch_all(connection).await?;
    Ok(found.into_iter().map(|(plan, _)| plan).collect())
}

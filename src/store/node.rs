//! Nodes: one row per start of a daemon, and what a new one does with what the dead left behind.
//!
//! The caller holds the installation's lock, so every older node is dead. An attempt without an intent never had its
//! body begun: it is aborted and its plan is due again. One with an intent may have arrived: it is uncertain, and only a
//! service message whose workflow says so is sent again. A live node's attempts are never touched.

use super::{
    Store, StoreError,
    database::{Link, query, query_as},
    receipt::{Closing, Receipts},
    round::{Desk, Kind},
    statements::pipeline::{BEAT, BEGIN_NODE, HIGH_WATER, MARK, ORPHANS, RELEASE_ORPHANS},
    types::{AfterUncertain, Next, Rescued},
};
use crate::{
    base::{AttemptId, Instant, NodeId, PlanId},
    ledger::{
        Phase, Receipt,
        receipt::{AbortCause, NotBegun},
    },
};

impl Store {
    /// A new incarnation of the daemon. The caller holds the installation's lock, so all older ones are dead: their
    /// attempts are closed, as aborted or uncertain, and their plans released.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn begin_node(&self, if_uncertain: AfterUncertain) -> Result<(NodeId, Rescued), StoreError> {
        self.change(move |desk| Box::pin(async move { begin(desk, &if_uncertain).await })).await
    }
}

/// A new node, with the rescue of its dead predecessors.
pub(super) async fn begin(desk: &mut Desk, after: &AfterUncertain) -> Result<(NodeId, Rescued), StoreError> {
    let now = desk.clock.now();
    let node: i64 = query_as(BEGIN_NODE).bind(now.ms()).fetch_one(desk.database.alone().await?).await?;
    let orphans: Vec<(i64, String, i64, String)> =
        query_as(ORPHANS).bind(node).fetch_all(desk.database.alone().await?).await?;
    let mut rescued = Rescued::default();
    let closings: Vec<Closing> = orphans
        .into_iter()
        .map(|(attempt, state, plan, workflow)| {
            let (receipt, next) = match state.as_str() {
                "intent" => {
                    rescued.uncertain += 1;
                    let again = after.send_again.contains(&workflow);
                    (Receipt::Uncertain, if again { Next::RetryAt(now) } else { Next::Done })
                }
                // Its plan went on when it was revoked.
                "revoked" => (Receipt::NotBegun(NotBegun::Revoked), Next::Done),
                _ => {
                    rescued.aborted += 1;
                    (Receipt::Aborted { phase: Phase::Connect, why: AbortCause::OwnerLost }, Next::RetryAt(now))
                }
            };
            Closing { attempt: AttemptId(attempt), plan: PlanId(plan), receipt, next, at: now }
        })
        .collect();
    for result in Receipts::run(desk, &closings).await? {
        result?;
    }
    let released = query(RELEASE_ORPHANS).bind(node).bind(now.ms()).execute(desk.database.alone().await?).await?;
    rescued.released = released.rows_affected();
    Ok((NodeId(node), rescued))
}

/// A sign of life.
pub(super) async fn beat(desk: &mut Desk, node: NodeId, now: Instant) -> Result<(), StoreError> {
    query(BEAT).bind(node.0).bind(now.ms()).execute(desk.database.alone().await?).await?;
    Ok(())
}

/// The latest instant seen. It never goes back.
pub(super) async fn mark(desk: &mut Desk, now: Instant) -> Result<(), StoreError> {
    query(MARK).bind(now.ms()).execute(desk.database.alone().await?).await?;
    Ok(())
}

/// The latest instant that this installation has seen.
pub(super) async fn high_water(connection: &mut Link) -> Result<Option<Instant>, StoreError> {
    let at: Option<i64> = query_as(HIGH_WATER).fetch_optional(connection).await?;
    Ok(at.map(Instant::from_ms))
}

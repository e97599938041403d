//! Permissions whose answer was lost: committed, and nobody ever heard of it.
//!
//! A database that fails between its commit and its answer leaves an attempt that no lane will ever fly, and a plan that
//! waits for its receipt. The engine names such attempts when a permit's life has passed over them, so that none can
//! begin any more; their plans are due again at once, and nothing is counted against them.

use super::{
    Store, StoreError,
    book::rows,
    database::query_as,
    receipt::{Closing, Receipts},
    round::{Desk, Kind},
    statements::pipeline::{LOST, UNFLOWN},
    types::Next,
};
use crate::{
    base::{AttemptId, NodeId, PlanId},
    ledger::{Receipt, receipt::NotBegun},
};

impl Store {
    /// This node's attempts without an intent and without a receipt.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn unflown(&self, node: NodeId) -> Result<Vec<AttemptId>, StoreError> {
        let found: Vec<i64> = query_as(UNFLOWN).bind(node.0).fetch_all(&mut self.reader().await?).await?;
        Ok(found.into_iter().map(AttemptId).collect())
    }

    /// Ends those of these attempts that are still without an intent and without a receipt. Their permits must have
    /// ended. Says how many it were.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn take_back(&self, lost: Vec<AttemptId>) -> Result<usize, StoreError> {
        // In its turn, after the receipts of its round: one that was late wins.
        self.errand(move |desk| Box::pin(async move { take_back(desk, &lost).await })).await
    }
}

async fn take_back(desk: &mut Desk, lost: &[AttemptId]) -> Result<usize, StoreError> {
    let now = desk.clock.now();
    let found: Vec<(i64, String, i64)> =
        query_as(LOST).bind(rows(lost)?).fetch_all(desk.database.alone().await?).await?;
    let closings: Vec<Closing> = found
        .into_iter()
        .map(|(attempt, state, plan)| {
            // The plan of a revoked one went on when it was revoked.
            let (why, next) = match state.as_str() {
                "revoked" => (NotBegun::Revoked, Next::Done),
                _ => (NotBegun::PermitExpired, Next::RetryAt(now)),
            };
            let (attempt, plan) = (AttemptId(attempt), PlanId(plan));
            Closing { attempt, plan, receipt: Receipt::NotBegun(why), next, at: now }
        })
        .collect();
    for result in Receipts::run(desk, &closings).await? {
        result?;
    }
    Ok(closings.len())
}

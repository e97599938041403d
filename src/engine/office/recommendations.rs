//! Recommendations, as the business asks for them: what the last night came to, and a batch by hand.

use super::Office;
use crate::{
    base::Instant,
    engine::recommending::{AuditOrder, Audited, Figures, Published, Recommender},
    store::BatchOutcome,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What became of the last batch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LastBatch {
    /// When it was made.
    pub made_at: Instant,
    /// What became of it.
    pub outcome: BatchOutcome,
    /// Its version; empty where there is none.
    pub version: String,
    /// How many were recommended something.
    pub people: u64,
    /// What it was measured by.
    pub figures: Figures,
}

/// Whether a batch is written or only looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchOrder {
    /// It is published.
    Publish,
    /// Nothing is written.
    Preview,
}

impl Office {
    /// What recommends.
    #[must_use]
    pub fn recommender(&self) -> Recommender {
        Recommender {
            store: self.store.clone(),
            in_force: Arc::clone(&self.in_force),
            flights: Arc::clone(&self.flights),
            wake: Arc::clone(&self.wake),
            clock: Arc::clone(&self.clock),
        }
    }

    /// What the last batch came to, where there was one.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_batch(&self) -> anyhow::Result<Option<LastBatch>> {
        let Some(row) = self.store.last_batch().await? else { return Ok(None) };
        Ok(Some(LastBatch {
            made_at: row.made_at,
            outcome: row.outcome,
            version: row.version,
            people: row.people,
            figures: serde_json::from_str(&row.figures)?,
        }))
    }

    /// Audits the lists as they would be made now. `None` where the policy recommends nothing; what is missing, in sentences, where the
    /// shop is too small.
    ///
    /// # Errors
    /// The database's, or that the computation ended in the middle.
    pub async fn audit_lists(&self, order: AuditOrder) -> anyhow::Result<Option<Result<Audited, Vec<String>>>> {
        self.recommender().audit(order).await
    }

    /// Makes a batch now, whatever the time is. `None` where the policy recommends nothing.
    ///
    /// # Errors
    /// The database's, or that the computation ended in the middle.
    pub async fn make_batch(&self, order: BatchOrder) -> anyhow::Result<Option<Published>> {
        match order {
            BatchOrder::Publish => self.recommender().publish().await,
            BatchOrder::Preview => self.recommender().preview().await,
        }
    }
}

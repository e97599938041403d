//! Recommendations, by the door.

use super::Door;
use crate::engine::{
    office::recommendations::{BatchOrder, LastBatch},
    recommending::{AuditOrder, Audited, Published},
};

impl Door {
    /// What the last batch came to.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn last_batch(&self) -> anyhow::Result<Option<LastBatch>> {
        match self {
            Self::Daemon(client) => client.answer("GET", "/recommendations", "").await,
            Self::Own(own) => own.office.last_batch().await,
        }
    }

    /// Audits the lists as they would be made now. `None` where the policy recommends nothing; what is missing, in sentences, where the
    /// shop is too small.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn audit_lists(&self, order: AuditOrder) -> anyhow::Result<Option<Result<Audited, Vec<String>>>> {
        match self {
            Self::Daemon(client) => {
                client.answer("POST", "/recommendations/audit", &serde_json::to_string(&order)?).await
            }
            Self::Own(own) => own.office.audit_lists(order).await,
        }
    }

    /// Makes a batch now, or says what it would be.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn make_batch(&self, order: BatchOrder) -> anyhow::Result<Option<Published>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/recommendations", &serde_json::to_string(&order)?).await,
            Self::Own(own) => own.office.make_batch(order).await,
        }
    }
}

//! Recommendations, by the door.

use super::Door;
use crate::engine::{
    office::recommendations::{BatchOrder, LastBatch},
    recommending::Published,
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

//! Privacy notices and assessments, by the door.

use super::Door;
use crate::{
    engine::office::privacy::{KeptNotice, SignOrder, Signed},
    store::NoticeVersion,
};

impl Door {
    /// All versions that were in force, the last first.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn notices(&self) -> anyhow::Result<Vec<NoticeVersion>> {
        match self {
            Self::Daemon(client) => client.answer("GET", "/notices", "").await,
            Self::Own(own) => Ok(own.office.notices().await?),
        }
    }

    /// One of them.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn notice(&self, version: &str) -> anyhow::Result<Option<KeptNotice>> {
        match self {
            Self::Daemon(client) => client.answer("GET", &format!("/notices/{version}"), "").await,
            Self::Own(own) => Ok(own.office.notice(version).await?),
        }
    }

    /// Signs an assessment.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn sign_assessment(&self, order: &SignOrder) -> anyhow::Result<Signed> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/assessments", &serde_json::to_string(order)?).await,
            Self::Own(own) => Ok(own.office.sign_assessment(order.clone()).await?),
        }
    }
}

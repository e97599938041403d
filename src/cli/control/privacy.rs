//! Privacy notices, by the door.

use super::Door;
use crate::{engine::office::privacy::KeptNotice, store::NoticeVersion};

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
}

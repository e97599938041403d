//! The register of requests, by the door.

use super::Door;
use crate::engine::office::requests::{Added, Entered, Look, NewEntry};

impl Door {
    /// The register: what is open, or the last ones whatever became of them.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn requests(&self, all: bool) -> anyhow::Result<Vec<Entered>> {
        match self {
            Self::Daemon(client) => client.answer("GET", if all { "/requests/all" } else { "/requests" }, "").await,
            Self::Own(own) => Ok(own.office.requests(all).await?),
        }
    }

    /// Who was looked up by somebody of the business.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn looks(&self) -> anyhow::Result<Vec<Look>> {
        match self {
            Self::Daemon(client) => client.answer("GET", "/requests/looks", "").await,
            Self::Own(own) => Ok(own.office.looks().await?),
        }
    }

    /// Writes a request into the register.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn add_request(&self, entry: &NewEntry) -> anyhow::Result<Added> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/requests", &serde_json::to_string(entry)?).await,
            Self::Own(own) => Ok(own.office.add_request(entry.clone()).await?),
        }
    }

    /// Notes that a request was answered. `false` where there is no such open one.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn answer_request(&self, request: i64) -> anyhow::Result<bool> {
        match self {
            Self::Daemon(client) => client.answer("POST", &format!("/requests/{request}"), "").await,
            Self::Own(own) => Ok(own.office.answer_request(request).await?),
        }
    }
}

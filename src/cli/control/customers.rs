//! What people ask and say about one customer, by the door.

use super::Door;
use crate::engine::office::{
    account::Account,
    bars,
    consents::{self, Agreements},
    erasure::Erased,
    holdings::TakenAway,
    limits,
};

impl Door {
    /// What is known about a message or a customer.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn explain(&self, about: &str) -> anyhow::Result<Vec<Account>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/explain", about).await,
            Self::Own(own) => Ok(own.office.explain(about).await?),
        }
    }

    /// What customers agreed to.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn consents(&self, about: &str) -> anyhow::Result<Vec<Agreements>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/consents", about).await,
            Self::Own(own) => Ok(own.office.consents(about).await?),
        }
    }

    /// Keeps a yes that was given to somebody of the business.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn record_yes(&self, order: &consents::Order) -> anyhow::Result<consents::Kept> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/consents/record", &serde_json::to_string(order)?).await,
            Self::Own(own) => Ok(own.office.record_yes(order.clone()).await?),
        }
    }

    /// All that is known about customers.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn export(&self, whom: &str) -> anyhow::Result<Vec<TakenAway>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/export", whom).await,
            Self::Own(own) => own.office.take_away(whom).await,
        }
    }

    /// Who got what, with tokens in place of people: an archive in base64.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn for_analysts(&self) -> anyhow::Result<String> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/export/pseudonymous", "").await,
            Self::Own(own) => own.office.for_analysts().await,
        }
    }

    /// Erases a customer.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn erase(&self, whom: &str) -> anyhow::Result<Erased> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/erase", whom).await,
            Self::Own(own) => Ok(own.office.erase(whom).await?),
        }
    }

    /// Keeps a customer's own limit, or lifts it.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn limit(&self, order: &limits::Order) -> anyhow::Result<limits::Limited> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/limit", &serde_json::to_string(order)?).await,
            Self::Own(own) => Ok(own.office.limit(order.clone()).await?),
        }
    }

    /// Notes an objection, a restriction, a child, or the end of one of those.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn bar(&self, order: &bars::Order) -> anyhow::Result<bars::Noted> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/bars", &serde_json::to_string(order)?).await,
            Self::Own(own) => Ok(own.office.bar(order.clone()).await?),
        }
    }
}

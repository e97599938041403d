//! Keys and the seal, by the door.

use super::Door;
use crate::{
    audit::Checkpoint,
    store::{KeyRow, NewKey},
};

impl Door {
    /// Adds a key of the API. `false` where one in force has this name.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn add_key(&self, key: NewKey) -> anyhow::Result<bool> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/keys", &serde_json::to_string(&key)?).await,
            Self::Own(own) => Ok(own.office.add_key(key).await?),
        }
    }

    /// All keys of the API.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn keys(&self) -> anyhow::Result<Vec<KeyRow>> {
        match self {
            Self::Daemon(client) => client.answer("GET", "/keys", "").await,
            Self::Own(own) => Ok(own.office.keys().await?),
        }
    }

    /// Revokes a key of the API. `false` where none in force has this name.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn revoke_key(&self, name: &str) -> anyhow::Result<bool> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/keys/revoke", name).await,
            Self::Own(own) => Ok(own.office.revoke_key(name).await?),
        }
    }

    /// Signs the ledger as it stands. `None` where nothing came since the last checkpoint.
    ///
    /// # Errors
    /// The database's, the key's or the file's; or the daemon went away.
    pub async fn checkpoint(&self) -> anyhow::Result<Option<Checkpoint>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/checkpoint", "").await,
            Self::Own(own) => own.office.checkpoint().await,
        }
    }

    /// Makes a key that signs links from now on. Gives its number.
    ///
    /// # Errors
    /// The key file's, the database's; or the daemon went away.
    pub async fn new_link_key(&self) -> anyhow::Result<u32> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/link-keys", "").await,
            Self::Own(own) => own.office.new_link_key().await,
        }
    }

    /// Wraps every customer's key anew, with a new key. Gives how many.
    ///
    /// # Errors
    /// A key file's, the key store's; or the daemon went away.
    pub async fn rewrap(&self) -> anyhow::Result<u64> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/rewrap", "").await,
            Self::Own(own) => own.office.rewrap().await,
        }
    }
}

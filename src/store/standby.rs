//! A database that may not be there yet: stops are taken from the first moment, whatever keeps it away.
//!
//! A stop link says by itself which customer and which purpose; nothing needs to be looked up to write a stop down. So as
//! long as the database can't be opened, stops go straight to the journal beside it, and the opening applies them before
//! anything else is done.
//!
//! Invariant: the journal has one writer. A stop that comes before the first try to open the database, or during one, waits
//! for its end, and then goes to the store or to the journal, never to both.

use super::{
    Opening, Store, StoreError,
    journal::{Journal, JournalEntry},
    types::{StopOrder, StopState, Stopped},
};
use crate::fault::seam;
use std::sync::OnceLock;
use tokio::sync::{Mutex, watch};

/// See the module.
pub struct Standby {
    opening: Opening,
    store: OnceLock<Store>,
    /// The journal, from the first try that failed to the one that succeeds.
    journal: Mutex<Option<Journal>>,
    tried: watch::Sender<bool>,
}

impl Standby {
    /// Before the first try.
    #[must_use]
    pub fn new(opening: Opening) -> Self {
        Self { opening, store: OnceLock::new(), journal: Mutex::default(), tried: watch::Sender::new(false) }
    }

    /// The database, once it is open.
    #[must_use]
    pub fn store(&self) -> Option<&Store> {
        self.store.get()
    }

    /// Whether other nodes may work with the same database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.opening.database.server().is_some() || seam::shared().is_some()
    }

    /// Tries to open it. Once it is open, every further try gives the same store.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open(&self) -> Result<Store, StoreError> {
        let mut journal = self.journal.lock().await;
        if let Some(store) = self.store() {
            return Ok(store.clone());
        }
        let opened = self.attempt(&mut journal).await;
        self.tried.send_replace(true);
        opened
    }

    async fn attempt(&self, journal: &mut Option<Journal>) -> Result<Store, StoreError> {
        let error = match Store::open(self.opening.clone()).await {
            Ok(store) => {
                *journal = None;
                return Ok(self.store.get_or_init(|| store).clone());
            }
            Err(error) => error,
        };
        if journal.is_none() && error.may_pass() {
            let now = self.opening.clock.now();
            *journal = Journal::existing(&self.opening.journal, now).unwrap_or_else(|unusable| {
                tracing::error!(error = %unusable, "stops can't be taken");
                None
            });
        }
        Err(error)
    }

    /// Whether a stop that came now would be taken.
    pub async fn takes_stops(&self) -> bool {
        self.store().is_some() || self.journal.lock().await.is_some()
    }

    /// A stop: on disk when this returns, in the database or in the journal.
    ///
    /// # Errors
    /// When it is in neither: whoever asked must not be told that it holds.
    pub async fn stop(&self, order: StopOrder) -> Result<Stopped, StoreError> {
        if let Some(store) = self.store() {
            return store.stop(order).await;
        }
        // It can't be dropped before this: we hold it.
        let _ = self.tried.subscribe().wait_for(|tried| *tried).await;
        let mut journal = self.journal.lock().await;
        if let Some(store) = self.store() {
            return store.stop(order).await;
        }
        let journal = journal.as_mut().ok_or(StoreError::Closed)?;
        journal.append(JournalEntry::stop(&order), self.opening.clock.now())?;
        Ok(Stopped::without_rows(StopState::Journalled))
    }
}

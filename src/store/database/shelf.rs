//! SQLite connections that only read, shared by whoever reads.
//!
//! sqlx's own pool asks each connection whether it is there, before and after every use: two more errands to its thread. A
//! file's connection doesn't go away.

use crate::{fault::seam, store::StoreError};
use futures_util::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{self, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// Makes one more.
type Open = dyn Fn() -> BoxFuture<'static, Result<SqliteConnection, StoreError>> + Send + Sync;
/// A connection and its place. Whoever has it locked has it in use.
type Place = Arc<sync::Mutex<SqliteConnection>>;

/// See the module.
pub(in crate::store) struct Shelf {
    places: Mutex<Vec<Place>>,
    turns: Arc<Semaphore>,
    size: u32,
    open: Box<Open>,
}

/// One of them. It is free again when this is dropped.
pub(in crate::store) struct OffShelf {
    pub connection: OwnedMutexGuard<SqliteConnection>,
    _turn: OwnedSemaphorePermit,
}

impl Shelf {
    /// With this one, and room for so many.
    pub fn with(
        first: SqliteConnection,
        size: u32,
        open: impl Fn() -> BoxFuture<'static, Result<SqliteConnection, StoreError>> + Send + Sync + 'static,
    ) -> Self {
        let places = Mutex::new(vec![Arc::new(sync::Mutex::new(first))]);
        let turns = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1)));
        Self { places, turns, size, open: Box::new(open) }
    }

    /// The next that is free, or one more.
    pub async fn one(&self) -> Result<OffShelf, StoreError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let free = self.places().iter().find_map(|place| Arc::clone(place).try_lock_owned().ok());
        if let Some(connection) = free {
            return Ok(OffShelf { connection, _turn: turn });
        }
        let place = Arc::new(sync::Mutex::new(seam::ask("another reader", (self.open)()).await??));
        let connection = Arc::clone(&place).lock_owned().await;
        self.places().push(place);
        Ok(OffShelf { connection, _turn: turn })
    }

    /// Waits until all are back, and says good-bye to them.
    pub async fn close(&self) {
        let all = self.turns.acquire_many(self.size).await;
        self.turns.close();
        drop(all);
        let places = std::mem::take(&mut *self.places());
        for place in places.into_iter().filter_map(Arc::into_inner) {
            if let Err(error) = place.into_inner().close().await {
                tracing::warn!(%error, "a connection that reads was not closed cleanly");
            }
        }
    }

    fn places(&self) -> std::sync::MutexGuard<'_, Vec<Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! A server that is away: known to all as soon as the writer's link breaks, so that nobody else waits to find out.

use super::{Store, StoreError};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// See the module.
#[derive(Default)]
pub(super) struct Away {
    why: Mutex<Option<StoreError>>,
    is_looked_after: AtomicBool,
}

impl Away {
    /// Why, where it is.
    pub fn why(&self) -> Option<StoreError> {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn turn(&self, why: Option<StoreError>) {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }
}

impl Store {
    /// Whoever would have read from a server that is away has the writer try its link, unless it does already.
    pub(super) fn look_again(&self) {
        if self.inner.away.is_looked_after.swap(true, Ordering::AcqRel) {
            return;
        }
        let store = self.clone();
        tokio::spawn(async move {
            // How it went, the next who reads sees.
            let _ = store.errand(|_| Box::pin(async { Ok(()) })).await;
            store.inner.away.is_looked_after.store(false, Ordering::Release);
        });
    }
}

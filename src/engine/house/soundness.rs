//! Once a day the files of the database are looked through, while everything goes on.

use crate::{
    base::Clock,
    store::{Store, StoreError},
};
use std::time::Duration;

/// Between two looks whether a day is over; and so long after a start, which has other things to do.
const LOOK: Duration = Duration::from_mins(20);

/// Until dropped.
pub async fn keep(store: &Store, clock: &dyn Clock) {
    loop {
        clock.wait_for(LOOK).await;
        match store.check_files().await {
            Ok(()) => {}
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(%error, "nothing is sent any more, and stops go to the journal; then start anew");
            }
            Err(error) => tracing::warn!(%error, "the files could not be looked through; it is tried again"),
        }
    }
}

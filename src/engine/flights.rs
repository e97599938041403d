//! Attempts in the air, and how a stop takes them back.
//!
//! An attempt that the store has permitted is *permitted* here until its lane takes the last look, *beginning* while
//! `MAIL` is on its way, and *begun* once `MAIL` was answered. A stop first writes its fact and revokes the permits on
//! disk, then comes here with the attempts that it found open:
//!
//! - permitted: it becomes revoked, and its lane will not write `MAIL`;
//! - beginning: `MAIL` may be on the wire, so the stop waits for the answer before it is acknowledged;
//! - begun: it left before the stop, which may be acknowledged;
//! - not here: the commit is done and the lane has not opened its flight yet, or has closed it. A mark is left, so that
//!   a flight that opens later is revoked from the start.
//!
//! So no `MAIL FROM` follows an acknowledged stop (promise P2). The wait is bounded by the permit's life: a lane never
//! writes `MAIL` after that.

use crate::{
    base::{AttemptId, Clock},
    deliver::{
        Flight,
        transport::{Begin, Boxed, IntentFailed},
    },
    fault,
    store::Store,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// How long a stop waits beyond a permit's life before it is acknowledged: the way of a `MAIL` through the kernel.
const MARGIN: Duration = Duration::from_millis(500);
/// Marks of attempts that were not here, kept until the map has grown by so many; old ones can't open any more.
const MARKS_MAX: usize = 10_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Permitted,
    Beginning,
    Begun,
    Revoked,
}

/// All flights of this process.
#[derive(Debug)]
pub struct Flights {
    open: Mutex<BTreeMap<AttemptId, Arc<watch::Sender<Stage>>>>,
    permit_life: Duration,
}

impl Flights {
    /// None in the air.
    #[must_use]
    pub fn new(permit_life: Duration) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), permit_life })
    }

    /// Opens the flight of an attempt whose permission is on disk.
    pub fn open(self: &Arc<Self>, attempt: AttemptId, digest: [u8; 32], store: &Store) -> OpenFlight {
        let stage = self.entry(attempt, Stage::Permitted);
        OpenFlight { attempt, digest, stage, store: store.clone(), flights: Arc::clone(self) }
    }

    /// Takes back what has not begun, and waits until all else is past the answer to `MAIL`.
    pub async fn revoke(&self, attempts: &[AttemptId], clock: &dyn Clock) {
        if fault::is_on("skip-revocation") {
            return;
        }
        let waits = attempts.iter().map(|attempt| {
            let stage = self.entry(*attempt, Stage::Revoked);
            stage.send_if_modified(|stage| {
                let revocable = *stage == Stage::Permitted;
                if revocable {
                    *stage = Stage::Revoked;
                }
                revocable
            });
            let mut watch = stage.subscribe();
            async move {
                let _ = watch.wait_for(|stage| *stage != Stage::Beginning).await;
            }
        });
        let all = futures_util::future::join_all(waits);
        tokio::select! {
            _ = all => {}
            () = clock.wait_for(self.permit_life + MARGIN) => {}
        }
    }

    fn entry(&self, attempt: AttemptId, initial: Stage) -> Arc<watch::Sender<Stage>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while open.len() > MARKS_MAX {
            open.pop_first();
        }
        Arc::clone(open.entry(attempt).or_insert_with(|| Arc::new(watch::Sender::new(initial))))
    }

    fn close(&self, attempt: AttemptId) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&attempt);
    }
}

/// One flight. Dropping it closes it.
pub struct OpenFlight {
    attempt: AttemptId,
    digest: [u8; 32],
    stage: Arc<watch::Sender<Stage>>,
    store: Store,
    flights: Arc<Flights>,
}

impl Flight for OpenFlight {
    fn may_begin(&self) -> Begin {
        let mut answer = Begin::Revoked;
        self.stage.send_if_modified(|stage| {
            let free = *stage == Stage::Permitted;
            if free {
                *stage = Stage::Beginning;
                answer = Begin::Go;
            }
            free
        });
        answer
    }

    fn begun(&self) {
        self.stage.send_if_modified(|stage| {
            let beginning = *stage == Stage::Beginning;
            if beginning {
                *stage = Stage::Begun;
            }
            beginning
        });
    }

    fn intent(&self) -> Boxed<'_, Result<(), IntentFailed>> {
        let durable = self.store.intent(self.attempt, self.digest);
        Box::pin(async move {
            durable.await.map_err(|error| {
                tracing::warn!(attempt = self.attempt.0, %error, "intent not written");
                IntentFailed
            })
        })
    }
}

impl Drop for OpenFlight {
    fn drop(&mut self) {
        // A flight that ends without an answer to MAIL (its lane broke) holds no stop back.
        self.begun();
        self.flights.close(self.attempt);
    }
}

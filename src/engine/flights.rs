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
//! Where other nodes work with the same database, an attempt that is not here may be in the air there. Its node learns of the stop
//! by its intent at the latest, which is refused, so the stop waits until the database says that it has not begun or has gone
//! beyond its beginning.
//!
//! So no `MAIL FROM` follows an acknowledged stop (promise P2). The wait is bounded by the permit's life: a lane never
//! writes `MAIL` after that. So is a mark: a permission that a stop found was given before, so when a permit's life has
//! passed since the mark was left, the permission itself has ended, and a lane that comes with it is refused by the clock.

use crate::{
    base::{AttemptId, BootTime, Clock},
    deliver::transport::{Begin, Boxed, IntentFailed},
    fault::{self, Switch},
    store::Store,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// How long a stop waits beyond a permit's life before it is acknowledged: the way of a `MAIL` through the kernel.
const MARGIN: Duration = Duration::from_millis(500);

/// Between two looks at what became of an attempt of another node.
const LOOK_ELSEWHERE: Duration = Duration::from_millis(20);

/// What a stop has to wait for.
struct TakenBack {
    /// Flights of this process.
    here: Vec<watch::Receiver<Stage>>,
    /// Attempts that no flight of this process is of.
    elsewhere: Vec<AttemptId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Permitted,
    Beginning,
    Begun,
    Revoked,
}

/// All flights of this process.
pub struct Flights {
    sky: Mutex<Sky>,
    clock: Arc<dyn Clock>,
    permit_life: Duration,
    /// Where other nodes write what became of theirs.
    elsewhere: OnceLock<Store>,
}

/// What is in the air, and what may not rise any more.
#[derive(Default)]
struct Sky {
    open: BTreeMap<AttemptId, Arc<watch::Sender<Stage>>>,
    /// With the end of each mark's use.
    marks: BTreeMap<AttemptId, BootTime>,
}

impl Flights {
    /// None in the air.
    #[must_use]
    pub fn new(permit_life: Duration, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { sky: Mutex::default(), clock, permit_life, elsewhere: OnceLock::new() })
    }

    /// From now on, stops ask this database about attempts that other nodes may have in the air.
    pub fn look_elsewhere(&self, store: &Store) {
        if store.is_shared() {
            // The same store each time.
            let _ = self.elsewhere.set(store.clone());
        }
    }

    /// Opens the flight of an attempt whose permission is on disk.
    pub fn open(self: &Arc<Self>, attempt: AttemptId, digest: [u8; 32], store: &Store) -> OpenFlight {
        let mut sky = self.sky();
        let stage = if sky.marks.remove(&attempt).is_some() { Stage::Revoked } else { Stage::Permitted };
        let stage = Arc::new(watch::Sender::new(stage));
        sky.open.insert(attempt, Arc::clone(&stage));
        OpenFlight { attempt, digest, stage, store: store.clone(), flights: Arc::clone(self) }
    }

    /// Takes back what has not begun, and waits until all else is past the answer to `MAIL`.
    pub async fn revoke(&self, attempts: &[AttemptId]) {
        if fault::is_on(Switch::SkipRevocation) {
            return;
        }
        let TakenBack { here, elsewhere } = self.take_back(attempts);
        let waits = here.into_iter().map(|mut stage| async move {
            let _ = stage.wait_for(|stage| *stage != Stage::Beginning).await;
        });
        let all = async { tokio::join!(futures_util::future::join_all(waits), self.begun_elsewhere(&elsewhere)) };
        tokio::select! {
            biased;
            _ = all => {}
            () = self.outlast() => {}
        }
    }

    /// Waits until none of these may begin any more, on whatever node.
    async fn begun_elsewhere(&self, attempts: &[AttemptId]) {
        let Some(store) = self.elsewhere.get().filter(|_| !attempts.is_empty()) else { return };
        // What can't be asked may begin.
        while store.may_begin(attempts).await.unwrap_or(true) {
            self.clock.wait_for(LOOK_ELSEWHERE).await;
        }
    }

    /// Waits until every permission of before has ended: begun and answered, or too old to begin. For whoever can't know
    /// which there are.
    pub async fn outlast(&self) {
        self.clock.wait_for(self.permit_life + MARGIN).await;
    }

    /// Whether this attempt is in the air.
    #[must_use]
    pub fn knows(&self, attempt: AttemptId) -> bool {
        self.sky().open.contains_key(&attempt)
    }

    /// How many marks are kept.
    #[must_use]
    pub fn marks(&self) -> usize {
        self.sky().marks.len()
    }

    /// Revokes flights that have not begun, and leaves marks for those that are not here.
    fn take_back(&self, attempts: &[AttemptId]) -> TakenBack {
        let mut sky = self.sky();
        let now = self.clock.boot();
        sky.marks.retain(|_, until| *until > now);
        let mut taken = TakenBack { here: Vec::new(), elsewhere: Vec::new() };
        for attempt in attempts {
            let Some(stage) = sky.open.get(attempt) else {
                sky.marks.insert(*attempt, now.plus(self.permit_life));
                taken.elsewhere.push(*attempt);
                continue;
            };
            stage.send_if_modified(|stage| {
                let revocable = *stage == Stage::Permitted;
                if revocable {
                    *stage = Stage::Revoked;
                }
                revocable
            });
            taken.here.push(stage.subscribe());
        }
        taken
    }

    fn sky(&self) -> MutexGuard<'_, Sky> {
        self.sky.lock().unwrap_or_else(PoisonError::into_inner)
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

impl OpenFlight {
    /// The last look: asked immediately before `MAIL` is written.
    #[must_use]
    pub fn may_begin(&self) -> Begin {
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

    /// `MAIL` was answered, or its lane is gone.
    pub fn begun(&self) {
        self.stage.send_if_modified(|stage| {
            let beginning = *stage == Stage::Beginning;
            if beginning {
                *stage = Stage::Begun;
            }
            beginning
        });
    }

    /// Makes the intent durable.
    ///
    /// # Errors
    /// When it isn't: the body must not be written.
    #[must_use]
    pub fn intent(&self) -> Boxed<'_, Result<(), IntentFailed>> {
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
        self.flights.sky().open.remove(&self.attempt);
    }
}

//! A witness at the wire: when `MAIL` left for which message, and when it was answered, noted beside the engine's own records.

use crate::{
    base::PlanId,
    clock::SystemClock,
    config::Installation,
    deliver::{
        ConnectFailure, Flight, Lane, Parcel, Transport,
        transport::{Begin, Boxed, DotNotNoted, IntentFailed, Soundness},
    },
    engine::files::in_force::Outfit,
    ledger::Carried,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Whoever looks at what lanes carry.
pub trait Watch: Send + Sync {
    /// The last look before `MAIL` is written for this message.
    fn begins(&self, _plan: PlanId) {}
    /// `MAIL` was answered.
    fn answered(&self, _plan: PlanId) {}
    /// A lane is done with a message, whatever became of it.
    fn ended(&self) {}
}

/// One `MAIL`, in microseconds of boot time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Begun {
    /// The last look before it was written.
    pub at_us: i64,
    /// Its answer, or the end of its lane.
    pub answered_us: Option<i64>,
}

/// What was seen.
#[derive(Default)]
struct Seen {
    begun: BTreeMap<PlanId, Vec<Begun>>,
    /// Whose `MAIL` has no answer yet.
    unanswered: BTreeSet<PlanId>,
}

/// See the module.
#[derive(Default)]
pub struct Witness(Mutex<Seen>);

impl Witness {
    /// The messages whose `MAIL` has no answer yet.
    pub fn unanswered(&self) -> Vec<PlanId> {
        self.seen().unanswered.iter().copied().collect()
    }

    /// Each time that `MAIL` left for this message.
    pub fn begun(&self, plan: PlanId) -> Vec<Begun> {
        self.seen().begun.get(&plan).cloned().unwrap_or_default()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Witness {
    fn begins(&self, plan: PlanId) {
        let mut seen = self.seen();
        seen.begun.entry(plan).or_default().push(Begun { at_us: SystemClock.boot_us(), answered_us: None });
        seen.unanswered.insert(plan);
    }

    fn answered(&self, plan: PlanId) {
        let mut seen = self.seen();
        if seen.unanswered.remove(&plan)
            && let Some(last) = seen.begun.get_mut(&plan).and_then(|begun| begun.last_mut())
        {
            last.answered_us = Some(SystemClock.boot_us());
        }
    }
}

/// A transport whose lanes are watched.
pub struct Watched {
    /// The way to the mail server.
    pub transport: Arc<dyn Transport>,
    /// Who watches.
    pub watch: Arc<dyn Watch>,
}

impl Watched {
    /// What leaves over SMTP is watched.
    ///
    /// # Errors
    /// As [`Outfit::by_smtp`].
    pub fn by_smtp(installation: &Installation, watch: Arc<dyn Watch>) -> anyhow::Result<Outfit> {
        let Outfit { letterhead, transport, stack } = Outfit::by_smtp(installation)?;
        Ok(Outfit { letterhead, transport: Arc::new(Self { transport, watch }), stack })
    }
}

impl Transport for Watched {
    fn connect(&self) -> Boxed<'_, Result<Box<dyn Lane>, ConnectFailure>> {
        Box::pin(async move {
            let lane = self.transport.connect().await?;
            Ok(Box::new(WatchedLane { lane, watch: Arc::clone(&self.watch) }) as Box<dyn Lane>)
        })
    }
}

struct WatchedLane {
    lane: Box<dyn Lane>,
    watch: Arc<dyn Watch>,
}

impl Lane for WatchedLane {
    fn carry<'a>(&'a mut self, parcel: Parcel<'a>, flight: &'a dyn Flight) -> Boxed<'a, Carried> {
        Box::pin(async move {
            let watched = WatchedFlight { flight, plan: parcel.letter().plan, watch: &*self.watch };
            let carried = self.lane.carry(parcel, &watched).await;
            self.watch.ended();
            carried
        })
    }

    fn is_sound(&self) -> Soundness {
        self.lane.is_sound()
    }

    fn close(self: Box<Self>) -> Boxed<'static, ()> {
        self.lane.close()
    }
}

struct WatchedFlight<'a> {
    flight: &'a dyn Flight,
    plan: PlanId,
    watch: &'a dyn Watch,
}

impl Flight for WatchedFlight<'_> {
    fn may_begin(&self) -> Begin {
        let begin = self.flight.may_begin();
        if begin == Begin::Go {
            self.watch.begins(self.plan);
        }
        begin
    }

    fn begun(&self) {
        // First noted, then told: whoever waits for the answer must not be ahead of what was seen.
        self.watch.answered(self.plan);
        self.flight.begun();
    }

    fn intent(&self) -> Boxed<'_, Result<(), IntentFailed>> {
        self.flight.intent()
    }

    fn note_dot(&self) -> Result<(), DotNotNoted> {
        self.flight.note_dot()
    }
}

//! A berth: one worker's place at the mail server, with a lane in it while the server is well.
//!
//! A lane that saw a timeout, a cancel or an odd answer is closed and replaced. When no lane can be had, all berths
//! learn it from the shared [`Route`] and nobody knocks before the wait is over; no message is blamed for it.
//!
//! Invariant: a berth never has more than one message of unknown fate. The body of one is not begun before the receipt of the one before
//! is on disk.

use crate::{
    base::{AttemptId, Clock, Instant},
    deliver::{
        ConnectFailure, Flight, Lane, Letter, Parcel, Transport,
        transport::{Begin, Boxed, DotNotNoted, IntentFailed, Soundness},
    },
    engine::{
        flights::OpenFlight,
        outcome::{again_at, roll},
    },
    gate::facts::HaltCause,
    ledger::{Attempt, Carried, Receipt, receipt::NotBegun},
    store::{Seat, Store, StoreError},
};
use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

/// The way to the mail server, as all berths see it.
pub struct Route {
    clock: Arc<dyn Clock>,
    trouble: Mutex<Option<Trouble>>,
}

#[derive(Clone)]
struct Trouble {
    failures: u32,
    until: Instant,
    /// With which server. Another one has not failed yet.
    with: Arc<dyn Transport>,
}

impl Route {
    /// Well until found otherwise.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, trouble: Mutex::default() })
    }

    /// Until when nobody should knock at this server; `None` when the way is free.
    #[must_use]
    pub fn closed_until(&self, transport: &Arc<dyn Transport>) -> Option<Instant> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let trouble = trouble.as_ref().filter(|trouble| Arc::ptr_eq(&trouble.with, transport));
        trouble.map(|trouble| trouble.until).filter(|until| *until > self.clock.now())
    }

    async fn connect(&self, transport: &Arc<dyn Transport>, store: &Store) -> Option<Box<dyn Lane>> {
        if self.closed_until(transport).is_some() {
            return None;
        }
        match transport.connect().await {
            Ok(lane) => {
                *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Some(lane)
            }
            Err(failure) => {
                tracing::warn!(%failure, "no lane to the mail server");
                if matches!(failure, ConnectFailure::Refused(_))
                    && let Err(error) = store.halt(HaltCause::Route, &failure.to_string()).await
                {
                    tracing::error!(%error, "the route could not be halted");
                }
                self.note_failure(transport);
                None
            }
        }
    }

    fn note_failure(&self, with: &Arc<dyn Transport>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        // Berths that failed together count once.
        let known = trouble.as_ref().filter(|known| Arc::ptr_eq(&known.with, with));
        if known.is_some_and(|known| known.until > now) {
            return;
        }
        let failures = known.map_or(0, |known| known.failures).saturating_add(1);
        let until = again_at(now, failures, Instant::NEVER, roll()).unwrap_or(now);
        *trouble = Some(Trouble { failures, until, with: Arc::clone(with) });
    }
}

/// One worker's place.
pub struct Berth {
    route: Arc<Route>,
    /// With what it was opened by.
    lane: Option<(Box<dyn Lane>, Arc<dyn Transport>)>,
    unrecorded: Option<Boxed<'static, Result<(), StoreError>>>,
    seat: Seat,
}

impl Berth {
    /// Empty, until a lane is asked for.
    #[must_use]
    pub fn new(route: Arc<Route>, seat: Seat) -> Self {
        Self { route, lane: None, unrecorded: None, seat }
    }

    /// Whether there is a sound lane to this mail server, which is the one of the letter's edition: the lane at hand, or a
    /// new one.
    pub async fn has_lane(&mut self, transport: &Arc<dyn Transport>, store: &Store) -> bool {
        let of_no_use = |(lane, with): &mut (Box<dyn Lane>, Arc<dyn Transport>)| {
            !Arc::ptr_eq(with, transport) || lane.is_sound() != Soundness::Sound
        };
        if let Some((lane, _)) = self.lane.take_if(of_no_use) {
            lane.close().await;
        }
        if self.lane.is_none() {
            self.lane = self.route.connect(transport, store).await.map(|lane| (lane, Arc::clone(transport)));
        }
        self.lane.is_some()
    }

    /// The way to the mail server.
    #[must_use]
    pub fn route(&self) -> Arc<Route> {
        Arc::clone(&self.route)
    }

    /// Carries one attempt over the lane. Without one nothing was begun, and the attempt says so.
    pub async fn carry(&mut self, attempt: Attempt, letter: &Letter, flight: &OpenFlight) -> Carried {
        let id = attempt.id();
        let parcel = match Parcel::of(attempt, letter) {
            Ok(parcel) => parcel,
            Err(carried) => {
                tracing::error!(attempt = id.0, "its letter is another plan's: not begun");
                return carried;
            }
        };
        let Some((lane, _)) = &mut self.lane else {
            return parcel.carried(Receipt::NotBegun(NotBegun::LaneBroken));
        };
        let before = tokio::sync::Mutex::new(Before::from(self.unrecorded.take()));
        let carried = lane.carry(parcel, &Boarded { attempt: id, flight, before: &before, seat: &self.seat }).await;
        match before.into_inner() {
            Before::Awaited(last) => self.unrecorded = Some(last),
            Before::Recorded => {}
            Before::Nowhere(error) => self.keep_noted(&error),
        }
        carried
    }

    /// When a plan that found no lane to this server should be looked at again.
    #[must_use]
    pub fn retry_at(&self, transport: &Arc<dyn Transport>) -> Instant {
        self.route.closed_until(transport).unwrap_or_else(|| self.route.clock.now())
    }

    /// Puts a receipt into the store's queue and takes over the wait for it.
    pub async fn settle(&mut self, mut recorded: Boxed<'static, Result<(), StoreError>>) {
        // Only where the message since was turned away at once.
        self.recorded().await;
        match poll_fn(|context| Poll::Ready(recorded.as_mut().poll(context))).await {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => self.keep_noted(&error),
            Poll::Pending => self.unrecorded = Some(recorded),
        }
    }

    /// Ends the wait for the last receipt, before its worker goes idle.
    pub async fn recorded(&mut self) {
        if let Some(last) = self.unrecorded.take()
            && let Err(error) = last.await
        {
            self.keep_noted(&error);
        }
    }

    /// A receipt is nowhere on disk: what became of its message stays noted where it is.
    fn keep_noted(&mut self, error: &StoreError) {
        tracing::error!(%error, "a receipt is nowhere on disk; the next start looks after it");
        self.seat = self.seat.another();
    }

    /// Says goodbye to the server.
    pub async fn leave(mut self) {
        if let Some((lane, _)) = self.lane.take() {
            lane.close().await;
        }
    }
}

/// The receipt of the message before.
enum Before {
    /// Its way to the disk is not over.
    Awaited(Boxed<'static, Result<(), StoreError>>),
    Recorded,
    Nowhere(StoreError),
}

impl From<Option<Boxed<'static, Result<(), StoreError>>>> for Before {
    fn from(unrecorded: Option<Boxed<'static, Result<(), StoreError>>>) -> Self {
        unrecorded.map_or(Self::Recorded, Self::Awaited)
    }
}

/// A flight from this berth: its body follows the receipt of the one before, and its dot is noted here.
struct Boarded<'a> {
    attempt: AttemptId,
    flight: &'a OpenFlight,
    before: &'a tokio::sync::Mutex<Before>,
    seat: &'a Seat,
}

impl Flight for Boarded<'_> {
    fn may_begin(&self) -> Begin {
        self.flight.may_begin()
    }

    fn begun(&self) {
        self.flight.begun();
    }

    fn intent(&self) -> Boxed<'_, Result<(), IntentFailed>> {
        Box::pin(async move {
            // Both are in the writer's queue, in this order, and mostly in one transaction.
            let ((), durable) = tokio::join!(self.before_recorded(), self.flight.intent());
            match *self.before.lock().await {
                Before::Nowhere(_) => Err(IntentFailed),
                _ => durable,
            }
        })
    }

    fn note_dot(&self) -> Result<(), DotNotNoted> {
        self.seat.note(self.attempt).map_err(|error| {
            tracing::error!(attempt = self.attempt.0, %error, "the dot is not noted, and not written");
            DotNotNoted
        })
    }
}

impl Boarded<'_> {
    async fn before_recorded(&self) {
        let mut before = self.before.lock().await;
        if let Before::Awaited(last) = &mut *before {
            *before = match last.await {
                Ok(()) => Before::Recorded,
                Err(error) => Before::Nowhere(error),
            };
        }
    }
}

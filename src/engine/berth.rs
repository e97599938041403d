//! A berth: one worker's place at the mail server, with a lane in it while the server is well.
//!
//! A lane that saw a timeout, a cancel or an odd answer is closed and replaced. When no lane can be had, all berths
//! learn it from the shared [`Route`] and nobody knocks before the wait is over; no message is blamed for it.

use crate::{
    base::{Clock, Instant},
    deliver::{
        ConnectFailure, Flight, Lane, Letter, Parcel, Transport,
        transport::{Boxed, Soundness},
    },
    engine::outcome::{again_at, roll},
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

    /// Where its dots are noted.
    #[must_use]
    pub const fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Carries one attempt over the lane. Without one nothing was begun, and the attempt says so.
    pub async fn carry(&mut self, attempt: Attempt, letter: &Letter, flight: &dyn Flight) -> Carried {
        let parcel = match Parcel::of(attempt, letter) {
            Ok(parcel) => parcel,
            Err(carried) => {
                tracing::error!(attempt = carried.attempt.0, "its letter is another plan's: not begun");
                return carried;
            }
        };
        match &mut self.lane {
            Some((lane, _)) => lane.carry(parcel, flight).await,
            None => parcel.carried(Receipt::NotBegun(NotBegun::LaneBroken)),
        }
    }

    /// When a plan that found no lane to this server should be looked at again.
    #[must_use]
    pub fn retry_at(&self, transport: &Arc<dyn Transport>) -> Instant {
        self.route.closed_until(transport).unwrap_or_else(|| self.route.clock.now())
    }

    /// Puts a receipt into the store's queue and takes over the wait for it.
    ///
    /// # Errors
    /// When it is nowhere on disk; the next start rescues the attempt.
    pub async fn settle(&mut self, mut recorded: Boxed<'static, Result<(), StoreError>>) -> Result<(), StoreError> {
        match poll_fn(|context| Poll::Ready(recorded.as_mut().poll(context))).await {
            Poll::Ready(result) => result.inspect_err(|_| self.seat = self.seat.another()),
            Poll::Pending => {
                self.unrecorded = Some(recorded);
                Ok(())
            }
        }
    }

    /// Ends the wait for the last receipt: before this lane's next message, and before its worker goes idle.
    ///
    /// # Errors
    /// When it is nowhere on disk; the next start rescues the attempt.
    pub async fn recorded(&mut self) -> Result<(), StoreError> {
        match self.unrecorded.take() {
            // What nobody knows otherwise stays noted.
            Some(last) => last.await.inspect_err(|_| self.seat = self.seat.another()),
            None => Ok(()),
        }
    }

    /// Says goodbye to the server.
    pub async fn leave(mut self) {
        if let Some((lane, _)) = self.lane.take() {
            lane.close().await;
        }
    }
}

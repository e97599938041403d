//! A wall clock that jumps to whatever is waited for, up to a horizon.
//!
//! Thirty days pass in seconds: where the engine would wait for the next due time, this clock goes there at once. It
//! never passes its horizon, so that a driver can stop time, change the world (import a file, click a link) and let
//! time go on. While a message is on its way, time stands still: nothing becomes late because a test is slow.
//!
//! The boot clock stays real, because limits on the wire are real.

use super::SystemClock;
use crate::base::{
    BootTime, Clock, Instant,
    instant::{Standstill, Wait},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// See the module.
#[derive(Debug)]
pub struct VirtualClock {
    now: AtomicI64,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    horizon: Instant,
    busy: usize,
    rested: Option<Instant>,
}

impl VirtualClock {
    /// Starts at `start`, with the horizon there too: nothing passes until [`VirtualClock::allow_until`].
    #[must_use]
    pub fn starting_at(start: Instant) -> Arc<Self> {
        let state = State { horizon: start, busy: 0, rested: None };
        Arc::new(Self { now: AtomicI64::new(start.ms()), state: watch::Sender::new(state) })
    }

    /// Lets time pass up to `horizon`. It never goes back.
    pub fn allow_until(&self, horizon: Instant) {
        self.state.send_modify(|state| {
            if horizon > state.horizon {
                state.horizon = horizon;
                state.rested = None;
            }
        });
    }

    /// Waits until everything due up to the horizon is done and the engine waits for something beyond it.
    pub async fn rested(&self) {
        let mut watch = self.state.subscribe();
        let _ = watch.wait_for(|state| state.busy == 0 && state.rested.is_some_and(|at| at >= state.horizon)).await;
    }

    /// Work has come in from outside: the engine must look once more before it counts as at rest.
    pub fn disturb(&self) {
        self.state.send_modify(|state| state.rested = None);
    }

    async fn go_to(&self, at: Instant) {
        let mut watch = self.state.subscribe();
        loop {
            let Ok(state) = watch.wait_for(|state| state.busy == 0).await.map(|state| *state) else { return };
            let reach = at.min(state.horizon);
            self.now.fetch_max(reach.ms(), Ordering::SeqCst);
            if at <= state.horizon {
                return;
            }
            self.state.send_if_modified(|state| {
                let news = state.rested != Some(state.horizon);
                state.rested = Some(state.horizon);
                news
            });
            if watch.wait_for(|now| now.horizon > state.horizon).await.is_err() {
                return;
            }
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        Instant::from_ms(self.now.load(Ordering::SeqCst))
    }

    fn boot(&self) -> BootTime {
        SystemClock.boot()
    }

    fn wait_until(&self, at: Instant) -> Wait<'_> {
        Box::pin(self.go_to(at))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn wait_for(&self, span: Duration) -> Wait<'_> {
        Box::pin(tokio::time::sleep(span))
    }

    fn stand_still(&self) -> Standstill {
        self.state.send_modify(|state| state.busy += 1);
        let state = self.state.clone();
        Standstill::until_dropped(move || state.send_modify(|state| state.busy = state.busy.saturating_sub(1)))
    }
}

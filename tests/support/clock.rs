//! A clock in the hand: it stands still until the test lets time pass, or ends every wait.

use comity::base::{
    BootTime, Clock, Instant,
    instant::{Standstill, Wait},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::sync::watch;

/// What the wall clock shows at boot.
const BOOTED_AT_MS: i64 = 1_774_600_000_000;

/// See the module.
pub struct HandClock {
    boot: AtomicI64,
    /// How far the wall clock was set ahead since boot.
    set_ahead: AtomicI64,
    /// The time since boot at which whoever waits looked last.
    heard: watch::Sender<i64>,
    waits: Mutex<Vec<Duration>>,
}

impl HandClock {
    /// A minute after boot.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            boot: AtomicI64::new(60_000),
            set_ahead: AtomicI64::new(0),
            heard: watch::Sender::new(0),
            waits: Mutex::default(),
        })
    }

    /// Lets this much pass for whoever looks at the clock. Nobody who waits is woken.
    pub fn pass(&self, span: Duration) {
        self.boot.fetch_add(ms(span), SeqCst);
    }

    /// Lets this much pass, and wakes those whose wait is over.
    pub fn go_on(&self, span: Duration) {
        self.pass(span);
        self.heard.send_replace(self.boot.load(SeqCst));
    }

    /// Sets the wall clock ahead, or back where it is negative. No time passes.
    pub fn set_ahead(&self, seconds: i64) {
        self.set_ahead.fetch_add(seconds * 1000, SeqCst);
    }

    /// Ends every wait, those to come too.
    pub fn end_all_waits(&self) {
        self.heard.send_replace(i64::MAX);
    }

    /// How many waits of this length were begun.
    pub fn waits(&self, span: Duration) -> usize {
        self.waits.lock().unwrap().iter().filter(|wait| **wait == span).count()
    }

    /// The wait that was begun last.
    pub fn last_wait(&self) -> Option<Duration> {
        self.waits.lock().unwrap().last().copied()
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        Instant::from_ms(BOOTED_AT_MS + self.boot.load(SeqCst) + self.set_ahead.load(SeqCst))
    }

    fn boot(&self) -> BootTime {
        BootTime(self.boot.load(SeqCst))
    }

    /// Thirty seconds at most, as the system's clock does it.
    fn wait_until(&self, at: Instant) -> Wait<'_> {
        let left = u64::try_from(at.ms_since(self.now())).unwrap_or(0);
        self.wait_for(Duration::from_millis(left.min(30_000)))
    }

    fn wait_for(&self, span: Duration) -> Wait<'_> {
        self.waits.lock().unwrap().push(span);
        let over = self.boot.load(SeqCst).saturating_add(ms(span));
        let mut heard = self.heard.subscribe();
        Box::pin(async move {
            let _ = heard.wait_for(|heard| *heard >= over).await;
        })
    }

    fn stand_still(&self) -> Standstill {
        Standstill::none()
    }
}

fn ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

//! A clock in the hand: it stands still, and every wait ends when the test says so.

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

/// See the module.
pub struct HandClock {
    boot: AtomicI64,
    over: watch::Sender<bool>,
    waits: Mutex<Vec<Duration>>,
}

impl HandClock {
    /// A minute after boot.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { boot: AtomicI64::new(60_000), over: watch::Sender::new(false), waits: Mutex::default() })
    }

    /// Lets this much pass for whoever looks at the clock. Nobody who waits is woken.
    pub fn pass(&self, span: Duration) {
        self.boot.fetch_add(i64::try_from(span.as_millis()).unwrap(), SeqCst);
    }

    /// Ends every wait, those to come too.
    pub fn end_all_waits(&self) {
        self.over.send_replace(true);
    }

    /// The wait that was begun last.
    pub fn last_wait(&self) -> Option<Duration> {
        self.waits.lock().unwrap().last().copied()
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        Instant::from_ms(1_774_600_000_000 + self.boot.load(SeqCst))
    }

    fn boot(&self) -> BootTime {
        BootTime(self.boot.load(SeqCst))
    }

    fn wait_until(&self, _at: Instant) -> Wait<'_> {
        self.wait_for(Duration::ZERO)
    }

    fn wait_for(&self, span: Duration) -> Wait<'_> {
        self.waits.lock().unwrap().push(span);
        let mut over = self.over.subscribe();
        Box::pin(async move {
            let _ = over.wait_for(|over| *over).await;
        })
    }

    fn stand_still(&self) -> Standstill {
        Standstill::none()
    }
}

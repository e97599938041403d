//! The simulation's time: it stands still as long as anything can still happen, and then goes to whatever is waited for
//! next, one wait at a time.
//!
//! The runtime says when its one thread has nothing to do ([`SimClock::idle`]). Statements of the database are answered on
//! the spot, so nothing else is under way then, except an opening of the database, which [`SimClock::hold`] says.
//!
//! Two clocks, as in a computer: *boot* time only goes on; the *wall* shows boot time and what somebody set it ahead by.
//!
//! **Dull waits.** A daemon beats every five seconds, for days. Where nobody does anything its process is thought of as
//! one that gets no processor: a wait of five seconds or more ends with the next thing that happens after its time. For a
//! while after anything happened, beats come in time.

use comity::base::{
    BootTime, Clock, Instant,
    instant::{Standstill, Wait},
};
use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// When the simulated machine booted: Monday, 8 March 2027, 00:00 UTC.
pub const BOOTED_AT_MS: i64 = 1_804_464_000_000;
/// Waits from this on are dull.
const DULL_MS: i64 = 5_000;
/// Dull waits that end in time after something happened.
const PUNCTUAL: u32 = 1;

/// See the module.
pub struct SimClock {
    time: Mutex<Time>,
}

#[derive(Default)]
struct Time {
    boot: i64,
    ahead: i64,
    /// The latest that the wall ever showed.
    latest: i64,
    next: u64,
    waits: BTreeMap<(i64, u64), (Kind, Waker)>,
    /// Dull waits that may still end in time.
    punctual: u32,
    held: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Keen,
    Dull,
}

/// Until when.
#[derive(Clone, Copy)]
enum Until {
    Boot(i64),
    /// By the wall, as it stood with this much ahead.
    Wall(i64, i64),
}

impl SimClock {
    /// So long after boot.
    pub fn at(boot: i64) -> Arc<Self> {
        Arc::new(Self { time: Mutex::new(Time { boot, latest: BOOTED_AT_MS + boot, ..Time::default() }) })
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since boot.
    pub fn since_boot(&self) -> i64 {
        self.time().boot
    }

    /// The latest that the wall ever showed.
    pub fn latest(&self) -> i64 {
        self.time().latest
    }

    /// Sets the wall ahead, or back. Whoever waits by it looks again.
    pub fn set_ahead(&self, by: i64) {
        let woken: Vec<Waker> = {
            let mut time = self.time();
            time.ahead += by;
            time.see();
            time.waits.values().map(|(_, waker)| waker.clone()).collect()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// Time passes without anybody who waits.
    pub fn pass(&self, span: i64) {
        let mut time = self.time();
        time.boot += span;
        time.see();
    }

    /// Something happens: beats come in time for a while.
    pub fn stir(&self) {
        self.time().punctual = PUNCTUAL;
    }

    /// Time stands still while this is there: something is under way that the clock doesn't see.
    pub fn hold(self: &Arc<Self>) -> Hold {
        self.time().held += 1;
        Hold(Arc::clone(self))
    }

    /// Whether it is held.
    pub fn is_held(&self) -> bool {
        self.time().held > 0
    }

    /// Nothing can happen any more at this time: goes on to the next wait, and ends it.
    pub fn idle(&self) {
        let waker = {
            let mut time = self.time();
            if time.held > 0 {
                return;
            }
            let first = |kind| time.waits.iter().find(|(_, (of, _))| *of == kind).map(|(key, _)| *key);
            let (keen, dull) = (first(Kind::Keen), first(Kind::Dull));
            let key = match (keen, dull) {
                (_, Some(dull)) if dull.0 <= time.boot => dull,
                (Some(keen), Some(dull)) if dull < keen && time.punctual > 0 => {
                    time.punctual -= 1;
                    dull
                }
                (Some(keen), _) => keen,
                (None, Some(dull)) => dull,
                (None, None) => return,
            };
            time.boot = time.boot.max(key.0);
            time.see();
            time.waits.remove(&key).map(|(_, waker)| waker)
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Waits until so long after boot.
    pub fn until(self: &Arc<Self>, boot: i64) -> Wait<'static> {
        Box::pin(Waiting { clock: Arc::clone(self), until: Until::Boot(boot), kind: Kind::Keen, key: None })
    }

    fn wait(&self, until: Until, kind: Kind) -> Wait<'_> {
        Box::pin(Waiting { clock: self, until, kind, key: None })
    }
}

impl Time {
    fn wall(&self) -> i64 {
        BOOTED_AT_MS + self.boot + self.ahead
    }

    fn see(&mut self) {
        self.latest = self.latest.max(self.wall());
    }
}

impl Clock for SimClock {
    fn now(&self) -> Instant {
        Instant::from_ms(self.time().wall())
    }

    fn boot(&self) -> BootTime {
        BootTime(self.time().boot)
    }

    fn wait_until(&self, at: Instant) -> Wait<'_> {
        let ahead = self.time().ahead;
        self.wait(Until::Wall(at.ms(), ahead), Kind::Keen)
    }

    fn wait_for(&self, span: Duration) -> Wait<'_> {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let kind = if ms < DULL_MS { Kind::Keen } else { Kind::Dull };
        let until = self.time().boot.saturating_add(ms);
        self.wait(Until::Boot(until), kind)
    }

    fn stand_still(&self) -> Standstill {
        Standstill::none()
    }
}

/// See [`SimClock::hold`].
pub struct Hold(Arc<SimClock>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.time().held -= 1;
    }
}

struct Waiting<C: AsRef<SimClock> + Unpin> {
    clock: C,
    until: Until,
    kind: Kind,
    key: Option<(i64, u64)>,
}

impl AsRef<SimClock> for SimClock {
    fn as_ref(&self) -> &SimClock {
        self
    }
}

impl<C: AsRef<SimClock> + Unpin> Future for Waiting<C> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (until, kind, key) = (self.until, self.kind, self.key);
        let mut time = self.clock.as_ref().time();
        let boot = match until {
            Until::Boot(boot) => boot,
            // The wall was set: whoever waits looks again.
            Until::Wall(_, ahead) if ahead != time.ahead => return Poll::Ready(()),
            Until::Wall(wall, ahead) => wall.saturating_sub(BOOTED_AT_MS).saturating_sub(ahead),
        };
        if time.boot >= boot {
            return Poll::Ready(());
        }
        let key = key.unwrap_or_else(|| {
            time.next += 1;
            (boot, time.next)
        });
        time.waits.insert(key, (kind, context.waker().clone()));
        drop(time);
        self.key = Some(key);
        Poll::Pending
    }
}

impl<C: AsRef<SimClock> + Unpin> Drop for Waiting<C> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.clock.as_ref().time().waits.remove(&key);
        }
    }
}

//! The simulation's time: it stands still as long as anything can still happen, and then goes to whatever is waited for
//! next, one wait at a time.
//!
//! Whoever drives the nodes says when none of them has anything to do ([`SimClock::go_on`]). Statements of the database are
//! answered on the spot, so nothing else is under way then, except an opening of the database, which [`SimClock::hold`] says.
//!
//! Two clocks, as in a computer: *boot* time only goes on, for all nodes alike; the *wall* of each node shows boot time and what
//! somebody set it ahead by.
//!
//! **Dull waits.** A daemon beats every five seconds, for days, and looks every second for what others did. Where nobody does
//! anything its process is thought of as one that gets no processor: a dull wait ends with the next thing that happens after
//! its time. For a while after anything happened, beats come in time.
//!
//! **The time of leases** goes on by a beat at most where beats were passed over: nobody is dead because nothing happened.

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

/// When the simulated machines booted: Monday, 8 March 2027, 00:00 UTC.
pub const BOOTED_AT_MS: i64 = 1_804_464_000_000;
/// A beat. Waits from this on are dull.
const BEAT_MS: i64 = 5_000;
/// Between two looks at what others did, or at what is not decided yet: duller.
const LOOK_MS: i64 = 1_000;

/// See the module.
#[derive(Default)]
pub struct SimClock {
    time: Mutex<Time>,
}

#[derive(Default)]
struct Time {
    boot: i64,
    /// By how much each node's wall is ahead.
    ahead: BTreeMap<usize, i64>,
    /// The latest that any wall ever showed.
    latest: i64,
    /// See the module.
    leases: i64,
    next: u64,
    waits: BTreeMap<(i64, u64), (Kind, Waker)>,
    /// Dull waits that may still end in time.
    punctual: u32,
    held: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Keen,
    /// A beat.
    Dull,
    /// A look: never sooner than something else.
    Duller,
}

/// Until when.
#[derive(Clone, Copy)]
enum Until {
    Boot(i64),
    /// By the wall of a node, as it stood with this much ahead.
    Wall(i64, usize, i64),
}

impl SimClock {
    /// So long after boot.
    pub fn at(boot: i64) -> Arc<Self> {
        Arc::new(Self { time: Mutex::new(Time { boot, latest: BOOTED_AT_MS + boot, ..Time::default() }) })
    }

    /// What a node sees of it.
    pub fn of(self: &Arc<Self>, node: usize) -> Arc<NodeClock> {
        Arc::new(NodeClock { sim: Arc::clone(self), node })
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since boot.
    pub fn since_boot(&self) -> i64 {
        self.time().boot
    }

    /// The latest that any wall ever showed.
    pub fn latest(&self) -> i64 {
        self.time().latest
    }

    /// The time by which lives and deaths of nodes are judged.
    pub fn leases(&self) -> i64 {
        self.time().leases
    }

    /// What the wall of this node shows, as a time after boot.
    pub fn wall(&self, node: usize) -> i64 {
        let time = self.time();
        time.boot + time.ahead(node)
    }

    /// How much the wall of this node is ahead.
    pub fn ahead(&self, node: usize) -> i64 {
        self.time().ahead(node)
    }

    /// Sets the wall of a node ahead, or back. Whoever waits by it looks again.
    pub fn set_ahead(&self, node: usize, by: i64) {
        let woken: Vec<Waker> = {
            let mut time = self.time();
            *time.ahead.entry(node).or_default() += by;
            time.see();
            time.waits.values().map(|(_, waker)| waker.clone()).collect()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// Something happens: so many dull waits end in time.
    pub fn stir(&self, punctual: u32) {
        let mut time = self.time();
        time.punctual = time.punctual.max(punctual);
    }

    /// No statement takes time while this is there: something is under way that the clock doesn't see.
    pub fn hold(self: &Arc<Self>) -> Hold {
        self.time().held += 1;
        Hold(Arc::clone(self))
    }

    /// Whether it is held.
    pub fn is_held(&self) -> bool {
        self.time().held > 0
    }

    /// Nothing can happen any more at this time: goes on to the next wait, and ends it; or to this time, where that is sooner.
    pub fn go_on(&self, until: i64) {
        let waker = {
            let mut time = self.time();
            let first = |kind| time.waits.iter().find(|(_, (of, _))| *of == kind).map(|(key, _)| *key);
            let end = first(Kind::Keen).filter(|keen| keen.0 <= until).unwrap_or((until, u64::MAX));
            let dull = first(Kind::Dull);
            let overdue = time.waits.keys().next().filter(|key| key.0 <= time.boot).copied();
            let key = match (overdue, dull) {
                (Some(overdue), _) => overdue,
                (None, Some(dull)) if dull < end && time.punctual > 0 => {
                    time.punctual -= 1;
                    dull
                }
                _ => end,
            };
            let to = time.boot.max(key.0);
            let passed_over = dull.is_some_and(|dull| dull < key && dull.0 < to);
            let passed = to - time.boot;
            time.leases += if passed_over { passed.min(BEAT_MS) } else { passed };
            time.boot = to;
            time.see();
            time.waits.remove(&key).map(|(_, waker)| waker)
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Waits until so long after boot.
    pub fn until(self: &Arc<Self>, boot: i64) -> Wait<'static> {
        Box::pin(Waiting { clock: Arc::clone(self), until: Until::Boot(boot), kind: Kind::Keen, key: None })
    }
}

impl Time {
    fn ahead(&self, node: usize) -> i64 {
        self.ahead.get(&node).copied().unwrap_or_default()
    }

    fn see(&mut self) {
        let ahead = self.ahead.values().copied().fold(0, i64::max);
        self.latest = self.latest.max(BOOTED_AT_MS + self.boot + ahead);
    }
}

/// See [`SimClock::of`].
pub struct NodeClock {
    sim: Arc<SimClock>,
    node: usize,
}

impl NodeClock {
    fn wait(&self, until: Until, kind: Kind) -> Wait<'_> {
        Box::pin(Waiting { clock: Arc::clone(&self.sim), until, kind, key: None })
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Instant {
        Instant::from_ms(BOOTED_AT_MS + self.sim.wall(self.node))
    }

    fn boot(&self) -> BootTime {
        BootTime(self.sim.since_boot())
    }

    fn wait_until(&self, at: Instant) -> Wait<'_> {
        let kind = if at.ms_since(self.now()) == LOOK_MS { Kind::Duller } else { Kind::Keen };
        self.wait(Until::Wall(at.ms(), self.node, self.sim.ahead(self.node)), kind)
    }

    fn wait_for(&self, span: Duration) -> Wait<'_> {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let kind = match ms {
            BEAT_MS.. => Kind::Dull,
            LOOK_MS => Kind::Duller,
            _ => Kind::Keen,
        };
        self.wait(Until::Boot(self.sim.since_boot().saturating_add(ms)), kind)
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

struct Waiting {
    clock: Arc<SimClock>,
    until: Until,
    kind: Kind,
    key: Option<(i64, u64)>,
}

impl Future for Waiting {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (until, kind, key) = (self.until, self.kind, self.key);
        let mut time = self.clock.time();
        let boot = match until {
            Until::Boot(boot) => boot,
            // The wall was set: whoever waits looks again.
            Until::Wall(_, node, ahead) if ahead != time.ahead(node) => return Poll::Ready(()),
            Until::Wall(wall, _, ahead) => wall.saturating_sub(BOOTED_AT_MS).saturating_sub(ahead),
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

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.clock.time().waits.remove(&key);
        }
    }
}

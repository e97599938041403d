//! One node: a daemon with a data directory of its own, its runtime and its clock, and what stands between it and the database
//! that it shares with the others.
//!
//! Everything happens on one thread: each node has a runtime, which goes as far as it can ([`Life::go`]) whenever it has
//! something to do. A node that dies is a runtime that is dropped, with every task at the await where it stands. One that is
//! frozen doesn't go, and goes on later.

use super::{clock::SimClock, server::mix};
use comity::{
    base::instant::Wait,
    engine::{house::lifecycle::Engine, run::Going},
    fault::seam::{Seam, Shared, Turn},
};
use futures_util::future::BoxFuture;
use std::{
    future::{Future, poll_fn},
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Notify, watch},
};

/// More statements at one time are no work: something goes round.
const AT_ONCE: u64 = 5_000;
/// Whoever does what one node does alone and says nothing for so long does it no more.
const LEADS_FOR: i64 = 30_000;
/// Beats that come in time after a statement failed.
const AFTER_A_FAILURE: u32 = 2;

/// What the nodes share besides the database.
#[derive(Default)]
pub struct Server {
    turns: Mutex<Turns>,
    leader: Mutex<Option<(usize, i64)>>,
}

#[derive(Default)]
struct Turns {
    holder: Option<usize>,
    waiting: Vec<Waker>,
}

impl Server {
    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which node is in a transaction.
    pub fn holder(&self) -> Option<usize> {
        self.turns().holder
    }

    fn end_turn(&self) {
        let waiting = {
            let mut turns = self.turns();
            turns.holder = None;
            std::mem::take(&mut turns.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The links of this node broke.
    pub fn forget(&self, node: usize) {
        let mut leader = self.leader.lock().unwrap_or_else(PoisonError::into_inner);
        *leader = leader.filter(|(who, _)| *who != node);
    }
}

struct Held(Arc<Server>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.end_turn();
    }
}

/// A node's end of it.
struct Share {
    node: usize,
    clock: Arc<SimClock>,
    server: Arc<Server>,
    /// See `Plant::haste`.
    haste: i64,
}

impl Shared for Share {
    fn home(&self) -> String {
        format!("node {}", self.node)
    }

    fn turn(&self) -> BoxFuture<'static, Turn> {
        let (node, server) = (self.node, Arc::clone(&self.server));
        Box::pin(poll_fn(move |context| {
            let mut turns = server.turns();
            if turns.holder.is_some() {
                turns.waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            turns.holder = Some(node);
            Poll::Ready(Box::new(Held(Arc::clone(&server))) as Turn)
        }))
    }

    fn time(&self) -> i64 {
        self.clock.leases() * self.haste
    }

    fn leads(&self) -> bool {
        let mut leader = self.server.leader.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.leases();
        let is_free = leader.is_none_or(|(who, at)| who == self.node || now - at > LEADS_FOR);
        if is_free {
            *leader = Some((self.node, now));
        }
        is_free
    }
}

/// Between a node and its database.
pub struct Faults {
    seed: u64,
    clock: Arc<SimClock>,
    shared: Option<Arc<Share>>,
    state: Mutex<State>,
    death: Notify,
}

/// What is wrong between them.
#[derive(Default)]
pub struct State {
    pub statements: u64,
    rolls: u64,
    /// The last statement's number, and how long the daemon is down then.
    pub dies: Option<(u64, i64)>,
    pub is_dead: bool,
    pub fails: Option<(u64, u64)>,
    pub slow: i64,
    /// Until then nothing gets through.
    pub cut_until: i64,
    /// Statements at this time after boot.
    at_once: (i64, u64),
    /// The engine goes round and round while time stands still.
    pub spins: bool,
    last: &'static str,
}

impl Faults {
    pub fn new(seed: u64, node: usize, clock: &Arc<SimClock>, server: Option<(&Arc<Server>, i64)>) -> Arc<Self> {
        let shared = server.map(|(server, haste)| {
            Arc::new(Share { node, clock: Arc::clone(clock), server: Arc::clone(server), haste })
        });
        let seed = seed ^ u64::try_from(node).unwrap() << 32;
        Arc::new(Self { seed, clock: Arc::clone(clock), shared, state: Mutex::default(), death: Notify::new() })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn died(&self) {
        while !self.state().is_dead {
            self.death.notified().await;
        }
    }

    /// Nothing of it any more.
    pub fn calm(&self) {
        let mut state = self.state();
        *state = State { statements: state.statements, rolls: state.rolls, ..State::default() };
    }
}

impl Seam for Faults {
    fn before(&self, statement: &'static str) -> Wait<'static> {
        let mut state = self.state();
        state.statements += 1;
        state.last = statement;
        let number = state.statements;
        let now = self.clock.since_boot();
        state.at_once = (now, if state.at_once.0 == now { state.at_once.1 + 1 } else { 0 });
        if state.at_once.1 > AT_ONCE {
            (state.spins, state.is_dead) = (true, true);
            self.death.notify_one();
        }
        if state.dies.is_some_and(|(last, _)| number >= last) {
            state.is_dead = true;
            self.death.notify_one();
        }
        if state.is_dead {
            return Box::pin(std::future::pending());
        }
        if state.slow == 0 || self.clock.is_held() {
            return Box::pin(std::future::ready(()));
        }
        let chance = mix(self.seed ^ number, statement);
        let ms = i64::try_from(chance % 8).unwrap() * state.slow / 8;
        if (chance / 8).is_multiple_of(4) { self.clock.until(now + ms) } else { Box::pin(std::future::ready(())) }
    }

    fn fails(&self) -> bool {
        let state = self.state();
        // Where a link breaks, the server takes back what was begun over it.
        if self.shared.is_some() && state.last == "ROLLBACK" {
            return false;
        }
        let fails = state.fails.is_some_and(|(from, to)| (from..to).contains(&state.statements));
        if fails {
            self.clock.stir(AFTER_A_FAILURE);
        }
        fails || state.cut_until > self.clock.since_boot()
    }

    fn roll(&self) -> u32 {
        let mut state = self.state();
        state.rolls += 1;
        u32::try_from(mix(self.seed ^ state.rolls, "roll") % 1000).unwrap()
    }

    fn shared(&self) -> Option<Arc<dyn Shared>> {
        self.shared.clone().map(|share| share as Arc<dyn Shared>)
    }
}

/// Whether the runtime has come to its rest, for whoever waits for that.
#[derive(Default)]
struct Rest {
    state: Mutex<RestState>,
}

#[derive(Default)]
struct RestState {
    is_asked: bool,
    has_come: bool,
    waker: Option<Waker>,
}

impl Rest {
    fn state(&self) -> MutexGuard<'_, RestState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The runtime has nothing to do.
    fn comes(&self) {
        let mut state = self.state();
        if state.is_asked {
            state.has_come = true;
            let waker = state.waker.take();
            drop(state);
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

struct Resting<'a>(&'a Rest);

impl Future for Resting<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.state();
        if std::mem::take(&mut state.has_come) {
            state.is_asked = false;
            return Poll::Ready(());
        }
        state.is_asked = true;
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// An incarnation.
pub struct Life {
    pub engine: Arc<Engine>,
    _going: watch::Sender<Going>,
    runtime: Hands,
}

/// A runtime on this thread.
pub struct Hands {
    runtime: Runtime,
    rest: Arc<Rest>,
}

impl Hands {
    pub fn new() -> Self {
        let rest = Arc::<Rest>::default();
        let resting = Arc::clone(&rest);
        // What others bring comes when there is nothing else to do.
        let mut builder = Builder::new_current_thread();
        builder.enable_all().global_queue_interval(u32::MAX).on_thread_park(move || resting.comes());
        Self { runtime: builder.build().unwrap(), rest }
    }

    /// Does this alone, and waits for it with this thread.
    pub fn wait_for<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }
}

impl Life {
    /// It works from now on.
    pub fn begin(runtime: Hands, engine: Engine) -> Self {
        let (going, heard) = watch::channel(Going::On);
        let engine = Arc::new(engine);
        let running = Arc::clone(&engine);
        runtime.runtime.spawn(async move { running.run(heard).await });
        Self { engine, _going: going, runtime }
    }

    /// Something that it is to do.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.runtime.spawn(work);
    }

    /// Whether there is anything.
    pub fn has_work(&self) -> bool {
        self.runtime.runtime.metrics().global_queue_depth() > 0
    }

    /// Goes as far as it can without time going on.
    pub fn go(&self) {
        self.runtime.runtime.block_on(Resting(&self.runtime.rest));
    }
}

/// Where a node stands.
pub struct Node {
    pub faults: Arc<Faults>,
    pub data: PathBuf,
    pub life: Option<Life>,
    /// When it begins, where it doesn't live.
    pub begins: i64,
    pub frozen_until: i64,
}

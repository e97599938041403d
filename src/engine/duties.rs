//! What the daemon does besides sending: its lease beats, it watches the clock, says when the database is away, and
//! forgets domains that it no longer writes to.

use super::{
    clock_guard::{Judgement, Reading, judge},
    lifecycle::Stage,
};
use crate::{
    base::{Clock, Instant, NodeId},
    deliver::Pace,
    gate::facts::HaltCause,
    store::{Store, StoreError},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// Between two beats. A lease is taken for dead after several missed ones.
const BEAT: Duration = Duration::from_secs(5);

/// Whether the wall clock is held against the boot clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockWatch {
    /// Real time.
    On,
    /// Virtual time jumps on purpose.
    Off,
}

/// What the duties look after.
pub struct Duties {
    /// Where the beat is written.
    pub store: Store,
    /// The clock that is watched.
    pub clock: Arc<dyn Clock>,
    /// Whose lease beats.
    pub node: NodeId,
    /// Whether the clock is watched.
    pub watch: ClockWatch,
    /// Each domain ever written to would stay in memory otherwise.
    pub pace: Arc<Pace>,
    /// Where the daemon stands.
    pub stage: watch::Sender<Stage>,
}

impl Duties {
    /// Beats until dropped. A beat that can't be written is logged, shown by the readiness, and tried again.
    pub async fn keep(&self) {
        let mut before = read(self.clock.as_ref());
        loop {
            self.clock.wait_for(BEAT).await;
            let now = read(self.clock.as_ref());
            match turn(&self.store, self.node, self.watch, before, now).await {
                Ok(()) => self.step(Stage::DatabaseAway, Stage::Running),
                Err(error) => {
                    tracing::warn!(%error, "a beat could not be written");
                    self.step(Stage::Running, Stage::DatabaseAway);
                }
            }
            self.pace.forget_the_rested();
            before = now;
        }
    }

    /// From one stage to another; from any third, such as the end, nowhere.
    fn step(&self, from: Stage, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let there = *stage == from;
            if there {
                *stage = to;
            }
            there
        });
    }
}

/// One beat: the clock first, because a beat raises the high-water mark.
async fn turn(store: &Store, node: NodeId, watch: ClockWatch, before: Reading, now: Reading) -> Result<(), StoreError> {
    if watch == ClockWatch::On {
        let high_water = store.high_water().await?.unwrap_or(now.wall);
        let held = store.halts().await?.iter().any(|halt| halt.cause == HaltCause::Clock);
        match judge(before, now, high_water) {
            Judgement::Sound if held => store.resume(HaltCause::Clock).await?,
            Judgement::Sound => {}
            Judgement::Behind(until) => {
                return hold(store, &format!("the clock is behind: it was {until} already")).await;
            }
            Judgement::Ahead => return hold(store, "the clock jumped ahead; waiting for it to settle").await,
            Judgement::FarAhead => {
                let plea = "the clock jumped ahead by more than a day: check it, then run comity resume";
                store.halt(HaltCause::ClockFarAhead, plea).await?;
                return Ok(());
            }
        }
    }
    store.beat(node).await
}

async fn hold(store: &Store, note: &str) -> Result<(), StoreError> {
    tracing::warn!("{note}");
    store.halt(HaltCause::Clock, note).await.map(drop)
}

/// What must hold before the first message of a start: the clock is not behind what was seen before.
///
/// # Errors
/// The database's.
pub async fn look_at_the_clock(store: &Store, clock: &dyn Clock) -> Result<(), StoreError> {
    let now = read(clock);
    let high_water = store.high_water().await?.unwrap_or(Instant::from_ms(0));
    match judge(now, now, high_water) {
        Judgement::Behind(until) => hold(store, &format!("the clock is behind: it was {until} already")).await,
        Judgement::Sound | Judgement::Ahead | Judgement::FarAhead => Ok(()),
    }
}

fn read(clock: &dyn Clock) -> Reading {
    Reading { wall: clock.now(), boot: clock.boot() }
}

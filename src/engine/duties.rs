//! What the daemon does besides sending: its lease beats, and it watches the clock.

use super::clock_guard::{Judgement, Reading, judge};
use crate::{
    base::{Clock, Instant, NodeId},
    gate::facts::HaltCause,
    store::{Store, StoreError},
};
use std::{sync::Arc, time::Duration};

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

/// Beats until dropped. A beat that can't be written is logged and tried again: the pipeline finds out by itself.
pub async fn keep(store: Store, clock: Arc<dyn Clock>, node: NodeId, watch: ClockWatch) {
    let mut before = read(clock.as_ref());
    loop {
        clock.wait_for(BEAT).await;
        let now = read(clock.as_ref());
        if let Err(error) = turn(&store, node, watch, before, now).await {
            tracing::warn!(%error, "a beat could not be written");
        }
        before = now;
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

//! The clock, judged where it counts: by each beat, and inside each permit transaction.
//!
//! A reading that the guard objects to halts sending in the transaction that found it, so that the gate sees the halt
//! before it decides about anything that became due by the jump. Lifting is left to the beats.

use super::{Store, StoreError, evidence::halts, fence, node, round::Desk, stop, types::Pulse};
use crate::{
    base::{Instant, NodeId},
    clock::guard::{Guard, Judgement, Reading},
    fault::{self, Point},
    gate::facts::HaltCause,
};
use std::sync::{Mutex, PoisonError};

impl Store {
    /// A sign of life, a look at the clock, and its high-water mark. Says what the look changed.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn beat(&self, node: NodeId) -> Result<Pulse, StoreError> {
        let (pulse, reading, high_water) = self.change(move |desk| Box::pin(beat(desk, node))).await?;
        guard(&self.inner.guard).settle(reading, high_water);
        if pulse == Pulse::Lifted {
            self.wake_held().await?;
        }
        Ok(pulse)
    }
}

/// Whether anything speaks against this reading; if so, sending is halted from here on.
pub(super) async fn look(desk: &mut Desk, now: Reading) -> Result<(), StoreError> {
    let judgement = guard(&desk.guard).judge_between(now);
    object(desk, judgement).await
}

async fn object(desk: &mut Desk, judgement: Judgement) -> Result<(), StoreError> {
    if let Some((cause, note)) = judgement.objection() {
        let _ = stop::halt(desk, cause, &note).await?;
    }
    Ok(())
}

/// A beat: the clock first, because a sound one raises the high-water mark and lifts the halt of an unsound one.
pub(super) async fn beat(desk: &mut Desk, node: NodeId) -> Result<(Pulse, Reading, Instant), StoreError> {
    let now = Reading::of(desk.clock.as_ref());
    let judgement = guard(&desk.guard).judge(now);
    object(desk, judgement).await?;
    let halts = halts(desk.database.alone().await?).await?;
    let mut pulse = if judgement.objection().is_some() { Pulse::Held } else { Pulse::Steady };
    if judgement == Judgement::Sound && halts.iter().any(|halt| halt.cause == HaltCause::Clock) {
        stop::resume(desk, HaltCause::Clock).await?;
        pulse = Pulse::Lifted;
    }
    node::beat(desk, node).await?;
    // While a person is asked whether the clock is right, its time is nothing to be held against later.
    if pulse != Pulse::Held && !halts.iter().any(|halt| halt.cause == HaltCause::ClockFarAhead) {
        node::mark(desk, now.wall).await?;
    }
    let high_water = fence::beat(desk).await?.seen;
    fault::point(Point::BeforeBeatCommit);
    Ok((pulse, now, Instant::from_ms(high_water)))
}

/// What the desk and the store share.
pub(super) fn guard(shared: &Mutex<Guard>) -> std::sync::MutexGuard<'_, Guard> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

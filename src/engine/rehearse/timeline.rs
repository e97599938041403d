//! A stretch of virtual time with things that happen in it: what rehearsals, demos and proofs run on.
//!
//! The clock goes up to each event, comes to rest there, the event happens, and time goes on. What was due at the very
//! minute of an event has left before it. The nights at which recommendations are made are such events, too: after what happens
//! at the same minute.

use crate::{
    base::{Clock, Instant},
    clock::VirtualClock,
    engine::{house::lifecycle::Engine, recommending, run::Going},
};
use std::future::Future;
use tokio::sync::watch;

/// Runs the engine from wherever its clock stands to `to`, calling `happen` at each of the times, in order.
///
/// # Errors
/// The first error of an event or of a night; the engine is stopped in order all the same.
pub async fn drive<E, F>(
    engine: &Engine,
    clock: &VirtualClock,
    to: Instant,
    events: Vec<(Instant, E)>,
    mut happen: impl FnMut(E) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let (going, heard) = watch::channel(Going::On);
    let nights = recommending::nights(engine.rulebook().policy(), clock.now(), to);
    let script = async {
        let mut nights = nights.into_iter().peekable();
        for (at, event) in events {
            while let Some(night) = nights.next_if(|night| *night < at) {
                make_lists(engine, clock, night).await?;
            }
            clock.allow_until(at.min(to));
            clock.rested().await;
            happen(event).await?;
            clock.disturb();
            engine.wake.notify_one();
        }
        for night in nights {
            make_lists(engine, clock, night).await?;
        }
        clock.allow_until(to);
        clock.rested().await;
        Ok(())
    };
    let script = async {
        let result: anyhow::Result<()> = script.await;
        going.send_replace(Going::Soft);
        result
    };
    let (result, ()) = tokio::join!(script, engine.run(heard));
    result
}

async fn make_lists(engine: &Engine, clock: &VirtualClock, night: Instant) -> anyhow::Result<()> {
    clock.allow_until(night);
    clock.rested().await;
    // In a box: what it holds is larger than all that waits for it.
    if Box::pin(engine.recommender().look()).await?.is_some() {
        clock.disturb();
        engine.wake.notify_one();
    }
    Ok(())
}

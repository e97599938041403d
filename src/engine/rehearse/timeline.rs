//! A stretch of virtual time with things that happen in it: what rehearsals, demos and proofs run on.
//!
//! The clock goes up to each event, comes to rest there, the event happens, and time goes on. What was due at the very
//! minute of an event has left before it.

use crate::{
    base::Instant,
    clock::VirtualClock,
    engine::{house::lifecycle::Engine, run::Going},
};
use std::future::Future;
use tokio::sync::watch;

/// Runs the engine from wherever its clock stands to `to`, calling `happen` at each of the times, in order.
///
/// # Errors
/// The first error of an event; the engine is stopped in order all the same.
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
    let script = async {
        for (at, event) in events {
            clock.allow_until(at.min(to));
            clock.rested().await;
            happen(event).await?;
            clock.disturb();
            engine.wake.notify_one();
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

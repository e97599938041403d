//! What a tick costs when nothing is due: one index look-up, whatever lies in the future.

use super::{
    Row,
    yard::{Ground, Signing, Yard, towards},
};
use crate::{base::Clock, clock::SystemClock};
use std::{net::SocketAddr, time::Duration};

/// The smaller database that the larger one is held against.
const FEW: usize = 2_000;
/// Looks of one measurement.
const LOOKS: u32 = 2_000;
/// Far enough that no step is due.
const VISITS_IN: Duration = Duration::from_hours(24 * 30);

/// Milliseconds of one tick.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    few_ms: f64,
    many_ms: f64,
    many: usize,
}

/// Measures with few and with many appointments in the future.
///
/// # Errors
/// When there is no room for them.
pub async fn measure(ground: &Ground, many: usize) -> anyhow::Result<Tick> {
    Ok(Tick { few_ms: one(ground, FEW).await?, many_ms: one(ground, many).await?, many })
}

async fn one(ground: &Ground, appointments: usize) -> anyhow::Result<f64> {
    // Nobody is written to, so nobody listens there.
    let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
    let yard = Yard::lay(towards(ground, nobody, 1, Signing::Off)?, appointments, appointments, VISITS_IN).await?;
    let begun = SystemClock.boot();
    for _ in 0..LOOKS {
        yard.engine.store.next_claim(yard.engine.in_force.now().revision()).await?;
    }
    let ms = SystemClock.boot().0.saturating_sub(begun.0);
    yard.close().await?;
    Ok(f64::from(u32::try_from(ms)?) / f64::from(LOOKS))
}

/// For the table.
pub fn rows(tick: &Tick) -> Vec<Row> {
    vec![Row {
        what: "a tick with nothing due",
        measured: format!("{:.3} ms with {} appointments, {:.3} ms with {FEW}", tick.many_ms, tick.many, tick.few_ms),
        wanted: "under 0.3 ms, and the same",
        reached: format!("{:.2} times", tick.many_ms / tick.few_ms),
    }]
}

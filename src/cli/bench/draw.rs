//! What it costs to draw up a day's birthdays: by those whose birthday it is, whoever else there is.

use super::{
    Row, crowd,
    yard::{Ground, Yard},
};
use crate::{
    base::{Clock, Instant},
    clock::SystemClock,
    engine::draw::{Draw, Drawn},
};
use std::{sync::Arc, time::Duration};

/// The smaller business that the larger one is held against has one customer in so many.
const FEWER: usize = 10;
/// Days of a year.
const YEAR: usize = 365;
/// Noon, so that no zone is at a day's edge.
const BEGIN: Instant = Instant::from_ms(1_804_680_000_000);
/// Who becomes known shortly before a birthday is planned for at once: what is drawn lies further ahead.
const SETTLED: Duration = Duration::from_hours(10 * 24);
const DAY: Duration = Duration::from_hours(24);

/// Milliseconds of one day's draw.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    customers: usize,
    due: u64,
    ms: f64,
    /// With as many due among fewer customers.
    fewer_ms: f64,
}

/// Measures with so many customers, and with fewer of whom as many are due.
///
/// # Errors
/// When there is no room for them.
pub async fn measure(ground: &Ground, customers: usize) -> anyhow::Result<Day> {
    let a_day = customers.div_ceil(YEAR);
    let (due, ms) = one(ground, customers, a_day).await?;
    let (_, fewer_ms) = one(ground, (customers / FEWER).max(a_day), a_day).await?;
    Ok(Day { customers, due, ms, fewer_ms })
}

/// The days that are in reach are drawn first; then the next one comes into reach, and is measured.
async fn one(ground: &Ground, customers: usize, a_day: usize) -> anyhow::Result<(u64, f64)> {
    let yard = Yard::on_paper(crowd::live(ground.installation()?), BEGIN).await?;
    crowd::with_birthdays(&yard, customers, a_day, BEGIN).await?;
    let engine = &yard.engine;
    let clock = Arc::clone(&yard.clock) as Arc<dyn Clock>;
    let mut draw = Draw::new(engine.store.clone(), Arc::clone(&engine.in_force), Arc::clone(&engine.flights), clock);
    go_to(&yard, BEGIN.plus(SETTLED)).await;
    while draw.turn().await? == Drawn::More {}
    let before = planned(&yard).await?;
    go_to(&yard, BEGIN.plus(SETTLED).plus(DAY)).await;
    let begun = SystemClock.boot();
    while draw.turn().await? == Drawn::More {}
    let ms = SystemClock.boot().0.saturating_sub(begun.0);
    let due = planned(&yard).await? - before;
    yard.close().await?;
    Ok((due, f64::from(u32::try_from(ms)?)))
}

async fn go_to(yard: &Yard, at: Instant) {
    yard.clock.allow_until(at);
    yard.clock.wait_until(at).await;
}

async fn planned(yard: &Yard) -> anyhow::Result<u64> {
    Ok(yard.engine.store.status().await?.plans.values().sum())
}

/// For the table.
pub fn rows(day: &Day) -> Vec<Row> {
    let Day { customers, due, ms, fewer_ms } = *day;
    vec![
        Row {
            what: "a day's birthdays drawn up",
            measured: format!("{ms:.0} ms for {due} of {customers} customers"),
            wanted: "under 300 ms",
            reached: format!("{:.1} times", ms / 300.0),
        },
        Row {
            what: "as many of a tenth of the customers",
            measured: format!("{fewer_ms:.0} ms"),
            wanted: "the same",
            reached: format!("{:.2} times", ms / fewer_ms.max(1.0)),
        },
    ]
}

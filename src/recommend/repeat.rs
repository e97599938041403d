//! "Time for more?": what a customer bought before, by how often and how lately.
//!
//! Repeats are another question than discoveries, and get a section of their own: Σ 2^(−age / half-life) over the days on
//! which they bought it, times the root of its trend.

use super::{Day, shelf::Bought};

/// A purchase counts half as much after so many days.
pub const HALF_LIFE_DAYS: f32 = 180.0;

/// How often and how lately somebody bought a thing: 1 is once, today.
#[must_use]
pub fn interest(bought: &Bought<'_>, today: Day) -> f32 {
    let age = |on: Day| f32::from(today.since(on));
    bought.days.iter().map(|purchase| (-age(purchase.on) / HALF_LIFE_DAYS).exp2()).sum()
}

/// How soon they may want it again.
#[must_use]
pub fn score(interest: f32, trend: f32) -> f32 {
    interest * trend.sqrt()
}

//! When to try again. Pure: the roll of the dice is a parameter.

use crate::base::Instant;
use std::time::Duration;

/// The first wait; RFC 5321 4.5.4.1 asks for 30 minutes where nothing presses, but a reminder is worth nothing after
/// its visit, so waits start short and double.
pub const FIRST_WAIT: Duration = Duration::from_mins(1);
/// The longest wait.
pub const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// When attempt number `attempts_so_far + 1` may start, or `None` when the plan expires before that. `roll` in 0..=999
/// spreads the wait over 75 % to 125 %, so that a crowd that was deferred together doesn't come back together.
#[must_use]
pub fn next_at(now: Instant, attempts_so_far: u32, expires_at: Instant, roll: u32) -> Option<Instant> {
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempts_so_far.saturating_sub(1)).unwrap_or(u32::MAX));
    let wait = doubled.min(LONGEST_WAIT);
    let spread = wait.mul_f64(0.75 + f64::from(roll.min(999)) / 1998.0);
    let at = now.plus(spread);
    (at < expires_at).then_some(at)
}

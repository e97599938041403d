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
    // Three quarters, and up to a half more: 999 of 1998.
    let at = now.plus(wait * 3 / 4 + wait * roll.min(999) / 1998);
    (at < expires_at).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_ms(1_000_000);

    fn wait(attempts: u32, roll: u32) -> Duration {
        let at = next_at(NOW, attempts, Instant::NEVER, roll).unwrap();
        Duration::from_millis(u64::try_from(at.ms_since(NOW)).unwrap())
    }

    #[test]
    fn waits_double_from_a_minute_to_an_hour() {
        let middle = |attempts| (wait(attempts, 499) + wait(attempts, 500)).as_millis().div_ceil(2000);
        let waits: Vec<u128> = (1..=8).map(middle).collect();
        assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(middle(0), 60, "an attempt that doesn't count waits like the first");
        assert_eq!(middle(u32::MAX), 3600);
    }

    #[test]
    fn a_crowd_is_spread_over_half_the_wait() {
        assert_eq!((wait(1, 0).as_secs(), wait(1, 999).as_secs()), (45, 75));
        assert_eq!(wait(1, u32::MAX), wait(1, 999), "a roll beyond the dice is its highest face");
        let waits: std::collections::BTreeSet<Duration> = (0..1000).map(|roll| wait(3, roll)).collect();
        assert_eq!(waits.len(), 1000, "each roll has its own moment");
    }

    #[test]
    fn nothing_is_tried_again_when_it_would_be_too_late() {
        let at = next_at(NOW, 1, Instant::NEVER, 0).unwrap();
        assert_eq!(next_at(NOW, 1, at, 0), None, "at its expiry it is too late");
        assert_eq!(next_at(NOW, 1, Instant::from_ms(at.ms() + 1), 0), Some(at));
        assert_eq!(next_at(NOW, 1, NOW, 0), None);
    }
}

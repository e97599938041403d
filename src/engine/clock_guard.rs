//! Whether the wall clock can be believed. Pure: readings in, a judgement out.
//!
//! A clock that jumps ahead makes everything due at once; one that jumps back makes a night of it. Wall time is
//! therefore held against the boot clock, which never jumps, and against the highest wall time ever written to disk:
//!
//! - **behind** the high-water mark: hold until it has passed;
//! - **ahead** of the boot clock by more than two minutes: hold until the next reading agrees with this one;
//! - **far ahead**, more than a day: hold until a person says that the clock is right.
//!
//! Not promised: a wrong clock at the first start ever, which nothing on the machine can tell.

use crate::base::{BootTime, Instant};
use std::time::Duration;

/// Steps of a time service stay below this.
const AHEAD: Duration = Duration::from_mins(2);
/// Beyond this a person must look.
const FAR_AHEAD: Duration = Duration::from_hours(24);
/// How far back a slewing clock may seem to go between two looks.
const BEHIND: Duration = Duration::from_secs(1);

/// Both clocks at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The wall clock.
    pub wall: Instant,
    /// The boot clock.
    pub boot: BootTime,
}

/// What to make of a reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judgement {
    /// Go on.
    Sound,
    /// Hold until the wall clock shows this.
    Behind(Instant),
    /// Hold until the next reading agrees.
    Ahead,
    /// Hold until a person resumes.
    FarAhead,
}

/// Judges `now` against the reading before it and the high-water mark.
#[must_use]
pub fn judge(before: Reading, now: Reading, high_water: Instant) -> Judgement {
    if now.wall.plus(BEHIND) < high_water {
        return Judgement::Behind(high_water);
    }
    let passed_ms = now.boot.0.saturating_sub(before.boot.0);
    let jumped_ms = now.wall.ms_since(before.wall).saturating_sub(passed_ms);
    let over = |limit: Duration| i64::try_from(limit.as_millis()).is_ok_and(|limit| jumped_ms > limit);
    if over(FAR_AHEAD) {
        Judgement::FarAhead
    } else if over(AHEAD) {
        Judgement::Ahead
    } else {
        Judgement::Sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Instant = Instant::from_ms(1_800_000_000_000);

    fn reading(wall_s: i64, boot_s: i64) -> Reading {
        Reading { wall: Instant::from_ms(NOON.ms() + wall_s * 1000), boot: BootTime(boot_s * 1000) }
    }

    #[test]
    fn a_clock_that_keeps_pace_is_sound() {
        assert_eq!(judge(reading(0, 0), reading(5, 5), NOON), Judgement::Sound);
        // A time service may step by a minute.
        assert_eq!(judge(reading(0, 0), reading(65, 5), NOON), Judgement::Sound);
    }

    #[test]
    fn a_clock_that_goes_back_holds_until_its_highest_time_has_passed() {
        let high_water = Instant::from_ms(NOON.ms() + 10_000);
        assert_eq!(judge(reading(10, 10), reading(-3600, 15), high_water), Judgement::Behind(high_water));
        assert_eq!(judge(reading(-3600, 15), reading(11, 3626), high_water), Judgement::Sound);
    }

    #[test]
    fn a_jump_ahead_holds_and_a_jump_of_days_asks_a_person() {
        assert_eq!(judge(reading(0, 0), reading(126, 5), NOON), Judgement::Ahead);
        assert_eq!(judge(reading(126, 5), reading(131, 10), NOON), Judgement::Sound);
        assert_eq!(judge(reading(0, 0), reading(2 * 86_400, 5), NOON), Judgement::FarAhead);
    }
}

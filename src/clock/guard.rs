//! Whether the wall clock can be believed. Readings in, a judgement out; nothing is read here.
//!
//! A clock that jumps ahead makes everything due at once; one that jumps back makes a night of it. Wall time is
//! therefore held against the boot clock, which never jumps, and against the highest wall time ever written to disk:
//!
//! - **behind** the high-water mark: hold until it has passed;
//! - **ahead** of the boot clock by more than two minutes: hold until the next beat's reading agrees with this one's;
//! - **far ahead**, more than a day: hold until a person says that the clock is right.
//!
//! One judge, asked by each beat and by each permit: nothing that became due by a jump leaves before the jump is seen.
//! What a beat objected to, the next beat alone finds sound: where several nodes share a database, another one, whose clock is
//! right, lifts the halt that this one's brought about. Only a beat moves the reading that later ones are held against. If permits did, a clock that gains two minutes
//! between any two of them would always be sound.
//!
//! Not promised: a wrong clock at the first start ever, or one that jumped ahead while no daemon ran, which nothing here
//! can tell from time that passed.

use crate::{
    base::{BootTime, Clock, Instant},
    gate::facts::HaltCause,
};
use std::time::Duration;

/// Steps of a time service stay below this.
const AHEAD: Duration = Duration::from_mins(2);
/// Beyond this a person must look.
const FAR_AHEAD: Duration = Duration::from_hours(24);
/// How far back a slewing clock may seem to go between two looks.
const BEHIND: Duration = Duration::from_secs(1);

/// Whether the wall clock is held against the boot clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockWatch {
    /// Real time.
    On,
    /// Virtual time jumps on purpose.
    Off,
}

/// Both clocks at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The wall clock.
    pub wall: Instant,
    /// The boot clock.
    pub boot: BootTime,
}

impl Reading {
    /// Of this clock. The boot clock first: what is measured from it ends rather too early than too late.
    #[must_use]
    pub fn of(clock: &dyn Clock) -> Self {
        let boot = clock.boot();
        Self { wall: clock.now(), boot }
    }
}

/// What to make of a reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judgement {
    /// Nobody watches this clock.
    Unwatched,
    /// Go on.
    Sound,
    /// Hold until the wall clock shows this.
    Behind(Instant),
    /// Hold until the next beat agrees.
    Ahead,
    /// Hold until a person resumes.
    FarAhead,
}

impl Judgement {
    /// What is to be halted for, and the note that says so; `None` where nothing speaks against the reading.
    #[must_use]
    pub fn objection(self) -> Option<(HaltCause, String)> {
        match self {
            Self::Unwatched | Self::Sound => None,
            Self::Behind(until) => Some((HaltCause::Clock, format!("the clock is behind: it was {until} already"))),
            Self::Ahead => Some((HaltCause::Clock, "the clock jumped ahead; waiting for it to settle".to_owned())),
            Self::FarAhead => {
                let plea = "the clock jumped ahead by more than a day: check it, then run comity resume";
                Some((HaltCause::ClockFarAhead, plea.to_owned()))
            }
        }
    }
}

/// What readings are held against.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    watch: ClockWatch,
    last_beat: Reading,
    high_water: Instant,
    /// The last beat found it ahead.
    was_ahead: bool,
}

impl Guard {
    /// Begins with a reading that nothing but the high-water mark can be held against.
    #[must_use]
    pub const fn new(watch: ClockWatch, now: Reading, high_water: Instant) -> Self {
        Self { watch, last_beat: now, high_water, was_ahead: false }
    }

    /// Judges a reading between two beats, and changes nothing.
    #[must_use]
    pub fn judge_between(&self, now: Reading) -> Judgement {
        match self.judge(now) {
            Judgement::Sound if self.was_ahead => Judgement::Ahead,
            judgement => judgement,
        }
    }

    /// Judges a beat's reading, and changes nothing.
    #[must_use]
    pub fn judge(&self, now: Reading) -> Judgement {
        if self.watch == ClockWatch::Off {
            return Judgement::Unwatched;
        }
        if now.wall.plus(BEHIND) < self.high_water {
            return Judgement::Behind(self.high_water);
        }
        let passed_ms = now.boot.0.saturating_sub(self.last_beat.boot.0);
        let jumped_ms = now.wall.ms_since(self.last_beat.wall).saturating_sub(passed_ms);
        let over = |limit: Duration| i64::try_from(limit.as_millis()).is_ok_and(|limit| jumped_ms > limit);
        if over(FAR_AHEAD) {
            Judgement::FarAhead
        } else if over(AHEAD) {
            Judgement::Ahead
        } else {
            Judgement::Sound
        }
    }

    /// A beat took this reading, and left the high-water mark here. Called when that is on disk, and not before: a jump
    /// whose halt could not be written is found again by the next look.
    pub fn settle(&mut self, beat: Reading, high_water: Instant) {
        let was_ahead = self.judge(beat) == Judgement::Ahead;
        *self = Self { watch: self.watch, last_beat: beat, high_water, was_ahead };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Instant = Instant::from_ms(1_800_000_000_000);

    fn reading(wall_s: i64, boot_s: i64) -> Reading {
        Reading { wall: Instant::from_ms(NOON.ms() + wall_s * 1000), boot: BootTime(boot_s * 1000) }
    }

    fn guard(beat: Reading, high_water_s: i64) -> Guard {
        Guard::new(ClockWatch::On, beat, reading(high_water_s, 0).wall)
    }

    #[test]
    fn a_clock_that_keeps_pace_is_sound() {
        assert_eq!(guard(reading(0, 0), 0).judge(reading(5, 5)), Judgement::Sound);
        // A time service may step by a minute.
        assert_eq!(guard(reading(0, 0), 0).judge(reading(65, 5)), Judgement::Sound);
    }

    #[test]
    fn a_clock_that_goes_back_holds_until_its_highest_time_has_passed() {
        let mut guard = guard(reading(10, 10), 10);
        assert_eq!(guard.judge(reading(-3600, 15)), Judgement::Behind(reading(10, 0).wall));
        guard.settle(reading(-3600, 15), reading(10, 0).wall);
        assert_eq!(guard.judge(reading(8, 3623)), Judgement::Behind(reading(10, 0).wall));
        assert_eq!(guard.judge(reading(11, 3626)), Judgement::Sound);
    }

    #[test]
    fn a_jump_ahead_holds_and_a_jump_of_days_asks_a_person() {
        let mut guard = guard(reading(0, 0), 0);
        assert_eq!(guard.judge(reading(126, 5)), Judgement::Ahead);
        assert_eq!(guard.judge(reading(2 * 86_400, 5)), Judgement::FarAhead);
        guard.settle(reading(126, 5), NOON);
        assert_eq!(guard.judge(reading(131, 10)), Judgement::Sound);
    }

    #[test]
    fn what_a_beat_found_ahead_stays_ahead_until_the_next_beat() {
        let mut guard = guard(reading(0, 0), 0);
        guard.settle(reading(3605, 5), NOON);
        assert_eq!(guard.judge_between(reading(3606, 6)), Judgement::Ahead);
        assert_eq!(guard.judge(reading(3610, 10)), Judgement::Sound, "two readings agree");
        guard.settle(reading(3610, 10), NOON);
        assert_eq!(guard.judge_between(reading(3611, 11)), Judgement::Sound);
    }

    #[test]
    fn many_small_jumps_between_two_beats_add_up() {
        let guard = guard(reading(0, 0), 0);
        let judged = [100, 120, 125].map(|wall_s| guard.judge(reading(wall_s, 1)));
        assert_eq!(judged, [Judgement::Sound, Judgement::Sound, Judgement::Ahead]);
    }

    #[test]
    fn a_clock_that_nobody_watches_may_jump() {
        let guard = Guard::new(ClockWatch::Off, reading(0, 0), NOON);
        assert_eq!(guard.judge(reading(2 * 86_400, 5)), Judgement::Unwatched);
        assert_eq!(guard.judge(reading(-86_400, 5)), Judgement::Unwatched);
    }
}

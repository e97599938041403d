//! How far from a date a step lies, before it or after it.
//!
//! - `24h`, `90m`: absolute. 24 hours are 24 hours, also over a change of the clocks.
//! - `1d`: civil. The same wall time one day before or after, in the zone of the date.
//! - `1d at 09:00`: civil, at a wall time of its own.

use super::Step;
use crate::base::{
    Instant, Zone,
    civil::{days_after, days_before},
};
use chrono::{NaiveDateTime, NaiveTime};
use std::time::Duration;

/// A step's distance from a date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offset {
    /// On which side of the date.
    pub side: Side,
    /// How far.
    pub distance: Distance,
}

/// Before a date, or after it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Side {
    /// Earlier than the date.
    Before,
    /// Later.
    After,
}

/// How far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Distance {
    /// So many hours and minutes.
    Absolute(Duration),
    /// So many civil days, at the same wall time or at another.
    Civil {
        /// 0 is the day itself, which needs a time.
        days: u64,
        /// Wall time, in the zone of the date.
        at: Option<NaiveTime>,
    },
}

impl Side {
    const fn sign(self) -> char {
        match self {
            Self::Before => '-',
            Self::After => '+',
        }
    }
}

impl Offset {
    /// Parses `24h`, `90m`, `1d`, `1d at 09:00`. The sign of this side is allowed: it is said already.
    #[must_use]
    pub fn parse(text: &str, side: Side) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(side.sign()).unwrap_or(text);
        Distance::parse(text).map(|distance| Self { side, distance })
    }

    /// The canonical name of the step: `-24h`, `-90m`, `-1d`, `+1d at 09:00`.
    #[must_use]
    pub fn step(self) -> Step {
        let sign = self.side.sign();
        Step(match self.distance {
            Distance::Absolute(span) if span.as_secs().is_multiple_of(3600) => {
                format!("{sign}{}h", span.as_secs() / 3600)
            }
            Distance::Absolute(span) => format!("{sign}{}m", span.as_secs() / 60),
            Distance::Civil { days, at: None } => format!("{sign}{days}d"),
            Distance::Civil { days, at: Some(at) } => format!("{sign}{days}d at {}", at.format("%H:%M")),
        })
    }

    /// When a wait that begins at `start` is over: as [`Self::from`], and never before it began. "At 09:00" said at ten
    /// o'clock means tomorrow.
    #[must_use]
    pub fn wait_from(self, start: NaiveDateTime, zone: Zone) -> Instant {
        let over = self.from(start, zone);
        if over >= zone.resolve(start) { over } else { self.from(days_after(start, 1), zone) }
    }

    /// When the step is due for a date at `start` in `zone`.
    #[must_use]
    pub fn from(self, start: NaiveDateTime, zone: Zone) -> Instant {
        match (self.distance, self.side) {
            (Distance::Absolute(span), Side::Before) => zone.resolve(start).minus(span),
            (Distance::Absolute(span), Side::After) => zone.resolve(start).plus(span),
            (Distance::Civil { days, at }, side) => {
                let day = match side {
                    Side::Before => days_before(start, days),
                    Side::After => days_after(start, days),
                };
                zone.resolve(at.map_or(day, |at| day.date().and_time(at)))
            }
        }
    }
}

impl Distance {
    fn parse(text: &str) -> Option<Self> {
        let (span, at) = match text.split_once(" at ") {
            Some((span, at)) => (span.trim(), Some(crate::base::civil::parse_time(at)?)),
            None => (text, None),
        };
        let unit = span.chars().last()?;
        let count = span.strip_suffix(unit)?.trim();
        // Rust reads `+24` too; a distance after the date would be something else.
        let count: u64 = count.bytes().all(|digit| digit.is_ascii_digit()).then(|| count.parse().ok())??;
        match (unit, at) {
            ('m', None) => Some(Self::Absolute(Duration::from_secs(count.checked_mul(60)?))),
            ('h', None) => Some(Self::Absolute(Duration::from_secs(count.checked_mul(3600)?))),
            ('d', at) if count > 0 || at.is_some() => Some(Self::Civil { days: count, at }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_read_as_it_is_written_and_its_name_never_changes() {
        // These names identify messages for ever: a change here would write to people twice.
        let named = [
            ("24h", "-24h"),
            ("-24h", "-24h"),
            (" 24h ", "-24h"),
            ("90m", "-90m"),
            ("60m", "-1h"),
            ("0m", "-0h"),
            ("1d", "-1d"),
            ("-1d at 09:00", "-1d at 09:00"),
            ("1d  at  09:00", "-1d at 09:00"),
            ("0d at 07:30", "-0d at 07:30"),
            ("14d at 18:05", "-14d at 18:05"),
        ];
        let read = |text: &str, side| Offset::parse(text, side).map(|offset| offset.step().0);
        for (text, name) in named {
            assert_eq!(read(text, Side::Before).as_deref(), Some(name), "{text}");
            assert_eq!(read(name, Side::Before).as_deref(), Some(name), "a name reads as itself");
            let (text, name) = (text.replace('-', "+"), name.replace('-', "+"));
            assert_eq!(read(&text, Side::After), Some(name), "{text}");
        }
        assert_eq!(read("+24h", Side::Before), None);
        assert_eq!(read("-24h", Side::After), None);
    }

    #[test]
    fn what_is_no_distance_is_not_guessed_at() {
        let texts = [
            "",
            "-",
            "24",
            "h",
            "d",
            "24 hours",
            "1w",
            "1.5h",
            "+24h",
            "--24h",
            "0d",
            "-0d",
            "24h at 09:00",
            "1d at 25:00",
            "1d at",
            "at 09:00",
            "1d at 9",
            "１d",
            "24é",
            "99999999999999999999h",
            "18446744073709551615h",
        ];
        for text in texts {
            assert_eq!(Offset::parse(text, Side::Before), None, "{text:?}");
        }
    }

    #[test]
    fn no_distance_reaches_beyond_the_calendar() {
        let start = chrono::DateTime::UNIX_EPOCH.naive_utc();
        for text in ["307445734561825860m", "18446744073709551615d", "18446744073709551615d at 09:00"] {
            let offset = |side| Offset::parse(text, side).unwrap_or_else(|| panic!("{text}"));
            let now = Zone::UTC.resolve(start);
            assert!(offset(Side::Before).from(start, Zone::UTC) <= now || text.contains("at"), "{text}");
            assert!(offset(Side::After).from(start, Zone::UTC) >= now || text.contains("at"), "{text}");
        }
    }
}

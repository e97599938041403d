//! How far from the date a step lies.
//!
//! - `24h`, `90m`: absolute. 24 hours are 24 hours, also over a change of the clocks.
//! - `1d`: civil. The same wall time one day before, in the zone of the visit.
//! - `-1d at 09:00`: civil, at a wall time of its own.

use super::Step;
use crate::base::{Instant, Zone, civil::days_before};
use chrono::{NaiveDateTime, NaiveTime};
use std::time::Duration;

/// A step's distance before the date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Offset {
    /// So many hours and minutes before.
    Absolute(Duration),
    /// So many civil days before, at the same wall time or at another.
    Civil {
        /// Days before; 0 is the day itself, which needs a time.
        days: u64,
        /// Wall time, in the zone of the visit.
        at: Option<NaiveTime>,
    },
}

impl Offset {
    /// Parses `24h`, `90m`, `1d`, `-1d at 09:00`. A leading minus is allowed: "before" is said already.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('-').unwrap_or(text);
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

    /// The canonical name of the step: `-24h`, `-90m`, `-1d`, `-1d at 09:00`.
    #[must_use]
    pub fn step(self) -> Step {
        Step(match self {
            Self::Absolute(span) if span.as_secs().is_multiple_of(3600) => format!("-{}h", span.as_secs() / 3600),
            Self::Absolute(span) => format!("-{}m", span.as_secs() / 60),
            Self::Civil { days, at: None } => format!("-{days}d"),
            Self::Civil { days, at: Some(at) } => format!("-{days}d at {}", at.format("%H:%M")),
        })
    }

    /// When the step is due for a date at `start` in `zone`.
    #[must_use]
    pub fn before(self, start: NaiveDateTime, zone: Zone) -> Instant {
        match self {
            Self::Absolute(span) => zone.resolve(start).minus(span),
            Self::Civil { days, at } => {
                let day = days_before(start, days);
                zone.resolve(at.map_or(day, |at| day.date().and_time(at)))
            }
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
        for (text, name) in named {
            assert_eq!(Offset::parse(text).map(Offset::step), Some(Step(name.to_owned())), "{text}");
        }
        for name in named.map(|(_, name)| name) {
            assert_eq!(
                Offset::parse(name).map(|offset| offset.step().0).as_deref(),
                Some(name),
                "a name reads as itself"
            );
        }
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
            assert_eq!(Offset::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn no_distance_reaches_beyond_the_calendar() {
        let start = chrono::DateTime::UNIX_EPOCH.naive_utc();
        for text in ["307445734561825860m", "18446744073709551615d", "18446744073709551615d at 09:00"] {
            let offset = Offset::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert!(offset.before(start, Zone::UTC) <= Zone::UTC.resolve(start) || text.contains("at"), "{text}");
        }
    }
}

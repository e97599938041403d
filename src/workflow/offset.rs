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
        let count: u64 = span.strip_suffix(unit)?.trim().parse().ok()?;
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

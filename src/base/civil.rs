//! Civil time: what a clock on the wall shows, and which instant that is.
//!
//! A visit is "Tuesday at 10:00 in Paris". That is stored as it was given; the instant is derived, late, by
//! [`Zone::resolve`], because zone rules change and because twice a year a wall clock lies:
//!
//! - **Gap** (clocks go forward): 02:30 does not exist. It stands for the first valid instant after the gap, 03:00.
//! - **Fold** (clocks go back): 02:30 happens twice. It stands for the first of the two.
//!
//! So every civil time has exactly one instant, and a rule that fires at a civil time fires exactly once.
//!
//! Invariant: nothing here guesses a zone. An unknown zone is an error of the one who named it (promise P8).

use super::Instant;
use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An IANA time zone, such as `Europe/Paris`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zone(Tz);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(Tz::UTC);

    /// By IANA name, letter case as in the database of zones.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        name.trim().parse().ok().map(Self)
    }

    /// The IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// All names, for suggestions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// What a wall clock in this zone shows at `at`.
    #[must_use]
    pub fn local(self, at: Instant) -> NaiveDateTime {
        at.to_utc().with_timezone(&self.0).naive_local()
    }

    /// The same, with the offset from UTC, for formatting.
    #[must_use]
    pub fn zoned(self, at: Instant) -> DateTime<Tz> {
        at.to_utc().with_timezone(&self.0)
    }

    /// The one instant that a civil time stands for: after a gap, first of a fold.
    #[must_use]
    pub fn resolve(self, local: NaiveDateTime) -> Instant {
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Instant::from_utc(at.with_timezone(&Utc)),
            LocalResult::None => self.end_of_gap(local),
        }
    }

    /// The first valid instant after the gap that `local` lies in: the transition itself. All wall times before it are
    /// earlier than `local`, all after it later, so halving finds it; offsets stay within ±26 h.
    fn end_of_gap(self, local: NaiveDateTime) -> Instant {
        // Beyond the calendar there is no offset either; its ends keep the arithmetic below from overflowing.
        let [first, last] = [Instant::from_ms(i64::MIN), Instant::NEVER].map(|end| end.to_utc().naive_utc());
        let local = local.clamp(first, last);
        let mut before = local.and_utc() - TimeDelta::hours(26);
        let mut after = local.and_utc() + TimeDelta::hours(26);
        while after - before > TimeDelta::milliseconds(1) {
            let middle = before + (after - before) / 2;
            if middle.with_timezone(&self.0).naive_local() < local {
                before = middle;
            } else {
                after = middle;
            }
        }
        Instant::from_utc(after)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A civil time as its source gave it: with a zone, or meant in the customer's or the business's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct CivilTime {
    /// What the wall clock shows.
    pub local: NaiveDateTime,
    /// The zone that the source named, if it named one.
    pub zone: Option<Zone>,
}

impl CivilTime {
    /// Parses `2026-03-29T10:00`, `2026-03-29 10:00[:00]`, `29/03/2026 10:00`, `29.03.2026 10:00`, each optionally
    /// followed by `[Europe/Paris]`; or an instant such as `2026-03-29T08:00:00Z` and `…+02:00`, which is kept as the
    /// civil time in UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((time, zone)) = text.strip_suffix(']').and_then(|t| t.split_once('[')) {
            return Some(Self { local: parse_local(time.trim())?, zone: Some(Zone::parse(zone)?) });
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(Self { local: at.naive_utc(), zone: Some(Zone::UTC) });
        }
        Some(Self { local: parse_local(text)?, zone: None })
    }

    /// The instant, in the zone that the source named or else in `fallback`.
    #[must_use]
    pub fn at(self, fallback: Zone) -> Instant {
        self.zone.unwrap_or(fallback).resolve(self.local)
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local.format("%Y-%m-%dT%H:%M"))?;
        match self.zone {
            Some(zone) => write!(f, "[{zone}]"),
            None => Ok(()),
        }
    }
}

fn parse_local(text: &str) -> Option<NaiveDateTime> {
    const FORMS: [&str; 8] = [
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%d/%m/%Y %H:%M",
        "%d/%m/%Y %H:%M:%S",
        "%d.%m.%Y %H:%M",
        "%d.%m.%Y %H:%M:%S",
    ];
    let local = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    local.filter(|local| is_year(local.year()))
}

/// Whether a year has four digits. Of two digits nobody knows the century, and chrono takes `26` for the year 26.
#[must_use]
pub fn is_year(year: i32) -> bool {
    (1000..=9999).contains(&year)
}

/// A day of the year without a year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct MonthDay {
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31; 29 February is allowed.
    pub day: u32,
}

impl MonthDay {
    /// From `03-29`, or a full date whose year is forgotten at once: we don't need it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let of = |date: NaiveDate| Self { month: date.month(), day: date.day() };
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Some(of(date));
        }
        // 2000 is a leap year, so 02-29 parses.
        NaiveDate::parse_from_str(&format!("2000-{text}"), "%Y-%m-%d").ok().map(of)
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

/// `days` civil days before `local`, at the same wall time.
#[must_use]
pub fn days_before(local: NaiveDateTime, days: u64) -> NaiveDateTime {
    local.checked_sub_days(Days::new(days)).unwrap_or(local)
}

/// `days` civil days after `local`, at the same wall time.
#[must_use]
pub fn days_after(local: NaiveDateTime, days: u64) -> NaiveDateTime {
    local.checked_add_days(Days::new(days)).unwrap_or(local)
}

/// `HH:MM`, as the files write it.
#[must_use]
pub fn parse_time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()
}

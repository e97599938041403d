//! A cap: at most so many messages in a window.
//!
//! A **rolling** window has a length: seven days are 168 hours, whatever the wall clock does. At each instant `t`, the
//! messages in `(t - length, t]` are at most `at_most`. A **calendar** window is a day, a week from Monday, a month or a
//! year on the customer's wall; it begins with its first instant there, and ends where the next one begins.

use crate::base::{Instant, Zone};
use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use std::{fmt, num::NonZeroU32, time::Duration};

/// `{ at_most = 4, per = "7 days" }`. Zero is not a cap: who wants to send nothing deletes the workflow.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cap {
    /// How many.
    pub at_most: NonZeroU32,
    /// In which window.
    pub per: Window,
    /// Of which messages.
    pub same: Same,
}

/// What a cap counts in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// A length that ends now.
    Rolling(Duration),
    /// A stretch of the calendar.
    Calendar(Unit),
}

/// A stretch of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday (ISO 8601).
    Week,
    /// From the first to the last.
    Month,
    /// From 1 January to 31 December.
    Year,
}

/// Which messages to the mailbox a cap counts together.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Same {
    /// All of them.
    #[default]
    Mailbox,
    /// `same = "record"`: those about one record, such as one visit.
    Record,
    /// `same = "purchase.product"`: those about records in which the field holds the same. A message about something
    /// else, or in which the field is empty, is not capped by it.
    Field(RecordField),
}

/// A field of a record type: `purchase.product`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct RecordField {
    /// The record type.
    pub kind: String,
    /// Its field.
    pub field: String,
}

impl RecordField {
    /// Whether this is its whole name.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        name.split_once('.').is_some_and(|(kind, field)| kind == self.kind && field == self.field)
    }
}

impl fmt::Display for RecordField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.field)
    }
}

impl Unit {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// As `policy.toml` writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "calendar day",
            Self::Week => "calendar week",
            Self::Month => "calendar month",
            Self::Year => "calendar year",
        }
    }

    /// The first day of the stretch that a day belongs to.
    fn first(self, day: NaiveDate) -> NaiveDate {
        let back = match self {
            Self::Day => 0,
            Self::Week => day.weekday().num_days_from_monday(),
            Self::Month => day.day0(),
            Self::Year => day.ordinal0(),
        };
        day.checked_sub_days(Days::new(u64::from(back))).unwrap_or(day)
    }

    /// The first day of the next stretch.
    fn next(self, first: NaiveDate) -> NaiveDate {
        let next = match self {
            Self::Day => first.checked_add_days(Days::new(1)),
            Self::Week => first.checked_add_days(Days::new(7)),
            Self::Month => first.checked_add_months(Months::new(1)),
            Self::Year => first.checked_add_months(Months::new(12)),
        };
        next.unwrap_or(first)
    }

    /// The stretch that an instant lies in: its first instant, and the next one's.
    #[must_use]
    pub fn around(self, at: Instant, zone: Zone) -> (Instant, Instant) {
        let begins = |day: NaiveDate| zone.resolve(day.and_time(NaiveTime::MIN));
        let first = self.first(zone.local(at).date());
        let (start, end) = (begins(first), begins(self.next(first)));
        if at >= end {
            // Clocks that go back over midnight show yesterday's date again: the new day has begun all the same.
            return (end, begins(self.next(self.next(first))));
        }
        (start, end)
    }
}

impl Window {
    /// No message counts that is older than this.
    #[must_use]
    pub const fn reach(self) -> Duration {
        match self {
            Self::Rolling(length) => length,
            // A day more than the longest, for the days that are longer than 24 hours.
            Self::Calendar(Unit::Day) => Duration::from_hours(2 * 24),
            Self::Calendar(Unit::Week) => Duration::from_hours(8 * 24),
            Self::Calendar(Unit::Month) => Duration::from_hours(32 * 24),
            Self::Calendar(Unit::Year) => Duration::from_hours(367 * 24),
        }
    }

    /// Whether a message of then is still in the window.
    #[must_use]
    pub fn holds(self, at: Instant, now: Instant, zone: Zone) -> bool {
        match self {
            Self::Rolling(length) => at > now.minus(length),
            Self::Calendar(unit) => at >= unit.around(now, zone).0,
        }
    }
}

impl Cap {
    /// So many in a rolling window of this length.
    #[must_use]
    pub const fn rolling(at_most: NonZeroU32, length: Duration) -> Self {
        Self { at_most, per: Window::Rolling(length), same: Same::Mailbox }
    }

    /// When one more message fits, given the times of those that count, in any order: `now` if it fits at once. `zone` is
    /// the customer's.
    #[must_use]
    pub fn opens_at(&self, counted: impl Iterator<Item = Instant> + Clone, now: Instant, zone: Zone) -> Instant {
        let limit = usize::try_from(self.at_most.get()).unwrap_or(usize::MAX);
        match self.per {
            Window::Rolling(length) => rolling_opens_at(limit, length, counted, now),
            Window::Calendar(unit) => {
                let (start, end) = unit.around(now, zone);
                if counted.filter(|at| *at >= start).count() < limit { now } else { end }
            }
        }
    }
}

fn rolling_opens_at(
    limit: usize,
    length: Duration,
    counted: impl Iterator<Item = Instant> + Clone,
    now: Instant,
) -> Instant {
    let start = now.minus(length);
    let inside = counted.filter(|at| *at > start);
    // Counted before it is collected: nearly always it fits, and then nothing is allocated.
    if inside.clone().count() < limit {
        return now;
    }
    let mut inside: Vec<Instant> = inside.collect();
    inside.sort_unstable();
    // The window opens when the oldest that must go has left it: at its time plus the window, exactly.
    inside.get(inside.len() - limit).map_or(now, |oldest| oldest.plus(length))
}

//! A day as a small number: purchases are counted by days, and there are many of them.

use chrono::{Datelike, NaiveDate};

/// Days since 1 January 1970, in two bytes: they reach to the year 2149.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Day(u16);

/// 1 January 1970, as `chrono` counts.
const EPOCH: i32 = 719_163;

impl Day {
    /// The day of a date; `None` before 1970 and after 2149.
    #[must_use]
    pub fn of(date: NaiveDate) -> Option<Self> {
        u16::try_from(date.num_days_from_ce().checked_sub(EPOCH)?).ok().map(Self)
    }

    /// The date of a day.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(EPOCH + i32::from(self.0)).unwrap_or_default()
    }

    /// So many days earlier, or the first day there is.
    #[must_use]
    pub const fn back(self, days: u16) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// So many days later, or the last day there is.
    #[must_use]
    pub const fn on(self, days: u16) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Days from an earlier day to this one; none where it isn't earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u16 {
        self.0.saturating_sub(earlier.0)
    }
}

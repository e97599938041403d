//! Quiet hours: when nobody is written to, by the wall clock of the person who would be disturbed.
//!
//! Each day has its quiet span, the usual one or its weekday's; it begins on that day, and may end on the next. Holidays
//! are quiet from midnight to midnight. A span is half open: at `from` it is quiet, at `to` it no longer is. What touches is
//! one stretch: a holiday between two nights is quiet from the evening before to the morning after. Both daylight-saving
//! days come out right because the ends are civil times, resolved on the day in question.

use crate::base::{
    Instant, Zone,
    civil::{MonthDay, days_after, days_before},
};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};
use std::{collections::BTreeSet, time::Duration};

/// How long before the quiet hours a message leaves that was moved forward by `if_quiet = "earlier"`: time enough to be
/// delivered, retried and read.
pub const EARLIER_LEAD: Duration = Duration::from_mins(15);
/// Spans that are joined into one stretch: a year of holidays, each with its night. It only keeps hours that a policy can't
/// have, quiet on all days from end to end, from joining for ever.
const JOINED_MAX: usize = 800;
/// No clock goes back further, so that tomorrow's date is not on the wall any more when today's is.
const FOLD_MAX: TimeDelta = TimeDelta::hours(3);

/// `[quiet_hours]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuietHours {
    /// On every day that has none of its own.
    pub usual: Span,
    /// By weekday from Monday, where it has its own.
    pub weekdays: [Option<Span>; 7],
    /// Days on which nobody is written to.
    pub holidays: BTreeSet<NaiveDate>,
    /// The same, in every year.
    pub yearly: BTreeSet<MonthDay>,
}

/// `from = "20:00", to = "08:00"`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// First quiet moment, on its day.
    pub from: NaiveTime,
    /// First moment that is not quiet any more: on the next day, unless it lies behind `from`.
    pub to: NaiveTime,
}

impl Span {
    /// On this day: begin and end.
    fn on(self, day: NaiveDate) -> (NaiveDateTime, NaiveDateTime) {
        let (begin, end) = (day.and_time(self.from), day.and_time(self.to));
        (begin, if self.to > self.from { end } else { days_after(end, 1) })
    }
}

impl QuietHours {
    /// The same on all days.
    #[must_use]
    pub const fn daily(from: NaiveTime, to: NaiveTime) -> Self {
        Self { usual: Span { from, to }, weekdays: [None; 7], holidays: BTreeSet::new(), yearly: BTreeSet::new() }
    }

    /// The quiet stretch that `at` lies in, in this zone: its start and its end. `None` when it isn't quiet.
    #[must_use]
    pub fn around(&self, at: Instant, zone: Zone) -> Option<(Instant, Instant)> {
        let (mut begins, mut ends) = self.holding(at, zone)?;
        for _ in 0..JOINED_MAX {
            match self.holding(ends, zone) {
                Some((_, later)) if later > ends => ends = later,
                _ => break,
            }
        }
        for _ in 0..JOINED_MAX {
            match self.holding(begins.minus(Duration::from_millis(1)), zone) {
                Some((earlier, _)) if earlier < begins => begins = earlier,
                _ => break,
            }
        }
        Some((begins, ends))
    }

    /// The hours of a weekday that are quiet by its own span and the day before's, holidays apart.
    #[must_use]
    pub fn on_weekday(&self, weekday: Weekday) -> Duration {
        let minutes = (0..24 * 60).filter(|minute| {
            let time = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap_or(NaiveTime::MIN);
            let (today, before) = (self.of(weekday), self.of(weekday.pred()));
            let starts = if today.to > today.from { time >= today.from && time < today.to } else { time >= today.from };
            starts || (before.to <= before.from && time < before.to)
        });
        Duration::from_mins(minutes.count() as u64)
    }

    fn of(&self, weekday: Weekday) -> Span {
        let own = self.weekdays.get(weekday.num_days_from_monday() as usize);
        own.copied().flatten().unwrap_or(self.usual)
    }

    fn is_holiday(&self, day: NaiveDate) -> bool {
        let is_yearly = || self.yearly.contains(&MonthDay { month: day.month(), day: day.day() });
        (!self.holidays.is_empty() && self.holidays.contains(&day)) || (!self.yearly.is_empty() && is_yearly())
    }

    /// One span or holiday that this moment lies in, of several the one that ends last.
    fn holding(&self, at: Instant, zone: Zone) -> Option<(Instant, Instant)> {
        let local = zone.local(at);
        let today = local.date();
        // Where clocks go back over midnight, a day that has begun is not on the wall any more.
        let days = [days_before(local, 1).date(), today, days_after(local, 1).date()];
        let holiday = |day: NaiveDate| {
            let begin = day.and_time(NaiveTime::MIN);
            self.is_holiday(day).then(|| (begin, days_after(begin, 1)))
        };
        let spans = days.into_iter().flat_map(|day| [Some(self.of(day.weekday()).on(day)), holiday(day)]).flatten();
        let holding = spans.filter_map(|(begin, end)| {
            // Moments are resolved only where the wall leaves a doubt: whoever reads a span's end there, or a later time,
            // has passed it in every zone.
            if local >= end || begin - local > FOLD_MAX {
                return None;
            }
            let begins = zone.resolve(begin);
            if at < begins {
                return None;
            }
            let ends = zone.resolve(end);
            (at < ends).then_some((begins, ends))
        });
        holding.max_by_key(|(_, ends)| *ends)
    }
}

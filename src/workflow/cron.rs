//! Schedules: "at ten on the first of each month", on a wall clock.
//!
//! The five fields are those of cron: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday). The
//! crate `cron` finds the times, on a clock without a zone, because in a real zone it skips what falls into a gap and doubles
//! what falls into a fold; which instant a wall time stands for, [`Zone::resolve`](crate::base::Zone::resolve) says as
//! everywhere: the first valid one after a gap, the first of a fold. So each time of the schedule comes exactly once.
//!
//! Two differences from POSIX are mistakes here rather than surprises: a day of the month *and* a day of the week (cron
//! means "or", most people "and"), and what never comes, such as 30 February.

use chrono::{NaiveDateTime, TimeDelta};
use std::{fmt, str::FromStr};

/// Days of the week by number, as cron counts them.
const DAYS: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
/// So often it may come: more than once an hour is no mail to a customer.
const CLOSEST: TimeDelta = TimeDelta::hours(1);

/// A schedule on a wall clock.
#[derive(Clone)]
pub struct Cron {
    text: String,
    schedule: cron::Schedule,
}

/// Why a text is no schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoSchedule {
    /// It has not five fields.
    #[error("a schedule has five fields: minute, hour, day of the month, month, day of the week")]
    Fields,
    /// Days of the month and of the week.
    #[error("a day of the month and a day of the week together mean different things to different people")]
    TwoDays,
    /// A field can't be read.
    #[error("this is no schedule")]
    Unreadable,
    /// There is no such day.
    #[error("this never comes")]
    Never,
    /// It comes too often.
    #[error("this comes more than once an hour")]
    TooOften,
}

impl Cron {
    /// Reads `0 10 1 * *`.
    ///
    /// # Errors
    /// See [`NoSchedule`].
    pub fn parse(text: &str) -> Result<Self, NoSchedule> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return Err(NoSchedule::Fields) };
        if *day != "*" && *weekday != "*" {
            return Err(NoSchedule::TwoDays);
        }
        let weekday = named_days(weekday).ok_or(NoSchedule::Unreadable)?;
        // The crate begins with the second.
        let spelt = format!("0 {minute} {hour} {day} {month} {weekday}");
        let schedule = cron::Schedule::from_str(&spelt).map_err(|_| NoSchedule::Unreadable)?;
        let cron = Self { text: fields.join(" "), schedule };
        let mut times = cron.after(NaiveDateTime::default() + TimeDelta::days(20_000));
        let Some(first) = times.next() else { return Err(NoSchedule::Never) };
        // Whatever comes often comes often on one day.
        let day: Vec<NaiveDateTime> =
            std::iter::once(first).chain(times.take(48)).take_while(|at| *at - first < TimeDelta::days(2)).collect();
        if day.iter().zip(day.iter().skip(1)).any(|(one, next)| *next - *one < CLOSEST) {
            return Err(NoSchedule::TooOften);
        }
        Ok(cron)
    }

    /// The times after this one, in order, on the same wall.
    pub fn after(&self, local: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + '_ {
        self.schedule.after(&local.and_utc()).map(|at| at.naive_utc())
    }

    /// Whether this is one of its times.
    #[must_use]
    pub fn comes_at(&self, local: NaiveDateTime) -> bool {
        self.schedule.includes(local.and_utc())
    }
}

/// The crate counts from Sunday = 1, cron from Sunday = 0; names mean the same to both. `*/2` and the like stay.
fn named_days(field: &str) -> Option<String> {
    let name = |day: &str| match day.parse::<usize>() {
        Ok(number) => DAYS.get(number).map(ToString::to_string),
        Err(_) => Some(day.to_owned()),
    };
    let part = |part: &str| {
        let (days, step) = part.split_once('/').map_or((part, None), |(days, step)| (days, Some(step)));
        let days: Vec<String> = days.split('-').map(name).collect::<Option<_>>()?;
        let days = days.join("-");
        Some(step.map_or(days.clone(), |step| format!("{days}/{step}")))
    };
    Some(field.split(',').map(part).collect::<Option<Vec<_>>>()?.join(","))
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({})", self.text)
    }
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(text: &str, from: &str, count: usize) -> Vec<String> {
        let from = NaiveDateTime::parse_from_str(from, "%Y-%m-%dT%H:%M").unwrap();
        let cron = Cron::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        cron.after(from).take(count).map(|at| at.format("%a %Y-%m-%dT%H:%M").to_string()).collect()
    }

    #[test]
    fn days_of_the_week_are_counted_as_cron_counts_them() {
        // 22 November 2026 is a Sunday.
        for sunday in ["0", "7", "SUN"] {
            let found = times(&format!("0 10 * * {sunday}"), "2026-11-22T09:00", 2);
            assert_eq!(found, ["Sun 2026-11-22T10:00", "Sun 2026-11-29T10:00"], "{sunday}");
        }
        let found = times("30 8 * * 1-5", "2026-11-20T08:30", 2);
        assert_eq!(found, ["Mon 2026-11-23T08:30", "Tue 2026-11-24T08:30"], "strictly after");
        assert_eq!(times("0 10 * * 2,4", "2026-11-22T09:00", 2), ["Tue 2026-11-24T10:00", "Thu 2026-11-26T10:00"]);
    }

    #[test]
    fn a_schedule_knows_nothing_of_gaps_and_folds() {
        // Paris skips 02:30 on 28 March 2027 and has it twice on 31 October: the wall time comes once all the same.
        assert_eq!(times("30 2 28 3 *", "2027-01-01T00:00", 1), ["Sun 2027-03-28T02:30"]);
        assert_eq!(times("30 2 31 10 *", "2027-01-01T00:00", 2), ["Sun 2027-10-31T02:30", "Tue 2028-10-31T02:30"]);
    }

    #[test]
    fn what_would_surprise_is_a_mistake() {
        let refused = [
            ("0 10 1 *", NoSchedule::Fields),
            ("0 0 10 1 * *", NoSchedule::Fields),
            ("", NoSchedule::Fields),
            ("0 10 13 * 5", NoSchedule::TwoDays),
            ("0 25 * * *", NoSchedule::Unreadable),
            ("0 10 * * 8", NoSchedule::Unreadable),
            ("ten o'clock each first day", NoSchedule::TwoDays),
            ("0 10 30 2 *", NoSchedule::Never),
            ("* * * * *", NoSchedule::TooOften),
            ("0,30 10 * * *", NoSchedule::TooOften),
        ];
        for (text, why) in refused {
            assert_eq!(Cron::parse(text).err(), Some(why), "{text}");
        }
        assert!(Cron::parse("0 * * * *").is_ok(), "once an hour is once an hour");
    }
}

//! Terms: how long a consent lasts or a fact is kept, by the calendar where people mean the calendar.
//!
//! `24h` is a length of time. `14 days` end at the same wall time fourteen days later, also where the clocks change in
//! between. `24 months` end on the same day of the month; a month that has no such day ends on its last one, so that a
//! yes of 31 August for six months ends on the last of February. What a wall clock shows is asked in the zone of the
//! one who made the promise: the business's.

use super::{Instant, Zone};
use chrono::{Days, Months};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Term {
    /// A length of time.
    Exact(Duration),
    /// Days by the calendar.
    Days(u32),
    /// Months by the calendar.
    Months(u32),
}

impl Term {
    /// When a term ends that begins at `from`; it lasts up to this, exclusive. What lies beyond the calendar never ends.
    #[must_use]
    pub fn end(self, from: Instant, zone: Zone) -> Instant {
        let local = zone.local(from);
        let end = match self {
            Self::Exact(span) => return from.plus(span),
            Self::Days(days) => local.checked_add_days(Days::new(days.into())),
            Self::Months(months) => local.checked_add_months(Months::new(months)),
        };
        end.map_or(Instant::NEVER, |local| zone.resolve(local))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::civil;

    fn paris() -> Zone {
        Zone::parse("Europe/Paris").unwrap()
    }

    /// From one wall time in Paris to another.
    fn ends(term: Term, from: &str) -> String {
        let from = paris().resolve(civil::CivilTime::parse(from).unwrap().local);
        paris().local(term.end(from, paris())).format("%Y-%m-%dT%H:%M").to_string()
    }

    #[test]
    fn months_end_on_the_same_day_or_on_the_months_last() {
        for (months, from, end) in [
            (24, "2025-03-14T09:30", "2027-03-14T09:30"),
            (1, "2027-01-31T10:00", "2027-02-28T10:00"),
            (1, "2028-01-31T10:00", "2028-02-29T10:00"),
            (1, "2028-01-29T10:00", "2028-02-29T10:00"),
            (1, "2027-04-30T10:00", "2027-05-30T10:00"),
            (6, "2026-08-31T10:00", "2027-02-28T10:00"),
            (12, "2028-02-29T10:00", "2029-02-28T10:00"),
            (48, "2028-02-29T10:00", "2032-02-29T10:00"),
            (1, "2027-12-31T23:59", "2028-01-31T23:59"),
            // Through the century that has no leap day.
            (1200, "2096-02-29T10:00", "2196-02-29T10:00"),
            (48, "2096-02-29T10:00", "2100-02-28T10:00"),
        ] {
            assert_eq!(ends(Term::Months(months), from), end, "{from} and {months} months");
        }
    }

    #[test]
    fn days_keep_the_wall_time_and_hours_dont() {
        // The night of 28 March 2027 lacks an hour; that of 31 October has one twice.
        assert_eq!(ends(Term::Days(1), "2027-03-27T12:00"), "2027-03-28T12:00");
        assert_eq!(ends(Term::Exact(Duration::from_hours(24)), "2027-03-27T12:00"), "2027-03-28T13:00");
        assert_eq!(ends(Term::Days(1), "2027-10-30T12:00"), "2027-10-31T12:00");
        assert_eq!(ends(Term::Exact(Duration::from_hours(24)), "2027-10-30T12:00"), "2027-10-31T11:00");
        // 02:30 doesn't exist there: it stands for the end of the gap.
        assert_eq!(ends(Term::Days(1), "2027-03-27T02:30"), "2027-03-28T03:00");
        assert_eq!(ends(Term::Months(1), "2027-02-28T02:30"), "2027-03-28T03:00");
    }

    #[test]
    fn the_zone_decides_which_day_it_is() {
        // 23:30 on 31 January in New York is 1 February in Paris.
        let new_york = Zone::parse("America/New_York").unwrap();
        let from = new_york.resolve(civil::CivilTime::parse("2027-01-31T23:30").unwrap().local);
        let local = |zone: Zone| zone.local(Term::Months(1).end(from, zone)).format("%m-%d %H:%M").to_string();
        assert_eq!(local(new_york), "02-28 23:30");
        assert_eq!(local(paris()), "03-01 05:30");
    }

    #[test]
    fn what_lies_beyond_the_calendar_never_ends() {
        for term in [Term::Months(u32::MAX), Term::Days(u32::MAX), Term::Exact(Duration::MAX)] {
            assert_eq!(term.end(Instant::from_ms(0), paris()), Instant::NEVER, "{term:?}");
        }
        for from in [Instant::from_ms(i64::MIN), Instant::NEVER] {
            for term in [Term::Days(u32::MAX), Term::Months(1), Term::Months(u32::MAX)] {
                let _ = term.end(from, paris());
            }
        }
    }
}

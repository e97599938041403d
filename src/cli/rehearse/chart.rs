//! A rehearsal's chart: a bar for each day, week or month, so that a year fits on a screen.

use crate::{
    cli::output,
    engine::rehearse::tally::{Counts, Tally},
};
use chrono::{Datelike, Days, NaiveDate};
use std::collections::BTreeMap;

/// Blocks of the longest bar.
const WIDTH: usize = 40;
/// Up to so many days a row is a day.
const DAYS_MAX: usize = 35;
/// Up to so many days a row is a week; above, a month.
const WEEKS_MAX: usize = 250;

/// What a row stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unit {
    Day,
    Week,
    Month,
}

impl Unit {
    const fn of(days: usize) -> Self {
        if days <= DAYS_MAX {
            Self::Day
        } else if days <= WEEKS_MAX {
            Self::Week
        } else {
            Self::Month
        }
    }

    /// The first day of the row that a day belongs to.
    fn begin(self, day: NaiveDate) -> NaiveDate {
        let back = match self {
            Self::Day => 0,
            Self::Week => day.weekday().num_days_from_monday(),
            Self::Month => day.day0(),
        };
        day.checked_sub_days(Days::new(u64::from(back))).unwrap_or(day)
    }

    fn name(self, begin: NaiveDate) -> String {
        match self {
            Self::Day => begin.format("%a %e %b").to_string(),
            Self::Week => begin.format("week of %e %b").to_string(),
            Self::Month => begin.format("%B %Y").to_string(),
        }
    }
}

/// Prints it.
pub fn print(tally: &Tally) {
    let unit = Unit::of(tally.days.len());
    let mut rows: BTreeMap<NaiveDate, Counts> = BTreeMap::new();
    for (day, counts) in &tally.days {
        let row = rows.entry(unit.begin(*day)).or_default();
        *row = row.and(*counts);
    }
    let longest = rows.values().map(|row| row.sent + row.not_sent()).max().unwrap_or_default();
    let names: Vec<String> = rows.keys().map(|begin| unit.name(*begin)).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    for (name, row) in names.iter().zip(rows.values()) {
        let not_sent = match row.not_sent() {
            0 => String::new(),
            not_sent => format!("+{not_sent}"),
        };
        let bar = "█".repeat(blocks(row.sent, longest)) + &"░".repeat(blocks(row.not_sent(), longest));
        output::line(format_args!("  {name:width$}  {:>5} {not_sent:<5} {bar}", row.sent).to_string().trim_end());
    }
    output::line("  █ sent  ░ not sent (+)");
}

/// How many blocks stand for so many messages. One message is never none.
fn blocks(count: usize, longest: usize) -> usize {
    if longest <= WIDTH { count } else { (count * WIDTH).div_ceil(longest) }
}

#[cfg(test)]
mod tests {
    use super::{Unit, blocks};
    use chrono::NaiveDate;

    #[test]
    fn a_week_is_shown_by_days_a_summer_by_weeks_and_a_year_by_months() {
        assert_eq!(
            [7, 35, 36, 250, 251, 400].map(Unit::of),
            [Unit::Day, Unit::Day, Unit::Week, Unit::Week, Unit::Month, Unit::Month]
        );
        let sunday = NaiveDate::from_ymd_opt(2027, 3, 28).unwrap();
        let name = |unit: Unit| unit.name(unit.begin(sunday));
        assert_eq!([Unit::Day, Unit::Week, Unit::Month].map(name), ["Sun 28 Mar", "week of 22 Mar", "March 2027"]);
    }

    #[test]
    fn a_bar_is_as_long_as_its_count_until_it_would_not_fit() {
        assert_eq!([0, 1, 40].map(|count| blocks(count, 40)), [0, 1, 40]);
        assert_eq!([0, 1, 500, 1000].map(|count| blocks(count, 1000)), [0, 1, 20, 40]);
    }
}

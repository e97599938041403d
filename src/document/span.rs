//! Lengths of time as people write them: `24h`, `7 days`, `24 months`.
//!
//! Some things end by the calendar (a consent, the keeping of data): they take a [`Term`], and days and months mean what
//! they mean on a wall. Others are a fixed length (a rolling window, a limit): they take no month, because nobody can
//! say how long one is.

use super::Complaint;
use crate::base::Term;
use std::time::Duration;

const DAY_SECONDS: u64 = 86_400;
/// A century is beyond every limit here, and keeps later arithmetic from overflowing.
const DAYS_MAX: u64 = 36_525;
const MONTHS_MAX: u64 = 1_200;

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Seconds(u64),
    Days(u64),
    Months(u64),
}

/// Parses a fixed length: a number and a unit up to weeks.
///
/// # Errors
/// Says what is wrong and what to write.
pub fn parse_span(text: &str) -> Result<Duration, Complaint> {
    const WRITE: &str = "write \"90 minutes\", \"24h\" or \"7 days\"";
    let (count, unit) = read(text, WRITE)?;
    let seconds = match unit {
        Unit::Seconds(seconds) => seconds,
        Unit::Days(days) => days.saturating_mul(DAY_SECONDS),
        Unit::Months(months) => {
            let days = if months % 12 == 0 { (months / 12).saturating_mul(365) } else { months.saturating_mul(30) };
            return Err(Complaint::new(
                format!("`{}` is not the same length everywhere in the calendar", text.trim()),
                "no fixed length",
                format!("write \"{} days\"", days.saturating_mul(count)),
            ));
        }
    };
    let total = within(text, count, seconds, DAYS_MAX * DAY_SECONDS, WRITE)?;
    Ok(Duration::from_secs(total))
}

/// Parses a term: a number and a unit up to years.
///
/// # Errors
/// Says what is wrong and what to write.
pub fn parse_term(text: &str) -> Result<Term, Complaint> {
    const WRITE: &str = "write \"14 days\", \"24 months\" or \"2 years\"";
    let (count, unit) = read(text, WRITE)?;
    let small = |total| u32::try_from(total).unwrap_or(u32::MAX);
    Ok(match unit {
        Unit::Seconds(seconds) => {
            Term::Exact(Duration::from_secs(within(text, count, seconds, DAYS_MAX * DAY_SECONDS, WRITE)?))
        }
        Unit::Days(days) => Term::Days(small(within(text, count, days, DAYS_MAX, WRITE)?)),
        Unit::Months(months) => Term::Months(small(within(text, count, months, MONTHS_MAX, WRITE)?)),
    })
}

fn read(text: &str, write: &'static str) -> Result<(u64, Unit), Complaint> {
    let trimmed = text.trim();
    let digits = trimmed.chars().take_while(char::is_ascii_digit).count();
    let (count, unit) = trimmed.split_at_checked(digits).unwrap_or((trimmed, ""));
    let Ok(count) = count.parse::<u64>() else {
        return Err(bad(trimmed, "a length of time begins with a whole number", write));
    };
    match named(unit.trim()) {
        Some(unit) => Ok((count, unit)),
        None => Err(unknown(trimmed, count, unit.trim(), write)),
    }
}

fn named(unit: &str) -> Option<Unit> {
    Some(match unit {
        "s" | "second" | "seconds" => Unit::Seconds(1),
        "m" | "min" | "minute" | "minutes" => Unit::Seconds(60),
        "h" | "hour" | "hours" => Unit::Seconds(3600),
        "d" | "day" | "days" => Unit::Days(1),
        "week" | "weeks" => Unit::Days(7),
        "month" | "months" => Unit::Months(1),
        "year" | "years" => Unit::Months(12),
        _ => return None,
    })
}

fn unknown(text: &str, count: u64, unit: &str, write: &'static str) -> Complaint {
    let near = super::suggest::nearest(unit, ["seconds", "minutes", "hours", "days", "weeks", "months", "years"]);
    match near {
        Some(near) => Complaint::new(
            format!("`{unit}` is not a unit of time"),
            "unknown unit",
            format!("did you mean \"{count} {near}\"?"),
        ),
        None => bad(text, "a length of time is a number and a unit", write),
    }
}

/// So many times the unit, where that says something and ends within a century.
fn within(text: &str, count: u64, unit: u64, max: u64, write: &'static str) -> Result<u64, Complaint> {
    match count.checked_mul(unit) {
        Some(0) => Err(bad(text.trim(), "a length of time of zero says nothing", write)),
        Some(total) if total <= max => Ok(total),
        _ => Err(bad(text.trim(), "that is longer than a hundred years", write)),
    }
}

fn bad(text: &str, why: &str, write: &'static str) -> Complaint {
    Complaint::new(format!("`{text}` is not a length of time: {why}"), "bad duration", write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_lengths_of_time_in_their_own_ways() {
        for (text, seconds) in
            [("30s", 30), ("90 minutes", 5_400), ("24h", 86_400), ("7 days", 604_800), (" 2 weeks ", 1_209_600)]
        {
            assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn terms_are_by_the_calendar_from_a_day_upward() {
        for (text, term) in [
            ("36 hours", Term::Exact(Duration::from_hours(36))),
            ("14 days", Term::Days(14)),
            ("2 weeks", Term::Days(14)),
            ("24 months", Term::Months(24)),
            (" 1 year ", Term::Months(12)),
            ("100 years", Term::Months(1200)),
        ] {
            assert_eq!(parse_term(text), Ok(term), "{text}");
        }
    }

    #[test]
    fn a_month_is_no_fixed_length_and_the_remedy_says_how_many_days() {
        for (text, remedy) in [("1 month", "30 days"), ("3 months", "90 days"), ("2 years", "730 days")] {
            let complaint = parse_span(text).expect_err(text);
            assert_eq!(complaint.help, Some(format!("write \"{remedy}\"")), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_of_time_comes_with_a_remedy() {
        for text in [
            "",
            "soon",
            "7",
            "7 dayz",
            "0 days",
            "0 months",
            "-1 day",
            "1.5h",
            "99999999999999999999 days",
            "18446744073709551615 years",
            "200 years",
            "calendar week",
        ] {
            assert!(parse_span(text).expect_err(text).help.is_some(), "{text}");
            assert!(parse_term(text).expect_err(text).help.is_some(), "{text}");
        }
    }
}

//! Lengths of time as people write them: `24h`, `7 days`, `24 months`.
//!
//! A month counts as 30 days and a year as 365: what ends by such a length (a consent, the keeping of data) ends rather
//! a day too early than a day too late.

use super::Complaint;
use std::time::Duration;

const DAY_SECONDS: u64 = 86_400;

/// Parses a number and a unit.
///
/// # Errors
/// Says what is wrong and what to write.
pub fn parse_span(text: &str) -> Result<Duration, Complaint> {
    let trimmed = text.trim();
    if trimmed.starts_with("calendar") {
        return Err(Complaint::new(
            format!("`{trimmed}` is not supported yet: windows are rolling ones"),
            "calendar window",
            match trimmed {
                "calendar day" => "write \"24 hours\"",
                "calendar week" => "write \"7 days\"",
                "calendar month" => "write \"30 days\"",
                _ => "write a length such as \"365 days\"",
            },
        ));
    }
    let digits = trimmed.chars().take_while(char::is_ascii_digit).count();
    let (count, unit) = trimmed.split_at_checked(digits).unwrap_or((trimmed, ""));
    let Ok(count) = count.parse::<u64>() else {
        return Err(bad(trimmed, "a length of time begins with a whole number"));
    };
    let Some(seconds) = unit_seconds(unit.trim()) else {
        let near =
            super::suggest::nearest(unit.trim(), ["seconds", "minutes", "hours", "days", "weeks", "months", "years"]);
        return Err(match near {
            Some(near) => Complaint::new(
                format!("`{}` is not a unit of time", unit.trim()),
                "unknown unit",
                format!("did you mean \"{count} {near}\"?"),
            ),
            None => bad(trimmed, "a length of time is a number and a unit"),
        });
    };
    match count.checked_mul(seconds) {
        Some(0) => Err(bad(trimmed, "a length of time of zero says nothing")),
        // A century is beyond every limit here, and keeps later arithmetic from overflowing.
        Some(total) if total <= 36_500 * DAY_SECONDS => Ok(Duration::from_secs(total)),
        _ => Err(bad(trimmed, "that is longer than a hundred years")),
    }
}

fn unit_seconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "s" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => DAY_SECONDS,
        "week" | "weeks" => 7 * DAY_SECONDS,
        "month" | "months" => 30 * DAY_SECONDS,
        "year" | "years" => 365 * DAY_SECONDS,
        _ => return None,
    })
}

fn bad(text: &str, why: &str) -> Complaint {
    Complaint::new(
        format!("`{text}` is not a length of time: {why}"),
        "bad duration",
        "write \"90 minutes\", \"24h\", \"7 days\" or \"24 months\"",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_lengths_of_time_in_their_own_ways() {
        for (text, seconds) in [
            ("30s", 30),
            ("90 minutes", 5_400),
            ("24h", 86_400),
            ("7 days", 604_800),
            ("2 weeks", 1_209_600),
            ("24 months", 62_208_000),
            (" 1 year ", 31_536_000),
        ] {
            assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)), "{text}");
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
            "-1 day",
            "1.5h",
            "99999999999999999999 days",
            "200 years",
            "calendar week",
        ] {
            assert!(parse_span(text).expect_err(text).help.is_some(), "{text}");
        }
    }
}

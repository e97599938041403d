//! Whether a rule of repetition is within the bounds of RFC 5545 3.3.10.
//!
//! The crate cuts numbers to the bytes that it keeps them in: `INTERVAL=65537` becomes every day, `COUNT=0` endless, and
//! a part that it doesn't know falls away. Visits that no calendar shows would come of that, so the text is looked at first.

/// Looks at the text after `RRULE:`.
pub(super) fn is_sound(rule: &str) -> bool {
    let mut frequency = false;
    let parts = rule.trim().split(';').filter(|part| !part.is_empty());
    let sound = parts.map(|part| part.split_once('=')).all(|part| {
        let Some((name, value)) = part else { return false };
        let all = |is_one: &dyn Fn(&str) -> bool| value.split(',').all(is_one);
        match name.trim().to_ascii_uppercase().as_str() {
            "FREQ" => {
                frequency = true;
                true
            }
            // Looked at by the crate, which understands dates and weekdays or says that it doesn't.
            "UNTIL" | "WKST" | "RSCALE" | "SKIP" => true,
            "INTERVAL" => number(value).is_some_and(|n| (1..=i64::from(u16::MAX)).contains(&n)),
            "COUNT" => number(value).is_some_and(|n| (1..=i64::from(u32::MAX)).contains(&n)),
            "BYSECOND" => all(&|one| number(one).is_some_and(|n| (0..=60).contains(&n))),
            "BYMINUTE" => all(&|one| number(one).is_some_and(|n| (0..=59).contains(&n))),
            "BYHOUR" => all(&|one| number(one).is_some_and(|n| (0..=23).contains(&n))),
            "BYDAY" => all(&is_weekday),
            "BYMONTHDAY" => all(&|one| is_place(one, 31)),
            "BYYEARDAY" | "BYSETPOS" => all(&|one| is_place(one, 366)),
            "BYWEEKNO" => all(&|one| is_place(one, 53)),
            "BYMONTH" => all(&|one| number(one).is_some_and(|n| (1..=12).contains(&n))),
            _ => false,
        }
    });
    sound && frequency
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// A place counted from the beginning, or with a minus from the end.
fn is_place(text: &str, max: i64) -> bool {
    number(text).is_some_and(|n| n != 0 && n.abs() <= max)
}

/// `MO`, `-1FR`.
fn is_weekday(text: &str) -> bool {
    let text = text.trim();
    let Some((place, day)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) else { return false };
    let is_day = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].iter().any(|name| name.eq_ignore_ascii_case(day));
    is_day && (place.is_empty() || is_place(place, 53))
}

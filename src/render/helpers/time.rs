//! `{{date x}}`, `{{time x}}`, `{{datetime x}}`.
//!
//! A date and time arrives as the scope writes it: `2027-03-30T10:00[Europe/Paris]`. It is shown on the wall clock of
//! its own zone, that of the visit, by the one rule of [`crate::base::civil`]: a time in a gap shows as the gap's end.

use super::first;
use crate::{
    base::civil::{CivilTime, MonthDay},
    render::{error::Fault, speech::Speech},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use handlebars::Helper;

/// `{{date x}}`: of a date and time, a date, or a day without a year.
pub(super) fn date(helper: &Helper<'_>, speech: &Speech) -> Result<String, Fault> {
    first(helper, "date", "a date", |value| written(speech, value.as_str()?))
}

/// `{{time x}}`.
pub(super) fn time(helper: &Helper<'_>, speech: &Speech) -> Result<String, Fault> {
    Ok(speech.time(&moment(helper, "time")?))
}

/// `{{datetime x}}`.
pub(super) fn date_and_time(helper: &Helper<'_>, speech: &Speech) -> Result<String, Fault> {
    Ok(speech.datetime(&moment(helper, "datetime")?))
}

/// The date in what may also be a date and time, or a day without a year.
fn written(speech: &Speech, text: &str) -> Option<String> {
    if let Some(date) = wall_clock(text).map(|at| at.date()).or_else(|| text.parse().ok()) {
        return Some(speech.date(date));
    }
    let day = MonthDay::parse(text)?;
    // 2000 is a leap year: a birthday on 29 February has a date to be written with.
    Some(speech.month_day(NaiveDate::from_ymd_opt(2000, day.month, day.day)?))
}

/// The wall clock's reading, dressed as UTC: only its digits are written.
fn moment(helper: &Helper<'_>, name: &'static str) -> Result<DateTime<Utc>, Fault> {
    let local = first(helper, name, "a date and time", |value| value.as_str().and_then(wall_clock))?;
    Ok(local.and_utc())
}

fn wall_clock(text: &str) -> Option<NaiveDateTime> {
    let time = CivilTime::parse(text)?;
    Some(time.zone.map_or(time.local, |zone| zone.local(zone.resolve(time.local))))
}

//! `{{date x}}`, `{{time x}}`, `{{datetime x}}`.
//!
//! A date and time arrives as the scope writes it: `2027-03-30T10:00[Europe/Paris]`. It is shown on the wall clock of
//! its own zone, that of the visit, by the one rule of [`crate::base::civil`]: a time in a gap shows as the gap's end.

use super::{called, first, speech, words};
use crate::{
    base::civil::{CivilTime, MonthDay},
    render::error::Fault,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, ScopedJson};

/// `{{date x}}`: of a date and time, a date, or a day without a year.
pub(super) struct Date;
/// `{{time x}}`.
pub(super) struct Time;
/// `{{datetime x}}`.
pub(super) struct DateAndTime;

impl HelperDef for Date {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        const NEEDS: &str = "a date";
        let param = first(helper, "date", NEEDS)?;
        let text = param.value().as_str().unwrap_or_default();
        if let Some(at) = wall_clock(text) {
            return Ok(words(speech(context)?.date(at.date())));
        }
        if let Ok(date) = text.parse::<NaiveDate>() {
            return Ok(words(speech(context)?.date(date)));
        }
        // 2000 is a leap year: a birthday on 29 February has a date to be written with.
        let day = MonthDay::parse(text).and_then(|day| NaiveDate::from_ymd_opt(2000, day.month, day.day));
        let day = day.ok_or_else(|| Fault::Unfit { helper: "date", needs: NEEDS, name: called(param) })?;
        Ok(words(speech(context)?.month_day(day)))
    }
}

impl HelperDef for Time {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        Ok(words(speech(context)?.time(&date_and_time(helper, "time")?)))
    }
}

impl HelperDef for DateAndTime {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        Ok(words(speech(context)?.datetime(&date_and_time(helper, "datetime")?)))
    }
}

/// The wall clock's reading, dressed as UTC: only its digits are written.
fn date_and_time(helper: &Helper<'_>, name: &'static str) -> Result<DateTime<Utc>, Fault> {
    const NEEDS: &str = "a date and time";
    let param = first(helper, name, NEEDS)?;
    let local = param.value().as_str().and_then(wall_clock);
    local.map(|local| local.and_utc()).ok_or_else(|| Fault::Unfit { helper: name, needs: NEEDS, name: called(param) })
}

fn wall_clock(text: &str) -> Option<NaiveDateTime> {
    let time = CivilTime::parse(text)?;
    Some(time.zone.map_or(time.local, |zone| zone.local(zone.resolve(time.local))))
}

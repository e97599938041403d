//! The starts that a rule of repetition gives, on a wall clock without any zone.
//!
//! RFC 5545 3.3.10 defines a rule on local time: "every Tuesday at 10:00" is 10:00 in summer and in winter. So the crate is
//! asked about a clock that never changes, and the caller makes instants of what it answers. The rule's own end and the
//! window's are both given to it; a rule of a million years costs as much as one of a year.

use super::{
    event::{Event, When},
    fault::Fault,
};
use crate::base::Zone;
use calcard::{
    common::{PartialDateTime, timezone::Tz},
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarFrequency, ICalendarProperty,
        ICalendarRecurrenceRule, ICalendarValue,
    },
};
use chrono::{Datelike, NaiveDateTime, NaiveTime, Timelike};
use std::collections::BTreeSet;

/// Occurrences of one rule from its first day to the window's end: a daily one's fifty years.
const OCCURRENCES_MAX: usize = 20_000;

/// All starts from the event's own to the window's end, that one included.
pub(super) fn starts(event: &Event, last: NaiveDateTime) -> Result<BTreeSet<NaiveDateTime>, Fault> {
    let first = event.start.local();
    // RFC 5545 3.8.5.3: DTSTART is the first occurrence, whatever the rule says.
    let mut starts = BTreeSet::from([first]);
    for rule in &event.rules {
        if rule.freq >= ICalendarFrequency::Hourly {
            return Err(Fault::RepeatsTooOften);
        }
        if rule.rscale.is_some() || rule.skip.is_some() {
            // RFC 7529: other calendars' months. The crate would take them for ours.
            return Err(Fault::Rule);
        }
        let until = match &rule.until {
            None => last,
            Some(until) => own_end(until, event.start)?.min(last),
        };
        if until >= first {
            starts.extend(expand(rule, first, until)?);
        }
    }
    Ok(starts)
}

/// The last start of the event's rules, where all of them have an end: what lies behind it needn't be expanded.
pub(super) fn ends(event: &Event) -> Option<NaiveDateTime> {
    event.rules.iter().map(|rule| own_end(rule.until.as_ref()?, event.start).ok()).max()?
}

fn expand(
    rule: &ICalendarRecurrenceRule,
    first: NaiveDateTime,
    until: NaiveDateTime,
) -> Result<Vec<NaiveDateTime>, Fault> {
    let rule = ICalendarRecurrenceRule { until: Some(partial(until)?), ..rule.clone() };
    let entries = vec![
        ICalendarEntry::new(ICalendarProperty::Dtstart)
            .with_value(ICalendarValue::PartialDateTime(Box::new(partial(first)?))),
        ICalendarEntry::new(ICalendarProperty::Rrule).with_value(ICalendarValue::RecurrenceRule(Box::new(rule))),
    ];
    let event = ICalendarComponent { component_type: ICalendarComponentType::VEvent, entries, component_ids: vec![] };
    let expanded = ICalendar { components: vec![event] }.expand_dates(Tz::Floating, OCCURRENCES_MAX);
    if !expanded.errors.is_empty() {
        return Err(Fault::Rule);
    }
    if expanded.events.len() >= OCCURRENCES_MAX {
        return Err(Fault::RepeatsTooOften);
    }
    Ok(expanded.events.into_iter().map(|occurrence| occurrence.start.naive_local()).collect())
}

/// `UNTIL` on the wall of the event's zone. A day means all of it; in UTC it is an instant (RFC 5545 3.3.10).
fn own_end(until: &PartialDateTime, start: When) -> Result<NaiveDateTime, Fault> {
    let given = until.to_date_time().ok_or(Fault::Rule)?;
    if until.hour.is_none() {
        return Ok(given.date_time.date().and_time(NaiveTime::MIN) + chrono::TimeDelta::seconds(86_399));
    }
    let (Some(offset), When::At(_, zone)) = (given.offset, start) else { return Ok(given.date_time) };
    let utc = given.date_time.checked_sub_signed(chrono::TimeDelta::seconds(offset.local_minus_utc().into()));
    Ok(zone.local(Zone::UTC.resolve(utc.ok_or(Fault::Rule)?)))
}

fn partial(at: NaiveDateTime) -> Result<PartialDateTime, Fault> {
    let small = |number: u32| u8::try_from(number).ok();
    Ok(PartialDateTime {
        year: Some(u16::try_from(at.year()).map_err(|_| Fault::Rule)?),
        month: small(at.month()),
        day: small(at.day()),
        hour: small(at.hour()),
        minute: small(at.minute()),
        second: small(at.second()),
        ..PartialDateTime::default()
    })
}

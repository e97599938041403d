//! The zones that a calendar's times name.
//!
//! A `TZID` may be anything: RFC 5545 3.8.3.1 makes it a label for the `VTIMEZONE` beside it. In practice it is an IANA
//! name (Google, Apple), a Windows name (Outlook, Exchange: `Romance Standard Time`), or a sentence in the language of
//! whoever clicked. The name is tried first (CC/R 0602 advises it), because rules that were copied into a file age and
//! names don't; then the hints `X-LIC-LOCATION` and `X-MICROSOFT-CDO-TZID`; at last the rules themselves,
//! which are good for one thing: to see that they are the business's own.

use super::Lens;
use crate::base::{Instant, Zone};
use calcard::{
    common::timezone::Tz,
    icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue},
};
use std::{collections::BTreeMap, str::FromStr, time::Duration};

/// Half a year: one of two instants so far apart lies in winter time and one in summer time, where there are two.
const HALF_YEAR: Duration = Duration::from_hours(182 * 24);

/// The zones of one calendar.
pub(super) struct Zones {
    /// What times without a zone mean.
    pub business: Zone,
    by_label: BTreeMap<String, Zone>,
}

impl Zones {
    pub fn of(calendar: &ICalendar, lens: &Lens) -> Self {
        let read = |zone: &ICalendarComponent| {
            let label = zone.entries.iter().find(|entry| entry.name == ICalendarProperty::Tzid);
            let label = label.and_then(|entry| entry.values.first()?.as_text())?.to_owned();
            let known = by_name(&label)
                .or_else(|| zone.timezone().and_then(|(_, zone)| known(zone)))
                .or_else(|| follows(calendar, zone, lens).then_some(lens.zone));
            Some((label, known?))
        };
        Self { business: lens.zone, by_label: calendar.timezones().filter_map(read).collect() }
    }

    /// The zone that a label stands for.
    pub fn find(&self, label: &str) -> Option<Zone> {
        self.by_label.get(label).copied().or_else(|| by_name(label))
    }
}

fn by_name(label: &str) -> Option<Zone> {
    let label = label.trim();
    Zone::parse(label)
        .or_else(|| Zone::names().find(|name| name.eq_ignore_ascii_case(label)).and_then(Zone::parse))
        .or_else(|| Tz::from_str(label).ok().and_then(known))
}

fn known(zone: Tz) -> Option<Zone> {
    zone.name().and_then(|name| Zone::parse(&name))
}

/// Whether the calendar's own rules have the business's offsets in both halves of the year. Zones that share those but
/// change their clocks on other days exist; that a salon's calendar is written in one of them, under a label that nobody
/// knows, is less likely than that it is written in the salon's.
fn follows(calendar: &ICalendar, zone: &ICalendarComponent, lens: &Lens) -> bool {
    let observed = zone.component_ids.iter().filter_map(|id| calendar.component_by_id(*id));
    let (mut standard, mut daylight) = (None, None);
    for observance in observed {
        // The last of several is the one in force.
        match observance.component_type {
            ICalendarComponentType::Standard => standard = offset_minutes(observance).or(standard),
            ICalendarComponentType::Daylight => daylight = offset_minutes(observance).or(daylight),
            _ => {}
        }
    }
    let Some(standard) = standard else { return false };
    let ours = |at: Instant| lens.zone.local(at).signed_duration_since(at.to_utc().naive_utc()).num_minutes();
    let mut both = [ours(lens.from), ours(lens.from.plus(HALF_YEAR))];
    both.sort_unstable();
    both == [standard.min(daylight.unwrap_or(standard)), standard.max(daylight.unwrap_or(standard))]
}

fn offset_minutes(observance: &ICalendarComponent) -> Option<i64> {
    let entry = observance.entries.iter().find(|entry| entry.name == ICalendarProperty::Tzoffsetto)?;
    let Some(ICalendarValue::PartialDateTime(offset)) = entry.values.first() else { return None };
    let minutes = i64::from(offset.tz_hour?) * 60 + i64::from(offset.tz_minute.unwrap_or(0));
    Some(if offset.tz_minus { -minutes } else { minutes })
}

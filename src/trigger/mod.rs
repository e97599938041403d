//! Which occurrences a subject gives rise to: a trigger that fired for a customer and a record.
//!
//! Three kinds of trigger, three ways to be known again at hand-off, where everything is asked anew:
//!
//! - *dates of a record* ([`occurrence`]): there is one, as long as the record has its date;
//! - *moments* ([`of_news`]): something happened, once; the key keeps when, and it stands as long as the record does;
//! - *what comes round* ([`coming`]): a birthday, a schedule; the key keeps which year, or which wall time.
//!
//! What is about the customer alone is about their *card*: a record of the type [`CUSTOMER`] without fields of its own.

use crate::{
    base::{
        CustomerId, Instant, RecordId, Value, Zone,
        civil::{CivilTime, MonthDay, days_before},
        value::Fields,
    },
    people::Customer,
    workflow::{CUSTOMER, LeapDay, Moment, Trigger, WhoseClock, Workflow},
};
use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A business fact, opened: an appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Row id.
    pub id: RecordId,
    /// The record type's name in the policy.
    pub kind: String,
    /// Whose.
    pub customer: CustomerId,
    /// Its declared fields.
    pub fields: Fields,
    /// Counts changes.
    pub version: i64,
    /// Live, or cancelled by its source.
    pub status: RecordStatus,
}

impl Record {
    /// The card of a customer who has none yet.
    #[must_use]
    pub fn card(customer: CustomerId) -> Self {
        Self {
            id: RecordId(0),
            kind: CUSTOMER.to_owned(),
            customer,
            fields: Fields::new(),
            version: 1,
            status: RecordStatus::Live,
        }
    }
}

/// Whether the record still stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordStatus {
    /// It stands.
    Live,
    /// Its source took it back. It doesn't come to life again by an import of the same data.
    Cancelled,
}

/// What happened to a record just now, for triggers that wait for that.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum News {
    /// Nothing: it is only looked at once more.
    #[default]
    Nothing,
    /// It became known.
    Created,
    /// It changed; these were its fields.
    Changed(Fields),
    /// The customer agreed to these purposes, then.
    Agreed(BTreeMap<String, Instant>),
}

/// A record whose plans are looked at, with its customer and what happened.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The record; the customer's card where it is about them.
    pub record: Record,
    /// Whose.
    pub customer: Customer,
    /// What happened to it.
    pub news: News,
}

/// A trigger that fired: this record, at this civil start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The identity, for ever: `<record>@2026-03-29T10:00[Europe/Paris]` for a date, `<record>@2027` for a year.
    pub key: String,
    /// Which record.
    pub record: RecordId,
    /// Whose.
    pub customer: CustomerId,
    /// The civil start, in `zone`.
    pub start: NaiveDateTime,
    /// The zone the start is meant in: the source's, else the customer's, else the business's.
    pub zone: Zone,
}

impl Occurrence {
    /// At a civil time, which is part of its identity: a visit that moves is another occurrence.
    #[must_use]
    pub fn at(record: &Record, start: NaiveDateTime, zone: Zone) -> Self {
        Self::named(record, &format!("{}[{zone}]", start.format(MINUTE)), start, zone)
    }

    fn named(record: &Record, name: &str, start: NaiveDateTime, zone: Zone) -> Self {
        Self { key: format!("{}@{name}", record.id), record: record.id, customer: record.customer, start, zone }
    }

    /// When it begins.
    #[must_use]
    pub fn starts_at(&self) -> Instant {
        self.zone.resolve(self.start)
    }
}

const MINUTE: &str = "%Y-%m-%dT%H:%M";

/// The civil start that an occurrence's key names, with its zone: what the customer was told by a message about it.
#[must_use]
pub fn start_in(key: &str) -> Option<CivilTime> {
    let (_record, start) = key.split_once('@')?;
    CivilTime::parse(start).filter(|start| start.zone.is_some())
}

/// The occurrence that a record's date gives rise to for a workflow. `None` when the record is cancelled, is of another
/// type, or has no date; and for triggers that are not about a date.
#[must_use]
pub fn occurrence(workflow: &Workflow, record: &Record, customer_zone: Zone) -> Option<Occurrence> {
    if !stands(workflow, record) {
        return None;
    }
    let Some(Value::Datetime(start)) = record.fields.get(&workflow.trigger.date()?.field) else { return None };
    Some(Occurrence::at(record, start.local, start.zone.unwrap_or(customer_zone)))
}

/// The occurrence that has just happened, if the workflow waits for this. What `only_if` says of the record as it was and
/// as it is, the caller asks.
#[must_use]
pub fn of_news(workflow: &Workflow, subject: &Subject, now: Instant, zone: Zone) -> Option<Occurrence> {
    let Trigger::On(moment) = &workflow.trigger else { return None };
    let at = match (moment, &subject.news) {
        (Moment::Created { .. }, News::Created) | (Moment::Changed { .. }, News::Created | News::Changed(_)) => now,
        (Moment::Agreed(_), News::Agreed(purposes)) => *purposes.get(&workflow.purpose)?,
        _ => return None,
    };
    let at = to_the_minute(zone.local(at));
    stands(workflow, &subject.record).then(|| Occurrence::at(&subject.record, at, zone))
}

/// As an occurrence's key keeps a time.
#[must_use]
pub fn to_the_minute(at: NaiveDateTime) -> NaiveDateTime {
    at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at)
}

/// The occurrences of what comes round, from one instant to another, in order.
#[must_use]
pub fn coming(
    workflow: &Workflow,
    record: &Record,
    customer: &Fields,
    zones: Zones,
    from: Instant,
    to: Instant,
) -> Vec<Occurrence> {
    if !stands(workflow, record) {
        return Vec::new();
    }
    let found: Vec<Occurrence> = match &workflow.trigger {
        Trigger::Yearly { field, leap_day } => {
            let zone = zones.customer;
            let years = zone.local(from).year()..=zone.local(to).year();
            years.filter_map(|year| in_year(record, customer.get(field)?, *leap_day, year, zone)).collect()
        }
        Trigger::Cron { schedule, clock } => {
            let zone = zones.of(*clock);
            // A day earlier, because what lies in a gap or a fold of the clock may be moved by it.
            let times = schedule.after(days_before(zone.local(from), 1));
            let times = times.take_while(|time| *time <= zone.local(to));
            times.map(|time| at_wall(record, time, zone)).collect()
        }
        _ => Vec::new(),
    };
    found.into_iter().filter(|found| found.starts_at() >= from && found.starts_at() <= to).collect()
}

/// The occurrence with this key, where the record and the customer still give rise to it.
#[must_use]
pub fn recall(workflow: &Workflow, record: &Record, customer: &Fields, zones: Zones, key: &str) -> Option<Occurrence> {
    if !stands(workflow, record) {
        return None;
    }
    let name = key.strip_prefix(&format!("{}@", record.id))?;
    match &workflow.trigger {
        Trigger::Before(_) | Trigger::After(_) | Trigger::Absent(_) => {
            occurrence(workflow, record, zones.customer).filter(|occurrence| occurrence.key == key)
        }
        Trigger::On(_) | Trigger::Digest { .. } => {
            let start = CivilTime::parse(name)?;
            Some(Occurrence::at(record, start.local, start.zone?)).filter(|occurrence| occurrence.key == key)
        }
        Trigger::Yearly { field, leap_day } => {
            in_year(record, customer.get(field)?, *leap_day, name.parse().ok()?, zones.customer)
        }
        Trigger::Cron { schedule, clock } => {
            let time = NaiveDateTime::parse_from_str(name, MINUTE).ok().filter(|time| schedule.comes_at(*time))?;
            Some(at_wall(record, time, zones.of(*clock)))
        }
    }
}

/// The customer's zone, or the business's where they have none; and the business's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Zones {
    /// Where the customer lives.
    pub customer: Zone,
    /// Where the business is.
    pub business: Zone,
}

impl Zones {
    const fn of(self, clock: WhoseClock) -> Zone {
        match clock {
            WhoseClock::Customer => self.customer,
            WhoseClock::Business => self.business,
        }
    }
}

fn stands(workflow: &Workflow, record: &Record) -> bool {
    record.kind == workflow.trigger.subject() && record.status == RecordStatus::Live
}

/// Once a year whatever happens, so the year alone is its name: a birthday that is corrected doesn't come twice.
fn in_year(record: &Record, day: &Value, leap_day: LeapDay, year: i32, zone: Zone) -> Option<Occurrence> {
    let Value::MonthDay(day) = day else { return None };
    let date = day_in(*day, leap_day, year)?;
    Some(Occurrence::named(record, &year.to_string(), date.and_hms_opt(0, 0, 0)?, zone))
}

/// The day on which a month and a day are kept in a year.
#[must_use]
pub fn day_in(day: MonthDay, leap_day: LeapDay, year: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, day.month, day.day).or_else(|| match leap_day {
        LeapDay::February28 => NaiveDate::from_ymd_opt(year, 2, 28),
        LeapDay::March1 => NaiveDate::from_ymd_opt(year, 3, 1),
        LeapDay::LeapYears => None,
    })
}

/// A time of a schedule is known by the wall alone: it is the same one for a customer who moves to another zone.
fn at_wall(record: &Record, time: NaiveDateTime, zone: Zone) -> Occurrence {
    Occurrence::named(record, &time.format(MINUTE).to_string(), time, zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{Asks, DateOf, IfMoved, IfQuiet, IfUncertain, Order, Oversight, Priority};
    use std::collections::BTreeSet;

    const LOCAL: &str = "2027-03-30T10:00";

    fn zone(name: &str) -> Zone {
        Zone::parse(name).unwrap()
    }

    fn workflow() -> Workflow {
        Workflow {
            name: "appointment-reminder".to_owned(),
            purpose: "appointment-reminders".to_owned(),
            template: "appointment-reminder".to_owned(),
            oversight: Oversight::NONE,
            trigger: Trigger::Before(DateOf { record: "appointment".to_owned(), field: "starts_at".to_owned() }),
            steps: Vec::new(),
            order: Order::Independent,
            expires: None,
            caps: Vec::new(),
            only_if: None,
            exit_when: None,
            exit_on: BTreeSet::new(),
            priority: Priority::Normal,
            if_quiet: IfQuiet::Later,
            if_uncertain: IfUncertain::Leave,
            if_moved: IfMoved::Tell,
            asks: Asks::Nothing,
            ends_on: BTreeSet::new(),
            revision: String::new(),
        }
    }

    fn record(start: &str) -> Record {
        let start = CivilTime::parse(start).map(Value::Datetime);
        Record {
            id: RecordId(7),
            kind: "appointment".to_owned(),
            customer: CustomerId(1),
            fields: start.map(|start| ("starts_at".to_owned(), start)).into_iter().collect(),
            version: 1,
            status: RecordStatus::Live,
        }
    }

    #[test]
    fn a_visit_is_meant_in_its_own_zone_and_else_in_the_customers() {
        let key = |start: &str| occurrence(&workflow(), &record(start), zone("Asia/Tokyo")).unwrap().key;
        assert_eq!(key(LOCAL), "7@2027-03-30T10:00[Asia/Tokyo]");
        assert_eq!(key("2027-03-30T10:00[Europe/Paris]"), "7@2027-03-30T10:00[Europe/Paris]");
    }

    #[test]
    fn what_is_cancelled_undated_or_of_another_type_sets_nothing_off() {
        let tokyo = zone("Asia/Tokyo");
        assert!(occurrence(&workflow(), &record(LOCAL), tokyo).is_some());
        let cancelled = Record { status: RecordStatus::Cancelled, ..record(LOCAL) };
        assert_eq!(occurrence(&workflow(), &cancelled, tokyo), None);
        let purchase = Record { kind: "purchase".to_owned(), ..record(LOCAL) };
        assert_eq!(occurrence(&workflow(), &purchase, tokyo), None);
        assert_eq!(occurrence(&workflow(), &record("soon"), tokyo), None);
        let mut text = record(LOCAL);
        text.fields.insert("starts_at".to_owned(), Value::Text(LOCAL.to_owned()));
        assert_eq!(occurrence(&workflow(), &text, tokyo), None, "a text is no date");
    }

    #[test]
    fn a_key_names_the_start_that_it_was_made_from() {
        let visit = occurrence(&workflow(), &record("2027-10-31T02:30[Europe/Paris]"), Zone::UTC).unwrap();
        let start = start_in(&visit.key).unwrap();
        assert_eq!((start.local, start.zone), (visit.start, Some(visit.zone)));
        assert_eq!(start.at(Zone::UTC), visit.starts_at());
        for broken in ["", "7", "7@", "7@2027-03-30T10:00", "7@2027-03-30T10:00[Mars/Olympus]", "7@soon[Europe/Paris]"]
        {
            assert_eq!(start_in(broken), None, "{broken:?}");
        }
    }
}

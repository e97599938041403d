//! One `VEVENT`, with its times in zones that are known.

use super::{
    fault::{Fault, NoCalendar},
    visit::{Person, Standing},
    zones::Zones,
};
use crate::base::{EmailAddress, Instant, Zone};
use calcard::{
    common::PartialDateTime,
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarEntry, ICalendarMethod, ICalendarParameterName,
        ICalendarParameterValue, ICalendarParticipationRole, ICalendarParticipationStatus, ICalendarPeriod,
        ICalendarProperty, ICalendarRecurrenceRule, ICalendarStatus, ICalendarUserTypes, ICalendarValue,
    },
};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// A name is no novel; Outlook's have 112 characters, and those that merge two more.
const UID_CHARACTERS_MAX: usize = 1_000;
/// Texts are cut here, as a cell of a table is limited there.
const TEXT_CHARACTERS_MAX: usize = 4_000;

/// A point in a calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum When {
    /// A whole day.
    Day(NaiveDate),
    /// A time on the wall of a zone.
    At(NaiveDateTime, Zone),
}

impl When {
    /// On the wall; a day begins at midnight.
    pub fn local(self) -> NaiveDateTime {
        match self {
            Self::Day(day) => day.and_time(NaiveTime::MIN),
            Self::At(local, _) => local,
        }
    }

    /// As an instant; days are the business's.
    pub fn instant(self, business: Zone) -> Instant {
        match self {
            Self::Day(_) => business.resolve(self.local()),
            Self::At(local, zone) => zone.resolve(local),
        }
    }
}

/// What kind of message the calendar is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Method {
    /// A calendar, or an invitation.
    Tells,
    /// All its events are cancelled (RFC 5546 3.2.5).
    Cancels,
}

/// An event, understood.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub line: u64,
    pub uid: String,
    pub start: When,
    pub minutes: Option<i64>,
    pub rules: Vec<ICalendarRecurrenceRule>,
    pub added: Vec<When>,
    pub excepted: Vec<When>,
    /// Of which occurrence this is the exception, and whether of all later ones too.
    pub replaces: Option<(When, Reach)>,
    pub sequence: i64,
    /// When it was last written, for two with one name.
    pub written: Option<NaiveDateTime>,
    pub standing: Standing,
    pub summary: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub people: Vec<Person>,
}

/// How far an exception reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// One occurrence.
    This,
    /// It and all after it (`RANGE=THISANDFUTURE`).
    AndLater,
}

impl Event {
    pub fn repeats(&self) -> bool {
        self.replaces.is_none() && !(self.rules.is_empty() && self.added.is_empty())
    }
}

/// The calendar's method.
pub(super) fn method(calendar: &ICalendar) -> Result<Method, NoCalendar> {
    let of = |component: &ICalendarComponent| {
        let entry = component.entries.iter().find(|entry| entry.name == ICalendarProperty::Method)?;
        entry.values.first().cloned()
    };
    match calendar.components.first().and_then(of) {
        Some(ICalendarValue::Method(ICalendarMethod::Cancel)) => Ok(Method::Cancels),
        Some(ICalendarValue::Method(
            answer @ (ICalendarMethod::Reply
            | ICalendarMethod::Refresh
            | ICalendarMethod::Counter
            | ICalendarMethod::Declinecounter),
        )) => Err(NoCalendar::Answer(format!("{answer:?}").to_uppercase())),
        _ => Ok(Method::Tells),
    }
}

/// Reads an event.
pub(super) fn read(component: &ICalendarComponent, line: u64, zones: &Zones, method: Method) -> Result<Event, Fault> {
    let entries = Entries { all: &component.entries, zones };
    let uid = uid(&entries)?;
    let replaces = match entries.one(&ICalendarProperty::RecurrenceId, "RECURRENCE-ID")? {
        Some(entry) => Some((entries.first_when(entry, "RECURRENCE-ID")?, reach(entry))),
        None => None,
    };
    let start = entries.one(&ICalendarProperty::Dtstart, "DTSTART")?.ok_or(Fault::NoStart)?;
    let start = entries.first_when(start, "DTSTART")?;
    let minutes = minutes(&entries, start)?;
    // An exception is one visit: a rule inside it would be an exception of exceptions, which RFC 5545 doesn't know.
    let rules = if replaces.is_some() { vec![] } else { rules(&entries)? };
    let (people, everybody_declined) = people(&entries);
    let standing = match (method, component.status()) {
        (Method::Cancels, _) | (_, Some(ICalendarStatus::Cancelled)) => Standing::Cancelled,
        _ if everybody_declined => Standing::Cancelled,
        (_, Some(ICalendarStatus::Tentative)) => Standing::Tentative,
        _ => Standing::Booked,
    };
    let sequence = match entries.one(&ICalendarProperty::Sequence, "SEQUENCE")?.map(|entry| entry.values.first()) {
        None => 0,
        Some(Some(ICalendarValue::Integer(number))) if *number >= 0 => *number,
        Some(_) => return Err(Fault::Unreadable("SEQUENCE")),
    };
    Ok(Event {
        line,
        uid,
        start: if entries.is_marked_all_day() { When::Day(start.local().date()) } else { start },
        minutes,
        rules,
        added: entries.all_whens(&ICalendarProperty::Rdate, "RDATE")?,
        excepted: entries.all_whens(&ICalendarProperty::Exdate, "EXDATE")?,
        replaces,
        sequence,
        written: written(&entries),
        standing,
        summary: entries.text(&ICalendarProperty::Summary),
        description: entries.text(&ICalendarProperty::Description),
        location: entries.text(&ICalendarProperty::Location),
        people,
    })
}

/// The entries of an event.
struct Entries<'a> {
    all: &'a [ICalendarEntry],
    zones: &'a Zones,
}

impl<'a> Entries<'a> {
    fn named(&self, name: &ICalendarProperty) -> impl Iterator<Item = &'a ICalendarEntry> {
        self.all.iter().filter(move |entry| entry.name == *name)
    }

    /// The entry of a property that may stand there once.
    fn one(&self, name: &ICalendarProperty, word: &'static str) -> Result<Option<&'a ICalendarEntry>, Fault> {
        let mut found = self.named(name);
        let first = found.next();
        if found.next().is_some() { Err(Fault::Twice(word)) } else { Ok(first) }
    }

    fn text(&self, name: &ICalendarProperty) -> Option<String> {
        let text = self.named(name).next()?.values.first()?.as_text()?;
        clean(text)
    }

    fn first_when(&self, entry: &ICalendarEntry, word: &'static str) -> Result<When, Fault> {
        match entry.values.first() {
            Some(ICalendarValue::PartialDateTime(at)) => self.when(entry, at, word),
            _ => Err(Fault::Unreadable(word)),
        }
    }

    fn all_whens(&self, name: &ICalendarProperty, word: &'static str) -> Result<Vec<When>, Fault> {
        let mut whens = vec![];
        for entry in self.named(name) {
            for value in &entry.values {
                whens.push(match value {
                    ICalendarValue::PartialDateTime(at) => self.when(entry, at, word)?,
                    ICalendarValue::Period(
                        ICalendarPeriod::Range { start, .. } | ICalendarPeriod::Duration { start, .. },
                    ) => self.when(entry, start, word)?,
                    _ => return Err(Fault::Unreadable(word)),
                });
            }
        }
        Ok(whens)
    }

    /// A point in time with its zone: UTC where it ends in `Z`, whatever zone its parameter names; else the parameter's;
    /// else the business's.
    fn when(&self, entry: &ICalendarEntry, at: &PartialDateTime, word: &'static str) -> Result<When, Fault> {
        let unreadable = Fault::Unreadable(word);
        let (Some(year), Some(month), Some(day)) = (at.year, at.month, at.day) else { return Err(unreadable) };
        let Some(day) = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day)) else {
            return Err(unreadable);
        };
        let Some(hour) = at.hour else { return Ok(When::Day(day)) };
        // A leap second (RFC 5545 3.3.12) is the second before it: nobody's visit begins there.
        let second = u32::from(at.second.unwrap_or(0)).min(59);
        let time = NaiveTime::from_hms_opt(u32::from(hour), u32::from(at.minute.unwrap_or(0)), second);
        let local = day.and_time(time.ok_or(unreadable.clone())?);
        if let Some(hours) = at.tz_hour {
            let minutes = i64::from(hours) * 60 + i64::from(at.tz_minute.unwrap_or(0));
            let offset = TimeDelta::minutes(if at.tz_minus { -minutes } else { minutes });
            return Ok(When::At(local.checked_sub_signed(offset).ok_or(unreadable)?, Zone::UTC));
        }
        match entry.tz_id() {
            None => Ok(When::At(local, self.zones.business)),
            Some(label) => {
                let unknown = || Fault::Zone(label.chars().filter(|letter| !letter.is_control()).take(60).collect());
                self.zones.find(label).map(|zone| When::At(local, zone)).ok_or_else(unknown)
            }
        }
    }

    /// Outlook writes whole days as midnights with this beside them ([MS-OXCICAL] 2.1.3.1.1.20.28).
    fn is_marked_all_day(&self) -> bool {
        self.all.iter().any(|entry| {
            matches!(&entry.name, ICalendarProperty::Other(name) if name == "X-MICROSOFT-CDO-ALLDAYEVENT")
                && entry.values.first().and_then(ICalendarValue::as_text).is_some_and(|text| text == "TRUE")
        })
    }
}

fn uid(entries: &Entries<'_>) -> Result<String, Fault> {
    let entry = entries.one(&ICalendarProperty::Uid, "UID")?;
    let uid = entry.and_then(|entry| entry.values.first()?.as_text()).map(str::trim).filter(|uid| !uid.is_empty());
    let uid = uid.ok_or(Fault::NoUid)?;
    if uid.chars().nth(UID_CHARACTERS_MAX).is_some() || uid.contains(char::is_control) {
        return Err(Fault::BadUid);
    }
    Ok(uid.to_owned())
}

fn reach(entry: &ICalendarEntry) -> Reach {
    let later = entry.parameter(&ICalendarParameterName::Range).and_then(ICalendarParameterValue::as_bool);
    if later == Some(true) { Reach::AndLater } else { Reach::This }
}

/// How long it lasts, in whole minutes; `None` where the calendar doesn't say, or the end is the start.
fn minutes(entries: &Entries<'_>, start: When) -> Result<Option<i64>, Fault> {
    let business = entries.zones.business;
    let minutes = if let Some(entry) = entries.one(&ICalendarProperty::Dtend, "DTEND")? {
        let end = entries.first_when(entry, "DTEND")?.instant(business);
        end.ms_since(start.instant(business)) / 60_000
    } else if let Some(entry) = entries.one(&ICalendarProperty::Duration, "DURATION")? {
        match entry.values.first() {
            Some(ICalendarValue::Duration(duration)) => duration.as_seconds() / 60,
            _ => return Err(Fault::Unreadable("DURATION")),
        }
    } else {
        return Ok(None);
    };
    if minutes < 0 { Err(Fault::EndsBeforeStart) } else { Ok(Some(minutes).filter(|minutes| *minutes > 0)) }
}

fn rules(entries: &Entries<'_>) -> Result<Vec<ICalendarRecurrenceRule>, Fault> {
    // RFC 5545 took EXRULE out; without it a series would have visits that its calendar doesn't show.
    if entries.named(&ICalendarProperty::Exrule).next().is_some() {
        return Err(Fault::Rule);
    }
    let read = |entry: &ICalendarEntry| match entry.values.first() {
        Some(ICalendarValue::RecurrenceRule(rule)) => Ok((**rule).clone()),
        _ => Err(Fault::Rule),
    };
    entries.named(&ICalendarProperty::Rrule).map(read).collect()
}

fn written(entries: &Entries<'_>) -> Option<NaiveDateTime> {
    let names = [ICalendarProperty::LastModified, ICalendarProperty::Dtstamp];
    names.iter().find_map(|name| {
        let entry = entries.named(name).next()?;
        entries.first_when(entry, "DTSTAMP").ok().map(When::local)
    })
}

/// The people who may come, and whether all who were asked declined.
fn people(entries: &Entries<'_>) -> (Vec<Person>, bool) {
    let organizer: Option<EmailAddress> = entries.named(&ICalendarProperty::Organizer).find_map(address);
    let mut people = vec![];
    let mut declined = 0;
    for entry in entries.named(&ICalendarProperty::Attendee) {
        let Some(address) = address(entry).filter(|address| is_customer(entry) && organizer.as_ref() != Some(address))
        else {
            continue;
        };
        if has(entry, |value| {
            matches!(value, ICalendarParameterValue::Partstat(ICalendarParticipationStatus::Declined))
        }) {
            declined += 1;
            continue;
        }
        let name = entry.parameter(&ICalendarParameterName::Cn).and_then(ICalendarParameterValue::as_text);
        // Google writes the address where it knows no name.
        let name = name.filter(|name| !name.contains('@')).and_then(clean);
        people.push(Person { address, name });
    }
    let everybody_declined = declined > 0 && people.is_empty();
    (people, everybody_declined)
}

fn address(entry: &ICalendarEntry) -> Option<EmailAddress> {
    let from_uri = entry.calendar_address().and_then(|text| EmailAddress::parse(text).ok());
    // RFC 7986 6.2: EMAIL carries the address where the URI is another.
    from_uri.or_else(|| EmailAddress::parse(entry.parameter(&ICalendarParameterName::Email)?.as_text()?).ok())
}

/// Rooms and things attend too, and so do those who only want to know.
fn is_customer(entry: &ICalendarEntry) -> bool {
    !has(entry, |value| {
        matches!(
            value,
            ICalendarParameterValue::Cutype(
                ICalendarUserTypes::Room | ICalendarUserTypes::Resource | ICalendarUserTypes::Group
            ) | ICalendarParameterValue::Role(ICalendarParticipationRole::NonParticipant)
        )
    })
}

fn has(entry: &ICalendarEntry, what: impl Fn(&ICalendarParameterValue) -> bool) -> bool {
    entry.params.iter().any(|param| what(&param.value))
}

/// A text without control characters, and not longer than a field may be.
fn clean(text: &str) -> Option<String> {
    let kept = text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'));
    let text: String = kept.take(TEXT_CHARACTERS_MAX).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

//! From events to visits: rules unfolded, exceptions in their places, one name for each visit.

use super::{
    Calendar, Lens,
    event::{Event, Reach, When},
    fault::{Fault, LeftOut, NoCalendar, SERIES_MAX, VISITS_MAX},
    repeat,
    visit::{Standing, Visit},
};
use crate::base::{Instant, Zone, civil::CivilTime};
use chrono::{NaiveDateTime, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};

/// All events of one name.
#[derive(Default)]
struct Family {
    /// The event itself; an exception may come without it.
    base: Option<Event>,
    /// Its exceptions, by the start that the rule gave, each with its reach.
    exceptions: BTreeMap<Instant, Event>,
}

/// Unfolds all events into the calendar.
///
/// # Errors
/// When there are too many of anything.
pub(super) fn unfold(events: Vec<Event>, lens: &Lens, calendar: &mut Calendar) -> Result<(), NoCalendar> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for event in events {
        let family = families.entry(event.uid.clone()).or_default();
        let place = event.replaces.map(|(when, _)| when.instant(lens.zone));
        let known = match place {
            None => family.base.take(),
            Some(at) => family.exceptions.remove(&at),
        };
        let kept = newer(known, event, calendar);
        match place {
            None => family.base = Some(kept),
            Some(at) => drop(family.exceptions.insert(at, kept)),
        }
    }
    let mut series = 0;
    for family in families.into_values() {
        if family.base.as_ref().is_some_and(|base| base.repeats() && goes_on(base, lens)) {
            series += 1;
            if series > SERIES_MAX {
                return Err(NoCalendar::TooManySeries);
            }
        }
        let base = family.base.as_ref().map(|base| (base.line, base.uid.clone()));
        if let (Err(fault), Some((line, uid))) = (family.unfold(lens, calendar), base) {
            calendar.rejected.push((line, fault));
            calendar.doubtful.insert(uid);
        }
        if calendar.visits.len() > VISITS_MAX {
            return Err(NoCalendar::TooManyVisits);
        }
    }
    Ok(())
}

/// The newer of two events with one name. The other is rejected, so that somebody sees it.
fn newer(known: Option<Event>, event: Event, calendar: &mut Calendar) -> Event {
    let Some(known) = known else { return event };
    let (older, kept) =
        if (event.sequence, event.written) < (known.sequence, known.written) { (event, known) } else { (known, event) };
    calendar.rejected.push((older.line, Fault::Superseded));
    kept
}

/// Whether a series may have occurrences in the window.
fn goes_on(base: &Event, lens: &Lens) -> bool {
    let from = lens.zone.local(lens.from) - TimeDelta::days(1);
    !base.added.is_empty() || repeat::ends(base).is_none_or(|end| end >= from)
}

impl Family {
    fn unfold(mut self, lens: &Lens, calendar: &mut Calendar) -> Result<(), Fault> {
        let Some(base) = self.base.take() else {
            // Only exceptions: an exporter that left out the rest. Each is a visit.
            for (original, exception) in self.exceptions {
                take(&exception, exception.start, name(&exception, Some(original)), lens, calendar);
            }
            return Ok(());
        };
        if !base.repeats() {
            take(&base, base.start, name(&base, None), lens, calendar);
        } else if goes_on(&base, lens) {
            self.unfold_series(&base, lens, calendar)?;
            return Ok(());
        } else {
            calendar.leave_out(LeftOut::Past);
        }
        for (original, exception) in self.exceptions {
            take(&exception, exception.start, name(&exception, Some(original)), lens, calendar);
        }
        Ok(())
    }

    fn unfold_series(mut self, base: &Event, lens: &Lens, calendar: &mut Calendar) -> Result<(), Fault> {
        // A day more than the window, for zones; what is too much is left out below.
        let last = lens.zone.local(lens.to) + TimeDelta::days(1);
        let mut starts: BTreeMap<Instant, When> = BTreeMap::new();
        for local in repeat::starts(base, last)? {
            let when = on_the_wall(base.start, local);
            starts.insert(when.instant(lens.zone), when);
        }
        for added in &base.added {
            starts.insert(added.instant(lens.zone), *added);
        }
        // Exceptions of occurrences that the rule doesn't give (any more) are visits all the same.
        for (original, exception) in &self.exceptions {
            starts.entry(*original).or_insert(exception.start);
        }
        let excepted = Excepted::of(base, lens.zone);
        let mut later: Option<Event> = None;
        for (original, when) in starts {
            let id =
                if original == base.start.instant(lens.zone) { base.uid.clone() } else { name(base, Some(original)) };
            if let Some(exception) = self.exceptions.remove(&original) {
                take(&exception, exception.start, id, lens, calendar);
                if let Some((_, Reach::AndLater)) = exception.replaces {
                    later = Some(exception);
                }
            } else if excepted.holds(original, when) {
                let cancelled = Event { standing: Standing::Cancelled, ..base.clone() };
                take(&cancelled, when, id, lens, calendar);
            } else {
                match &later {
                    Some(changed) => take(changed, shifted(changed, when), id, lens, calendar),
                    None => take(base, when, id, lens, calendar),
                }
            }
        }
        Ok(())
    }
}

/// The occurrences that a series leaves out, by instant; some exporters name only their day.
struct Excepted {
    at: BTreeSet<Instant>,
    on: BTreeSet<NaiveDateTime>,
}

impl Excepted {
    fn of(base: &Event, business: Zone) -> Self {
        let days = base.excepted.iter().filter(|when| matches!(when, When::Day(_)));
        let on = days.map(|day| day.local()).collect();
        Self { at: base.excepted.iter().map(|when| when.instant(business)).collect(), on }
    }

    fn holds(&self, original: Instant, when: When) -> bool {
        self.at.contains(&original) || self.on.contains(&when.local().date().and_time(chrono::NaiveTime::MIN))
    }
}

/// Another start of the same kind: a day for a series of days, a time in the same zone for others.
fn on_the_wall(like: When, local: NaiveDateTime) -> When {
    match like {
        When::Day(_) => When::Day(local.date()),
        When::At(_, zone) => When::At(local, zone),
    }
}

/// An occurrence after an exception that reaches on: as far from its own start as that one is from its.
fn shifted(changed: &Event, when: When) -> When {
    let Some((original, _)) = changed.replaces else { return when };
    let by = changed.start.local() - original.local();
    on_the_wall(changed.start, when.local().checked_add_signed(by).unwrap_or(when.local()))
}

fn name(event: &Event, original: Option<Instant>) -> String {
    match original {
        None => event.uid.clone(),
        Some(at) => format!("{}/{}", event.uid, at.to_utc().format("%Y%m%dT%H%M%SZ")),
    }
}

/// Takes an occurrence as a visit, or says why it is none.
fn take(event: &Event, start: When, id: String, lens: &Lens, calendar: &mut Calendar) {
    let When::At(local, zone) = start else { return calendar.leave_out(LeftOut::AllDay) };
    let starts_at = zone.resolve(local);
    if !lens.shows(starts_at) {
        return calendar.leave_out(if starts_at < lens.from { LeftOut::Past } else { LeftOut::Later });
    }
    let people: Vec<_> =
        event.people.iter().filter(|person| !lens.own.contains(&person.address.mailbox())).cloned().collect();
    calendar.visits.push(Visit {
        id,
        line: event.line,
        start: shown(local, zone, starts_at, lens.zone),
        starts_at,
        minutes: event.minutes,
        sequence: event.sequence,
        standing: event.standing,
        summary: event.summary.clone(),
        description: event.description.clone(),
        location: event.location.clone(),
        people,
    });
}

/// A time in UTC as the business's clocks show it, unless they show it for another instant too: the second pass of the hour
/// that is lived twice.
fn shown(local: NaiveDateTime, zone: Zone, at: Instant, business: Zone) -> CivilTime {
    let ours = business.local(at);
    if zone == Zone::UTC && business.resolve(ours) == at {
        return CivilTime { local: ours, zone: Some(business) };
    }
    CivilTime { local, zone: Some(zone) }
}

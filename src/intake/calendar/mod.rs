//! Calendars: an iCalendar file (RFC 5545), read as a whole into the visits of a window of time.
//!
//! ```text
//!  bytes ─► shape ─► event ─► series ─► Visit
//!           (whole?) (one      (rules, exceptions,
//!                    VEVENT)    one name for each visit)
//! ```
//!
//! The crate `calcard` reads lines, folds, parameters and rules. Five things it leaves to us, each measured:
//!
//! - It takes a file that was cut off for a shorter one. `shape` refuses such a file as a whole, because a visit that is
//!   missing would soon count as cancelled.
//! - Its expansion loses an hour or two where clocks go forward. Rules are expanded on a wall clock without any zone
//!   (`repeat`), and each start becomes an instant by `base::Zone`, like every other civil time here.
//! - A rule without end is expanded as far as it is asked. Here nothing reaches beyond the window, and every loop has
//!   a limit, so that a hostile file costs seconds and a finding, not the daemon.
//! - It cuts a rule's numbers to a byte or two, and drops what it doesn't know. `rule` reads them first.
//! - In its strict mode it refuses every calendar that has an event in it; so it is used in the other one.
//!
//! **What is a visit?** An event that begins at a time. An event of whole days (a holiday, a note) is none: it is counted
//! and left out. A visit that its calendar cancelled is read too, as cancelled, so that the cancellation can be told from
//! an absence; so is each exception (`EXDATE`) of a series.
//!
//! **Which zone?** The event's own, by IANA or Windows name, by the hints in its `VTIMEZONE`, or by that one's rules where
//! they are the business's. A time without zone is meant on the business's wall. A time in UTC is shown as the business's
//! clocks show it, because nobody is reminded of a visit "at 08:00 UTC".
//!
//! Pure: no clock, no network, no file.

mod event;
mod fault;
mod fill;
mod repeat;
mod rule;
mod series;
mod shape;
mod visit;
mod zones;

pub use fault::{Fault, LeftOut, NoCalendar};
pub use fill::Filler;
pub use visit::{Person, Standing, Visit};

use crate::base::{EmailAddress, Instant, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of a calendar.
#[derive(Clone, Debug)]
pub struct Lens {
    /// Visits that begin before this are left out.
    pub from: Instant,
    /// And those that begin after this.
    pub to: Instant,
    /// The business's zone.
    pub zone: Zone,
    /// Mailboxes of the business itself: it attends every visit and is nobody's customer.
    pub own: BTreeSet<String>,
}

impl Lens {
    /// A lens over these addresses of the business.
    #[must_use]
    pub fn new(from: Instant, to: Instant, zone: Zone, own: &[&EmailAddress]) -> Self {
        Self { from, to, zone, own: own.iter().map(|address| address.mailbox()).collect() }
    }

    fn shows(&self, at: Instant) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

/// A calendar, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The visits in the window, by their start.
    pub visits: Vec<Visit>,
    /// Events that can't be taken, by the line on which they begin.
    pub rejected: Vec<(u64, Fault)>,
    /// Events and occurrences that are no visits in the window.
    pub left_out: BTreeMap<LeftOut, u64>,
    /// How many events the file has.
    pub events: u64,
    /// Names of events that are there and can't be taken.
    doubtful: BTreeSet<String>,
}

impl Calendar {
    /// Whether a visit of this name may be in the calendar, although it isn't among its visits: its event can't be read.
    #[must_use]
    pub fn is_doubtful(&self, visit: &str) -> bool {
        let series = visit.rsplit_once('/').map(|(uid, _)| uid);
        [Some(visit), series].into_iter().flatten().any(|uid| self.doubtful.contains(uid))
    }

    fn leave_out(&mut self, why: LeftOut) {
        *self.left_out.entry(why).or_default() += 1;
    }
}

/// Reads a calendar.
///
/// # Errors
/// When the file is no calendar, or not all of one. Nothing of it may be used then.
pub fn read(bytes: &[u8], lens: &Lens) -> Result<Calendar, NoCalendar> {
    let shape = shape::look(bytes)?;
    let mut calendar = Calendar::default();
    let mut events = vec![];
    let mut lines = shape.events.iter();
    for part in shape::parts(&shape.text)? {
        let zones = zones::Zones::of(&part, lens);
        let method = event::method(&part)?;
        for component in part.components.iter().filter(|component| component.component_type.is_event()) {
            let line = lines.next().copied().unwrap_or_default();
            calendar.events += 1;
            let event = match event::read(component, line, &zones, method) {
                Ok(event) if event.replaces.is_none() && shape.unsound.contains(&line) => Err(Fault::Rule),
                read => read,
            };
            match event {
                Ok(event) => events.push(event),
                Err(fault) => {
                    calendar.rejected.push((line, fault));
                    calendar.doubtful.extend(component.uid().map(|uid| uid.trim().to_owned()));
                }
            }
        }
    }
    series::unfold(events, lens, &mut calendar)?;
    calendar.rejected.sort_by_key(|(line, _)| *line);
    calendar.visits.sort_by(|a, b| (a.starts_at, &a.id).cmp(&(b.starts_at, &b.id)));
    Ok(calendar)
}

#[cfg(test)]
mod tests;

//! "Add to calendar": the visit as an iCalendar file (RFC 5545, METHOD:PUBLISH).
//!
//! The UID names the record, so that a visit that moved replaces its old entry; SEQUENCE is the record's version. Times
//! are UTC: an instant needs no VTIMEZONE, and is right on the days when clocks change. The entry says where the visit is
//! and with whom, never which service: a calendar is often shared with people whom that doesn't concern.
//!
//! Invariant: the same snapshot gives the same bytes. The crate would ask the clock for DTSTAMP and dice for UID, so both
//! are always set.

use super::{error::RenderError, snapshot::Snapshot};
use icalendar::{Calendar, Component, Event, EventLike, Property};

/// The entry's text, CRLF line ends, folded at 75 octets.
///
/// # Errors
/// When the business's name or postal address holds a control character, which the crate wouldn't escape.
pub fn entry(snapshot: &Snapshot<'_>) -> Result<String, RenderError> {
    let business = &snapshot.policy.business;
    let is_strange = |c: char| c.is_control() && c != '\n';
    for (name, text) in [("business.name", &business.name), ("business.postal_address", &business.postal_address)] {
        if text.contains(is_strange) {
            return Err(RenderError::Calendar(name));
        }
    }
    let uid = format!("{}-{}@{}", snapshot.record.kind, snapshot.record.id, business.reply_to.domain());
    let starts_at = snapshot.occurrence.starts_at().to_utc();
    let mut event = Event::new();
    event
        .uid(&uid)
        .timestamp(snapshot.due_at.to_utc())
        .starts(starts_at)
        .sequence(u32::try_from(snapshot.record.version).unwrap_or(u32::MAX))
        .summary(&business.name)
        .location(&business.postal_address);
    let mut calendar = Calendar::empty();
    for (name, value) in [("VERSION", "2.0"), ("PRODID", "-//Comity//EN"), ("METHOD", "PUBLISH")] {
        calendar.append_property(Property::new(name, value));
    }
    calendar.push(event.done());
    Ok(calendar.to_string())
}

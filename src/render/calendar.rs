//! "Add to calendar": the visit as an iCalendar file (RFC 5545, METHOD:PUBLISH).
//!
//! The UID names the record, so that a visit that moved replaces its old entry; SEQUENCE is the record's version. Times
//! are UTC: an instant needs no VTIMEZONE, and is right on the days when clocks change. The entry says where the visit is
//! and with whom, never which service: a calendar is often shared with people whom that doesn't concern.
//!
//! Invariant: the same entry gives the same bytes. The crate would ask the clock for DTSTAMP and dice for UID, so both
//! are always set.

use super::error::RenderError;
use crate::{base::Instant, policy::Business};
use icalendar::{Calendar, Component, Event, EventLike, Property};
use std::time::Duration;

/// What an entry says.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// With whom, and where.
    pub business: &'a Business,
    /// The record: its type and number.
    pub record: (&'a str, i64),
    /// The record's version.
    pub version: i64,
    /// When the visit begins.
    pub starts_at: Instant,
    /// How long it lasts, where the record says so in [`Entry::MINUTES`].
    pub minutes: Option<i64>,
    /// When the entry was written, the same on every attempt.
    pub written_at: Instant,
}

impl Entry<'_> {
    /// The record's field that says how long a visit lasts. It is read under the same permission as by a template.
    pub const MINUTES: &'static str = "duration_minutes";

    /// The file's text, CRLF line ends, folded at 75 octets.
    ///
    /// # Errors
    /// When the business's name or postal address holds a control character, which the crate wouldn't escape.
    pub fn text(&self) -> Result<String, RenderError> {
        let business = self.business;
        let is_strange = |c: char| c.is_control() && c != '\n';
        for (name, text) in [("business.name", &business.name), ("business.postal_address", &business.postal_address)] {
            if text.contains(is_strange) {
                return Err(RenderError::Calendar(name));
            }
        }
        let mut event = Event::new();
        event
            .uid(&format!("{}-{}@{}", self.record.0, self.record.1, business.reply_to.domain()))
            .timestamp(self.written_at.to_utc())
            .starts(self.starts_at.to_utc())
            .sequence(u32::try_from(self.version).unwrap_or(u32::MAX))
            .summary(&business.name)
            .location(&business.postal_address);
        let minutes = self.minutes.and_then(|minutes| u64::try_from(minutes).ok()).filter(|minutes| *minutes > 0);
        if let Some(minutes) = minutes {
            event.ends(self.starts_at.plus(Duration::from_secs(minutes.saturating_mul(60))).to_utc());
        }
        let mut calendar = Calendar::empty();
        for (name, value) in [("VERSION", "2.0"), ("PRODID", "-//Comity//EN"), ("METHOD", "PUBLISH")] {
            calendar.append_property(Property::new(name, value));
        }
        calendar.push(event.done());
        Ok(calendar.to_string())
    }
}

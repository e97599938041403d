//! A visit as a calendar tells of it.

use crate::base::{EmailAddress, Instant, civil::CivilTime};
use serde::{Deserialize, Serialize};

/// One visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its name, the same in every version of the calendar: the event's UID; for a later visit of a series followed by
    /// `/` and the start that its rule gives it, in UTC. So an event that begins to repeat keeps its name for the first.
    pub id: String,
    /// The line on which its event begins.
    pub line: u64,
    /// When it begins; the zone is always there.
    pub start: CivilTime,
    /// The same as an instant.
    pub starts_at: Instant,
    /// How long it lasts, where the calendar says so.
    pub minutes: Option<i64>,
    /// Counts the calendar's own changes (RFC 5545 3.8.7.4); 0 where it doesn't count.
    pub sequence: i64,
    /// Whether it stands.
    pub standing: Standing,
    /// The title.
    pub summary: Option<String>,
    /// The notes.
    pub description: Option<String>,
    /// The place.
    pub location: Option<String>,
    /// Who comes, without the business itself, its rooms, and those who declined.
    pub people: Vec<Person>,
}

/// Somebody who attends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// `ATTENDEE`'s `mailto:`.
    pub address: EmailAddress,
    /// `CN`.
    pub name: Option<String>,
}

/// Whether a visit stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It stands.
    Booked,
    /// It isn't sure yet.
    Tentative,
    /// Its calendar cancelled it, or everybody invited declined.
    Cancelled,
}

impl Standing {
    /// As a field of type text says it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Tentative => "tentative",
            Self::Cancelled => "cancelled",
        }
    }
}

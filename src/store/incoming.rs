//! What somebody brings: customers and records, row by row, as a file, a program or a form gives them.

use crate::{
    base::{
        EmailAddress, Instant, Zone,
        value::{Fields, Value},
    },
    people::{ConsentKind, Language},
    trigger::RecordStatus,
};
use chrono::NaiveTime;
use std::{collections::BTreeSet, sync::Arc};

/// One customer as an import gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerRow {
    /// The source's own id. Without one the mailbox says who it is.
    pub external_id: Option<String>,
    /// Where to write.
    pub address: EmailAddress,
    /// The declared fields that hold something.
    pub fields: Fields,
    /// Declared fields that the source has no column for: what is known of them stays, see [`merged`]. All others that
    /// are missing in `fields` are removed.
    pub untold: Arc<BTreeSet<String>>,
    /// The customer's own zone. `None` leaves what is known.
    pub zone: Option<Zone>,
    /// The customer's own language. `None` leaves what is known.
    pub language: Option<Language>,
    /// What the source says about consent.
    pub consents: Vec<ConsentClaim>,
}

/// A consent that an import vouches for. It never overrides a person's own no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentClaim {
    /// The purpose's key.
    pub purpose: String,
    /// Yes or no.
    pub kind: ConsentKind,
    /// When.
    pub at: Instant,
    /// Where it is written: file and line.
    pub source: String,
    /// In which language the words were shown, where that is known.
    pub language: Option<Language>,
    /// Until when, exclusive, where they agreed for a time.
    pub expires_at: Option<Instant>,
}

impl ConsentClaim {
    /// One that says no more than this.
    #[must_use]
    pub fn new(purpose: &str, kind: ConsentKind, at: Instant, source: &str) -> Self {
        let (purpose, source) = (purpose.to_owned(), source.to_owned());
        Self { purpose, kind, at, source, language: None, expires_at: None }
    }
}

impl CustomerRow {
    /// Somebody of whom nothing but an address is known.
    #[must_use]
    pub fn of_address(address: EmailAddress, language: Option<Language>) -> Self {
        let (fields, consents) = (Fields::new(), Vec::new());
        Self { external_id: None, address, fields, untold: Arc::default(), zone: None, language, consents }
    }
}

/// How a record names its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerRef {
    /// By the source's id.
    ExternalId(String),
    /// By the address, which must be one customer's alone.
    Address {
        /// It.
        address: EmailAddress,
        /// As it was written: it may be an id, where a no is taken.
        text: String,
    },
}

/// One record as an import gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// The record type's name in the policy.
    pub kind: String,
    /// The source's own id, unique in its type.
    pub external_id: String,
    /// Whose.
    pub customer: CustomerRef,
    /// The declared fields that hold something.
    pub fields: Fields,
    /// As in [`CustomerRow::untold`].
    pub untold: Arc<BTreeSet<String>>,
    /// Declared fields that calendars tell: of a record that one tells of, they stay as they are known.
    pub left_to_calendars: Arc<BTreeSet<String>>,
    /// Live or cancelled. `None` where the source doesn't say: what is known stays, and a new record is live.
    pub status: Option<RecordStatus>,
}

impl RecordRow {
    /// The latest date that it bears, where it bears one; civil times without a zone are meant in this one.
    #[must_use]
    pub fn latest_date(&self, zone: Zone) -> Option<Instant> {
        let date = |value: &Value| match value {
            Value::Datetime(time) => Some(time.at(zone)),
            // What it was on that day nobody knows: not before its beginning.
            Value::Date(day) => Some(zone.resolve(day.and_time(NaiveTime::MIN))),
            _ => None,
        };
        self.fields.values().filter_map(date).max()
    }
}

/// The fields that an import leaves: those that it gives, and of those that are `known` the ones it couldn't tell about.
#[must_use]
pub fn merged(given: &Fields, untold: &BTreeSet<String>, known: &Fields) -> Fields {
    let kept = known.iter().filter(|(name, _)| untold.contains(*name) && !given.contains_key(*name));
    given.iter().chain(kept).map(|(name, value)| (name.clone(), value.clone())).collect()
}

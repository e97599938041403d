//! Which occurrences a record gives rise to: a trigger that fired for a customer and a record.

use crate::{
    base::{CustomerId, Instant, RecordId, Value, Zone, civil::CivilTime, value::Fields},
    workflow::Workflow,
};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

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

/// Whether the record still stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordStatus {
    /// It stands.
    Live,
    /// Its source took it back. It doesn't come to life again by an import of the same data.
    Cancelled,
}

/// A trigger that fired: this record, at this civil start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
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
    /// The identity, for ever: `<record>@2026-03-29T10:00[Europe/Paris]`. A visit that moves is another occurrence.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}@{}[{}]", self.record, self.start.format("%Y-%m-%dT%H:%M"), self.zone)
    }

    /// When the visit begins.
    #[must_use]
    pub fn starts_at(&self) -> Instant {
        self.zone.resolve(self.start)
    }
}

/// The civil start that an occurrence's key names, with its zone: what the customer was told by a message about it.
#[must_use]
pub fn start_in(key: &str) -> Option<CivilTime> {
    let (_record, start) = key.split_once('@')?;
    CivilTime::parse(start).filter(|start| start.zone.is_some())
}

/// The occurrence that a record gives rise to for a workflow. `None` when the record is cancelled, is of another type,
/// or has no date.
#[must_use]
pub fn occurrence(workflow: &Workflow, record: &Record, customer_zone: Zone) -> Option<Occurrence> {
    if record.kind != workflow.record || record.status == RecordStatus::Cancelled {
        return None;
    }
    let Some(Value::Datetime(start)) = record.fields.get(&workflow.date_field) else { return None };
    Some(Occurrence {
        record: record.id,
        customer: record.customer,
        start: start.local,
        zone: start.zone.unwrap_or(customer_zone),
    })
}

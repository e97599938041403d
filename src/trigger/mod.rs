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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{Asks, IfMoved, IfQuiet, IfUncertain, State};
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
            state: State::default(),
            record: "appointment".to_owned(),
            date_field: "starts_at".to_owned(),
            steps: Vec::new(),
            caps: Vec::new(),
            only_if: None,
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
        let key = |start: &str| occurrence(&workflow(), &record(start), zone("Asia/Tokyo")).unwrap().key();
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
        let start = start_in(&visit.key()).unwrap();
        assert_eq!((start.local, start.zone), (visit.start, Some(visit.zone)));
        assert_eq!(start.at(Zone::UTC), visit.starts_at());
        for broken in ["", "7", "7@", "7@2027-03-30T10:00", "7@2027-03-30T10:00[Mars/Olympus]", "7@soon[Europe/Paris]"]
        {
            assert_eq!(start_in(broken), None, "{broken:?}");
        }
    }
}

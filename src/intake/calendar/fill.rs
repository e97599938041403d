//! From a visit to what the store takes: the declared fields, as the policy fills them.

use super::visit::{Standing, Visit};
use crate::{
    base::Value,
    policy::{CalendarPart, RecordType},
    store::calendar::{Teller, VisitContent, VisitRow},
    trigger::RecordStatus,
};
use std::{collections::BTreeSet, sync::Arc};

/// Fills rows of one record type.
#[derive(Debug)]
pub struct Filler<'a> {
    kind: &'a str,
    record: &'a RecordType,
    teller: Teller,
    untold: Arc<BTreeSet<String>>,
}

impl<'a> Filler<'a> {
    /// For visits of this type, told by this file or calendar.
    #[must_use]
    pub fn new(kind: &'a str, record: &'a RecordType, teller: Teller) -> Self {
        let untold = record.fields.iter().filter(|(_, field)| field.calendar.is_none());
        let untold = Arc::new(untold.map(|(name, _)| name.clone()).collect());
        Self { kind, record, teller, untold }
    }

    /// The row of a visit.
    #[must_use]
    pub fn row(&self, visit: &Visit) -> VisitRow {
        let fill = |part: CalendarPart| match part {
            CalendarPart::Start => Some(Value::Datetime(visit.start)),
            CalendarPart::Minutes => visit.minutes.map(Value::Integer),
            CalendarPart::Status => Some(Value::Text(visit.standing.word().to_owned())),
            CalendarPart::Title => visit.summary.clone().map(Value::Text),
            CalendarPart::Notes => visit.description.clone().map(Value::Text),
            CalendarPart::Place => visit.location.clone().map(Value::Text),
        };
        let fields = self.record.fields.iter();
        let fields = fields.filter_map(|(name, field)| Some((name.clone(), fill(field.calendar?)?))).collect();
        let texts = [&visit.summary, &visit.description, &visit.location];
        VisitRow {
            teller: self.teller.clone(),
            kind: self.kind.to_owned(),
            external_id: visit.id.clone(),
            starts_at: visit.starts_at,
            sequence: visit.sequence,
            status: match visit.standing {
                Standing::Booked | Standing::Tentative => RecordStatus::Live,
                Standing::Cancelled => RecordStatus::Cancelled,
            },
            content: VisitContent {
                fields,
                untold: Arc::clone(&self.untold),
                people: visit.people.iter().map(|person| (person.address.clone(), person.name.clone())).collect(),
                texts: texts.into_iter().flatten().cloned().collect(),
            },
        }
    }
}

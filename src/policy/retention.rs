//! Which of somebody's data are to go: those whose time is over, and those that served only what the person has stopped.
//!
//! A field of a record is kept for its `keep` after the record's date: the latest date that stands in it, so that a visit
//! that is still to come is kept, and the day on which it became known where it has none. A field of a customer is kept for
//! its `keep` after the last that was heard of them: a record, or a word about a purpose. Nobody knows when it was of
//! somebody of whom nothing was ever heard, so that nothing of theirs goes by this rule.
//!
//! A purpose that a person has stopped takes the fields that may serve it and nothing else that they still get. What `"*"`
//! names serves the others, too; so it stays, and so do the fields by which a calendar's visits find their customer: without
//! them the owner would be asked whose visit it is, again and again. A record whose date is still to come loses nothing by a stop:
//! the visit takes place, and whoever wants its reminder after all gets it.
//!
//! Invariant: histories of consent, the ledger and suppressions are no fields. They are evidence, and stay.

use super::{Field, Matching, Policy, field::FieldPurposes};
use crate::base::{Instant, Term, Value, Zone, value::Fields};
use std::collections::{BTreeMap, BTreeSet};

/// `[retention]`: how long things are kept that have no fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// What a calendar says of a visit that nobody is known for, from when it takes place.
    pub visits_of_nobody: Term,
    /// A task, from when it was done, dropped or withdrawn.
    pub tasks: Term,
}

impl Default for Terms {
    fn default() -> Self {
        Self { visits_of_nobody: Term::Days(30), tasks: Term::Days(90) }
    }
}

/// When a thing's data began to be old, and what its person has stopped.
#[derive(Clone, Debug)]
pub struct Kept<'a> {
    /// The day from which `keep` counts; `None`: nobody knows.
    pub since: Option<Instant>,
    /// The purposes that the person has stopped.
    pub stopped: &'a BTreeSet<String>,
    /// Now.
    pub now: Instant,
}

impl Policy {
    /// The fields of a record that are to go.
    #[must_use]
    pub fn overdue_of_record(&self, kind: &str, fields: &Fields, kept: &Kept<'_>) -> BTreeSet<String> {
        let Some(record) = self.records.get(kind) else { return BTreeSet::new() };
        let zone = self.business.time_zone;
        let date = fields.values().filter_map(|value| date_of(value, zone)).max();
        let nothing = BTreeSet::new();
        let stopped = if date.is_some_and(|date| date > kept.now) { &nothing } else { kept.stopped };
        let kept = Kept { since: date.or(kept.since), stopped, now: kept.now };
        overdue(&record.fields, fields, &kept, zone).collect()
    }

    /// The fields of a customer that are to go.
    #[must_use]
    pub fn overdue_of_customer(&self, fields: &Fields, kept: &Kept<'_>) -> BTreeSet<String> {
        let zone = self.business.time_zone;
        let finds = |name: &String| {
            let Matching { telephone, first_name, last_name, .. } = &self.matching;
            [telephone, first_name, last_name].into_iter().flatten().any(|field| field == name)
        };
        let is_over = |name: &String| {
            let keep = self.customer.get(name).and_then(|field| field.keep);
            keep.zip(kept.since).is_some_and(|(keep, since)| keep.end(since, zone) <= kept.now)
        };
        overdue(&self.customer, fields, kept, zone).filter(|name| !finds(name) || is_over(name)).collect()
    }
}

fn date_of(value: &Value, zone: Zone) -> Option<Instant> {
    match value {
        Value::Datetime(at) => Some(at.at(zone)),
        Value::Date(day) => Some(zone.resolve(day.and_time(chrono::NaiveTime::MIN))),
        _ => None,
    }
}

fn overdue<'a>(
    declared: &'a BTreeMap<String, Field>,
    fields: &'a Fields,
    kept: &'a Kept<'_>,
    zone: Zone,
) -> impl Iterator<Item = String> + 'a {
    let is_overdue = move |name: &&String| {
        // What the policy doesn't declare any more is read by nobody, and may be there again after the next change.
        let Some(field) = declared.get(*name) else { return false };
        let is_over = field.keep.zip(kept.since).is_some_and(|(keep, since)| keep.end(since, zone) <= kept.now);
        let is_stopped = match &field.purposes {
            FieldPurposes::All => false,
            FieldPurposes::Only(purposes) => !purposes.is_empty() && purposes.is_subset(kept.stopped),
        };
        is_over || is_stopped
    };
    fields.keys().filter(is_overdue).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Term, civil::CivilTime},
        policy::{FieldType, WrittenBy},
    };

    fn field(keep: Option<Term>, purposes: FieldPurposes) -> Field {
        let kind = FieldType::Text;
        Field {
            kind,
            purposes,
            keep,
            sensitive: false,
            title: None,
            category: None,
            calendar: None,
            order: None,
            written_by: WrittenBy::Imports,
        }
    }

    fn only(purposes: &[&str]) -> FieldPurposes {
        FieldPurposes::Only(purposes.iter().map(|purpose| (*purpose).to_owned()).collect())
    }

    /// How long it is kept, what it may serve, days since, what is stopped; whether it goes.
    type Case = (Option<Term>, FieldPurposes, i64, &'static [&'static str], bool);

    #[test]
    fn a_field_goes_at_its_end_or_with_the_last_purpose_that_it_may_serve() {
        let days = Some(Term::Days(30));
        let cases: [Case; 8] = [
            (days, FieldPurposes::All, 29, &[], false),
            (days, FieldPurposes::All, 30, &[], true),
            (None, FieldPurposes::All, 9_999, &["news", "visits"], false),
            (None, only(&["news"]), 0, &["news"], true),
            (None, only(&["news", "visits"]), 0, &["news"], false),
            (None, only(&["news", "visits"]), 0, &["news", "visits"], true),
            (days, only(&["news"]), 1, &["visits"], false),
            // Declared for nothing: a sensitive field where all purposes are marketing. Nobody stopped anything.
            (None, only(&[]), 0, &["news"], false),
        ];
        for (keep, purposes, after, stopped, goes) in cases {
            let declared = BTreeMap::from([("size".to_owned(), field(keep, purposes.clone()))]);
            let fields = Fields::from([("size".to_owned(), Value::Text("38".to_owned()))]);
            let stopped = stopped.iter().map(|purpose| (*purpose).to_owned()).collect();
            let now = Instant::from_ms(after * 86_400_000);
            let kept = Kept { since: Some(Instant::from_ms(0)), stopped: &stopped, now };
            let gone: Vec<String> = overdue(&declared, &fields, &kept, Zone::UTC).collect();
            assert_eq!(!gone.is_empty(), goes, "{keep:?} {purposes:?} after {after} days, {stopped:?} stopped");
        }
    }

    #[test]
    fn a_records_date_is_the_latest_that_stands_in_it() {
        let at = |text: &str| Value::Datetime(CivilTime::parse(text).unwrap());
        let paris = Zone::parse("Europe/Paris").unwrap();
        let dates = ["2027-03-30T10:00", "2027-03-30T10:00[Asia/Tokyo]"].map(|text| date_of(&at(text), paris).unwrap());
        assert!(dates[1] < dates[0], "by its own zone, else by the business's");
        assert_eq!(date_of(&Value::Text("2027-03-30".to_owned()), paris), None);
    }
}

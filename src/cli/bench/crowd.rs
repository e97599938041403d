//! A crowd: a business with so many customers, their birthdays, visits, purchases and consents, the same in each run.
//!
//! What the installation's workflows ask for decides what is made up: a record for each type with a date that one counts
//! from, a day of the year for each field of that kind, a yes to three purposes in four.

use super::yard::{self, CHUNK, Yard};
use crate::{
    base::{Instant, Value, Zone, civil::MonthDay, value::Fields},
    config::Installation,
    people::{ConsentKind, Language},
    policy::{Basis, FieldType, Policy},
    store::{ConsentClaim, CustomerRow},
    workflow::{CUSTOMER, Oversight},
};
use anyhow::Context;
use chrono::{Datelike, Days, NaiveTime};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Visits and purchases lie up to so many days back; visits that are to come, up to so many ahead.
const DAYS_BACK: u32 = 90;
const DAYS_AHEAD: u32 = 40;
/// A yes was said up to so many days ago.
const AGREED_DAYS: u32 = 720;
const DAY: Duration = Duration::from_hours(24);

/// Everything is approved, nothing held out.
pub fn live(mut installation: Installation) -> Installation {
    for workflow in installation.workflows.values_mut().filter_map(Arc::get_mut) {
        workflow.oversight = Oversight::NONE;
    }
    installation
}

/// People with birthdays and nothing else: so many each day, beginning with this one.
///
/// # Errors
/// When they can't be taken.
pub async fn with_birthdays(yard: &Yard, people: usize, a_day: usize, first: Instant) -> anyhow::Result<()> {
    let policy = Arc::clone(&yard.installation.policy);
    let days = (people / a_day.max(1)).max(1);
    for chunk in (0..people).collect::<Vec<_>>().chunks(CHUNK) {
        let rows = chunk.iter().map(|i| yard::customer(*i, person(&policy, *i, |_| (i % days) as u64, first)));
        yard.put_customers(rows.collect::<anyhow::Result<_>>()?).await?;
    }
    Ok(())
}

/// People with all that the workflows may be about.
///
/// # Errors
/// When they can't be taken.
pub async fn with_everything(yard: &Yard, people: usize, now: Instant) -> anyhow::Result<()> {
    let installation = Arc::clone(&yard.installation);
    for chunk in (0..people).collect::<Vec<_>>().chunks(CHUNK) {
        let rows = chunk.iter().map(|i| agreed(&installation.policy, *i, now));
        yard.put_customers(rows.collect::<anyhow::Result<_>>()?).await?;
    }
    let midnight = Zone::UTC.resolve(Zone::UTC.local(now).date().and_time(NaiveTime::MIN));
    let mut number = 0;
    for (kind, (field, is_ahead)) in dated(&installation) {
        let record = installation.policy.records.get(kind).context("a record type is not declared")?;
        let fields = yard::specimen(kind, &record.fields);
        for chunk in (0..people).collect::<Vec<_>>().chunks(CHUNK) {
            let mut rows = Vec::with_capacity(2 * CHUNK);
            for i in chunk {
                let back = midnight.minus(DAY * (1 + days(*i, "back", DAYS_BACK))).plus(opening(*i, "back"));
                let ahead = midnight.plus(DAY * (1 + days(*i, "ahead", DAYS_AHEAD))).plus(opening(*i, "ahead"));
                let ahead = is_ahead.then_some(ahead);
                for date in std::iter::once(back).chain(ahead) {
                    let mut fields = fields.clone();
                    fields.insert(field.to_owned(), yard::at(date));
                    rows.push(yard::record(kind, number, *i, fields));
                    number += 1;
                }
            }
            yard.put_records(rows).await?;
        }
    }
    Ok(())
}

/// The record types that a workflow counts from: by which field, and whether to what is still to come.
fn dated(installation: &Installation) -> BTreeMap<&str, (&str, bool)> {
    let mut dated: BTreeMap<&str, (&str, bool)> = BTreeMap::new();
    for trigger in installation.workflows.values().map(|workflow| &workflow.trigger) {
        if let Some(date) = trigger.date() {
            dated.entry(&date.record).or_insert((&date.field, false)).1 |= trigger.is_ahead();
        }
    }
    dated
}

fn agreed(policy: &Policy, i: usize, now: Instant) -> anyhow::Result<CustomerRow> {
    let asked = policy.purposes.iter().filter(|(_, purpose)| purpose.basis == Basis::Consent);
    let yes = asked.filter(|(key, _)| chance(i, key, 4) < 3).map(|(key, _)| {
        let at = now.minus(DAY * days(i, key, AGREED_DAYS)).minus(opening(i, key));
        ConsentClaim::new(key, ConsentKind::Granted, at, "a benchmark")
    });
    Ok(CustomerRow {
        language: Language::parse(if chance(i, "language", 2) == 0 { "en" } else { "fr" }),
        zone: Zone::parse("America/New_York").filter(|_| chance(i, "zone", 8) == 0),
        consents: yes.collect(),
        ..yard::customer(i, person(policy, i, |field| chance(i, field, 365), now))?
    })
}

/// One person's fields; `day` is the distance of a day of the year from the first.
fn person(policy: &Policy, i: usize, day: impl Fn(&str) -> u64, first: Instant) -> Fields {
    let mut fields = yard::specimen(CUSTOMER, &policy.customer);
    for (name, field) in &policy.customer {
        let value = match field.kind {
            FieldType::MonthDay => {
                let date = Zone::UTC.local(first).date();
                let date = date.checked_add_days(Days::new(day(name))).unwrap_or(date);
                Value::MonthDay(MonthDay { month: date.month(), day: date.day() })
            }
            FieldType::Boolean => Value::Boolean(chance(i, name, 2) == 0),
            _ => continue,
        };
        fields.insert(name.clone(), value);
    }
    fields
}

fn days(i: usize, question: &str, below: u32) -> u32 {
    u32::try_from(chance(i, question, below.into())).unwrap_or_default()
}

/// A quarter of an hour between eight in the morning and six in the evening.
fn opening(i: usize, question: &str) -> Duration {
    Duration::from_mins(8 * 60 + 15 * chance(i + 1, question, 40))
}

/// A number below `below`, by the person and the question: the mixing function of `splitmix64` over both.
fn chance(i: usize, question: &str, below: u64) -> u64 {
    let mixed = |seed: u64, next: u64| {
        let z = (seed ^ next).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    question.bytes().map(u64::from).fold(mixed(0, i as u64), mixed) % below
}

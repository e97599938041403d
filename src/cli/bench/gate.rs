//! How many decisions the gate makes on one core, and what a condition in CEL adds to each.
//!
//! The question is an ordinary one that every rule has to look at: a live visit, a zone other than UTC, quiet hours, caps,
//! and messages that count toward them. It is asked with two caps and ten messages, and with eight caps and fifty. Its
//! answer is "send": the longest path.

use super::Row;
use crate::{
    base::{
        Clock, CustomerId, Findings, Instant, PlanId, RecordId, Source, Value, Zone, civil::CivilTime, value::Fields,
    },
    clock::SystemClock,
    gate::{
        Besides, Facts, Rules, Slot, Verdict, decide,
        facts::{Approvals, PlanFacts, Sequence},
    },
    people::{Bars, ConsentState},
    policy::{self, OwnLimits, Policy},
    trigger::{self, Record, RecordStatus},
    workflow::{self, Workflow},
};
use anyhow::{Context, bail};
use std::{collections::BTreeSet, hint::black_box, time::Duration};

/// Decisions of one measurement.
const DECISIONS: u32 = 500_000;
/// Decisions with a condition, which take longer.
const CONDITIONS: u32 = 50_000;
/// Earlier messages to the same mailbox: few, and many.
const SLOTS: [u64; 2] = [10, 50];

const POLICY: &str = r#"
[business]
name = "Salon"
postal_address = "1 Main Street"
reply_to = "hello@salon.example"
time_zone = "Europe/Paris"
language = "en"
currency = "EUR"

[purposes.reminders]
title = "Reminders"
promise = "We write before each visit."
basis = "contract"
cap = [{ at_most = 3, per = "1 day" }]

[records.appointment.fields]
starts_at = { type = "datetime", purposes = ["reminders"] }
status = { type = "text", purposes = ["reminders"] }

[caps]
all = { at_most = 60, per = "60 days" }
all-marketing = { at_most = 4, per = "7 days" }

[quiet_hours]
from = "20:00"
to = "08:00"
"#;
const WORKFLOW: &str = r#"
purpose = "reminders"
template = "reminder"
approval = "none"

[trigger]
record = "appointment"
before = { field = "starts_at", by = ["24h", "2h"] }
"#;
const CONDITION: &str = "only_if = \"appointment.status == 'booked'\"\n";

/// Six caps beside those of the policy.
const CAPS: &str = r#"cap = [
    { at_most = 1, per = "1 hour" },
    { at_most = 1, per = "calendar day", same = "record" },
    { at_most = 5, per = "calendar week" },
    { at_most = 40, per = "calendar month" },
    { at_most = 80, per = "90 days" },
    { at_most = 100, per = "calendar year" },
]
"#;

/// Decisions a second on one core.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    plain: f64,
    with_condition: f64,
    many_caps: f64,
    many_caps_with_condition: f64,
}

/// Measures all.
///
/// # Errors
/// When the question of this file isn't answered with "send".
pub fn measure() -> anyhow::Result<Gate> {
    measure_with(DECISIONS, CONDITIONS)
}

fn measure_with(decisions: u32, conditions: u32) -> anyhow::Result<Gate> {
    let reading = policy::parse::parse(&Source::new("policy.toml", POLICY));
    let policy = sound(reading.policy, &reading.findings)?;
    let rate = |caps: &str, condition: &str, slots: u64, decisions: u32| {
        rate(&policy, &workflow(&policy, format!("{caps}{WORKFLOW}{condition}"))?, slots, decisions)
    };
    let [few, many] = SLOTS;
    Ok(Gate {
        plain: rate("", "", few, decisions)?,
        with_condition: rate("", CONDITION, few, conditions)?,
        many_caps: rate(CAPS, "", many, decisions)?,
        many_caps_with_condition: rate(CAPS, CONDITION, many, conditions)?,
    })
}

fn workflow(policy: &Policy, text: String) -> anyhow::Result<Workflow> {
    let source = Source::new("workflows/reminder.toml", text);
    let templates = BTreeSet::from(["reminder".to_owned()]);
    let (workflow, findings) =
        workflow::parse::parse(&source, "reminder", &|_| String::new(), Some(policy), &templates);
    sound(workflow, &findings)
}

/// The files of this measurement stand in this file, so a finding is our own mistake.
fn sound<T>(read: Option<T>, findings: &Findings) -> anyhow::Result<T> {
    let mistake = || format!("a file of this measurement doesn't read: {findings:?}");
    read.filter(|_| findings.is_empty()).with_context(mistake)
}

fn rate(policy: &Policy, workflow: &Workflow, slots: u64, decisions: u32) -> anyhow::Result<f64> {
    let facts = facts(workflow, slots).context("the facts of this measurement don't fit its workflow")?;
    let rules = Rules { policy, workflow: Some(workflow) };
    let begun = SystemClock.boot();
    let mut sent = 0;
    for _ in 0..decisions {
        sent += u32::from(matches!(decide(black_box(&facts), &rules).verdict, Verdict::Send(_)));
    }
    if sent != decisions {
        bail!("{} of {decisions} decisions were not \"send\"", decisions - sent);
    }
    super::rate(usize::try_from(decisions)?, begun)
}

/// The reminder of the day before, asked at the moment that it is due.
fn facts(workflow: &Workflow, slots: u64) -> Option<Facts> {
    let zone = Zone::parse("Europe/Paris")?;
    let date = workflow.trigger.date()?;
    let start = CivilTime::parse("2027-03-30T10:00")?;
    let record = Record {
        id: RecordId(7),
        kind: date.record.clone(),
        customer: CustomerId(1),
        fields: Fields::from([
            (date.field.clone(), Value::Datetime(start)),
            ("status".to_owned(), Value::Text("booked".to_owned())),
        ]),
        version: 1,
        status: RecordStatus::Live,
    };
    let occurrence = trigger::occurrence(workflow, &record, zone)?.key;
    let now = start.at(zone).minus(Duration::from_hours(24));
    Some(Facts {
        now,
        halt: None,
        skipped_to: None,
        plan: PlanFacts {
            id: PlanId(100),
            epoch: 1,
            customer: record.customer,
            workflow: workflow.name.clone(),
            step: workflow.steps.first()?.name.clone(),
            occurrence: occurrence.clone(),
            purpose: workflow.purpose.clone(),
            due_at: now,
            expires_at: start.at(zone),
        },
        zone: Ok(zone),
        customer: Ok(Fields::new()),
        customer_version: 1,
        bars: Bars::default(),
        suppressions: Vec::new(),
        consent: ConsentState::Never,
        record: Ok(record),
        occurrence: Some(occurrence),
        sequence: Sequence::default(),
        draw: 0,
        approvals: Approvals::default(),
        besides: Besides::default(),
        own_limits: Ok(OwnLimits::default()),
        snooze: None,
        cap_keys: Vec::new(),
        slots: (1..=slots).map(|days| slot(workflow, now.minus(Duration::from_hours(24 * days)))).collect(),
    })
}

fn slot(workflow: &Workflow, at: Instant) -> Slot {
    let (record, cap_keys) = (RecordId(0), Vec::new());
    Slot {
        plan: PlanId(0),
        at,
        purpose: workflow.purpose.clone(),
        marketing: false,
        workflow: workflow.name.clone(),
        record,
        cap_keys,
    }
}

/// For the table.
pub fn rows(gate: &Gate) -> Vec<Row> {
    let plain = |what, rate: f64, wanted, limit: f64| Row {
        what,
        measured: format!("{rate:.0} a second"),
        wanted,
        reached: format!("{:.1} times", rate / limit),
    };
    let with_condition = |what, rate: f64, plain: f64| Row {
        what,
        measured: format!("{rate:.0} a second"),
        wanted: "reported",
        reached: format!("CEL's share: {:.0} %", 100.0 * (1.0 - rate / plain)),
    };
    vec![
        plain("gate decisions on one core, CEL apart", gate.plain, "over 500,000 a second", 500_000.0),
        with_condition("gate decisions with a condition in CEL", gate.with_condition, gate.plain),
        plain("with 8 caps and 50 earlier messages", gate.many_caps, "over 200,000 a second", 200_000.0),
        with_condition("the same with a condition in CEL", gate.many_caps_with_condition, gate.many_caps),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_of_this_measurement_is_answered_with_send() {
        let gate = measure_with(1, 1).unwrap();
        let rates = [gate.plain, gate.with_condition, gate.many_caps, gate.many_caps_with_condition];
        assert!(rates.iter().all(|rate| *rate > 0.0), "{gate:?}");
    }
}

//! The salon of the pure tests: its policy, its workflow, and Anna, who lives in Paris and has a visit on Tuesday,
//! 30 March 2027, at 10:00. Two days before it the clocks went forward.

use chrono::{NaiveDateTime, NaiveTime};
use comity::{
    base::{
        CustomerId, EmailAddress, Instant, PlanId, RecordId, Value, WordingDigest, Zone, civil::CivilTime,
        value::Fields,
    },
    gate::{
        Besides, Facts,
        facts::{Approvals, PlanFacts, Sequence},
    },
    people::{Bars, ConsentState, Grant, Language, consent::ConsentMethod},
    policy::{Basis, Business, Caps, Merging, OwnLimits, Policy, Purpose, QuietHours},
    trigger::{Occurrence, Record, RecordStatus},
    workflow::{
        Asks, DateOf, IfMoved, IfQuiet, IfUncertain, Offset, Order, Oversight, Priority, Side, StepAt, StepRule,
        Trigger, Workflow,
    },
};
use std::collections::{BTreeMap, BTreeSet};

pub const REMINDERS: &str = "appointment-reminders";
pub const BIRTHDAY: &str = "birthday";

pub fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap_or_else(|| panic!("no zone {name}"))
}

pub fn paris() -> Zone {
    zone("Europe/Paris")
}

pub fn civil(text: &str) -> NaiveDateTime {
    CivilTime::parse(text).unwrap_or_else(|| panic!("no civil time: {text}")).local
}

/// The instant of a civil time in Paris.
pub fn at(text: &str) -> Instant {
    paris().resolve(civil(text))
}

/// A time of the day, `HH:MM`.
pub fn time(text: &str) -> NaiveTime {
    comity::base::civil::parse_time(text).unwrap_or_else(|| panic!("no time: {text}"))
}

pub fn quiet(from: &str, to: &str) -> QuietHours {
    QuietHours::daily(time(from), time(to))
}

pub fn purpose(title: &str, basis: Basis) -> Purpose {
    let promise = "We write when it helps you.".to_owned();
    Purpose {
        title: title.to_owned(),
        wording: WordingDigest::of(title, &promise),
        promise,
        translations: BTreeMap::new(),
        basis,
        sale: None,
        checkout: Vec::new(),
        double_opt_in: false,
        consent_lasts: None,
        caps: Vec::new(),
        merging: Merging::No,
        obeys_caps: true,
        counts_toward_caps: true,
        prices_depend_on: BTreeSet::new(),
        quiet_hours: None,
    }
}

/// Two purposes, one by contract and one by consent; quiet from 20:00 to 08:00; no caps.
pub fn policy() -> Policy {
    Policy {
        business: Business {
            name: "Salon Lumière".to_owned(),
            postal_address: "12 rue des Lilas, 69001 Lyon, France".to_owned(),
            reply_to: EmailAddress::parse("hello@salon.example").unwrap(),
            time_zone: paris(),
            language: Language::parse("en").unwrap(),
            currency: "EUR".to_owned(),
            look: comity::policy::Look::default(),
            links: comity::policy::Links::default(),
            privacy_notice_names: BTreeSet::new(),
            data_protection_officer: None,
            supervisory_authority: None,
        },
        purposes: BTreeMap::from([
            (REMINDERS.to_owned(), purpose("Appointment reminders", Basis::Contract)),
            (BIRTHDAY.to_owned(), purpose("Birthday note", Basis::Consent)),
        ]),
        customer: BTreeMap::new(),
        records: BTreeMap::new(),
        caps: Caps::default(),
        matching: comity::policy::Matching::default(),
        quiet_hours: Some(quiet("20:00", "08:00")),
        processors: BTreeMap::new(),
        retention: comity::policy::retention::Terms::default(),
        recommending: None,
        sign_above: comity::policy::Level::Medium,
    }
}

/// The step so long before a date.
pub fn before(text: &str) -> StepRule {
    let offset = Offset::parse(text, Side::Before).unwrap_or_else(|| panic!("offset {text}"));
    StepRule {
        task: None,
        name: offset.step(),
        at: StepAt::Anchor(offset),
        template: "appointment-reminder".to_owned(),
        only_if: None,
        cancel_after: None,
    }
}

/// Reminders at these offsets, the farthest first.
pub fn workflow(offsets: &[&str]) -> Workflow {
    Workflow {
        name: "appointment-reminder".to_owned(),
        purpose: REMINDERS.to_owned(),
        template: "appointment-reminder".to_owned(),
        oversight: Oversight::NONE,
        trigger: Trigger::Before(DateOf { record: "appointment".to_owned(), field: "starts_at".to_owned() }),
        order: Order::Independent,
        expires: None,
        exit_when: None,
        exit_on: BTreeSet::new(),
        priority: Priority::Normal,
        steps: offsets.iter().map(|text| before(text)).collect(),
        caps: Vec::new(),
        only_if: None,
        if_quiet: IfQuiet::Later,
        if_uncertain: IfUncertain::Leave,
        if_moved: IfMoved::Tell,
        asks: Asks::Nothing,
        ends_on: BTreeSet::new(),
        revision: "0123456789abcdef".to_owned(),
    }
}

/// Anna's visit at this civil time, in Paris.
pub fn visit(start: &str) -> Occurrence {
    Occurrence::at(&record(start), civil(start), paris())
}

pub fn record(start: &str) -> Record {
    let start = Value::Datetime(CivilTime { local: civil(start), zone: None });
    Record {
        id: RecordId(7),
        kind: "appointment".to_owned(),
        customer: CustomerId(1),
        fields: Fields::from([
            ("starts_at".to_owned(), start),
            ("status".to_owned(), Value::Text("booked".to_owned())),
        ]),
        version: 1,
        status: RecordStatus::Live,
    }
}

/// Anna's reminder of the day before, asked at the moment that it is due: nothing speaks against it.
pub fn facts() -> Facts {
    let occurrence = visit("2027-03-30T10:00").key;
    Facts {
        now: at("2027-03-29T10:00"),
        halt: None,
        skipped_to: None,
        plan: PlanFacts {
            id: PlanId(100),
            epoch: 3,
            customer: CustomerId(1),
            workflow: "appointment-reminder".to_owned(),
            step: before("24h").name,
            occurrence: occurrence.clone(),
            purpose: REMINDERS.to_owned(),
            due_at: at("2027-03-29T10:00"),
            expires_at: at("2027-03-30T08:00"),
        },
        zone: Ok(paris()),
        customer: Ok(Fields::new()),
        customer_version: 1,
        bars: Bars::default(),
        suppressions: Vec::new(),
        consent: ConsentState::Never,
        record: Ok(record("2027-03-30T10:00")),
        occurrence: Some(occurrence),
        sequence: Sequence::default(),
        draw: 0,
        approvals: Approvals::default(),
        besides: Besides::default(),
        own_limits: Ok(OwnLimits::default()),
        snooze: None,
        cap_keys: Vec::new(),
        slots: Vec::new(),
    }
}

/// A yes to the birthday note, in the words of today, as the business vouches for it.
pub fn granted(row: i64, at: Instant) -> ConsentState {
    let wording = Some(policy().purposes[BIRTHDAY].wording);
    ConsentState::Granted(Grant { row, at, method: ConsentMethod::InPerson, wording, expires_at: None })
}

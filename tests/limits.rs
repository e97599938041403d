//! Caps, calendar windows and quiet hours against a second program that shares no code: random policies, moments, zones and
//! messages, and for each hold the very millisecond at which it ends.
//!
//! `COMITY_LIMITS=20000000 cargo test --test all limits::` asks so many; by default it is a hundredth of that.

use crate::support::{
    anna::{self, REMINDERS},
    need,
    proof::{self, Dice},
    real::Premises,
};
use chrono::NaiveDate;
use comity::{
    base::{
        BlindIndex, Instant, PlanId, RecordId, Zone,
        civil::{MonthDay, parse_time},
    },
    gate::{Decision, Facts, Outcome, Rule, Rules, Slot, Until, Verdict, decide, facts::CapKey},
    policy::{
        Basis, Cap, OwnLimit, OwnLimits, Policy, QuietHours,
        cap::{RecordField, Same, Unit, Window},
        quiet::Span,
    },
    workflow::{IfQuiet, Workflow},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    num::NonZeroU32,
    path::Path,
    process::Command,
    time::Duration,
};

/// Where a day may begin at one o'clock, clocks move by half an hour, and offsets are odd.
const ZONES: [&str; 16] = [
    "Europe/Paris",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
];
/// The purposes' keys: one by contract, and two by consent.
const PURPOSES: [&str; 3] = [REMINDERS, "tips", "news"];
const WORKFLOWS: [&str; 2] = ["appointment-reminder", "visit-tips"];
const HOUR: u64 = 3_600_000;
/// Questions in one file.
const LOT: usize = 200_000;
/// From 1 January 2026, two years.
const BEGIN: i64 = 1_767_225_600_000;
const MINUTES: u64 = 2 * 365 * 24 * 60;

struct Question {
    facts: Facts,
    policy: Policy,
    workflow: Workflow,
}

impl Question {
    fn ask(&self, now: Instant) -> Decision {
        let facts = Facts { now, ..self.facts.clone() };
        decide(&facts, &Rules { policy: &self.policy, workflow: Some(&self.workflow) })
    }

    fn objects(&self, rule: Rule, now: Instant) -> bool {
        self.ask(now).findings.iter().any(|finding| finding.rule == rule && finding.outcome != Outcome::Pass)
    }

    /// What the gate says. The rule that holds still objects a millisecond before the hold's end, and at its end no longer.
    fn answer(&self) -> Value {
        match self.ask(self.facts.now).verdict {
            Verdict::Send(_) => json!(["send"]),
            Verdict::Refuse { rule, .. } => json!(["refuse", rule.name()]),
            Verdict::Hold { rule, until: Until::At(until), .. } => {
                assert!(self.objects(rule, Instant::from_ms(until.ms() - 1)), "{rule:?} ends before {until}");
                assert!(!self.objects(rule, until), "{rule:?} goes on after {until}");
                json!(["hold", rule.name(), until.ms()])
            }
            Verdict::Hold { rule, until, .. } => panic!("{rule:?} holds {until:?}"),
        }
    }

    fn own_limits(&self) -> &OwnLimits {
        self.facts.own_limits.as_ref().unwrap()
    }

    fn line(&self, zone: &str) -> Value {
        let purposes: BTreeMap<&str, Value> = self
            .policy
            .purposes
            .iter()
            .map(|(key, purpose)| {
                let marketing = purpose.basis.is_marketing();
                (
                    key.as_str(),
                    json!({"marketing": marketing, "obeys": purpose.obeys_caps, "counts": purpose.counts_toward_caps}),
                )
            })
            .collect();
        let list = |caps: &[Cap]| -> Vec<Value> { caps.iter().map(cap_line).collect() };
        let slot =
            |slot: &Slot| json!([slot.at.ms(), slot.purpose, slot.workflow, slot.record.0, values(&slot.cap_keys)]);
        json!({
            "zone": zone,
            "now": self.facts.now.ms(),
            "expires": self.facts.plan.expires_at.ms(),
            "quiet": self.policy.quiet_hours_of(&self.facts.plan.purpose).map(quiet_line),
            "if_quiet": if self.workflow.if_quiet == IfQuiet::Refuse { "refuse" } else { "later" },
            "purpose": self.facts.plan.purpose,
            "workflow": self.workflow.name,
            "record": 7,
            "values": values(&self.facts.cap_keys),
            "about": self.facts.sequence.about,
            "purposes": purposes,
            "caps": {
                "all": list(&self.policy.caps.all),
                "marketing": list(&self.policy.caps.all_marketing),
                "purpose": list(&self.policy.purposes[&self.facts.plan.purpose].caps),
                "workflow": list(&self.workflow.caps),
                "own": list(self.own_limits().of("")),
                "own_purpose": list(self.own_limits().of(&self.facts.plan.purpose)),
            },
            "slots": self.facts.slots.iter().map(slot).collect::<Vec<_>>(),
            "answer": self.answer(),
        })
    }
}

fn cap_line(cap: &Cap) -> Value {
    let per = match cap.per {
        Window::Rolling(length) => json!(length.as_millis()),
        Window::Calendar(unit) => json!(unit.name().trim_start_matches("calendar ")),
    };
    let same = match &cap.same {
        Same::Mailbox => "mailbox".to_owned(),
        Same::Record => "record".to_owned(),
        Same::Field(field) => field.to_string(),
    };
    json!([cap.at_most, per, same])
}

fn values(keys: &[CapKey]) -> Vec<Value> {
    keys.iter().map(|key| json!([key.field, key.value.0[0]])).collect()
}

/// A product or two, or none; now and then a maker as well.
fn cap_keys(dice: &mut Dice) -> Vec<CapKey> {
    let products = dice.pick(&[0, 1, 1, 2]);
    let fields =
        std::iter::repeat_n("purchase.product", products).chain((dice.below(4) == 0).then_some("purchase.maker"));
    let key =
        |field: &str| CapKey { field: field.to_owned(), value: BlindIndex([u8::try_from(dice.below(3)).unwrap(); 32]) };
    let keys: BTreeSet<CapKey> = fields.map(key).collect();
    keys.into_iter().collect()
}

fn quiet_line(quiet: &QuietHours) -> Value {
    let span = |span: &Span| [span.from, span.to].map(|at| at.format("%H:%M").to_string());
    let yearly = quiet.yearly.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "usual": span(&quiet.usual),
        "weekdays": quiet.weekdays.iter().map(|own| own.as_ref().map(span)).collect::<Vec<_>>(),
        "holidays": quiet.holidays,
        "yearly": yearly,
    })
}

fn quiet_hours(dice: &mut Dice) -> QuietHours {
    let time = |dice: &mut Dice| parse_time(&format!("{}:{:02}", dice.below(24), 15 * dice.below(4))).unwrap();
    let span = |dice: &mut Dice| {
        let from = time(dice);
        let to = std::iter::repeat_with(|| time(dice)).find(|to| *to != from).unwrap();
        Span { from, to }
    };
    let Span { from, to } = span(dice);
    let mut quiet = QuietHours::daily(from, to);
    if dice.below(2) == 0 {
        quiet.weekdays = std::array::from_fn(|_| (dice.below(3) == 0).then(|| span(dice)));
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        quiet.holidays = (0..dice.below(100)).map(|_| first + chrono::Days::new(dice.below(730))).collect();
        quiet.yearly = ["12-25", "01-01", "02-29"].into_iter().filter_map(MonthDay::parse).collect();
    }
    quiet
}

fn caps(dice: &mut Dice) -> Vec<Cap> {
    let count = dice.below(3);
    let cap = |dice: &mut Dice| {
        let at_most = NonZeroU32::new(1 + u32::try_from(dice.below(4)).unwrap()).unwrap();
        let per = match dice.below(2) {
            0 => Window::Rolling(Duration::from_millis(1 + dice.below(9 * 24 * HOUR))),
            _ => Window::Calendar(dice.pick(&Unit::ALL)),
        };
        let of_purchase =
            |field: &str| Same::Field(RecordField { kind: "purchase".to_owned(), field: field.to_owned() });
        let same = match dice.below(8) {
            0 | 1 => Same::Record,
            2 => of_purchase("product"),
            3 => of_purchase("maker"),
            _ => Same::Mailbox,
        };
        Cap { at_most, per, same }
    };
    (0..count).map(|_| cap(dice)).collect()
}

/// Of everything together, of the message's purpose, of another one: seldom all of them.
fn own_limits(dice: &mut Dice) -> OwnLimits {
    let mut limits = vec![];
    for purpose in ["", REMINDERS, "tips", "news"] {
        if dice.below(4) == 0
            && let Some(Cap { at_most, per, .. }) = caps(dice).pop()
        {
            limits.push(OwnLimit { purpose: purpose.to_owned(), at_most, per });
        }
    }
    limits.into()
}

/// Nothing but a limit speaks against the message.
fn question(dice: &mut Dice, zone: &str) -> Question {
    let mut policy = anna::policy();
    let tips = policy.purposes.remove(anna::BIRTHDAY).unwrap();
    policy.purposes.insert("tips".to_owned(), tips.clone());
    policy.purposes.insert("news".to_owned(), tips);
    for purpose in policy.purposes.values_mut() {
        purpose.caps = caps(dice);
        if purpose.basis == Basis::Contract {
            purpose.obeys_caps = dice.below(4) > 0;
            purpose.counts_toward_caps = dice.below(4) > 0;
        }
    }
    policy.caps.all = caps(dice);
    policy.caps.all_marketing = caps(dice);
    policy.quiet_hours = (dice.below(3) > 0).then(|| quiet_hours(dice));
    if dice.below(4) == 0 {
        policy.purposes.get_mut("tips").unwrap().quiet_hours = Some(quiet_hours(dice));
    }
    let mut workflow = anna::workflow(&["24h"]);
    workflow.name = dice.pick(&WORKFLOWS).to_owned();
    workflow.if_quiet = dice.pick(&[IfQuiet::Later, IfQuiet::Later, IfQuiet::Later, IfQuiet::Refuse]);
    workflow.caps = caps(dice);

    let now = Instant::from_ms(BEGIN + i64::try_from(60_000 * dice.below(MINUTES)).unwrap());
    let mut facts = anna::facts();
    facts.now = now;
    facts.zone = Ok(Zone::parse(zone).unwrap());
    facts.consent = anna::granted(1, Instant::from_ms(0));
    facts.plan.workflow.clone_from(&workflow.name);
    facts.plan.purpose = dice.pick(&PURPOSES).to_owned();
    facts.plan.due_at = Instant::from_ms(0);
    facts.plan.expires_at = now.plus(Duration::from_millis(1) + age(dice));
    facts.own_limits = Ok(own_limits(dice));
    facts.sequence.about = u32::try_from(dice.below(6)).unwrap().min(dice.pick(&[0, 0, 6]));
    facts.cap_keys = cap_keys(dice);
    facts.slots = (0..dice.below(12))
        .map(|_| {
            let purpose = dice.pick(&PURPOSES);
            Slot {
                plan: PlanId(99),
                at: now.minus(age(dice)),
                purpose: purpose.to_owned(),
                marketing: purpose != REMINDERS,
                workflow: dice.pick(&WORKFLOWS).to_owned(),
                record: RecordId(if dice.below(2) == 0 { 7 } else { 8 }),
                cap_keys: cap_keys(dice),
            }
        })
        .collect();
    Question { facts, policy, workflow }
}

/// Hours more often than months.
fn age(dice: &mut Dice) -> Duration {
    let days = dice.pick(&[1, 2, 10, 40, 400]);
    Duration::from_millis(dice.below(days * 24 * HOUR))
}

#[test]
fn caps_windows_and_quiet_hours_are_what_another_program_calculates() {
    if !need::program("python3") {
        return;
    }
    let wanted = std::env::var("COMITY_LIMITS").ok().and_then(|count| count.parse().ok()).unwrap_or(LOT);
    let mut dice = Dice::seeded(20_270_330);
    let folder = tempfile::tempdir().unwrap();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for lot in (0..wanted).step_by(LOT) {
        let mut text = String::new();
        for _ in lot..wanted.min(lot + LOT) {
            let zone = dice.pick(&ZONES);
            writeln!(text, "{}", question(&mut dice, zone).line(zone)).unwrap();
        }
        compare(folder.path(), &text, &mut seen);
    }
    assert_eq!(seen.values().sum::<u64>(), wanted as u64);
    for answer in ["send", "hold quiet-hours", "hold frequency", "refuse quiet-hours", "refuse frequency"] {
        assert!(seen.get(answer).is_some_and(|count| *count > 1_000), "too few of {answer:?}: {seen:?}");
    }
    println!("{seen:?}");
}

/// A rehearsal of two days by this workflow, over visits and what becomes of them on the way: what left, and why not.
fn days(workflow_cap: &str, visits: &str, changes: &[(&str, &str)]) -> Vec<String> {
    let workflow = format!(
        "purpose = \"reminders\"\ntemplate = \"plain\"\napproval = \"none\"\n{workflow_cap}\n[trigger]\nrecord = \"appointment\"\n\
         before = {{ field = \"starts_at\", by = [\"1h\"] }}\n"
    );
    let body = "You get this because you have a visit with us. {{datetime appointment.starts_at}}\n\
                {{business.postal_address}} {{stop_url}}\n";
    let premises = Premises::new(&[
        ("comity.toml", &proof::settings(25)),
        ("policy.toml", proof::POLICY),
        ("workflows/reminder.toml", &workflow),
        ("templates/mail/plain/subject.hbs", "Your visit\n"),
        ("templates/mail/plain/body.txt.hbs", body),
        ("templates/mail/plain/body.html.hbs", body),
        ("templates/mail/plain/sample.json", r#"{ "appointment": { "starts_at": "2027-03-30T10:00" } }"#),
    ]);
    let path = |file: &str| premises.path().join(file).to_str().unwrap().to_owned();
    let write = |file: &str, rows: &str| fs::write(path(file), format!("id;customer;starts_at\n{rows}")).unwrap();
    proof::write_customers(Path::new(&path("customers.csv")), 2);
    write("visits.csv", visits);
    let mut arguments: Vec<String> =
        ["rehearse", "--each", "--json", "--from", "2027-03-08", "--to", "2027-03-10"].map(ToOwned::to_owned).into();
    arguments.extend([
        "--customers".to_owned(),
        path("customers.csv"),
        "--appointments".to_owned(),
        path("visits.csv"),
    ]);
    for (place, (time, rows)) in changes.iter().enumerate() {
        let file = format!("change{place}.csv");
        write(&file, rows);
        arguments.extend(["--change".to_owned(), format!("{time}={}", path(&file))]);
    }
    let said = premises.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let because = if text("outcome") == "sent" { String::new() } else { format!(" {}", line["reason"]) };
        format!("{} {} {}{because}", text("local"), text("record"), text("outcome"))
    };
    said.lines().map(line).filter(|line| !line.contains("voided")).collect()
}

#[test]
fn after_four_messages_about_one_visit_the_fifth_is_refused_however_often_it_moves() {
    let moves = [
        ("2027-03-08T09:30", "A1;C1;2027-03-08T12:00\n"),
        ("2027-03-08T11:30", "A1;C1;2027-03-08T14:00\n"),
        ("2027-03-08T13:30", "A1;C1;2027-03-08T16:00\n"),
    ];
    let told = days("", "A1;C1;2027-03-08T10:00\nA2;C1;2027-03-08T18:00\n", &moves);
    let enough = r#"refused {"enough-about-record":{"at_most":4}}"#;
    assert_eq!(
        told,
        [
            "2027-03-08T09:00 A1 sent".to_owned(),
            "2027-03-08T09:30 A1 sent".to_owned(),
            "2027-03-08T11:00 A1 sent".to_owned(),
            "2027-03-08T11:30 A1 sent".to_owned(),
            format!("2027-03-08T13:00 A1 {enough}"),
            format!("2027-03-08T13:30 A1 {enough}"),
            format!("2027-03-08T15:00 A1 {enough}"),
            "2027-03-08T17:00 A2 sent".to_owned(),
        ]
    );
}

#[test]
fn a_workflows_cap_counts_by_the_calendar_and_a_records_cap_by_the_record() {
    let visits = "A1;C1;2027-03-08T10:00\nA2;C1;2027-03-08T23:30\nA3;C1;2027-03-09T03:00\nA4;C2;2027-03-08T11:00\n";
    let left = |cap: &str| -> Vec<String> {
        let told = days(cap, visits, &[]);
        told.into_iter().filter_map(|line| Some(line.strip_suffix(" sent")?.to_owned())).collect()
    };
    let (first, second) = ("2027-03-08T09:00 A1", "2027-03-08T22:30 A2");
    let (third, other) = ("2027-03-09T02:00 A3", "2027-03-08T10:00 A4");
    assert_eq!(left("cap = { at_most = 1, per = \"calendar day\" }"), [first, other, third]);
    assert_eq!(left("cap = { at_most = 1, per = \"24 hours\" }"), [first, other]);
    assert_eq!(left("cap = { at_most = 1, per = \"24 hours\", same = \"record\" }"), [first, other, second, third]);
}

fn compare(folder: &Path, questions: &str, seen: &mut BTreeMap<String, u64>) {
    let file = folder.join("questions.jsonl");
    fs::write(&file, questions).unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/limits_model.py");
    let output = Command::new("python3").arg(model).arg(&file).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (differs, last) = said.trim_end().rsplit_once('\n').unwrap_or(("", said.trim_end()));
    let first = differs.lines().next();
    assert!(first.is_none(), "{} answers differ, the first: {}", differs.lines().count(), first.unwrap_or_default());
    let summary: Value = serde_json::from_str(last).unwrap();
    for (answer, count) in summary["seen"].as_object().unwrap() {
        *seen.entry(answer.clone()).or_default() += count.as_u64().unwrap();
    }
}

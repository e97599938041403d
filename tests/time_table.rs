//! The time table: every zone of the IANA database, around each change of its clocks, by every rule that says when. A second
//! program works it all out again with Python's `zoneinfo`, from the wall times alone.
//!
//! `COMITY_TIME_TABLE_YEARS=17 cargo test --test all time_table:: -- --nocapture` looks at as many years from 2026; by default
//! it is two.

use crate::support::{anna, need, proof};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use comity::{
    base::{CustomerId, Instant, Value, Zone, civil::MonthDay, value::Fields},
    plan::schedule,
    policy::QuietHours,
    trigger::{self, Record, Zones},
    workflow::{Cron, IfMoved, LeapDay, Offset, Side, StepAt, StepRule, Trigger, WhoseClock, Workflow},
};
use serde_json::{Value as Json, json};
use std::{collections::BTreeSet, fmt::Write, fs, path::Path, process::Command, time::Duration};

const FIRST_YEAR: i32 = 2026;
/// Wall times around a change of the clocks; most changes lie between midnight and three.
const TIMES: [&str; 6] = ["00:00", "00:30", "01:59", "02:30", "03:00", "12:00"];
const OFFSETS: [(&str, Side); 6] = [
    ("24h", Side::Before),
    ("90m", Side::Before),
    ("1d", Side::Before),
    ("1d at 02:30", Side::Before),
    ("24h", Side::After),
    ("1d at 00:00", Side::After),
];
/// With the wall times that each means, for the second program.
const SCHEDULES: [(&str, &str); 4] =
    [("30 2 * * *", "02:30"), ("0 0 * * *", "00:00"), ("15 3 * * *", "03:15"), ("0 1,12 * * *", "01:00 12:00")];
const SPANS: [(&str, &str); 3] = [("20:00", "08:00"), ("02:15", "02:45"), ("23:30", "01:30")];

fn midnight(year: i32) -> Instant {
    Zone::UTC.resolve(NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_time(NaiveTime::MIN))
}

fn offset(zone: Zone, at: Instant) -> i64 {
    (zone.local(at) - Zone::UTC.local(at)).num_seconds()
}

/// The changes of a zone's clocks, to the minute.
fn changes(zone: Zone, from: Instant, to: Instant) -> Vec<Instant> {
    let day = Duration::from_hours(24);
    let days = std::iter::successors(Some(from), |at| Some(at.plus(day))).take_while(|at| *at < to);
    let change = |start: Instant| {
        let (mut low, mut high) = (start, start.plus(day));
        if offset(zone, low) == offset(zone, high) {
            return None;
        }
        while high.ms() - low.ms() > 60_000 {
            let middle = Instant::from_ms((low.ms() + high.ms()) / 120_000 * 60_000);
            if offset(zone, middle) == offset(zone, low) { low = middle } else { high = middle }
        }
        Some(high)
    };
    days.filter_map(change).collect()
}

fn rule(offset: Offset) -> StepRule {
    StepRule {
        task: None,
        name: offset.step(),
        at: StepAt::Anchor(offset),
        template: String::new(),
        only_if: None,
        cancel_after: None,
    }
}

fn about_customers(trigger: Trigger, step: Offset) -> Workflow {
    Workflow { trigger, steps: vec![rule(step)], if_moved: IfMoved::Silent, ..anna::workflow(&["24h"]) }
}

/// All questions about one change, with our answers in milliseconds.
fn questions(zone: Zone, change: Instant, lines: &mut String) {
    let mut note = |mut question: Json, answer: Vec<i64>| {
        question["zone"] = zone.name().into();
        question["answer"] = answer.into();
        writeln!(lines, "{question}").unwrap();
    };
    let day = zone.local(change).date();
    let days = || [-1, 0, 1].map(|away: i64| day.checked_add_signed(chrono::TimeDelta::days(away)).unwrap());
    for day in days() {
        for time in TIMES {
            let start = day.and_time(anna::time(time));
            for (text, side) in OFFSETS {
                let at = Offset::parse(text, side).unwrap().from(start, zone);
                let side = if side == Side::Before { "before" } else { "after" };
                note(json!({ "rule": "offset", "start": wall(start), "text": text, "side": side }), vec![at.ms()]);
            }
        }
    }
    let zones = Zones { customer: zone, business: Zone::UTC };
    let card = Record::card(CustomerId(1));
    let policy = comity::policy::Policy { quiet_hours: None, ..anna::policy() };
    let due = |workflow: &Workflow, customer: &Fields, from: Instant, to: Instant| -> Vec<i64> {
        let found = trigger::coming(workflow, &card, customer, zones, from, to);
        for occurrence in &found {
            let again = trigger::recall(workflow, &card, customer, zones, &occurrence.key);
            assert_eq!(again.as_ref(), Some(occurrence), "{zone}: an occurrence is known again by its key");
        }
        found
            .iter()
            .flat_map(|it| schedule(workflow, &policy, it, &Fields::new(), zone))
            .map(|plan| plan.due_at.ms())
            .collect()
    };
    let (from, to) = (change.minus(Duration::from_hours(40)), change.plus(Duration::from_hours(40)));
    let now = Offset::parse("0h", Side::After).unwrap();
    for (text, times) in SCHEDULES {
        let schedule = Box::new(Cron::parse(text).unwrap());
        let workflow = about_customers(Trigger::Cron { schedule, clock: WhoseClock::Customer }, now);
        let answer = due(&workflow, &Fields::new(), from, to);
        assert_eq!(answer.iter().collect::<BTreeSet<_>>().len(), answer.len(), "{zone}: {text} comes twice");
        note(json!({ "rule": "cron", "times": times, "from": from.ms(), "to": to.ms() }), answer);
    }
    for day in days() {
        use chrono::Datelike;
        let kept = MonthDay { month: day.month(), day: day.day() };
        let customer = Fields::from([("birthday".to_owned(), Value::MonthDay(kept))]);
        for time in ["00:00", "02:30", "09:00"] {
            let step = Offset::parse(&format!("0d at {time}"), Side::Before).unwrap();
            let trigger = Trigger::Yearly { field: "birthday".to_owned(), leap_day: LeapDay::default() };
            let whole = (zone.resolve(day.and_time(NaiveTime::MIN)), zone.resolve(day.and_time(anna::time("23:00"))));
            let answer = due(&about_customers(trigger, step), &customer, whole.0, whole.1);
            note(json!({ "rule": "yearly", "day": day.to_string(), "time": time }), answer);
        }
    }
    for (begins, ends) in SPANS {
        let quiet = QuietHours::daily(anna::time(begins), anna::time(ends));
        for minutes in (-24 * 60..24 * 60).step_by(97) {
            let at = Instant::from_ms(change.ms() + minutes * 60_000);
            let answer = quiet.around(at, zone).map(|(begins, ends)| vec![begins.ms(), ends.ms()]).unwrap_or_default();
            note(json!({ "rule": "quiet", "from": begins, "to": ends, "at": at.ms() }), answer);
        }
    }
}

fn wall(local: NaiveDateTime) -> String {
    local.format("%Y-%m-%dT%H:%M").to_string()
}

#[test]
fn every_zone_around_every_change_of_its_clocks_agrees_with_another_library() {
    if !need::program("python3") {
        return;
    }
    let years = i32::try_from(proof::scale("COMITY_TIME_TABLE_YEARS", 2)).unwrap();
    let (from, to) = (midnight(FIRST_YEAR), midnight(FIRST_YEAR + years));
    let folder = tempfile::tempdir().unwrap();
    let mut lines = String::new();
    let (mut zones, mut seen) = (0, 0);
    for name in Zone::names() {
        let zone = Zone::parse(name).unwrap();
        zones += 1;
        let mut changes = changes(zone, from, to);
        seen += changes.len();
        // One ordinary day as well: most zones have no changes.
        changes.push(from.plus(Duration::from_hours(24 * 100)));
        // What the zone itself is like, so that another edition of the database is told from another calculation.
        let probes: Vec<[i64; 2]> = changes
            .iter()
            .flat_map(|at| {
                [
                    at.minus(Duration::from_hours(48)),
                    at.minus(Duration::from_mins(1)),
                    *at,
                    at.plus(Duration::from_hours(48)),
                ]
            })
            .map(|at| [at.ms(), offset(zone, at)])
            .collect();
        writeln!(lines, "{}", json!({ "rule": "probe", "zone": name, "probes": probes })).unwrap();
        for change in changes {
            questions(zone, change, &mut lines);
        }
    }
    let file = folder.path().join("table.jsonl");
    fs::write(&file, lines).unwrap();
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/time_table.py");
    let output = Command::new("python3").arg(tool).arg(&file).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Json = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    println!("{zones} zones, {seen} changes in {years} years: {summary}");
    assert_eq!(summary["deviations"], json!([]));
    let unlike = summary["unlike"].as_array().unwrap().len();
    assert!(unlike * 50 < zones, "the two databases are too far apart to compare: {}", summary["unlike"]);
    assert!(summary["answers"].as_u64().unwrap() > 40_000, "{summary}");
}

/// What a schedule means, apart from zones, against a third reading of its five fields.
#[test]
fn a_schedule_means_what_another_library_reads_in_it() {
    let mut dice = proof::Dice::new();
    let number = |dice: &mut proof::Dice, low: u64, high: u64| (low + dice.below(high - low + 1)).to_string();
    let field = |dice: &mut proof::Dice, low: u64, high: u64| match dice.below(5) {
        0 => "*".to_owned(),
        1 => format!("{}-{}", low + dice.below(3), high - dice.below(3)),
        2 => format!("*/{}", 2 + dice.below(5)),
        3 => format!("{},{}", number(dice, low, high), number(dice, low, high)),
        _ => number(dice, low, high),
    };
    let start = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_time(NaiveTime::MIN);
    let mut compared = 0;
    for _ in 0..2000 {
        let (hour, month) = (field(&mut dice, 0, 23), field(&mut dice, 1, 12));
        let (day, weekday) = if dice.below(2) == 0 {
            (field(&mut dice, 1, 28), "*".to_owned())
        } else {
            ("*".to_owned(), field(&mut dice, 0, 6))
        };
        let text = format!("{} {hour} {day} {month} {weekday}", number(&mut dice, 0, 59));
        let Ok(ours) = Cron::parse(&text) else { continue };
        let Ok(theirs) = text.parse::<croner::Cron>() else { continue };
        let ours: Vec<NaiveDateTime> = ours.after(start).take(20).collect();
        let theirs: Vec<NaiveDateTime> = theirs.iter_after(start.and_utc()).take(20).map(|at| at.naive_utc()).collect();
        assert_eq!(ours, theirs, "{text}");
        compared += 1;
    }
    assert!(compared > 1500, "{compared} schedules could be read by both");
}

//! Calendars as the world exports them: which visits they hold, and when those are reminded of, as another library in
//! another language computes it.
//!
//! The shapes of `tests/calendars`, written after what each service's documents and public samples show; all people and
//! ids in them are made up:
//!
//! - `google`: "Secret address in iCal format" (support.google.com/calendar/answer/37648). Single events in UTC, series
//!   with `TZID`, `X-NUM-GUESTS`, the address as `CN`, exceptions as events of their own.
//! - `outlook`: Microsoft Graph's sample of an event's `$value` (learn.microsoft.com/graph/api/attachment-get): Windows zone
//!   names with rules from 1601, rooms as attendees, `X-MICROSOFT-CDO-*`, whole days as midnights.
//! - `apple`: iCloud's published calendars: `X-APPLE-*`, alarms, quoted names, floating times.
//! - `square`: Square Appointments exports into a linked Google calendar (squareup.com/help/us/en/article/5387): Google's
//!   shape, the customer in the title alone.
//! - `treatwell`: Treatwell Connect is subscribed to by `webcal` (eazybooking.de/en/blog/treatwell-calendar-not-syncing).
//! - `fresha`, `calendly`: no sample is public. Fresha's has the shape that its help describes (a read-only link, without
//!   attendees); Calendly's is the invitation that it mails to both sides.

use crate::{
    import::office::{Salon, instant},
    support::{proof::Dice, verifier},
};
use comity::{
    base::{EmailAddress, Instant, Zone},
    engine::arrivals::calendar,
    intake::calendar::{Calendar, Lens, Standing, read},
    plan::PlanState,
};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const NOW: &str = "2027-03-08T08:00";
const CUSTOMERS: &str = "id;email;first_name;last_name;consent:visit-tips\nC1;marie.dubois@post.example;Marie;Dubois;2027-01-02\nC2;paul.martin@post.example;Paul;Martin;\nC3;zoe.petit@post.example;Zoé;Petit;\n";

/// What the other program says, a JSON object a line, without its spaces.
fn calculate(python: &Path, file: &Path) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let customers = folder.path().join("customers.csv");
    fs::write(&customers, CUSTOMERS).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(root.join("tests/tools/calendar_visits.py"))
        .args(["--now", NOW, "--until", "2028-04-11T09:00", "--root"])
        .arg(root)
        .arg("--customers")
        .arg(&customers)
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap().to_string();
    text.lines().map(value).collect()
}

fn minute(at: Instant) -> String {
    at.to_utc().format("%Y-%m-%dT%H:%M").to_string()
}

/// The visits that stand, in the other program's words.
fn standing(calendar: &Calendar) -> BTreeSet<String> {
    let visits = calendar.visits.iter().filter(|visit| visit.standing != Standing::Cancelled);
    let line = |visit: &comity::intake::calendar::Visit| {
        let uid = visit.id.split('/').next().unwrap();
        let mut people: Vec<String> = visit.people.iter().map(|person| person.address.mailbox()).collect();
        people.sort();
        serde_json::json!({
            "visit": uid, "start": minute(visit.starts_at), "minutes": visit.minutes, "title": visit.summary,
            "people": people,
        })
        .to_string()
    };
    visits.map(line).collect()
}

fn lens() -> Lens {
    let own = ["hello@salon.example", "reminders@salon.example"].map(|own| EmailAddress::parse(own).unwrap());
    let zone = Zone::parse("Europe/Paris").unwrap();
    let until = calendar::window(instant(NOW)).until;
    Lens::new(instant("2027-03-07T08:00"), until, zone, &[&own[0], &own[1]])
}

fn shapes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calendars");
    let mut shapes: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    shapes.sort();
    shapes
}

/// All plans that are open, in the other program's words.
async fn reminders(salon: &Salon) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for id in ["C1", "C2", "C3"] {
        let customer = salon.office.store.find_by_external_id(id).await.unwrap().unwrap();
        for plan in salon.office.store.plans_of(customer.id).await.unwrap() {
            if plan.state == PlanState::Planned {
                let (step, due) = (plan.facts.step.to_string(), minute(plan.facts.due_at));
                let workflow = plan.facts.workflow;
                found.insert(
                    serde_json::json!({"customer": id, "workflow": workflow, "step": step, "due": due}).to_string(),
                );
            }
        }
    }
    found
}

#[tokio::test]
async fn every_service_s_visits_and_their_reminders_are_what_another_library_computes() {
    let Some(python) = verifier::python() else { return };
    let (mut visits, mut plans) = (0, 0);
    for shape in shapes() {
        let calculated = calculate(&python, &shape);
        let text = fs::read(&shape).unwrap();
        let calendar = read(&text, &lens()).unwrap();
        assert_eq!(calendar.rejected, [], "{}", shape.display());

        let salon = Salon::open().await;
        salon.import("customers", CUSTOMERS).await;
        salon.import("calendar", std::str::from_utf8(&text).unwrap()).await;
        let (standing, reminders) = (standing(&calendar), reminders(&salon).await);
        visits += standing.len();
        plans += reminders.len();
        assert_eq!(standing.union(&reminders).cloned().collect::<BTreeSet<_>>(), calculated, "{}", shape.display());
    }
    println!("{visits} visits, {plans} reminders");
    assert!(visits >= 20 && plans >= 45, "too few to mean anything: {visits} visits, {plans} reminders");
}

/// A series by a rule of chance.
fn series(dice: &mut Dice, number: usize) -> String {
    let zone = dice.pick(&["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "UTC"]);
    let (month, day, hour) = (1 + dice.index(12), 1 + dice.index(28), dice.index(24));
    let minute = dice.pick(&["00", "30"]);
    let start = format!("2026{month:02}{day:02}T{hour:02}{minute}00");
    let mut rule = match dice.index(4) {
        0 => "FREQ=DAILY".to_owned(),
        1 => format!("FREQ=WEEKLY;BYDAY={}", dice.pick(&["MO", "TU,TH", "SA,SU", "MO,WE,FR"])),
        2 => format!(
            "FREQ=MONTHLY;{}",
            dice.pick(&[
                "BYMONTHDAY=31",
                "BYDAY=-1FR",
                "BYDAY=2TU",
                "BYMONTHDAY=-1",
                "BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
            ])
        ),
        _ => format!(
            "FREQ=YEARLY;{}",
            dice.pick(&[
                "BYMONTH=2;BYMONTHDAY=29",
                "BYMONTH=3,10;BYDAY=-1SU",
                "BYYEARDAY=100,-1",
                "BYWEEKNO=20;BYDAY=MO"
            ])
        ),
    };
    if dice.index(2) == 0 {
        let _ = write!(rule, ";INTERVAL={}", 1 + dice.index(4));
    }
    match dice.index(3) {
        0 => drop(write!(rule, ";COUNT={}", 1 + dice.index(60))),
        1 => drop(write!(rule, ";UNTIL=2027{:02}15T120000Z", 1 + dice.index(12))),
        _ => {}
    }
    let start = if zone == "UTC" { format!("DTSTART:{start}Z") } else { format!("DTSTART;TZID={zone}:{start}") };
    format!("BEGIN:VEVENT\r\nUID:s{number}\r\nDTSTAMP:20270301T000000Z\r\n{start}\r\nRRULE:{rule}\r\nEND:VEVENT\r\n")
}

#[test]
fn rules_of_chance_unfold_as_another_library_unfolds_them() {
    let Some(python) = verifier::python() else { return };
    let seed = 20_270_308;
    let mut dice = Dice::seeded(seed);
    let events: String = (0..400).map(|number| series(&mut dice, number)).collect();
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chance.ics");
    fs::write(&file, &text).unwrap();
    let calendar = read(text.as_bytes(), &lens()).unwrap();
    assert_eq!(calendar.rejected, [], "seed {seed}");
    let (ours, theirs) = (standing(&calendar), calculate(&python, &file));
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
        these.difference(those).take(10).cloned().collect::<Vec<_>>()
    };
    let (mine, other) = (only(&ours, &theirs), only(&theirs, &ours));
    assert!(mine.is_empty() && other.is_empty(), "seed {seed}\nonly ours: {mine:#?}\nonly theirs: {other:#?}");
    assert!(ours.len() > 10_000, "{}", ours.len());
}

//! `comity rehearse` over a copy of the database: it shows what the daemon will do, and does nothing.

mod nights;

use crate::support::{
    daemon::eventually,
    need,
    proof::{self, POLICY, settings},
    real::{Premises, Witness},
    web::{Say, WebServer},
};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, process::Stdio};

/// Whoever was written to is left alone for two days.
const CAPS: &str = "\n[caps]\nall = { at_most = 1, per = \"2 days\" }\n";
const WORKFLOW: &str = "purpose = \"reminders\"\ntemplate = \"plain\"\napproval = \"none\"\n\n[trigger]\nrecord = \"appointment\"\n\
                        before = { field = \"starts_at\", by = [\"1h\"] }\n";
const BODY: &str = "You get this because you have a visit with us. {{business.postal_address}}\n\
                    {{datetime appointment.starts_at}} {{stop_url}}\n";
const VISITS: &str = "id;customer;starts_at\n\
                      A1;C1;2037-03-10T10:00\nA2;C2;2037-03-10T11:00\nA3;C1;2037-03-11T10:00\nA4;C3;2037-03-12T10:00\n";
const STRETCH: [&str; 4] = ["--from", "2037-03-10", "--days", "3"];

fn salon(port: u16, more: &str) -> Premises {
    let policy = POLICY.replace("keep = \"90 days\"", "keep = \"90 days\", calendar = \"start\"") + CAPS;
    let premises = Premises::new(&[
        ("comity.toml", &(settings(port) + more)),
        ("policy.toml", &policy),
        ("workflows/reminder.toml", WORKFLOW),
        ("templates/mail/plain/subject.hbs", "Your visit\n"),
        ("templates/mail/plain/body.txt.hbs", BODY),
        ("templates/mail/plain/body.html.hbs", BODY),
        ("templates/mail/plain/sample.json", r#"{ "appointment": { "starts_at": "2027-03-30T10:00" } }"#),
    ]);
    let customers = premises.path().join("customers.csv");
    proof::write_customers(&customers, 3);
    premises.run(&["import", "customers", customers.to_str().unwrap(), "--yes"]);
    premises
}

fn with_visits(port: u16) -> Premises {
    let premises = salon(port, "");
    let visits = premises.path().join("visits.csv");
    fs::write(&visits, VISITS).unwrap();
    premises.run(&["import", "appointments", visits.to_str().unwrap(), "--yes"]);
    premises
}

fn rehearse(premises: &Premises, options: &[&str]) -> Value {
    let options = [&["rehearse", "--json"], options].concat();
    serde_json::from_str(&premises.run(&options)).unwrap()
}

/// All that commands tell of the database.
fn state(premises: &Premises) -> Vec<String> {
    ["C1", "C2", "C3"]
        .map(|customer| premises.run(&["explain", customer]))
        .into_iter()
        .chain([premises.run(&["status"])])
        .collect()
}

#[test]
fn what_is_rehearsed_is_what_the_daemon_then_does_and_changes_nothing_before() {
    if !need::program("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let premises = with_visits(witness.port);
    let before = state(&premises);
    let tally = rehearse(&premises, &STRETCH);
    assert_eq!(state(&premises), before);

    let sent = |day: &str| (tally["days"][day]["sent"].clone(), tally["days"][day]["refused"].clone());
    assert_eq!(sent("2037-03-10"), (2.into(), 0.into()));
    assert_eq!(sent("2037-03-11"), (0.into(), 1.into()));
    assert_eq!(sent("2037-03-12"), (1.into(), 0.into()));
    let reason = &tally["reasons"][0];
    assert_eq!(
        (&reason["rule"], &reason["messages"], &reason["customer"]),
        (&"frequency".into(), &1.into(), &"C1".into())
    );

    premises.run(&["serve", "--from", "2037-03-10T00:00", "--to", "2037-03-13T00:00"]);
    let envelopes = witness.seen().into_iter().filter(|seen| seen.event == "rcpt").count();
    assert_eq!(Value::from(envelopes), tally["sent"]);
}

#[test]
fn the_terminal_shows_days_workflows_and_reasons() {
    let premises = with_visits(25);
    let shown = premises.run(&[&["rehearse"], &STRETCH[..]].concat());
    for words in [
        "From 2037-03-10 00:00 to 2037-03-13 00:00 (UTC), on a copy of the database. Nothing was sent.",
        "  Tue 10 Mar      2       ██\n  Wed 11 Mar      0 +1    ░\n  Thu 12 Mar      1       █\n",
        "hold outlasts plan",
        "Your visit",
    ] {
        assert!(shown.contains(words), "{words:?} is missing:\n{shown}");
    }
    let each = premises.run(&[&["rehearse", "--each", "--json"], &STRETCH[..]].concat());
    assert_eq!(each.lines().count(), 4, "{each}");
}

/// A message costs more to write out than to decide on: of many alike only the first are.
#[test]
fn of_many_messages_alike_the_first_are_written_out_and_all_are_decided() {
    let premises = salon(25, "");
    let (customers, visits) = (premises.path().join("many.csv"), premises.path().join("visits.csv"));
    proof::write_customers(&customers, 120);
    premises.run(&["import", "customers", customers.to_str().unwrap(), "--yes"]);
    let rows = (1..=120).map(|n| format!("A{n};C{n};2037-03-10T{}:00\n", 10 + n % 8));
    // Two visits in two days are one too many for the caps.
    let again = (1..=10).map(|n| format!("B{n};C{n};2037-03-11T{}:00\n", 10 + n % 8));
    fs::write(&visits, rows.chain(again).fold("id;customer;starts_at\n".to_owned(), |text, row| text + &row)).unwrap();
    premises.run(&["import", "appointments", visits.to_str().unwrap(), "--yes"]);

    let tally = rehearse(&premises, &STRETCH);
    let each = premises.run(&[&["rehearse", "--each", "--json"], &STRETCH[..]].concat());
    let lines: Vec<Value> = each.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |outcome: &str| lines.iter().filter(|line| line["outcome"] == outcome).count();
    assert_eq!((&tally["sent"], &tally["refused"]), (&count("sent").into(), &count("refused").into()));
    assert_eq!((count("sent"), count("refused")), (120, 10));
    assert!(lines.iter().all(|line| line["outcome"] != "sent" || line["subject"] == "Your visit"), "all are written");

    let shown = premises.run(&[&["rehearse"], &STRETCH[..]].concat());
    // Fifty of those that the gate was asked about; the others whatever became of them.
    assert!(shown.contains("\n80 messages were decided on, and not written out"), "{shown}");
}

/// A large copy is divided by mailboxes: what fills the caps of one is seen by all who read it.
#[test]
fn shares_of_the_customers_show_what_the_whole_does() {
    let premises = salon(25, "");
    let (customers, visits) = (premises.path().join("many.csv"), premises.path().join("visits.csv"));
    // Two of three share their mailbox with the next one, and a cap of one message in two days.
    let people = (1..=60).map(|n| format!("C{n};home{}@post.example\n", n * 2 / 3));
    fs::write(&customers, people.fold("id;email\n".to_owned(), |text, row| text + &row)).unwrap();
    premises.run(&["import", "customers", customers.to_str().unwrap(), "--yes"]);
    let rows = (1..=60).map(|n| format!("A{n};C{n};2037-03-1{}T{}:00\n", n % 2, 10 + n % 8));
    fs::write(&visits, rows.fold("id;customer;starts_at\n".to_owned(), |text, row| text + &row)).unwrap();
    premises.run(&["import", "appointments", visits.to_str().unwrap(), "--yes"]);

    let of = |shares: &str| rehearse(&premises, &[&STRETCH[..], &["--shares", shares]].concat());
    let whole = of("1");
    assert_eq!((&whole["sent"], &whole["refused"]), (&41.into(), &19.into()));
    for shares in ["2", "3", "200"] {
        assert_eq!(of(shares), whole, "{shares}");
    }
    let each = premises.comity(&["rehearse", "--each", "--shares", "2"]).output().unwrap();
    let said = String::from_utf8_lossy(&each.stderr);
    assert!(said.starts_with("comity: --shares 2: this can't be divided"), "{said}");
}

#[test]
fn other_files_show_who_would_get_more_and_who_at_another_time() {
    let premises = with_visits(9);
    let before = state(&premises);
    let next = salon(9, "");
    let other = next.path().to_str().unwrap();
    assert!(
        premises.run(&[&["rehearse", "--diff", other], &STRETCH[..]].concat()).contains("Nothing: the same messages")
    );

    let policy = fs::read_to_string(next.path().join("policy.toml")).unwrap().replace(CAPS, "");
    fs::write(next.path().join("policy.toml"), policy).unwrap();
    fs::write(next.path().join("workflows/reminder.toml"), WORKFLOW.replace("1h", "2h")).unwrap();
    let shown = rehearse(&premises, &[&["--diff", other], &STRETCH[..]].concat());
    let counts = json!({ "same": 0, "more": 1, "fewer": 0, "moved": 3, "reworded": 0 });
    assert_eq!(shown["workflows"], json!({ "reminder": counts }));
    assert_eq!((&shown["more"][0]["record"], &shown["more"][0]["at"]), (&json!("A3"), &json!("2037-03-11T08:00")));
    let moved = &shown["moved"][0];
    assert_eq!((&moved["from"]["at"], &moved["to"]["at"]), (&json!("2037-03-10T09:00"), &json!("2037-03-10T08:00")));
    let table = premises.run(&[&["rehearse", "--diff", other], &STRETCH[..]].concat());
    assert!(table.contains("would get in addition") && table.contains("would get at another time"), "{table}");
    assert_eq!(state(&premises), before, "nothing is written to the database itself");
}

#[test]
fn a_halt_holds_the_rehearsal_too_unless_it_is_thought_away() {
    let premises = with_visits(25);
    premises.run(&["pause"]);
    let stretch = ["--from", "2037-03-10", "--to", "2037-03-10T09:30"];
    let held = rehearse(&premises, &stretch);
    assert_eq!((&held["sent"], &held["held"], &held["reasons"][0]["reason"]), (&0.into(), &1.into(), &"halted".into()));
    let resumed = rehearse(&premises, &[&stretch[..], &["--resumed"]].concat());
    assert_eq!((&resumed["sent"], &resumed["held"]), (&1.into(), &0.into()));
    assert!(premises.run(&["status"]).contains("The operator paused sending."), "in truth it is still paused");
}

#[test]
fn calendars_are_read_anew_where_that_is_asked_for() {
    let premises = salon(25, "[[sources]]\nname = \"salon\"\ncalendar = \"salon.ics\"\n");
    let start = (proof::now() + chrono::TimeDelta::days(2)).format("%Y%m%dT%H%M%SZ");
    let event = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//salon//EN\r\nBEGIN:VEVENT\r\nUID:1@salon.example\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:{start}\r\nSUMMARY:Cut\r\nATTENDEE:mailto:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        proof::address(1)
    );
    fs::write(premises.path().join("salon.ics"), event).unwrap();
    assert_eq!(rehearse(&premises, &[])["sent"], 0);
    assert_eq!(rehearse(&premises, &["--feeds"])["sent"], 1);
    let status: Value = serde_json::from_str(&premises.run(&["status", "--json"])).unwrap();
    assert_eq!(status["records"], 0, "the copy alone has seen the calendar");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_that_is_ended_early_leaves_no_copy_of_the_database() {
    let web = WebServer::start(|_| Say::ThenSilence(vec![])).await;
    let premises = salon(25, "");
    let settings = premises.path().join("comity.toml");
    let source = format!("[[sources]]\nname = \"salon\"\ncalendar = \"{}\"\ninternal = true\n", web.link("/salon.ics"));
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + &source).unwrap();
    // Whoever has a calendar's link reads it.
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o600)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = premises.comity(&["rehearse", "--feeds"]);
    let rehearsal = command.env("TMPDIR", folder.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let copies = || fs::read_dir(folder.path()).unwrap().count();
    eventually("the calendar is asked for", async || !web.asked().is_empty()).await;
    assert_eq!(copies(), 1, "it is at work");
    rustix::process::kill_process(rustix::process::Pid::from_child(&rehearsal), rustix::process::Signal::INT).unwrap();
    let ended = rehearsal.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "comity: ended before its time; nothing is left behind\n");
    assert_eq!(copies(), 0);
}

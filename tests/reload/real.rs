//! The real binary, its signals, its commands, and an SMTP server that shares no code with it.

use super::{CANARY, SECRETS, plant};
use crate::support::{
    evidence::Evidence,
    proof::{self, now, wait, wait_for},
    real::{self, Daemon, Premises, Seen, Witness, boot_ns},
};
use chrono::TimeDelta;
use comity::fault::Point;
use rustix::process::Signal;
use std::{
    fs,
    process::{Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;

const SUBJECT: &str = "templates/mail/plain/subject.hbs";
const IN_FORCE: &str = "the files are in force";
const SOON: Duration = Duration::from_secs(6);

/// A business with so many customers, and a witness that dawdles.
struct Shop {
    premises: Premises,
    witness: Witness,
    _folder: TempDir,
}

impl Shop {
    /// `None` where the witness can't run.
    fn open(customers: usize, delays: &[&str]) -> Option<Self> {
        if !real::can_run() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), delays);
        let premises = proof::premises(&witness);
        proof::bring_customers(&premises, customers);
        Some(Self { premises, witness, _folder: folder })
    }

    /// Visits of these customers, with two reminders each. They are due so much from now, which must leave time for the
    /// import: what is known too late isn't sent.
    fn book(&self, name: &str, customers: impl Iterator<Item = usize>, due_in: Duration) {
        let due = now() + TimeDelta::from_std(due_in).unwrap();
        let file = self.premises.path().join("visits.csv");
        proof::write_visits(&file, name, customers.map(|n| (n, due)));
        self.premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.premises.path().join(path), text).unwrap();
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.premises.path().join(path)).unwrap();
        assert!(text.contains(from), "{path} says {from}");
        self.write(path, &text.replace(from, to));
    }

    fn reload(&self) -> Output {
        self.premises.comity(&["reload"]).output().unwrap()
    }

    fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.premises.run(&["status", "--json"])).unwrap()
    }

    /// Whole messages that the witness has seen.
    fn taken(&self) -> Vec<Seen> {
        self.witness.seen().into_iter().filter(|seen| seen.event == "dot").collect()
    }

    fn subjects(&self) -> Vec<String> {
        self.taken().into_iter().filter_map(|seen| seen.subject).collect()
    }
}

fn ready(daemon: &mut Daemon) {
    daemon.ready().expect("the daemon ended before it was ready");
}

#[test]
fn a_hangup_takes_over_new_words_and_what_is_on_the_wire_keeps_its_own() {
    let Some(shop) = Shop::open(2, &["dot=3"]) else { return };
    shop.write(SUBJECT, "The old word\n");
    let mut daemon = shop.premises.serve(&[]);
    ready(&mut daemon);
    shop.book("A", 1..=1, SOON);
    wait_for(|| (shop.taken().len() == 2).then_some(()));
    // Both are with the server, which hasn't answered.
    shop.write(SUBJECT, "The new word\n");
    daemon.signal(Signal::HUP);
    daemon.hear(IN_FORCE).expect("it lives");
    shop.book("B", 2..=2, SOON);
    wait_for(|| (shop.taken().len() == 4).then_some(()));
    assert_eq!(shop.subjects(), ["The old word", "The old word", "The new word", "The new word"]);
    wait_for(|| (Evidence::of(&shop.premises.path().join("data/comity.db")).open() == 0).then_some(()));
    daemon.end();
    let evidence = Evidence::of(&shop.premises.path().join("data/comity.db"));
    assert!(evidence.plans.values().all(|plan| plan.state == "sent"), "{:?}", evidence.plans);
}

/// When the transaction of each whole message began, and its subject.
fn begun(seen: &[Seen]) -> Vec<(u64, String)> {
    let whole = seen.iter().enumerate().filter(|(_, seen)| seen.event == "dot");
    whole
        .map(|(at, dot)| {
            let mail = seen[..at].iter().rev().find(|it| it.session == dot.session && it.event == "mail").unwrap();
            (mail.boot_ns, dot.subject.clone().unwrap())
        })
        .collect()
}

#[test]
fn no_message_begins_in_old_words_after_a_reload_was_acknowledged_and_none_is_lost_or_doubled() {
    const VISITS: usize = 150;
    let Some(shop) = Shop::open(VISITS, &["mail=0.01", "rcpt=0.01", "data=0.01", "dot=0.01"]) else { return };
    shop.write(SUBJECT, "Words 0\n");
    let mut daemon = shop.premises.serve(&[("COMITY_STALL", "before-last-look:15")]);
    ready(&mut daemon);
    shop.book("A", 1..=VISITS, SOON);
    let mut acknowledged = Vec::new();
    wait_for(|| (!shop.taken().is_empty()).then_some(()));
    while shop.taken().len() < 2 * VISITS {
        assert!(acknowledged.len() < 200, "{} messages left", shop.taken().len());
        shop.write(SUBJECT, &format!("Words {}\n", acknowledged.len() + 1));
        let output = shop.reload();
        assert!(output.status.success(), "{output:?}");
        acknowledged.push(boot_ns());
        wait(Duration::from_millis(150));
    }
    wait_for(|| (Evidence::of(&shop.premises.path().join("data/comity.db")).open() == 0).then_some(()));
    daemon.end();
    let begun = begun(&shop.witness.seen());
    assert_eq!(begun.len(), 2 * VISITS);
    for (at, subject) in begun {
        let words: usize = subject.strip_prefix("Words ").unwrap().parse().unwrap();
        // Words n end with the acknowledgement of words n + 1.
        let ended = acknowledged.get(words);
        assert!(ended.is_none_or(|ended| at < *ended), "{subject} began after the next words were acknowledged");
    }
    assert!(acknowledged.len() >= 3, "{} reloads while messages left", acknowledged.len());
    let evidence = Evidence::of(&shop.premises.path().join("data/comity.db"));
    let accepted = evidence.attempts.iter().filter(|attempt| attempt.state == "accepted").count();
    assert_eq!(accepted, 2 * VISITS);
}

#[test]
fn a_mistake_is_drawn_by_the_command_shown_by_the_status_and_changes_nothing() {
    let Some(shop) = Shop::open(1, &[]) else { return };
    let mut daemon = shop.premises.serve(&[]);
    ready(&mut daemon);
    let revision = shop.status()["revision"].clone();
    shop.change("workflows/once.toml", "by = [", "buy = [");
    let output = shop.reload();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("workflows/once.toml") && said.contains("buy = ["), "drawn: {said}");

    // By itself, after two looks.
    let status = wait_for(|| Some(shop.status()).filter(|status| !status["files_in_trouble"].is_null()));
    assert_eq!((&status["revision"], &status["daemon"]), (&revision, &true.into()));
    assert!(status["files_in_trouble"]["why"].as_str().unwrap().contains("workflows/once.toml"), "{status}");
    let table = shop.premises.run(&["status"]);
    assert!(table.contains("NOT IN FORCE") && table.contains("files in force"), "{table}");
    // A halt must be possible with broken files of all times.
    shop.premises.run(&["pause"]);
    shop.premises.run(&["resume"]);

    shop.change("workflows/once.toml", "buy = [", "by = [");
    assert!(shop.reload().status.success());
    assert!(shop.status()["files_in_trouble"].is_null());
    daemon.end();
}

#[test]
fn a_pause_reaches_the_daemon_whatever_became_of_its_files() {
    let Some(shop) = Shop::open(1, &[]) else { return };
    let mut daemon = shop.premises.serve(&[]);
    ready(&mut daemon);
    let latin: &[u8] = b"# Fr\xfchling\n";
    for (file, damage) in [("comity.toml", Some(latin)), ("policy.toml", Some(latin)), ("comity.toml", None)] {
        let path = shop.premises.path().join(file);
        let whole = fs::read(&path).unwrap();
        match damage {
            Some(bytes) => fs::write(&path, [bytes, &whole].concat()).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        assert_eq!(shop.status()["daemon"], true, "{file}");
        shop.premises.run(&["pause"]);
        assert_eq!(shop.status()["halts"].as_array().unwrap().len(), 1, "{file}");
        shop.premises.run(&["resume"]);
        fs::write(&path, whole).unwrap();
    }
    daemon.end();
}

#[test]
fn only_an_import_or_a_start_makes_a_database_where_the_files_point_to_none() {
    let Some(shop) = Shop::open(1, &[]) else { return };
    let settings = fs::read_to_string(shop.premises.path().join("comity.toml")).unwrap();
    shop.write("comity.toml", &format!("{settings}[data]\ndirectory = \"elsewhere\"\n"));
    let commands: [&[&str]; 6] =
        [&["pause"], &["resume"], &["status"], &["explain", "C1"], &["visits", "--unmatched"], &["keys", "list"]];
    for command in commands {
        let output = shop.premises.comity(command).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
        assert!(said.contains("there is no database in ") && said.contains("[data] directory"), "{said}");
        assert!(!shop.premises.path().join("elsewhere").exists(), "{command:?}");
    }
    shop.write("comity.toml", &settings);
    assert_eq!(shop.status()["customers"], 1);
}

#[test]
fn a_secret_in_files_with_mistakes_is_told_to_nobody() {
    let Some(shop) = Shop::open(1, &[]) else { return };
    let mut daemon = shop.premises.serve(&[]);
    ready(&mut daemon);
    let whole = fs::read_to_string(shop.premises.path().join("comity.toml")).unwrap();
    for secret in SECRETS {
        shop.write("comity.toml", &plant(&whole, secret));
        let said = String::from_utf8(shop.reload().stderr).unwrap();
        assert!(said.contains("comity.toml:") && !said.contains(CANARY), "{said}");
        let status = shop.premises.run(&["status"]) + &shop.premises.run(&["status", "--json"]);
        assert!(status.contains("comity.toml, line ") && !status.contains(CANARY), "{status}");
    }
    let log = daemon.said().join("\n");
    assert!(log.contains("comity.toml, line ") && !log.contains(CANARY), "{log}");
    daemon.end();
}

#[test]
fn an_end_that_can_not_wait_waits_for_no_reload() {
    let Some(shop) = Shop::open(1, &[]) else { return };
    shop.book("A", 1..=1, Duration::from_hours(10));
    let mut daemon = shop.premises.serve(&[]);
    ready(&mut daemon);
    daemon.end();
    let mut daemon = shop.premises.serve(&[("COMITY_STALL", "after-replanned-page:3600000")]);
    ready(&mut daemon);
    shop.write(SUBJECT, "A new word\n");
    let mut asking = shop.premises.comity(&["reload"]).stderr(Stdio::null()).spawn().unwrap();
    wait_for(|| (shop.status()["plans_are_behind"] == true).then_some(()));
    daemon.signal(Signal::TERM);
    daemon.hear("ending: what is on the wire is finished first").expect("it is asked politely first");
    daemon.signal(Signal::TERM);
    wait_for(|| daemon.has_ended().then_some(()));
    assert!(!asking.wait().unwrap().success(), "nobody was told that the files are in force");
}

#[test]
fn a_start_finishes_what_a_killed_reload_left_undone() {
    let Some(shop) = Shop::open(1, &[]) else { return };
    shop.book("A", 1..=1, Duration::from_hours(10));
    let mut workflow = "\"1h\"";
    for (fault, other) in
        [Point::AfterSwitch, Point::AfterReplannedPage].map(Point::name).into_iter().zip(["\"2h\"", "\"3h\""])
    {
        // A start plans, too, so the fault is armed only for a database whose plans are up to the files.
        let mut daemon = shop.premises.serve(&[]);
        ready(&mut daemon);
        daemon.end();
        let due = shop.status()["next_due"].clone();
        let log = shop.premises.path().join("fired");
        let mut daemon = shop.premises.serve(&[("COMITY_FAULT", fault), ("COMITY_FAULT_LOG", log.to_str().unwrap())]);
        ready(&mut daemon);
        shop.change("workflows/once.toml", workflow, other);
        shop.change("workflows/again.toml", workflow, other);
        assert!(!shop.reload().status.success());
        wait_for(|| daemon.has_ended().then_some(()));
        assert!(fs::read_to_string(&log).unwrap().lines().any(|line| line == fault));
        assert_eq!(shop.status()["plans_are_behind"], true, "{fault}");

        let mut daemon = shop.premises.serve(&[]);
        ready(&mut daemon);
        let status = shop.status();
        assert_eq!(status["plans_are_behind"], false, "{fault}");
        assert_ne!(status["next_due"], due, "{fault}");
        daemon.end();
        workflow = other;
    }
}

#[test]
fn an_import_by_files_that_were_never_in_force_is_planned_by_those_that_are() {
    let Some(shop) = Shop::open(1, &[]) else { return };
    let start = || {
        let mut daemon = shop.premises.serve(&[]);
        ready(&mut daemon);
        daemon
    };
    start().end();
    // No daemon runs; somebody tries something, imports, and thinks better of it.
    for (from, to) in [("\"1h\"", "\"3h\""), ("\"3h\"", "\"1h\"")] {
        shop.change("workflows/once.toml", from, to);
        shop.change("workflows/again.toml", from, to);
        if to == "\"3h\"" {
            shop.book("A", 1..=1, Duration::from_hours(10));
        }
    }
    let tried = shop.status()["next_due"].clone();
    let daemon = start();
    assert_ne!(shop.status()["next_due"], tried);
    daemon.end();
}

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTART:20991231T100000Z\r\n\
                        ATTENDEE:mailto:c1@domain1.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn a_new_calendar_is_polled_and_a_key_that_needs_a_restart_is_named() {
    let Some(shop) = Shop::open(1, &[]) else { return };
    let mut daemon = shop.premises.serve(&[]);
    ready(&mut daemon);
    let soon = now() + TimeDelta::days(3);
    shop.write("salon.ics", &CALENDAR.replace("20991231", &soon.format("%Y%m%d").to_string()));
    shop.change("policy.toml", "type = \"datetime\",", "type = \"datetime\", calendar = \"start\",");
    let settings = fs::read_to_string(shop.premises.path().join("comity.toml")).unwrap();
    shop.write("comity.toml", &format!("{settings}[[sources]]\nname = \"salon\"\ncalendar = \"salon.ics\"\n"));
    let output = shop.reload();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("comity.toml, policy.toml"), "{said}");
    wait_for(|| (shop.status()["calendars"][0]["visits"] == 1).then_some(()));
    wait_for(|| (shop.status()["records"] == 1).then_some(()));

    shop.change("comity.toml", "level = \"info\"", "level = \"debug\"");
    let output = shop.reload();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.contains("[log] level")), (Some(1), true), "{said}");
    daemon.end();
}

#[test]
fn a_rehearsal_ends_and_begins_by_a_reload() {
    let Some(shop) = Shop::open(4, &[]) else { return };
    let settings = fs::read_to_string(shop.premises.path().join("comity.toml")).unwrap();
    let owner = "lucie@salon.example";
    let heard = format!("[owner]\nmail = \"{owner}\"\nmorning_mail = \"never\"\nanswers = \"never\"\n");
    let rehearsal = format!("mode = \"rehearsal\"\n{heard}{settings}");
    shop.write("comity.toml", &rehearsal);
    let mut daemon = shop.premises.serve(&[]);
    ready(&mut daemon);
    let recipients = || shop.taken().into_iter().filter_map(|seen| seen.to).collect::<Vec<_>>();
    let customers = [1, 2, 3].map(proof::address);
    for (n, mode, to) in [(1, "rehearsal", owner), (2, "live", &customers[1]), (3, "rehearsal", owner)] {
        shop.write("comity.toml", &rehearsal.replace("\"rehearsal\"", &format!("\"{mode}\"")));
        assert!(shop.reload().status.success());
        shop.book("V", n..=n, SOON);
        wait_for(|| (recipients().len() == 2 * n).then_some(()));
        assert_eq!(recipients()[2 * n - 2..], [to, to], "{mode}");
        if mode == "live" {
            // What was rehearsed counts no more, also what came in last.
            let database = shop.premises.path().join("data/comity.db");
            let counts = || Evidence::of(&database).attempts.iter().filter(|a| a.state == "rehearsed").count();
            wait_for(|| (counts() == 0).then_some(()));
        }
    }
    daemon.end();
}

//! Who is written to, at which minute, with which subject: thirty days of the sample salon, with moves and cancellations
//! in the middle, both daylight-saving days and three zones. A small Python program computes it from the files alone;
//! the rehearsal and the real daemon over real SMTP must come to the same. What the daemon delivered is then held against
//! the standards, byte by byte, by a parser and a DKIM implementation that aren't ours.

use crate::support::{
    letters::{DOMAIN, SELECTOR, dns_record, key},
    real::{self, Premises, Witness},
    verifier,
};
use serde::Deserialize;
use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

/// How many delivered messages are tampered with, each in every way that must break its signature.
const TAMPERED: usize = 5;

const STRETCH: [&str; 10] = [
    "--from",
    "2027-03-08T00:00",
    "--to",
    "2027-04-07T00:00",
    "--customers",
    "samples/customers.csv",
    "--appointments",
    "samples/appointments.csv",
    "--change",
    "2027-03-20T12:00=samples/appointments-changed.csv",
];

/// A line of the calculation.
#[derive(Debug, Deserialize)]
struct Expected {
    at: String,
    to: String,
    customer: String,
    record: String,
    zone: String,
    workflow: String,
    step: String,
    subject: String,
}

/// A line of the rehearsal.
#[derive(Debug, Deserialize)]
struct Rehearsed {
    at: String,
    customer: String,
    record: String,
    workflow: String,
    step: String,
    outcome: String,
    subject: Option<String>,
}

/// A delivered message, by its own headers.
#[derive(Debug, Deserialize)]
struct Delivered {
    at: String,
    to: String,
    subject: String,
}

#[test]
fn the_rehearsal_is_what_another_program_calculates() {
    if !real::can_run() {
        return;
    }
    let expected = calculate();
    covers_what_is_hard(&expected);
    let lines: Vec<Rehearsed> =
        parse(&run(Command::new(env!("CARGO_BIN_EXE_comity")).args(["rehearse", "--each", "--json"])));
    let sent = lines.into_iter().filter(|line| line.outcome == "sent").map(|l| {
        let minute = l.at.chars().take(16).collect::<String>();
        format!("{minute} {} {} {} {} {}", l.customer, l.record, l.workflow, l.step, l.subject.unwrap_or_default())
    });
    let calculated = expected
        .iter()
        .map(|e| format!("{} {} {} {} {} {}", e.at, e.customer, e.record, e.workflow, e.step, e.subject));
    same(calculated, sent);
}

#[test]
fn the_daemon_delivers_what_another_program_calculates() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let premises = salon(&witness);
    run(premises.comity(&["serve"]).env("COMITY_LOG", "warn"));
    let delivered =
        Command::new("python3").arg(tool("delivered.py")).arg(folder.path().join("spool")).output().unwrap();
    let delivered: Vec<Delivered> = parse(&String::from_utf8(delivered.stdout).unwrap());
    let expected = calculate();
    same(
        expected.iter().map(|e| format!("{} {} {}", e.at, e.to, e.subject)),
        delivered.iter().map(|d| format!("{} {} {}", d.at, d.to, d.subject)),
    );
    keeps_the_standards(folder.path(), delivered.len());
}

/// Every message of the run, as the server took it, parsed and verified by others, one-click headers and all.
fn keeps_the_standards(folder: &Path, delivered: usize) {
    let Some(python) = verifier::python() else { return };
    let (dns, spool) = (folder.join("dns.txt"), folder.join("spool"));
    let record = dns_record();
    fs::write(&dns, format!("{} {}\n", record.name, record.text)).unwrap();
    let checked = verifier::check(&python, &dns, &spool, DOMAIN, TAMPERED);
    assert_eq!(checked, delivered, "some messages escaped the check");
}

/// The sample salon, with a mail server and a DKIM key of the test's.
fn salon(witness: &Witness) -> Premises {
    let settings = format!(
        "[mail]\nfrom = \"reminders@{DOMAIN}\"\n\
         [mail.dkim]\ndomain = \"{DOMAIN}\"\nselector = \"{SELECTOR}\"\nkey_file = \"dkim.pem\"\n\
         [smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none-on-loopback\"\n\
         [web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://stop.salon.example\"\n",
        witness.port
    );
    let sample = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let workflows = fs::read_dir(root().join("workflows")).unwrap().map(|entry| {
        let path = format!("workflows/{}", entry.unwrap().file_name().to_str().unwrap());
        let text = sample(&path);
        (path, text)
    });
    let files: BTreeMap<String, String> = workflows
        .chain([("comity.toml".to_owned(), settings), ("policy.toml".to_owned(), sample("policy.toml"))])
        .chain([("dkim.pem".to_owned(), key().to_owned())])
        .collect();
    let premises = Premises::new(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    // A key that others can read is refused.
    fs::set_permissions(premises.path().join("dkim.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    premises
}

/// The calculation is worth comparing with only if it holds what is hard.
fn covers_what_is_hard(expected: &[Expected]) {
    let count = |what: &str, holds: &dyn Fn(&Expected) -> bool| {
        assert!(expected.iter().any(holds), "the sample has no {what}");
    };
    count("visit of Paris", &|e| e.zone == "Europe/Paris");
    count("message about a visit that moved", &|e| e.step.starts_with("moved#"));
    count("message in the days after Europe's clocks changed", &|e| {
        e.at.starts_with("2027-03-28") || e.at.starts_with("2027-03-29")
    });
    let zones: BTreeMap<&str, usize> = expected.iter().fold(BTreeMap::new(), |mut zones, e| {
        *zones.entry(&e.zone).or_default() += 1;
        zones
    });
    assert!(zones.len() >= 3, "the sample has too few zones: {zones:?}");
}

fn calculate() -> Vec<Expected> {
    parse(&run(Command::new("python3").arg(tool("expected.py"))))
}

/// Runs a command over the stretch, from the root, and gives what it printed.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.args(STRETCH).current_dir(root()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn parse<T: for<'de> Deserialize<'de>>(lines: &str) -> Vec<T> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
}

/// Both lists hold the same lines; else the first differences of each.
#[track_caller]
fn same(calculated: impl Iterator<Item = String>, found: impl Iterator<Item = String>) {
    let (mut calculated, mut found): (Vec<_>, Vec<_>) = (calculated.collect(), found.collect());
    calculated.sort();
    found.sort();
    let without = |these: &[String], those: &[String]| {
        these.iter().filter(|line| those.binary_search(line).is_err()).take(20).cloned().collect::<Vec<_>>()
    };
    let (missing, too_much) = (without(&calculated, &found), without(&found, &calculated));
    assert!(missing.is_empty() && too_much.is_empty(), "only calculated: {missing:#?}\nonly found: {too_much:#?}");
    assert_eq!(calculated.len(), found.len(), "the same lines, but not as often");
    assert!(calculated.len() > 300, "only {} messages: too few to mean anything", calculated.len());
}

fn tool(name: &str) -> std::path::PathBuf {
    root().join("tests/tools").join(name)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

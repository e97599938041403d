//! `mode = "rehearsal"`: by the envelopes of a mail server that shares no code with us, nobody but the owner gets anything;
//! and what was rehearsed costs no customer a message when the owner goes live.

use crate::support::{
    need,
    real::{Premises, Witness},
};
use std::{collections::BTreeMap, fs, path::Path};

const OWNER: &str = "lucie@salon.example";
const CUSTOMERS: &str = "id;email;first_name;last_name;language\n\
    M;marie@post.example;Marie;Blanc;en\n\
    P;paul@post.example;Paul;Robin;fr\n";
// Two reminders each; the cap of two in seven days stops the second visit's in a rehearsal.
const VISITS: &str = "id;customer;starts_at;status;service;duration_minutes;stylist;price\n\
    A1;M;2027-03-10T14:00;booked;Coupe;45;Karim;40.00 EUR\n\
    A2;P;2027-03-10T15:00;booked;Coupe;45;Karim;40.00 EUR\n\
    A3;M;2027-03-12T14:00;booked;Coupe;45;Karim;40.00 EUR\n\
    A4;M;2027-03-13T14:00;booked;Coupe;45;Karim;40.00 EUR\n";

fn salon(witness: &Witness) -> Premises {
    let sample = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let policy = sample("policy.toml").replace("at_most = 6", "at_most = 2");
    Premises::new(&[
        ("comity.toml", &settings("rehearsal", witness)),
        ("policy.toml", &policy),
        ("workflows/appointment-reminder.toml", &sample("workflows/appointment-reminder.toml")),
        (
            "workflows/visit-tips.toml",
            &sample("workflows/visit-tips.toml").replace("approval = \"none\"", "approval = \"workflow\""),
        ),
        ("customers.csv", CUSTOMERS),
        ("visits.csv", VISITS),
    ])
}

fn settings(mode: &str, witness: &Witness) -> String {
    format!(
        "mode = \"{mode}\"\n[owner]\nmail = \"{OWNER}\"\nmorning_mail = \"never\"\n\
         [mail]\nfrom = \"reminders@salon.example\"\n\
         [smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none-on-loopback\"\n\
         [web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://stop.salon.example\"\n",
        witness.port
    )
}

/// Lets a stretch pass over the installation's database.
fn pass(premises: &Premises, from: &str, to: &str, files: &[&str]) {
    let premises_path = |file: &str| premises.path().join(file).to_str().unwrap().to_owned();
    let mut arguments =
        vec!["serve".to_owned(), "--from".to_owned(), from.to_owned(), "--to".to_owned(), to.to_owned()];
    for pair in files.chunks(2) {
        arguments.extend([pair[0].to_owned(), premises_path(pair[1])]);
    }
    premises.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
}

fn envelopes(witness: &Witness) -> Vec<String> {
    witness.seen().into_iter().filter(|seen| seen.event == "rcpt").filter_map(|seen| seen.to).collect()
}

/// A customer's messages, each with its state.
fn states(premises: &Premises, customer: &str) -> BTreeMap<String, String> {
    let told = premises.run(&["explain", customer]);
    let messages = told.lines().filter_map(|line| line.strip_prefix("  message ")?.rsplit_once(": "));
    messages.map(|(message, state)| (message.to_owned(), state.to_owned())).collect()
}

#[test]
fn a_rehearsal_reaches_the_owner_alone_and_costs_no_customer_a_message_afterwards() {
    if !need::program("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let premises = salon(&witness);
    let files = ["--customers", "customers.csv", "--appointments", "visits.csv"];
    // Up to the evening before Marie's third visit: her first visit's two reminders fill the cap.
    pass(&premises, "2027-03-08T00:00", "2027-03-12T20:00", &files);
    assert_eq!(envelopes(&witness), [OWNER; 4], "two reminders each, and the cap held");
    let letters = letters(folder.path());
    assert!(letters.iter().all(|letter| letter.contains("Subject: [Rehearsal]")), "{letters:#?}");
    for customer in ["marie@post.example", "paul@post.example"] {
        let named =
            letters.iter().filter(|letter| letter.contains(&format!("this message was for {customer}"))).count();
        assert_eq!(named, 2, "the owner sees who would have been written to");
    }
    let rehearsed = states(&premises, "M");
    assert_eq!(rehearsed.values().filter(|state| *state == "rehearsed").count(), 2, "{rehearsed:#?}");
    assert!(premises.run(&["explain", "M"]).contains("it went to the owner, not to the customer"));

    fs::write(premises.path().join("comity.toml"), settings("live", &witness)).unwrap();
    pass(&premises, "2027-03-12T20:00", "2027-03-14T00:00", &[]);
    // In truth nobody has written to Marie in seven days: the reminder before her visit of the 13th is hers, and no
    // rehearsed one comes again.
    let live = envelopes(&witness).split_off(4);
    assert!(!live.is_empty() && live.iter().all(|to| to == "marie@post.example"), "{live:?}");
    // The notice is everybody's: its link carries nothing of whom it was sent to.
    for letter in self::letters(folder.path()) {
        assert!(letter.contains(": https://stop.salon.example/privacy\n"), "{letter}");
    }
    let after = states(&premises, "M");
    for (plan, state) in rehearsed.iter().filter(|(_, state)| *state == "rehearsed") {
        assert_eq!(&after[plan], state, "{plan} is over");
    }
}

/// The messages as they were taken, soft line breaks undone.
fn letters(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder.join("spool")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap().replace("\r\n", "\n").replace("=\n", "")).collect()
}

#[test]
fn a_rehearsal_is_not_ended_by_a_variable() {
    if !need::program("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let premises = salon(&witness);
    let output = premises.comity(&["check", "--json"]).env("COMITY_MODE", "live").output().unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&summary["mode"], &summary["need_approval"][0]), (&"rehearsal".into(), &"visit-tips".into()));
}

//! `comity explain`, from the real binary: what the gate saw then, and not what is there now.

use crate::support::{
    circles, need, proof,
    real::{Premises, Witness},
};
use serde_json::{Value, json};
use std::{fs, path::Path};

const CUSTOMERS: &str = "id;email;first_name;last_name;language\nM;marie@post.example;Marie;Blanc;en\n";
// A reminder a day before each.
const VISITS: &str = "id;customer;starts_at;status;service;duration_minutes;stylist;price\n\
    A1;M;2027-03-09T15:00;booked;Coupe;45;Karim;40.00 EUR\n\
    A2;M;2027-03-11T15:00;booked;Coupe;45;Karim;40.00 EUR\n\
    A3;M;2027-03-16T10:00;booked;Coupe;45;Karim;40.00 EUR\n\
    A4;M;2027-03-16T11:00;booked;Coupe;45;Karim;40.00 EUR\n";
const FILES: [&str; 4] = ["--customers", "customers.csv", "--appointments", "visits.csv"];

/// The sample salon with two messages a week to one mailbox, of any kind, and one reminder of each visit.
fn salon(witness: &Witness) -> Premises {
    let sample = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let settings = format!(
        "mode = \"live\"\n[mail]\nfrom = \"reminders@salon.example\"\n\
         [smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none-on-loopback\"\n\
         [web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://stop.salon.example\"\n",
        witness.port
    );
    let workflow = sample("workflows/appointment-reminder.toml");
    assert!(workflow.contains("by = [\"24h\", \"2h\"]"), "{workflow}");
    Premises::new(&[
        ("comity.toml", &settings),
        ("policy.toml", &sample("policy.toml").replace("at_most = 6", "at_most = 2")),
        ("workflows/appointment-reminder.toml", &workflow.replace("\"24h\", \"2h\"", "\"24h\"")),
        ("customers.csv", CUSTOMERS),
        ("visits.csv", VISITS),
    ])
}

fn pass(premises: &Premises, from: &str, to: &str, files: &[&str]) {
    let file = |name: &&str| match name.strip_suffix(".csv") {
        Some(_) => premises.path().join(name).to_str().unwrap().to_owned(),
        None => (*name).to_owned(),
    };
    let files: Vec<String> = files.iter().map(file).collect();
    let mut arguments = vec!["serve", "--from", from, "--to", to];
    arguments.extend(files.iter().map(String::as_str));
    premises.run(&arguments);
}

/// The rulings of a history, as JSON.
fn rulings(premises: &Premises, about: &str) -> Vec<Value> {
    let lines = premises.run(&["explain", about, "--json"]);
    let values = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    values.map(|mut value| value["ruling"].take()).filter(|ruling| !ruling.is_null()).collect()
}

#[test]
fn a_third_message_of_a_week_is_explained_by_the_two_that_filled_the_cap() {
    if !need::program("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let premises = salon(&witness);
    pass(&premises, "2027-03-07T00:00", "2027-03-15T12:00", &FILES);
    let first = json!({
        "message": 1, "workflow": "appointment-reminder", "step": "-24h", "record": "A1", "customer": "M",
        "at": "2027-03-08T14:00:00.000Z",
    });
    let second = json!({
        "message": 2, "workflow": "appointment-reminder", "step": "-24h", "record": "A2", "customer": "M",
        "at": "2027-03-10T14:00:00.000Z",
    });
    let held = rulings(&premises, "3");
    assert_eq!(held.len(), 1, "{held:#?}");
    assert_eq!(held[0]["rule"], "frequency");
    assert_eq!(held[0]["filled_by"], json!([first, second]));
    assert_eq!(held[0]["allowed"], json!({"from": "2027-03-15T14:00:00.000Z"}), "seven days after the first left");

    // At that instant the third leaves, and the fourth, for which the cap opens too late, is refused.
    pass(&premises, "2027-03-15T12:00", "2027-03-15T16:00", &[]);
    assert_eq!(rulings(&premises, "3"), held, "what the gate saw then stays as it was");
    insta::assert_snapshot!("third", premises.run(&["explain", "3"]));
    let refused = rulings(&premises, "4").pop().unwrap();
    assert_eq!(refused["allowed"], "never");
    assert_eq!(refused["filled_by"][0], second);
    assert_eq!(refused["filled_by"][1]["record"], "A3");
    insta::assert_snapshot!("fourth", premises.run(&["explain", "4"]));
    let everything = premises.run(&["explain", "M"]);
    for (message, record) in [(1, "A1"), (2, "A2"), (3, "A3")] {
        let line = format!("Counted: message {message}, appointment-reminder -24h about {record} to M");
        assert!(everything.contains(&line), "{line}\n{everything}");
    }
}

/// The lines of an order have one date, and the customer stays away once.
#[test]
fn of_the_lines_of_an_order_one_is_asked_about_and_the_others_say_that_it_takes_their_place() {
    if !need::program("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let premises = circles::premises(|policy| policy);
    let write = |path: &str, text: &str| fs::write(premises.path().join(path), text).unwrap();
    let win_back = fs::read_to_string(premises.path().join("workflows/win-back.toml")).unwrap();
    write("workflows/win-back.toml", &win_back.replace("\n[trigger]", "approval = \"none\"\n\n[trigger]"));
    write("comity.toml", &proof::settings(witness.port));
    write("customers.csv", "id;email;first_name;language;consent:letters\nM;marie@post.example;Marie;en;2026-11-02\n");
    let lines = (1..5).map(|line| format!("O{line};M;2027-01-11T11:00;T-10{line};paid\n"));
    write("purchases.csv", &("id;customer;bought_at;sku;status\n".to_owned() + &lines.collect::<String>()));
    let order = format!("2027-01-11T18:00=purchases:{}", premises.path().join("purchases.csv").display());
    let customers = premises.path().join("customers.csv").display().to_string();
    let stretch = ["serve", "--from", "2027-01-11T00:00", "--to", "2027-07-12T00:00"];
    premises.run(&[&stretch[..], &["--customers", &customers, "--change", &order]].concat());

    let sent = witness.seen().into_iter().filter(|seen| seen.event == "rcpt").count();
    assert_eq!(sent, 1);
    let told = premises.run(&["explain", "M"]);
    let place = "Another message, about something else of the same date, takes its place.";
    assert_eq!(told.matches(place).count(), 3, "{told}");
    assert!(!told.contains("has come back"), "{told}");
}

//! A shop's nights in a rehearsal: the lists are made at their time, from what is known by then, and lead to messages; and what
//! each night came to is said.

use crate::support::{
    circles::{Person, catalogue, customers, people, premises, purchases},
    proof,
    real::Premises,
};
use comity::{
    base::{Instant, Zone, civil::CivilTime, keys::Keyring},
    config,
    engine::rehearse::{Rehearsal, Written, timeline},
};
use serde_json::Value;
use std::{collections::BTreeSet, convert::Infallible, fs, sync::Arc};

/// As many as make a shop.
const PEOPLE: usize = 80;
/// Between the last ones at night and a day's messages.
const DAYS: usize = 3;

fn now() -> Instant {
    Instant::from_ms(proof::now().timestamp_millis())
}

/// A day in so many days, by the calendar.
fn day(ahead: i64) -> String {
    (proof::now() + chrono::TimeDelta::days(ahead)).format("%Y-%m-%d").to_string()
}

/// The sample shop, each night of which recommends something to everybody, without waiting for anybody's yes.
fn by(policy: impl Fn(String) -> String) -> Premises {
    let premises = premises(|text| {
        let nightly = text.replace("every = \"14 days\"", "every = \"1 day\"");
        assert_ne!(nightly, text);
        policy(nightly)
    });
    for workflow in ["recommendations", "replenish"] {
        let path = premises.path().join(format!("workflows/{workflow}.toml"));
        let text = fs::read_to_string(&path).unwrap();
        let open = text.replace("approval = { above = 200 }", "approval = \"none\"");
        assert_ne!(open, text);
        fs::write(path, open).unwrap();
    }
    premises
}

fn bring(premises: &Premises, kind: &str, table: &str) -> String {
    let path = premises.path().join(format!("{kind}.csv"));
    fs::write(&path, table).unwrap();
    let path = path.to_str().unwrap().to_owned();
    premises.run(&["import", kind, &path, "--yes"]);
    path
}

fn with(people: &[Person], policy: impl Fn(String) -> String) -> Premises {
    let premises = by(policy);
    bring(&premises, "products", &catalogue(|_| true));
    bring(&premises, "customers", &customers(people, now()));
    bring(&premises, "purchases", &purchases(people, now()));
    premises
}

/// The stretch begins tomorrow, so that no night falls between two commands.
fn stretch() -> Vec<String> {
    ["--from", &day(1), "--days", &DAYS.to_string()].map(ToOwned::to_owned).to_vec()
}

fn rehearse(premises: &Premises, options: &[&str]) -> String {
    let stretch = stretch();
    let stretch: Vec<&str> = stretch.iter().map(String::as_str).collect();
    premises.run(&[&["rehearse"], &stretch[..], options].concat())
}

fn tally(premises: &Premises, options: &[&str]) -> Value {
    serde_json::from_str(&rehearse(premises, &[&["--json"], options].concat())).unwrap()
}

fn nights<'a>(tally: &'a Value, key: &str) -> Vec<&'a Value> {
    tally["nights"].as_array().unwrap().iter().map(|night| &night[key]).collect()
}

#[test]
fn each_night_makes_the_lists_in_shares_as_in_the_whole_and_they_lead_to_messages() {
    let people = people(PEOPLE + 20, |n| n < PEOPLE);
    let premises = with(&people, |policy| policy);
    let whole = tally(&premises, &["--shares", "1"]);
    assert_eq!(nights(&whole, "outcome"), ["published"; DAYS]);
    assert_eq!(nights(&whole, "agreed"), [PEOPLE; DAYS]);
    assert!(nights(&whole, "local").iter().all(|at| at.as_str().unwrap().ends_with("T04:30")), "{whole:#}");
    let told: Vec<u64> = nights(&whole, "people").iter().map(|people| people.as_u64().unwrap()).collect();
    assert!(told.iter().all(|people| *people > 40), "{told:?}");
    let planned = whole["workflows"]["recommendations"].as_object().unwrap().values();
    assert!(planned.map(|count| count.as_u64().unwrap()).sum::<u64>() >= told.iter().sum(), "{whole:#}");
    assert!(whole["sent"].as_u64().unwrap() > 40, "{whole:#}");
    for shares in ["2", "4"] {
        assert_eq!(tally(&premises, &["--shares", shares]), whole, "{shares} shares");
    }

    let shown = rehearse(&premises, &[]);
    assert!(shown.contains("recommended to") && shown.contains("published"), "{shown}");
    let truth = premises.comity(&["recommendations"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&truth.stdout), "Nothing was recommended yet.\n", "no night has passed");
    let each = rehearse(&premises, &["--each", "--json"]);
    let lines: Vec<Value> = each.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let agreed: BTreeSet<&str> =
        people.iter().filter(|person| person.agreed).map(|person| person.id.as_str()).collect();
    let of_lists = lines.iter().filter(|line| line["workflow"] == "recommendations");
    assert!(of_lists.clone().all(|line| agreed.contains(line["customer"].as_str().unwrap())), "{each}");
    assert!(of_lists.clone().any(|line| line["outcome"] == "sent" && line["subject"].as_str().is_some()), "{each}");
}

#[test]
fn a_night_is_made_from_what_has_become_known_by_then_and_says_what_is_missing_before() {
    let people = people(PEOPLE, |_| true);
    let (few, rest) = people.split_at(20);
    let premises = by(|policy| policy);
    bring(&premises, "products", &catalogue(|_| true));
    bring(&premises, "customers", &customers(&people, now()));
    bring(&premises, "purchases", &purchases(few, now()));
    let file = premises.path().join("more.csv");
    fs::write(&file, purchases(rest, now())).unwrap();
    let change = format!("{}T12:00=purchases:{}", day(2), file.to_str().unwrap());
    let options = ["--change", &change];
    let tally = tally(&premises, &options);
    assert_eq!(nights(&tally, "outcome"), ["too-small", "too-small", "published"]);
    let missing = nights(&tally, "because")[0];
    assert!(missing[0].as_str().unwrap().contains("20"), "{missing}");
    let shown = rehearse(&premises, &options);
    assert!(shown.contains("too small a shop") && shown.contains("2 nights"), "{shown}");

    // So it is where the daemon itself runs on virtual time.
    premises.run(&["serve", "--from", &day(1), "--to", &day(3)]);
    let last = premises.comity(&["recommendations", "--json"]).output().unwrap();
    let last: Value = serde_json::from_slice(&last.stdout).unwrap();
    assert_eq!(last["outcome"], "too-small");
    let made_at = Instant::from_ms(last["made_at"].as_i64().unwrap()).to_string();
    assert!(made_at.starts_with(&day(2)), "{made_at}");
}

#[test]
fn what_a_gate_withholds_and_what_other_files_change_is_said() {
    let people = people(PEOPLE, |_| true);
    let premises = with(&people, |policy| policy);
    let own = |line: &str| match line {
        line if line.starts_with("sku") => format!("{line};values\n"),
        line if line.starts_with("T0;") => line.replace("Maker 0", "Ours") + ";local\n",
        line => format!("{line};\n"),
    };
    bring(&premises, "products", &catalogue(|_| true).lines().map(own).collect::<String>());
    // What the shop makes itself would be favoured so much that a gate withholds the lists.
    let strict = |policy: String| {
        let few = policy.replace("at_least = 3", "at_least = 1\nshow = 1").replace("weight = 115", "weight = 200");
        few.replace("[\"Maison Verveine\"]", "[\"Ours\"]")
    };
    let next = with(&[], strict);
    let other = next.path().to_str().unwrap();
    let shown: Value = serde_json::from_str(&rehearse(&premises, &["--diff", other, "--json"])).unwrap();
    let changed = shown["nights"].as_array().unwrap();
    assert_eq!(changed.len(), DAYS, "{shown:#}");
    assert!(changed.iter().all(|night| night["from"]["outcome"] == "published"), "{shown:#}");
    assert!(changed.iter().all(|night| night["to"]["outcome"] == "withheld"), "{shown:#}");
    let why = changed[0]["to"]["because"][0].as_str().unwrap();
    let messages = &shown["workflows"]["recommendations"];
    assert!(messages["fewer"].as_u64().unwrap() > 40 && messages["same"] == 0, "{shown:#}");
    let table = rehearse(&premises, &["--diff", other]);
    assert!(table.contains("withheld, to 0 people") && table.contains(&format!("{} to {}", day(1), day(3))), "{table}");
    let start = why.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    assert!(table.contains(&start), "{why}\n{table}");
    // The same files change nothing: the same lists each night.
    let same = with(&[], |policy| policy);
    assert!(rehearse(&premises, &["--diff", same.path().to_str().unwrap()]).contains("Nothing: the same messages"));
}

/// When clocks change there is a night without half past two, and one that has it twice.
#[tokio::test]
async fn each_day_has_one_night_whatever_its_length() {
    let zone = Zone::parse("Europe/Paris").unwrap();
    let at = |text: &str| CivilTime::parse(text).unwrap().at(zone);
    let premises = premises(|policy| policy.replace("publish_at = \"04:30\"", "publish_at = \"02:30\""));
    for (from, to, days) in [
        ("2027-03-26T12:00", "2027-03-30T02:30", ["2027-03-27", "2027-03-28", "2027-03-29"]),
        ("2027-10-29T12:00", "2027-11-02T02:30", ["2027-10-30", "2027-10-31", "2027-11-01"]),
    ] {
        let data = tempfile::tempdir().unwrap();
        let mut installation = config::load(premises.path()).unwrap();
        installation.config.data = data.path().to_owned();
        let keys = Arc::new(Keyring::derive(&[7; 32]));
        let rehearsal = Rehearsal::open(installation, keys, at(from), Written::All).await.unwrap();
        let nothing = |nothing: Infallible| async move { match nothing {} };
        timeline::drive(&rehearsal.engine, &rehearsal.clock, at(to), vec![], nothing).await.unwrap();
        let nights = rehearsal.nights().await.unwrap();
        let of_days: Vec<&str> = nights.iter().filter_map(|night| night.local.split('T').next()).collect();
        assert_eq!(of_days, days, "{nights:#?}");
        rehearsal.engine.close().await;
    }
}

//! `comity bench` measures what it says: a look at its small runs, without a clock.

use crate::support::{need, process::COMITY};
use serde_json::Value;
use std::process::Command;

/// What the rows of these parts say was measured.
fn measured(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(COMITY)
        .args(["-C", env!("CARGO_MANIFEST_DIR"), "bench", "--json"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    rows.iter().map(|row| row["measured"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_day_draws_up_whose_birthday_it_is_and_nobody_else() {
    let rows = measured(&["draw", "--birthdays", "800"]);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].ends_with(" for 3 of 800 customers"), "{rows:?}");
}

#[test]
fn a_month_is_rehearsed_with_a_last_word_on_every_message() {
    let rows = measured(&["rehearse", "--customers", "20"]);
    assert_eq!(rows.len(), 3, "{rows:?}");
    let mut numbers = rows[0].split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse::<u32>().ok());
    let [customers, workflows, messages, sent] = [2, 0, 0, 0].map(|skip| numbers.nth(skip).unwrap());
    assert_eq!((customers, workflows), (20, 13), "{rows:?}");
    // Two reminders, tips and thanks for a visit, for those who have one in this month.
    assert!((40..=80).contains(&messages) && (20..=messages).contains(&sent), "{rows:?}");
}

#[test]
fn stops_are_acknowledged_while_messages_are_in_flight_and_no_page_is_heavy() {
    if !need::program("smtp-sink") {
        return;
    }
    let rows = measured(&["stop", "--messages", "30", "--slow-lanes", "6"]);
    let stops = |row: usize| rows[row].split(' ').next().unwrap().parse::<usize>().unwrap();
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/checkpoints/stops.jsonl");
    assert!(!kept.exists(), "what is measured leaves no stop in the installation: {}", kept.display());
    // Nobody's, those who wait, those in flight, those of them that had to wait for the server, and both halves.
    assert_eq!([stops(0), stops(1), stops(2), stops(4)], [6, 3, 3, 6], "{rows:?}");
    assert!((1..=3).contains(&stops(3)), "{rows:?}");
    // Nobody who stopped in time is written to; of those in flight, whose `MAIL` had left, it depends.
    let sent: usize = stops(5);
    assert!((24..=27).contains(&sent), "{rows:?}");
    let weights: Vec<usize> = (6..rows.len()).map(stops).collect();
    assert!(weights.len() == 6 && weights.iter().all(|bytes| (2_000..20_000).contains(bytes)), "{rows:?}");
}

#[test]
fn recommendations_are_measured_beside_baselines_and_do_better() {
    let output = Command::new(COMITY)
        .args(["bench", "recommend", "--data", crate::recommend::GIFTS, "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((report["cut"].as_str(), report["days"].as_u64()), (Some("2011-10-11"), Some(30)));
    let ndcg = |list: &str, method: &str| {
        let lines = report["lines"].as_array().unwrap();
        let line = lines.iter().find(|line| line["list"] == list && line["method"] == method).unwrap();
        line["ndcg"]["value"].as_f64().unwrap()
    };
    // The extract has only what is popular anyway: what is popular of late does as well there for what is new.
    let beaten = [
        ("new", &["popularity", "popularity, last 7 days", "item-kNN, cosine"][..]),
        ("all", &["popularity", "popularity, last 7 days", "popularity, last 28 days", "item-kNN, cosine"]),
    ];
    for (list, methods) in beaten {
        let ours = ndcg(list, "co-buy");
        for method in methods {
            assert!(ours > 1.1 * ndcg(list, method), "{list}: {ours}, {method} {}", ndcg(list, method));
        }
    }
}

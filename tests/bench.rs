//! `comity bench` measures what it says: a look at its small runs, without a clock.

use crate::support::process::COMITY;
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

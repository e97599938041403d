//! `comity bench` measures what it says: a look at its small runs, without a clock.

use crate::support::{need, postgres, process::COMITY};
use serde_json::Value;
use std::{
    fs,
    process::{Command, Output},
};

fn bench(arguments: &[&str]) -> Output {
    Command::new(COMITY).args(["-C", env!("CARGO_MANIFEST_DIR"), "bench"]).args(arguments).output().unwrap()
}

/// What is printed as JSON, one value a line.
fn json(arguments: &[&str]) -> Vec<Value> {
    let output = bench(&[&["--json"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the rows of these parts say was measured.
fn measured(arguments: &[&str]) -> Vec<String> {
    let all = json(arguments);
    let rows = all[0].as_array().unwrap();
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
fn a_mail_server_may_be_far_away_from_all_that_send_to_it() {
    if !need::program("smtp-sink") {
        return;
    }
    let rows = measured(&["send", "--messages", "60", "--lanes", "4", "--latency", "5ms"]);
    assert_eq!(rows.len(), 7, "{rows:?}");
    assert!(rows[0].ends_with(" bytes, 4 lanes, 5 ms away)") && rows[0].contains(" (60 messages "), "{rows:?}");
    // Of a message, the sender hears at least two answers one after the other: more than 4 in 10 ms can't be.
    for row in [0, 1, 2] {
        let rate: f64 = rows[row].split('/').next().unwrap().parse().unwrap();
        assert!((0.0..400.0).contains(&rate), "{rows:?}");
    }
}

#[test]
fn a_table_has_a_ratio_for_each_database_each_number_of_nodes_and_each_latency() {
    if !need::program("smtp-sink") {
        return;
    }
    let (server, plots) = (postgres::database(), tempfile::tempdir().unwrap());
    let plots_in = plots.path().join("plots");
    let arguments = ["table", "--messages", "60", "--lanes", "4", "--latency", "0ms,5ms", "--nodes", "1,2"];
    let beside = ["--server", &server, "--plots", plots_in.to_str().unwrap()];
    let lines = json(&[&arguments[..], &beside].concat());
    let cases: Vec<_> = lines
        .iter()
        .map(|line| (line["database"].as_str().unwrap(), line["nodes"].as_u64().unwrap(), line["latency_ms"].as_u64()))
        .collect();
    let (zero, five) = (Some(0), Some(5));
    let files = [("SQLite", 1, zero), ("SQLite", 1, five)];
    let shared = [zero, five].map(|ms| [("PostgreSQL", 1, ms), ("PostgreSQL", 2, ms)]).concat();
    assert_eq!(cases, [&files[..], &shared].concat());
    for line in &lines {
        let figure = |name: &str| line["measured"][name].as_f64().unwrap_or_else(|| panic!("{name}: {line}"));
        let (rate, limit, ratio) = (figure("rate"), figure("limit"), figure("ratio"));
        assert!(rate > 0.0 && limit > 0.0 && (ratio - rate / limit).abs() < 1e-9, "{line}");
        assert!(figure("memory_mb") > 1.0 && figure("cpu_us") >= 0.0, "{line}");
        assert_eq!((&line["messages"], &line["lanes"]), (&60.into(), &4.into()));
    }
    let wanted: Vec<_> = lines.iter().map(|line| line["wanted_percent"].as_f64()).collect();
    assert_eq!(wanted, [Some(60.0), None, Some(45.0), Some(45.0), None, None]);
    for (file, axis) in
        [("ratios.svg", "% of what bare lanes send a second"), ("rates.svg", "messages a second, with all checks")]
    {
        let drawn = fs::read_to_string(plots_in.join(file)).unwrap();
        let has = |words: &str| drawn.matches(words).count();
        assert!(has(axis) > 0 && has("prefers-color-scheme: dark") == 1, "{drawn}");
        assert_eq!((has("class=\"bar\""), has("class=\"group\"")), (6, 2), "{drawn}");
    }
}

#[test]
fn a_case_that_fails_says_so_in_the_table_and_the_others_go_on() {
    if !need::program("smtp-sink") {
        return;
    }
    let nowhere = "postgres://comity@localhost/none?host=/nowhere";
    let output =
        bench(&["table", "--messages", "20", "--lanes", "2", "--latency", "0ms", "--nodes", "1", "--server", nowhere]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(4), "{table}");
    let row = |name: &str| {
        table.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_else(|| panic!("{table}"))
    };
    assert!(row("SQLite").contains(" MB") && row("SQLite").contains(" 60 % "), "{table}");
    assert!(row("PostgreSQL").contains("failed"), "{table}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("PostgreSQL, 0 ms: the database's server can't be reached"), "{told}");
}

#[test]
fn a_long_run_is_cut_into_parts_that_are_held_against_its_beginning() {
    if !need::program("smtp-sink") {
        return;
    }
    let report = json(&["long", "--messages", "60", "--lanes", "4"]).remove(0);
    let parts = report["parts"].as_array().unwrap();
    let ends: Vec<_> = parts.iter().map(|part| part["messages"].as_u64().unwrap()).collect();
    assert_eq!((&report["messages"], ends), (&60.into(), (3..=60).step_by(3).collect()));
    assert_eq!(report["first"]["messages"], 1);
    for part in parts.iter().chain([&report["first"]]) {
        let figure = |name: &str| part[name].as_f64().unwrap();
        assert!(figure("rate") > 0.0 && figure("peak_memory_mb") > 1.0, "{part}");
    }
    assert!(["rate", "bare_before", "bare_after"].iter().all(|name| report[*name].as_f64().unwrap() > 0.0), "{report}");
}

#[test]
fn what_has_a_table_of_its_own_is_named_alone_and_a_latency_has_its_unit() {
    for (arguments, words) in [
        (&["long", "gate"][..], "name one of them alone"),
        (&["send", "--latency", "50"], "write milliseconds as 50ms"),
        (&["send", "--latency", "0ms,50ms"], "one --latency at a time"),
    ] {
        let output = bench(arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(words), "{arguments:?}: {told}");
    }
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

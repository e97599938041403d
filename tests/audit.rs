//! The audit log: what was sealed and signed stays what it was, or `comity audit verify` says where it isn't.

#[path = "audit/attacker.rs"]
mod attacker;
#[path = "audit/commands.rs"]
mod commands;
#[path = "audit/house.rs"]
mod house;

use crate::support::{clock::HandClock, daemon::Daemon, proof};
use attacker::Attacker;
use comity::{
    audit::Source,
    base::Clock,
    engine::audit::{Fault, Sealer},
};
use house::House;
use std::{sync::Arc, time::Duration};

/// Every kind of fault that an attack may show; `None` where all is as it was written.
fn kinds(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{fault:?}").split([' ', '{']).next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn an_untouched_ledger_is_as_it_was_written() {
    let house = House::built().await;
    let report = house.verify(&house.database()).await.unwrap();
    assert_eq!(report.faults, []);
    let of = |source| report.entries.get(&source).copied().unwrap_or_default();
    assert!(of(Source::Ledger) > 150, "{report:#?}");
    assert!(of(Source::Consents) >= 20 && of(Source::Evidence) >= 5 && of(Source::Approvals) >= 5, "{report:#?}");
    assert!(of(Source::Wordings) > 0 && of(Source::Revisions) > 0 && of(Source::Bars) == 5, "{report:#?}");
    assert!(of(Source::Notices) > 0 && of(Source::Assessments) == 8, "{report:#?}");
    assert_eq!((report.checkpoints, report.uncovered.sealed, report.uncovered.unsealed), (3, 0, 0));
}

#[tokio::test]
async fn what_waits_too_long_for_its_seal_is_told() {
    let daemon = Daemon::over(proof::premises_to(25), HandClock::new()).await;
    let engine = &daemon.engine;
    let sealer = Sealer::new(engine.store.clone(), Arc::clone(&engine.clock), engine.in_force.now().config());
    let since = async || engine.office().standing().await.unwrap().unsealed_since;
    sealer.seal_now().await;
    let at = daemon.clock.now();
    daemon.visit("anna", Duration::from_hours(48)).await;
    assert_eq!(since().await, None, "not yet");
    daemon.clock.go_on(Duration::from_secs(61));
    assert_eq!(since().await, Some(at));
    sealer.seal_now().await;
    assert_eq!(since().await, None);
}

/// `comity audit checkpoint` while the daemon has its turn: both read what is not sealed yet before either writes its seal.
#[tokio::test]
async fn two_that_seal_at_once_both_come_to_an_end() {
    let daemon = Daemon::over(proof::premises_to(25), HandClock::new()).await;
    let engine = &daemon.engine;
    let sealer = Sealer::new(engine.store.clone(), Arc::clone(&engine.clock), engine.in_force.now().config());
    for name in ["anna", "berta", "clara"] {
        daemon.visit(name, Duration::from_hours(48)).await;
        let (one, other) = tokio::join!(sealer.checkpoint(), sealer.checkpoint());
        let signed = [one.unwrap(), other.unwrap()].into_iter().flatten().count();
        assert_eq!(signed, 1, "{name}: what one signed the other need not");
    }
}

/// A column that is added to a sealed table is sealed, too. When plans were brought up to files is no part of what was in force.
#[tokio::test]
async fn every_column_of_a_sealed_table_is_sealed() {
    let house = House::empty();
    let mut connection = house::connect(&house.database()).await;
    for source in Source::ALL {
        let text = sqlx::AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{}')", attacker::table(source)));
        let mut columns: Vec<String> = sqlx::query_scalar(text).fetch_all(&mut connection).await.unwrap();
        columns.retain(|column| column != "planned_at");
        assert_eq!(columns, source.columns(), "{source:?}");
    }
}

/// "Shown by" 7 of the audit: every source, every seal, with and without a chain made anew.
#[tokio::test]
async fn an_attacker_with_the_database_and_the_code_is_found_whatever_they_change() {
    let house = House::built().await;
    let mut attacker = Attacker::of(&house);
    let (mut tries, mut missed) = (0, Vec::new());
    for _ in 0..house::rounds() {
        let attack = attacker.next(&house).await;
        let report = house.verify(&attacker.database()).await.unwrap();
        tries += 1;
        if report.faults.is_empty() {
            missed.push(attack);
        }
    }
    println!("{tries} attacks on the database, all kinds: {:?}", attacker.tally());
    assert_eq!(missed, [] as [String; 0], "not found");
    assert!(attacker.tally().len() >= 16, "{:?}", attacker.tally());
}

/// Any bit of the file, wherever it stands: what is sealed reads as before, or it is found.
#[tokio::test]
async fn a_bit_that_turns_in_the_database_file_is_found_wherever_it_touches_an_entry() {
    let house = House::built().await;
    let mut attacker = Attacker::of(&house);
    let whole = house.content(&house.database()).await.unwrap();
    let (mut touched, mut missed) = (0, Vec::new());
    for _ in 0..3 * house::rounds() {
        let place = attacker.turn_a_bit(&house);
        // What can't be read at all is told of, too.
        let (Ok(content), Ok(report)) =
            (house.content(&attacker.database()).await, house.verify(&attacker.database()).await)
        else {
            touched += 1;
            continue;
        };
        if content != whole {
            touched += 1;
            if report.faults.is_empty() {
                missed.push(place);
            }
        }
    }
    println!("{touched} of {} turned bits touched what is sealed", 3 * house::rounds());
    assert_eq!(missed, [] as [String; 0], "not found");
    assert!(touched > house::rounds() / 10, "{touched}");
}

/// The same for the other file. What an attacker does to it is found by what stays: the numbers, the database, the signatures.
#[tokio::test]
async fn checkpoints_that_are_gone_cut_off_turned_or_of_another_house_are_found() {
    let house = House::built().await;
    let mut attacker = Attacker::of(&house);
    let notes = house.notes();
    assert_eq!(notes.len(), 3);
    let other = House::empty();
    let both = format!("{}{}", house.checkpoints(), other.checkpoints());
    let changed: [(&str, String, &str); 7] = [
        ("the file is gone", String::new(), "CheckpointsGone"),
        ("the first is gone", notes[1..].concat(), "CheckpointsGone"),
        ("the middle is gone", [notes[0].clone(), notes[2].clone()].concat(), "CheckpointsGone"),
        ("the last is gone", notes[..2].concat(), "CheckpointsGone"),
        ("they changed places", [notes[1].clone(), notes[0].clone(), notes[2].clone()].concat(), "OutOfOrder"),
        ("those of another house follow", both, "Doubtful"),
        ("they are of another house", other.checkpoints(), "Doubtful"),
    ];
    for (what, text, fault) in changed {
        let report = house.verify_with(&house.database(), &text).await.unwrap();
        assert!(kinds(&report.faults).contains(&fault.to_owned()), "{what}: {:?}", report.faults);
    }
    let whole = house.checkpoints();
    for (cut, _) in whole.trim_end().char_indices() {
        let (before, _) = whole.split_at(cut);
        let report = house.verify_with(&house.database(), before).await.unwrap();
        assert!(!report.faults.is_empty(), "cut at {cut}");
    }
    let mut tries = 0;
    for _ in 0..house::rounds() {
        let (text, place) = attacker.turn_a_bit_of(whole.trim_end());
        let report = house.verify_with(&house.database(), &text).await.unwrap();
        assert!(!report.faults.is_empty(), "{place}");
        tries += 1;
    }
    println!("{tries} turned bits in the file of checkpoints");
}

#[tokio::test]
async fn an_older_copy_of_the_database_is_told_from_the_one_that_was_signed() {
    let house = House::built().await;
    let report = house.verify(&house.backup()).await.unwrap();
    let older = |fault: &Fault| matches!(fault, Fault::Older { checkpoint: 2, entries, found, .. } if found < entries);
    assert!(report.faults.iter().any(older), "{:?}", report.faults);
    assert_eq!(
        report.covered.map(|covered| covered.checkpoint),
        Some(1),
        "what was signed before the copy still stands"
    );
}

#[tokio::test]
async fn an_erasure_of_what_is_personal_leaves_the_chain_as_it_was() {
    let house = House::built().await;
    let mut attacker = Attacker::of(&house);
    let erased = attacker.erase_what_is_personal(&house).await;
    assert!(erased >= 5, "{erased}");
    let report = house.verify(&attacker.database()).await.unwrap();
    assert_eq!(report.faults, []);
    assert_eq!(report.erased, erased);
}

/// What no checkpoint signed yet can be made anew: it is counted, and not passed off as proved.
#[tokio::test]
async fn what_is_not_signed_yet_is_said_to_be_so() {
    let house = House::built().await;
    house.premises.run(&["pause"]);
    let report = house.verify(&house.database()).await.unwrap();
    assert_eq!(report.faults, []);
    assert_eq!((report.uncovered.sealed, report.uncovered.unsealed), (1, 0));
    assert!(report.uncovered.since.is_some());
    let mut attacker = Attacker::of(&house);
    attacker.forget_the_last_entry(&house).await;
    let report = house.verify(&attacker.database()).await.unwrap();
    assert_eq!((report.faults, report.uncovered.sealed), (vec![], 0), "no copy of it is anywhere else");
}

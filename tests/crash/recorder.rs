//! What the flight recorder knows after a kill: whether the dot of a message had left.

use super::house::die;
use crate::support::{
    evidence::Evidence,
    proof,
    real::{self, Premises, Witness},
};
use comity::fault::Point;

/// What became of a message that may not come twice, whose daemon was killed.
#[derive(Debug, PartialEq, Eq)]
struct Fate {
    state: String,
    uncertain: usize,
    arrived: usize,
}

/// Kills the daemon over its first message and lets another one end what is left. At a point, or when the server has the message
/// and hasn't said so.
fn fate(premises: &Premises, witness: &Witness, fault: &str) -> Fate {
    proof::bring_customers(premises, 1);
    let mut daemon = premises.serve(&[("COMITY_FAULT", fault)]);
    daemon.ready().expect("the daemon is ready");
    let file = premises.path().join("visits.csv");
    proof::write_visits(&file, "V", std::iter::once((1, proof::now() + chrono::TimeDelta::seconds(2))));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    if Point::named(fault).is_some() {
        die(&mut daemon);
    } else {
        proof::wait_for(|| (witness.count("\"dot\"") >= 1).then_some(()));
        daemon.kill();
    }
    let unharmed = premises.serve(&[]);
    let rows = premises.rows();
    proof::wait_for(|| (Evidence::of(&rows).open() == 0).then_some(()));
    unharmed.end();
    let evidence = Evidence::of(&rows);
    let first = evidence.attempts.first().expect("an attempt").plan;
    let id = format!("<{first}.");
    let arrived = witness.seen().into_iter().filter_map(|seen| seen.message_id).filter(|found| found.starts_with(&id));
    let (state, uncertain) = (evidence.plans[&first].state.clone(), evidence.attempts(first, "uncertain"));
    Fate { state, uncertain, arrived: arrived.count() }
}

/// In files, and on a server.
fn both(delays: &[&str], fault: &str, expected: &Fate) {
    for on_server in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), delays);
        let premises = proof::premises_that_leave(witness.port);
        let premises = if on_server { premises.on_server() } else { premises };
        assert_eq!(fate(&premises, &witness, fault), *expected, "{fault}, on a server: {on_server}");
    }
}

#[test]
fn a_message_whose_dot_had_not_left_leaves_again_and_is_never_of_unknown_fate() {
    if !real::can_run() {
        return;
    }
    let delivered = Fate { state: "sent".to_owned(), uncertain: 0, arrived: 1 };
    for point in [Point::AfterIntentCommit, Point::InBody, Point::BeforeDotNoted] {
        both(&[], point.name(), &delivered);
    }
}

#[test]
fn one_whose_dot_was_about_to_leave_is_of_unknown_fate_and_stays_where_it_is() {
    if !real::can_run() {
        return;
    }
    let unknown = |arrived| Fate { state: "uncertain".to_owned(), uncertain: 1, arrived };
    both(&[], Point::AfterDotNoted.name(), &unknown(0));
    both(&[], Point::AfterAnswer.name(), &unknown(1));
}

#[test]
fn without_the_note_a_message_would_come_twice_and_that_is_seen() {
    if !real::can_run() {
        return;
    }
    // The server has it, and says so when the daemon is dead.
    both(&["dot=0.5"], "skip-dot-note", &Fate { state: "sent".to_owned(), uncertain: 0, arrived: 2 });
}

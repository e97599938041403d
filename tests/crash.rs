//! Crash proof: the real binary is killed, again and again, at random moments and at every named point, and started
//! again. Afterwards every plan has ended once, and nobody got a message twice that may not come twice.
//!
//! The witness is an SMTP server with a log of its own. `COMITY_CRASH_KILLS=200 cargo test --test all crash` is the full
//! proof; without the variable it is a small one.

use crate::support::{
    evidence::Evidence,
    proof::{self, Dice, LANES},
    real::{self, Daemon, Premises, Seen, Witness},
};
use comity::fault;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Duration,
};

/// Customers, and visits of one stock.
const VISITS: usize = 300;
/// Open plans below which there is a new stock of visits, so that a kill always finds something on the wire.
const FEW: usize = 120;
/// How long a daemon may take to reach its named point, or to end all plans.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn after_every_crash_each_plan_ends_once_and_nobody_gets_a_message_twice() {
    if !real::can_run() {
        return;
    }
    let kills = proof::scale("COMITY_CRASH_KILLS", 25).max(fault::POINTS.len());
    let mut dice = Dice::new();
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &["mail=0.002", "rcpt=0.002", "data=0.002", "dot=0.004"]);
    let premises = open_shop(&witness);
    let database = premises.path().join("data/comity.db");

    let mut stocks = 0;
    let fired = premises.path().join("fired");
    for kill in 0..kills {
        if stocks == 0 || Evidence::of(&database).open() < FEW {
            stocks += 1;
            stock_up(&premises, stocks);
        }
        // Every named point once, then a random moment and a named point in turn.
        match fault::POINTS.get(kill).or(fault::POINTS.get(kill / 2 % fault::POINTS.len()).filter(|_| kill % 2 == 0)) {
            Some(point) => die_at(&premises, point, 1 + dice.below(6), &fired),
            None => die_somewhere(&premises, Duration::from_millis(50 + dice.below(900))),
        }
    }
    let fired: BTreeSet<String> = fs::read_to_string(&fired).unwrap().lines().map(str::to_owned).collect();
    let named: BTreeSet<String> = fault::POINTS.iter().map(ToString::to_string).collect();
    assert_eq!(fired, named, "every named point has fired");

    let evidence = finish(&premises);
    judge(&evidence, &witness.seen());
}

/// Imports the customers.
fn open_shop(witness: &Witness) -> Premises {
    let premises = proof::premises(witness);
    premises.run(&["check"]);
    proof::bring_customers(&premises, VISITS);
    premises
}

/// Three nodes share a database, and two of them are killed in the middle of their work, one after the other.
#[test]
fn what_killed_nodes_held_others_send() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &["data=0.020", "dot=0.050"]);
    let premises = proof::premises(&witness).on_server();
    proof::bring_customers(&premises, VISITS);
    // The first start makes the keys that the others need.
    let mut first = premises.serve(&[]);
    first.ready().expect("the node is ready");
    first.end();
    let others = [premises.another(), premises.another()];
    let mut nodes: Vec<Daemon> = [&premises, &others[0], &others[1]].map(|premises| premises.serve(&[])).into();
    for node in &mut nodes {
        node.ready().expect("the node is ready");
    }
    stock_up(&premises, 0);
    let taken = || witness.seen().iter().filter(|seen| seen.event == "dot").count();
    for (killed, least) in [(2, VISITS / 4), (1, VISITS / 2)] {
        proof::wait_for(|| (taken() >= least).then_some(()));
        nodes.remove(killed).kill();
    }
    let rows = premises.rows();
    wait_until(&mut nodes[0], "not every plan has ended", |_| Evidence::of(&rows).open() == 0);
    nodes.remove(0).end();
    let evidence = Evidence::of(&rows);
    let by_node: BTreeSet<i64> = evidence.attempts.iter().map(|attempt| attempt.node).collect();
    assert!(by_node.len() >= 3, "all of them sent: {by_node:?}");
    judge(&evidence, &witness.seen());
}

/// Imports visits whose reminders are due as soon as the import is over.
fn stock_up(premises: &Premises, stock: usize) {
    let file = premises.path().join("visits.csv");
    let due = proof::now() + chrono::TimeDelta::seconds(8);
    proof::write_visits(&file, &format!("S{stock}-"), (1..=VISITS).map(|n| (n, due)));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    let left = due - proof::now();
    assert!(left > chrono::TimeDelta::zero(), "the import took longer than the test thought");
    proof::wait(left.to_std().unwrap());
}

/// Starts the daemon with a fault, and waits until it has died of it.
fn die_at(premises: &Premises, point: &str, nth: u64, log: &std::path::Path) {
    let fault = format!("{point}:{nth}");
    let mut daemon = premises.serve(&[("COMITY_FAULT", &fault), ("COMITY_FAULT_LOG", log.to_str().unwrap())]);
    wait_until(&mut daemon, &format!("the daemon did not die at {fault}"), Daemon::has_ended);
}

/// Starts the daemon and kills it after a while, perhaps before it is ready.
fn die_somewhere(premises: &Premises, after: Duration) {
    let mut daemon = premises.serve(&[]);
    proof::wait(after);
    assert!(!daemon.has_ended(), "the daemon ended by itself: {:#?}", daemon.said());
    daemon.kill();
}

/// Lets an unharmed daemon end what is left.
fn finish(premises: &Premises) -> Evidence {
    let database = premises.path().join("data/comity.db");
    let mut daemon = premises.serve(&[]);
    wait_until(&mut daemon, "not every plan has ended", |_| Evidence::of(&database).open() == 0);
    daemon.end();
    Evidence::of(&database)
}

#[track_caller]
fn wait_until(daemon: &mut Daemon, or: &str, mut done: impl FnMut(&mut Daemon) -> bool) {
    let step = Duration::from_millis(20);
    for _ in 0..PATIENCE.as_millis() / step.as_millis() {
        if done(daemon) {
            return;
        }
        proof::wait(step);
    }
    panic!("{or}; it said {:#?}", daemon.said());
}

fn judge(evidence: &Evidence, seen: &[Seen]) {
    let mut taken: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for id in seen.iter().filter(|s| s.event == "dot").filter_map(|s| s.message_id.as_deref()) {
        let plan = id.trim_start_matches('<').split('.').next().unwrap();
        taken.entry(plan.parse().unwrap()).or_default().push(id);
    }
    let mut uncertain_by_node: BTreeMap<i64, usize> = BTreeMap::new();
    evidence
        .attempts
        .iter()
        .filter(|a| a.state == "uncertain")
        .for_each(|a| *uncertain_by_node.entry(a.node).or_default() += 1);

    for (id, plan) in &evidence.plans {
        let (accepted, uncertain) = (evidence.attempts(*id, "accepted"), evidence.attempts(*id, "uncertain"));
        let wire = taken.get(id).map_or(&[][..], Vec::as_slice);
        // Who may be sent again is so once, whatever becomes of it.
        let tries = if plan.workflow == "again" { 2 } else { 1 };
        match plan.state.as_str() {
            "sent" => assert_eq!(accepted, 1, "plan {id} is sent, with one receipt"),
            "uncertain" => assert_eq!((accepted, uncertain), (0, tries), "plan {id}: {plan:?}"),
            _ => panic!("plan {id} did not leave: {plan:?}"),
        }
        let outcome = format!("plan {id} ({}): {accepted} accepted, {uncertain} uncertain", plan.workflow);
        assert!(accepted + uncertain <= tries, "{outcome}");
        let arrived = wire.len();
        assert!((accepted..=accepted + uncertain).contains(&arrived), "{outcome}, {arrived} at the server");
        assert!(wire.iter().all(|other| *other == wire[0]), "plan {id} under several Message-IDs: {wire:?}");
    }
    for (node, uncertain) in &uncertain_by_node {
        assert!(*uncertain <= LANES, "{uncertain} uncertain attempts of node {node}, which had {LANES} lanes");
    }
    let unseen = uncertain_without_a_body(evidence, seen);
    let (plans, uncertain) = (evidence.plans.len(), uncertain_by_node.values().sum::<usize>());
    println!("{plans} plans ended; {uncertain} attempts uncertain, {unseen} of them cut before the body's first byte");
}

/// Attempts whose fate is unknown though the server saw no body of theirs: their intent was on disk, and the kill came
/// before the first byte. Nobody but the server can tell them from the others; all it takes is that it saw their RCPT.
fn uncertain_without_a_body(evidence: &Evidence, seen: &[Seen]) -> usize {
    let count = |event: &str| {
        let mut by_address: BTreeMap<&str, usize> = BTreeMap::new();
        for to in seen.iter().filter(|s| s.event == event).filter_map(|s| s.to.as_deref()) {
            *by_address.entry(to).or_default() += 1;
        }
        by_address
    };
    let (recipients, bodies) = (count("rcpt"), count("body"));
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for attempt in evidence.attempts.iter().filter(|a| matches!(a.state.as_str(), "accepted" | "uncertain")) {
        let n = evidence.plans[&attempt.plan].customer.trim_start_matches('C').parse().unwrap();
        *left.entry(proof::address(n)).or_default() += 1;
    }
    let mut unseen = 0;
    for (address, attempts) in left {
        let named = recipients.get(address.as_str()).copied().unwrap_or(0);
        assert!(named >= attempts, "{address}: {attempts} attempts may have arrived, but the server saw {named} RCPTs");
        unseen += attempts.saturating_sub(bodies.get(address.as_str()).copied().unwrap_or(0));
    }
    unseen
}

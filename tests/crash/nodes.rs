//! Three nodes share a database, and two of them are killed in the middle of their work, one after the other.

use super::{house::Run, judge::judge_plans};
use crate::support::{
    evidence::Evidence,
    proof,
    real::{self, Daemon, Witness},
};
use std::collections::BTreeSet;

const VISITS: usize = 300;

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
    let file = premises.path().join("visits.csv");
    let due = proof::now() + chrono::TimeDelta::seconds(8);
    proof::write_visits(&file, "V", (1..=VISITS).map(|n| (n, due)));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    assert!(due > proof::now(), "the import took longer than the test thought");
    for (killed, least) in [(2, VISITS / 4), (1, VISITS / 2)] {
        proof::wait_for(|| (witness.count("\"dot\"") >= least).then_some(()));
        nodes.remove(killed).kill();
    }
    let rows = premises.rows();
    proof::wait_for(|| (Evidence::of(&rows).open() == 0).then_some(()));
    nodes.remove(0).end();
    let evidence = Evidence::of(&rows);
    let by_node: BTreeSet<i64> = evidence.attempts.iter().map(|attempt| attempt.node).collect();
    assert!(by_node.len() >= 3, "all of them sent: {by_node:?}");
    let run = Run { what: "three nodes".to_owned(), last_node: i64::MAX, others_killed: 0, is_rescued_elsewhere: true };
    println!("{}", judge_plans(&[run], &BTreeSet::new(), &evidence, &witness.seen()));
}

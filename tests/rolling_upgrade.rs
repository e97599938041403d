//! Rolling upgrades: three nodes over one PostgreSQL, replaced one by one while messages are due all the time and customers
//! click "stop". A debug build that is told so (`next-version`) is a version to come: it knows a migration more.
//!
//! A program that is started over tables that it doesn't know refuses. One that runs goes on, where the migration says that it may; else it
//! holds, keeps stops in its journal, and says so. So does a node whose files are not those in force.

use crate::support::{
    nodes::{Clicked, House, Node, Stop},
    proof::{self, Dice},
    real,
    verdict::Judged,
};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// How long messages are due and customers click.
const LOAD: Duration = Duration::from_secs(20);
/// A stop that could only be written down holds so long after its node was replaced, at the latest.
const APPLIED: Duration = Duration::from_secs(6);
/// What was permitted before may begin for so long.
const PERMIT: Duration = Duration::from_secs(3);
/// The next version, whose migration only adds.
const ADDS: (&str, &str) = ("COMITY_FAULT", "next-version");
/// One beside which older ones can't work.
const CHANGES: (&str, &str) = ("COMITY_FAULT", "next-version-alone");

/// However it ends, it ends.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// What the new files say.
const NEW: &str = "All is new.";

/// Something is done to the nodes of a house under load. At every moment somebody's stop page answers.
fn under_load(nodes: usize, roll: impl FnOnce(&House) + Send) -> (House, Vec<Clicked>, Judged) {
    let mut dice = Dice::new();
    let house = House::open(nodes);
    let load = house.load(&mut dice, LOAD);
    let (is_over, closed) = (AtomicBool::new(false), AtomicBool::new(false));
    let clicks = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                let answers =
                    |page| real::try_look(page, "/healthz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"));
                if !house.nodes.iter().filter_map(Node::page).any(answers) {
                    closed.store(true, Ordering::SeqCst);
                }
                proof::wait(Duration::from_millis(50));
            }
        });
        let _over = Over(&is_over);
        let clicks = scope.spawn(|| house.click_all(&load));
        roll(&house);
        clicks.join().unwrap()
    });
    house.last_visits(APPLIED + Duration::from_secs(1));
    house.wait_for_the_end();
    let judged = house.judge(&clicks, APPLIED);
    println!("{judged:#?}");
    assert!(judged.broken.is_empty(), "{:#?}", judged.broken);
    assert!(!closed.load(Ordering::SeqCst), "there was a moment at which nobody's page answered");
    (house, clicks, judged)
}

#[test]
fn nodes_are_replaced_one_by_one_by_a_newer_version_and_nothing_is_lost_or_sent_twice() {
    if !real::can_run() {
        return;
    }
    let (house, clicks, judged) = under_load(3, |house| {
        proof::wait(Duration::from_secs(3));
        house.nodes[2].end();
        house.nodes[2].start(&[ADDS]);
        // The tables are new; the others don't know them, and go on.
        let new = real::boot_ns();
        proof::wait_for(|| house.nodes[..2].iter().all(|node| node.begun_since(new) > 3).then_some(()));
        let late = house.nodes[0].premises.another().on(house.nodes[0].premises.server().to_owned());
        let refused = late.comity(&["serve"]).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("written by a newer version of Comity"), "{refused:?}");
        for node in [1, 0] {
            house.nodes[node].end();
            house.nodes[node].start(&[ADDS]);
        }
    });
    assert!(clicks.iter().all(|click| click.stop == Stop::Now), "no stop was only written down: {clicks:#?}");
    assert!(judged.nodes >= 5, "the older ones sent, and the newer ones: {judged:#?}");
    house.end();
}

#[test]
fn an_older_node_that_can_not_work_beside_a_newer_one_holds_and_keeps_its_stops() {
    if !real::can_run() {
        return;
    }
    let (house, clicks, _) = under_load(2, |house| {
        proof::wait(Duration::from_secs(3));
        house.nodes[1].end();
        house.nodes[0].note_away(true);
        house.nodes[1].start(&[CHANGES]);
        proof::wait(PERMIT);
        let overtaken = real::boot_ns();
        proof::wait_for(|| house.nodes[0].look("/readyz").contains("a newer version has changed it").then_some(()));
        let status = house.nodes[0].premises.comity(&["status"]).output().unwrap();
        let said = String::from_utf8_lossy(&status.stderr).into_owned();
        assert!(!status.status.success() && said.contains("a newer version of Comity has changed"), "{status:?}");
        proof::wait_for(|| (house.nodes[1].begun_since(overtaken) > 10).then_some(()));
        assert_eq!(house.nodes[0].begun_since(overtaken), 0, "the older one sends nothing");
        proof::wait(Duration::from_secs(4));
        house.nodes[0].end();
        house.nodes[0].start(&[CHANGES]);
        house.nodes[0].note_away(false);
    });
    assert!(clicks.iter().any(|click| click.stop == Stop::Written), "nobody clicked on the older one's page");
    house.end();
}

#[test]
fn a_node_whose_files_are_not_those_in_force_sends_nothing_until_they_are() {
    if !real::can_run() {
        return;
    }
    let (house, clicks, _) = under_load(3, |house| {
        proof::wait(Duration::from_secs(3));
        let files = |node: usize| {
            let words = house.nodes[node].premises.path().join("templates/mail/plain/body.txt.hbs");
            let known = fs::read_to_string(&words).unwrap();
            fs::write(&words, format!("{NEW}\n{known}")).unwrap();
        };
        // One of them by a new start; the others notice it by themselves.
        house.nodes[2].end();
        files(2);
        house.nodes[2].start(&[]);
        proof::wait(PERMIT);
        let in_force = real::boot_ns();
        proof::wait_for(|| (house.nodes[2].begun_since(in_force) > 10).then_some(()));
        let others = house.nodes[..2].iter().map(|node| node.begun_since(in_force));
        assert_eq!(others.sum::<usize>(), 0, "the others send nothing");
        for node in [0, 1] {
            files(node);
            proof::wait_for(|| (house.nodes[node].begun_since(in_force) > 0).then_some(()));
        }
        let sent = house.witness.bodies().into_iter().filter(|(at, _)| *at > in_force);
        let (new, old): (Vec<_>, Vec<_>) = sent.partition(|(_, body)| body.contains(NEW));
        assert!(new.len() > 10 && old.is_empty(), "by the new files {}, by the old ones {}", new.len(), old.len());
    });
    assert!(clicks.iter().all(|click| click.stop == Stop::Now), "no stop was only written down: {clicks:#?}");
    house.end();
}

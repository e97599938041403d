//! Points that no running daemon passes in minutes: what goes after days, and a move to a server.

use super::{
    deeds::{Deed, deed},
    house::die,
};
use crate::support::{
    evidence::{Evidence, Lookout},
    postgres, proof,
    real::{self, Premises, Witness},
};
use chrono::TimeDelta;
use comity::fault::Point;
use std::fs;

/// The points that are passed so, each twice.
fn points(of: Deed) -> impl Iterator<Item = Point> {
    Point::ALL.iter().filter(move |point| deed(**point) == of).flat_map(|point| [*point; 2])
}

fn visits(premises: &Premises, count: usize, due_in: TimeDelta) {
    let file = premises.path().join("visits.csv");
    let due = proof::now() + due_in;
    proof::write_visits(&file, "V", (1..=count).map(|n| (n, due)));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
}

/// What is to be forgotten is gone in the end, whatever died over it.
#[test]
fn fields_whose_time_is_over_go_whatever_dies_over_it() {
    if !real::can_run() {
        return;
    }
    for (point, on_server) in points(Deed::Days).zip([false, true].into_iter().cycle()) {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &[]);
        let premises = proof::premises(&witness);
        let premises = if on_server { premises.on_server() } else { premises };
        let policy = fs::read_to_string(premises.path().join("policy.toml")).unwrap();
        fs::write(premises.path().join("policy.toml"), policy.replace("90 days", "1 day")).unwrap();
        proof::bring_customers(&premises, 3);
        visits(&premises, 3, TimeDelta::days(-3));
        let mut daemon = premises.serve(&[("COMITY_HURRY", "1"), ("COMITY_FAULT", point.name())]);
        die(&mut daemon);
        assert!(daemon.said().iter().all(|line| !line.contains("\"ended\"")), "{point:?} was not reached");
        let daemon = premises.serve(&[("COMITY_HURRY", "1")]);
        let lookout = Lookout::at(&premises.rows());
        let changed = "SELECT COUNT(*) FROM records WHERE version > 1";
        proof::wait_for(|| (lookout.number(changed) == 3).then_some(()));
        daemon.end();
        assert_eq!(witness.count("\"dot\""), 0, "{point:?}: late is not sent");
    }
}

/// Files or server, the rows are worked with at one place, and all of them arrive.
#[test]
fn a_move_that_was_killed_is_finished_by_another() {
    if !real::can_run() {
        return;
    }
    for point in points(Deed::Move) {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &[]);
        let premises = proof::premises(&witness);
        proof::bring_customers(&premises, 20);
        visits(&premises, 20, TimeDelta::seconds(8));
        let premises = premises.on(postgres::database());
        let died = premises.comity(&["migrate"]).env("COMITY_FAULT", point.name()).output().unwrap();
        assert!(!died.status.success(), "{point:?} was not reached: {died:?}");
        // Nobody works with half of it.
        let mut daemon = premises.serve(&[]);
        daemon.stop_page().expect("stops are taken");
        proof::wait_for(|| daemon.said().iter().any(|line| line.contains("the database is away")).then_some(()));
        premises.run(&["migrate"]);
        daemon.ready().expect("it goes on by itself");
        let rows = premises.rows();
        proof::wait_for(|| (Evidence::of(&rows).open() == 0).then_some(()));
        daemon.kill();
        die(&mut daemon);
        let evidence = Evidence::of(&rows);
        assert_eq!(evidence.plans.len(), 40, "{point:?}");
        assert!(evidence.plans.keys().all(|plan| evidence.attempts(*plan, "accepted") == 1), "{point:?}: {evidence:?}");
    }
}

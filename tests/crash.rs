//! Crash proof: the real binary is killed at every named point, and at random moments, again and again, on both databases; so are
//! the server of the database and the mail server. Afterwards every plan has ended once, nobody got a message twice that may not
//! come twice, no cap was exceeded, and nothing began after a stop that was answered.
//!
//! The witness is an SMTP server with a log of its own. Every point is in `src/fault/points.rs`; `deeds.rs` knows what has to be
//! done so that it is passed. `COMITY_CRASHES=1000 tests/run crash` kills at least so many on each database; without the variable it is each
//! point twice, and some more.

mod besides;
mod deeds;
mod house;
mod judge;
mod nodes;
mod recorder;
mod trouble;

use crate::support::{
    postgres::Cluster,
    proof::{self, Dice},
    real,
};
use comity::fault::Point;
use deeds::{Deed, deed, passes};
use house::{House, die};
use std::{collections::BTreeMap, time::Duration};

/// How often each point is killed in one house.
const EACH: usize = 2;
/// Kills at random moments, of the database's server, and of the mail server, in one house.
const BESIDES: usize = 6;

#[test]
fn after_every_crash_each_plan_ends_once_and_nobody_gets_a_message_twice() {
    crash(|| None);
}

#[test]
fn so_it_is_where_the_rows_are_on_a_server_and_that_is_killed_too() {
    crash(|| Some(Cluster::start()));
}

/// What is killed in one run.
#[derive(Clone, Copy, Debug)]
enum Target {
    Point(Point),
    Moment,
    Database,
    MailServer,
}

fn crash(cluster: impl Fn() -> Option<Cluster>) {
    if !real::can_run() {
        return;
    }
    let mut dice = Dice::new();
    let wanted = proof::scale("COMITY_CRASHES", 1);
    let mut done = 0;
    while done < wanted {
        done += one_house(cluster(), &mut dice);
    }
}

/// All targets in one installation, in an order by chance. Gives how many runs that were.
fn one_house(cluster: Option<Cluster>, dice: &mut Dice) -> usize {
    let began_ns = real::boot_ns();
    let mut targets = targets(cluster.is_some());
    for place in (1..targets.len()).rev() {
        targets.swap(place, dice.index(place + 1));
    }
    let mut house = House::open(cluster);
    println!("open after {:.1?}", since(began_ns));
    let mut took: BTreeMap<String, Duration> = BTreeMap::new();
    let mut killed: BTreeMap<Point, usize> = BTreeMap::new();
    for (run, target) in targets.iter().enumerate() {
        let stocking_ns = real::boot_ns();
        house.stock_up();
        *took.entry("the stock".to_owned()).or_default() += since(stocking_ns);
        let began_ns = real::boot_ns();
        let what = format!("run {run}, {target:?}");
        println!("{what}");
        kill(&mut house, *target, dice);
        if let Target::Point(point) = target {
            *killed.entry(*point).or_default() += 1;
            assert_eq!(house.times(*point), killed[point], "{what}: it did not die there");
        }
        house.end_run(what);
        let kind = match target {
            Target::Point(point) => format!("{:?}", deed(*point)),
            other => format!("{other:?}"),
        };
        *took.entry(kind).or_default() += since(began_ns);
    }
    println!("{} points, each {EACH} times, by what was done: {took:.1?}", killed.len());
    let evidence = house.finish();
    let verdict = judge::judge(&house, &evidence, &house.witness.seen());
    println!("{} runs in {:.1?}; {verdict}", targets.len(), since(began_ns));
    targets.len()
}

fn since(began_ns: u64) -> Duration {
    Duration::from_nanos(real::boot_ns() - began_ns)
}

const fn is_for_a_house(point: Point) -> bool {
    !matches!(deed(point), Deed::Gather | Deed::Days | Deed::Move)
}

fn targets(has_server: bool) -> Vec<Target> {
    let points = Point::ALL.iter().filter(|point| is_for_a_house(**point)).flat_map(|point| [*point; EACH]);
    let mut targets: Vec<Target> = points.map(Target::Point).collect();
    targets.extend([Target::Moment; BESIDES]);
    targets.extend([Target::MailServer; BESIDES]);
    if has_server {
        targets.extend([Target::Database; BESIDES]);
    }
    targets
}

fn kill(house: &mut House, target: Target, dice: &mut Dice) {
    match target {
        Target::Point(point) => die_at(house, point, dice),
        Target::Moment => {
            let mut daemon = house.premises.serve(&[]);
            proof::wait(Duration::from_millis(50 + dice.below(900)));
            assert!(!daemon.has_ended(), "the daemon ended by itself: {:#?}", daemon.said());
            daemon.kill();
        }
        Target::Database => house.kill_database(dice),
        Target::MailServer => house.kill_mail_server(dice),
    }
}

fn die_at(house: &mut House, point: Point, dice: &mut Dice) {
    let nth = match point {
        // An approval is taken back first, so that something waits for it.
        Point::BeforeApprovalCommit | Point::AfterApprovalCommit => 2,
        _ => 1 + dice.below(passes(point)),
    };
    let fault = house.fault(point, nth);
    let fault: Vec<(&str, &str)> = fault.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match deed(point) {
        Deed::Start | Deed::Send | Deed::Run => die(&mut house.premises.serve(&fault)),
        Deed::Stop => house.stop_and_die(&fault),
        Deed::StopWithoutDatabase => house.stop_without_database_and_die(&fault),
        Deed::StartWithJournal => house.start_with_journal_and_die(&fault),
        Deed::StartWithWords => {
            let before = format!("{}:1", Point::AfterKeptLine.name());
            house.stop_and_die(&[("COMITY_FAULT", &before)]);
            die(&mut house.premises.serve(&fault));
        }
        Deed::Resume => house.resume_and_die(&fault),
        Deed::ImportCustomers => house.import_customers_twice(&fault),
        Deed::ImportVisits => house.import_twice(&fault),
        Deed::Enter => house.enter_and_die(&fault),
        Deed::Approve => house.approve_and_die(&fault),
        Deed::Erase => house.erase_and_die(&fault),
        Deed::Reload => house.reload_and_die(&fault),
        Deed::End => {
            // What it had claimed may all have left before it was asked to end: then nothing is given back.
            let before = house.times(point);
            for _ in 0..5 {
                house.stock_up();
                house.end_and_die(&fault, point == Point::AfterCheckpointWritten);
                if house.times(point) > before {
                    break;
                }
            }
        }
        Deed::Gather | Deed::Days | Deed::Move => unreachable!("these have installations of their own"),
    }
}

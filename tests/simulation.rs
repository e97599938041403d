//! Simulation: the real engine over its real database, on virtual time, and one seed that decides everything else. People
//! book, move and cancel visits, stop, agree, snooze, limit, change addresses and are erased; the mail server defers, rejects,
//! drops, loses, stalls and lies; clocks jump; the database is slow and fails; the daemon dies at any statement and begins
//! again. In the end all is well, and every plan ends.
//!
//! One to three daemons, as the seed has it, each with clock, journal and leases of its own. Where there are several they share the
//! database (`fault::seam::Shared` does a server's part between them): one dies, stands still or is cut off from it while the others
//! work, and what people ask comes to any of them.
//!
//! What people were answered and what the mail server saw is one history. [`promises`] knows the promises alone, reads it, and
//! names what breaks them.
//!
//! A seed is run twice, and both histories are the same, byte for byte: everything runs on one thread, a statement is answered
//! on the spot (`fault::seam`), nodes go on by turns, and of several waits that end at one time the first to begin ends first. No form of the
//! history is made up for the comparison.
//!
//! A seed that fails prints itself, is shortened to the acts that it takes, and is replayed by
//! `COMITY_SIMULATION_SEED=… cargo test --test all simulation -- --nocapture`. `COMITY_SIMULATIONS=1000000 tests/run simulation`
//! runs so many, every tenth of them twice, and looks for each planted mistake from the first seed on; otherwise that search begins
//! at the seed that is known to find it. `COMITY_SIMULATIONS_FROM=1000` begins at another seed.

mod clock;
pub mod customs;
mod desk;
pub mod history;
mod house;
mod mistakes;
mod nodes;
pub mod promises;
pub mod script;
mod server;
mod shrink;
mod world;

use self::{
    customs::SALON,
    history::{Event, KINDS, told},
    mistakes::{NOTHING, Plant},
    script::Script,
};
use crate::support::proof;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

/// Seeds in every test run.
const SEEDS: usize = 200;
/// Of more seeds than this, every tenth is run twice.
const TWICE_MAX: u64 = 2_000;

/// What is wrong with a run.
fn wrong(script: &Script, plant: &Plant) -> (Vec<Event>, Vec<String>) {
    let ran = world::run(script, plant);
    let mut broken = promises::broken(&ran.events, &SALON);
    if !ran.left.is_empty() {
        broken.push(format!("P6, an end: {}", ran.left));
    }
    (ran.events, broken)
}

/// Which promise a sentence is about.
fn promise(broken: &str) -> &str {
    broken.split(':').next().unwrap_or_default()
}

/// What is left of a script that breaks a promise, when it loses what it doesn't take.
fn shortened(script: &Script, plant: &Plant, broken: &[String]) -> Script {
    let which = promise(&broken[0]).to_owned();
    shrink::shrink(script, |script| wrong(script, plant).1.iter().any(|broken| promise(broken) == which))
}

/// What a person needs to see of a seed that failed.
fn report(script: &Script, broken: &[String]) -> String {
    let short = shortened(script, &NOTHING, broken);
    let (events, still) = wrong(&short, &NOTHING);
    format!(
        "COMITY_SIMULATION_SEED={} fails: {broken:#?}\nthis is what it takes:\n{short}and what happens then:\n{}{still:#?}\n",
        script.seed,
        told(&events)
    )
}

/// The mistake whose script is shortened.
const SHORTENED: &str = "nights are not quiet";

/// A planted mistake is found within so many seeds.
const WITHIN: u64 = 150;

/// Whether it is seen that a seed is the same history again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Times {
    Once,
    Twice,
}

/// Runs a seed.
fn prove(seed: u64, times: Times) -> Result<Vec<Event>, String> {
    let script = Script::of(seed);
    let (events, broken) = wrong(&script, &NOTHING);
    if !broken.is_empty() {
        return Err(report(&script, &broken));
    }
    if times == Times::Once {
        return Ok(events);
    }
    let (first, second) = (told(&events), told(&wrong(&script, &NOTHING).0));
    if first == second {
        return Ok(events);
    }
    let differ = first.lines().zip(second.lines()).find(|(one, other)| one != other);
    Err(format!("COMITY_SIMULATION_SEED={seed} does not run the same twice: {differ:#?}"))
}

#[test]
fn every_promise_holds_in_every_seed_and_a_seed_is_the_same_history_twice() {
    if let Some(seed) = std::env::var("COMITY_SIMULATION_SEED").ok().and_then(|seed| seed.parse().ok()) {
        let script = Script::of(seed);
        let (events, broken) = wrong(&script, &NOTHING);
        println!("{script}\n{}{broken:#?}", told(&events));
        prove(seed, Times::Twice).unwrap_or_else(|why| panic!("{why}"));
        return;
    }
    let seeds = proof::scale("COMITY_SIMULATIONS", SEEDS) as u64;
    let from = proof::scale("COMITY_SIMULATIONS_FROM", 1) as u64;
    let (next, happened, failed) = (AtomicU64::new(from), Mutex::new(BTreeMap::new()), Mutex::new(vec![]));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= from + seeds || failed.lock().unwrap().len() > 3 {
                return;
            }
            let times = if seeds <= TWICE_MAX || seed % 10 == 0 { Times::Twice } else { Times::Once };
            match prove(seed, times) {
                Ok(events) => {
                    let mut happened = happened.lock().unwrap();
                    for event in events {
                        *happened.entry(event.kind()).or_insert(0_u64) += 1;
                    }
                    if seed % 1_000 == 0 {
                        eprintln!("up to seed {seed}");
                    }
                }
                Err(why) => {
                    eprintln!("{why}");
                    failed.lock().unwrap().push(why);
                }
            }
        }
    };
    in_hands(work);
    let failed = failed.into_inner().unwrap();
    let happened = happened.into_inner().unwrap();
    println!("{seeds} seeds from {from}: {happened:?}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // Where a thing never happens, no promise was at stake.
    let quiet: Vec<_> = KINDS.iter().filter(|kind| !happened.contains_key(*kind)).collect();
    assert!(seeds < SEEDS as u64 || quiet.is_empty(), "this never happened: {quiet:?}");
}

#[test]
fn every_planted_mistake_is_found() {
    let all = proof::scale("COMITY_SIMULATIONS", SEEDS) > SEEDS;
    let (next, missed) = (AtomicUsize::new(0), Mutex::new(vec![]));
    let work = || {
        while let Some((plant, first)) = mistakes::ALL.get(next.fetch_add(1, Ordering::SeqCst)) {
            let from = if all { 1 } else { *first };
            let found = (from..=WITHIN).find_map(|seed| {
                let (_, broken) = wrong(&Script::of(seed), plant);
                Some((seed, broken.into_iter().next()?))
            });
            match found {
                Some((seed, broken)) => println!("seed {seed:>3}  {:<55} {}", plant.name, promise(&broken)),
                None => missed.lock().unwrap().push(plant.name),
            }
        }
    };
    in_hands(work);
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "not found: {missed:#?}");
}

#[test]
fn a_script_that_fails_is_shortened_to_what_it_takes() {
    let (script, plant) = (Script::of(1), mistakes::ALL.iter().find(|(plant, _)| plant.name == SHORTENED).unwrap().0);
    let (_, broken) = wrong(&script, &plant);
    let short = shortened(&script, &plant, &broken);
    println!("{script}{short}");
    assert!(short.acts.len() <= 2 && script.acts.len() > 10, "{short}");
    assert!(wrong(&short, &plant).1.iter().any(|still| promise(still) == promise(&broken[0])));
}

/// Does it with every processor.
fn in_hands(work: impl Fn() + Sync) {
    let hands = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..hands).for_each(|_| drop(scope.spawn(&work))));
}

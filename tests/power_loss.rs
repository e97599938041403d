//! Power loss: whatever a disk makes of a power cut, at whatever moment, nothing that was promised is lost and nothing is sent twice.
//!
//! The real binary lives the days of a small business, and `strace` writes down each call that changes a file, each that makes one
//! last, and all that is said on the wire. From that, any number of disks are made as a power cut may leave them, each after some call:
//! what `fsync` made last is there, and of the rest nothing, all, or what chance picks, torn in sectors, names apart from bytes. Over each of them the
//! installation starts as a daemon does. It must open, with a database that is sound, a ledger that verifies and keys that open
//! what they sealed; and whatever had been answered by then, or had begun to reach the mail server, must hold.
//!
//! `recording.rs` reads the calls, `history.rs` says what each changed and from when on it must last, `disk.rs` cuts the power, `scene.rs` is
//! the business, `evidence.rs` what it promised when, `judge.rs` looks. The proof is proved, too: where the calls that make a file last are
//! taken for nothing, it finds what is lost by that.
//!
//! `COMITY_POWER_CUTS=20000 tests/run power_loss` cuts so often; without the variable it is a few hundred times.

mod disk;
mod evidence;
mod history;
mod judge;
mod recording;
mod scene;

use crate::support::{
    need,
    proof::{self, Dice},
    real,
};
use disk::{Cut, Disk, Left};
use evidence::{Evidence, Fact};
use history::{Change, History, Made};
use scene::Scene;
use std::{
    fmt::Write,
    fs,
    os::unix::fs::symlink,
    path::Path,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Cuts in every test run.
const FEW: usize = 300;
/// For each mistake that is planted.
const PLANTED: usize = 20;
/// What the disk may make of one moment. The first is what a careful one does.
const WAYS: [(Left, Left); 7] = [
    (Left::Nothing, Left::Nothing),
    (Left::Some(512), Left::Some(512)),
    (Left::Some(4096), Left::Some(4096)),
    (Left::Nothing, Left::All),
    (Left::All, Left::Nothing),
    (Left::Some(512), Left::Nothing),
    (Left::Some(4096), Left::All),
];

/// What was recorded, once for all tests.
struct Recorded {
    scene: Scene,
    history: History,
    evidence: Evidence,
}

fn recorded() -> Option<&'static Recorded> {
    static RECORDED: OnceLock<Recorded> = OnceLock::new();
    if !real::can_run() || !need::program("strace") {
        return None;
    }
    Some(RECORDED.get_or_init(|| {
        let began_ns = real::boot_ns();
        let scene = Scene::play();
        let mut history = History::of(scene.premises.path());
        let evidence = Evidence::gather(&mut history, &scene.lives, &scene.witness.seen());
        println!(
            "{} changes of {} files and folders, {} facts, recorded in {} ms",
            history.events.len(),
            history.nodes.len(),
            evidence.facts.len(),
            (real::boot_ns() - began_ns) / 1_000_000
        );
        Recorded { scene, history, evidence }
    }))
}

#[test]
fn a_power_cut_at_any_moment_loses_nothing_that_was_promised() {
    let Some(recorded) = recorded() else { return };
    let cuts = cuts(recorded, proof::scale("COMITY_POWER_CUTS", FEW), &mut Dice::new());
    let began_ns = real::boot_ns();
    let lost = recorded.lost(&cuts, |_| false);
    println!("{} cuts in {} ms", cuts.len(), (real::boot_ns() - began_ns) / 1_000_000);
    assert!(lost.is_empty(), "{} of {} cuts lose something:\n{}", lost.len(), cuts.len(), told(&lost));
}

/// Each fact at the moment at which it became one, then each moment at which a name came or went, and after that any moment.
fn cuts(recorded: &Recorded, count: usize, dice: &mut Dice) -> Vec<Cut> {
    let events = &recorded.history.events;
    let mut promised: Vec<usize> = recorded.evidence.facts.iter().map(|(at, _)| *at).collect();
    promised.dedup();
    let named = events.iter().filter(|event| matches!(event.change, Change::Names { .. })).map(|event| event.begun);
    let mut chosen: Vec<(usize, (Left, Left))> =
        promised.iter().flat_map(|at| [(*at, WAYS[0]), (*at, WAYS[1])]).collect();
    // A name whose bytes are not there is what a careless writer leaves.
    chosen.extend(named.map(|at| (at, (Left::Nothing, Left::All))));
    let moments = disk::moments(events);
    (0..count)
        .map(|number| {
            let (at, way) = match chosen.get(number) {
                Some(chosen) => *chosen,
                None => (moments[dice.index(moments.len())], WAYS[number % WAYS.len()]),
            };
            Cut { at, bytes: way.0, names: way.1, seed: dice.below(u64::MAX) }
        })
        .collect()
}

impl Recorded {
    /// What is lost by which of these cuts, where what makes these files last does nothing.
    fn lost(&self, cuts: &[Cut], does_nothing: impl Fn(&Made) -> bool) -> Vec<(Cut, Vec<String>)> {
        let lasting = self.history.lasting(does_nothing);
        let (next, lost) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let workers = thread::available_parallelism().map_or(2, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(cut) = cuts.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let losses = self.losses(&lasting, *cut);
                        if !losses.is_empty() {
                            lost.lock().unwrap().push((*cut, losses));
                        }
                    }
                });
            }
        });
        lost.into_inner().unwrap()
    }

    fn losses(&self, lasting: &[usize], cut: Cut) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        lay_files(self.scene.premises.path(), folder.path());
        Disk::after(&self.history, lasting, cut).lay(&self.history, folder.path());
        judge::losses(folder.path(), &self.evidence.by(cut.at).collect::<Vec<_>>())
    }
}

/// What people wrote, and no process did.
fn lay_files(from: &Path, to: &Path) {
    for folder in ["templates", "workflows"] {
        symlink(from.join(folder), to.join(folder)).unwrap();
    }
    for file in ["comity.toml", "policy.toml"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

fn told(lost: &[(Cut, Vec<String>)]) -> String {
    lost.iter().take(10).fold(String::new(), |mut text, (cut, losses)| {
        writeln!(text, "{cut:?}: {losses:#?}").unwrap();
        text
    })
}

/// Where what makes these files last does nothing, and the power is cut as soon as one of these facts is one, that is found.
fn finds(does_nothing: impl Fn(&Made) -> bool, is_cut_at: impl Fn(&Fact) -> bool, word: &str) {
    let Some(recorded) = recorded() else { return };
    let facts = recorded.evidence.facts.iter().filter(|(_, fact)| is_cut_at(fact));
    let mut cuts: Vec<Cut> =
        facts.map(|(at, _)| Cut { at: *at, bytes: Left::Nothing, names: Left::Nothing, seed: 0 }).collect();
    cuts.dedup_by_key(|cut| cut.at);
    let step = cuts.len().div_ceil(PLANTED);
    let cuts: Vec<Cut> = cuts.into_iter().step_by(step).collect();
    let lost = recorded.lost(&cuts, does_nothing);
    let all: Vec<&String> = lost.iter().flat_map(|(_, losses)| losses).collect();
    assert!(all.iter().any(|loss| loss.contains(word)), "no {word:?} among what was found lost: {all:#?}");
}

#[test]
fn a_log_of_the_rows_that_is_never_made_to_last_is_found() {
    finds(|made| made.path.ends_with("comity.db-wal"), |fact| matches!(fact, Fact::Left { .. }), "Left");
}

#[test]
fn folders_that_are_never_made_to_last_are_found() {
    finds(|made| made.is_folder, |fact| matches!(fact, Fact::Known(_) | Fact::Holds { .. }), "Known");
}

/// It is written under another name first.
#[test]
fn a_master_key_that_is_never_made_to_last_is_found() {
    finds(|made| is_half(&made.path, "master.key"), |fact| matches!(fact, Fact::Known(_)), "it does not start");
}

#[test]
fn a_journal_that_is_never_made_to_last_is_found() {
    finds(|made| made.path.ends_with("journal"), |fact| *fact == Fact::Stopped(3), "Stopped(3)");
}

/// Whether it is what is to become this file.
fn is_half(path: &Path, file: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".new") && name.starts_with(&format!("{file}."))
}

#[test]
fn checkpoints_that_are_never_made_to_last_are_found() {
    finds(|made| made.path.ends_with("checkpoints.txt"), |fact| matches!(fact, Fact::Left { .. }), "the ledger");
}

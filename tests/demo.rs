//! The demo, as somebody meets it who has just cloned the repository: it says much in little room, and leaves nothing.

use crate::support::process::{COMITY, Process};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

/// The demo with a folder for temporary files of its own.
fn demo(temporary: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(COMITY);
    command.arg("demo").args(arguments).env("TMPDIR", temporary).stdin(Stdio::null());
    command
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().unwrap().next().is_none()
}

#[test]
fn a_demo_that_is_ended_early_leaves_nothing_behind() {
    let cases = [
        (&["--once"][..], "week of", Signal::TERM),
        (&["--once"], "week of", Signal::INT),
        (&[], "Mailbox", Signal::HUP),
        (&[], "Mailbox", Signal::TERM),
    ];
    for (arguments, words, signal) in cases {
        let temporary = tempfile::tempdir().unwrap();
        let mut command = demo(temporary.path(), arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut process = Process(child);
        assert!(said.any(|line| line.contains(words)), "{arguments:?} never says {words:?}");
        assert!(!is_empty(temporary.path()), "it works in a temporary folder");
        kill_process(Pid::from_child(&process.0), signal).unwrap();
        said.for_each(drop);
        let status = process.0.wait().unwrap();
        assert!(status.code().is_some(), "{signal:?} killed it: {status}");
        assert!(is_empty(temporary.path()), "{arguments:?} leaves something behind after {signal:?}");
    }
}

#[test]
fn a_month_in_one_go_is_told_on_one_screen() {
    let temporary = tempfile::tempdir().unwrap();
    let output = demo(temporary.path(), &["--once"]).output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.lines().count() <= 40, "{said}");
    assert!(said.contains("presses stop") && said.contains("never agreed to this purpose"), "{said}");

    // The weeks' columns add up to what the ledger counts.
    let weeks = said.lines().skip_while(|line| !line.contains("week of")).skip(1).take_while(|line| !line.is_empty());
    let sent: u64 = weeks.filter_map(|week| week.split_whitespace().nth(2)?.parse::<u64>().ok()).sum();
    let total = said.lines().find_map(|line| line.strip_suffix(" messages left, for example:")).unwrap();
    assert_eq!(total.trim().parse(), Ok(sent), "{said}");
    assert!(sent > 400, "{said}");
    assert!(is_empty(temporary.path()));
}

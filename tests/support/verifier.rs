//! The second opinion on what goes over the wire: Python's parser and dkimpy, by `tests/tools/check_wire.py`.

use super::need;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The Python that `tests/run` put the pinned packages into, if they are there.
pub fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/python/bin/python3");
    let installed = fs::read_to_string(root.join("target/python/installed.txt")).unwrap_or_default();
    let is_there = python.exists() && installed == include_str!("../tools/requirements.txt");
    (is_there || need::missing("what tests/tools/requirements.txt names, in target/python")).then_some(python)
}

/// The Python that `tests/run` put what calls the API into, and with it a validator of schemas.
pub fn python_with_schemas() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python");
    let installed = fs::read_to_string(folder.join("installed-api.txt")).unwrap_or_default();
    let is_there = installed == include_str!("../tools/requirements-api.txt");
    (is_there || need::missing("what tests/tools/requirements-api.txt names, in target/python"))
        .then(|| folder.join("bin/python3"))
}

/// axe-core, the rules of accessibility, as a script for a page.
pub fn axe() -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python");
    let installed = fs::read_to_string(folder.join("installed-axe.txt")).unwrap_or_default();
    let is_there = installed == include_str!("../tools/requirements-axe.txt");
    (is_there || need::missing("what tests/tools/requirements-axe.txt names, in target/python")).then(|| {
        let versions = fs::read_dir(folder.join("lib")).unwrap().map(|version| version.unwrap().path());
        let mut scripts = versions.map(|version| version.join("site-packages/axe_playwright_python/axe.min.js"));
        fs::read_to_string(scripts.find(|script| script.exists()).unwrap()).unwrap()
    })
}

/// Holds every `.eml` in a folder against the standards, and tampers with the first `mutate` of them. `dns.txt` has the
/// key's record. Gives how many it held, and fails for a message that breaks a rule or a tampered copy that verifies.
#[track_caller]
pub fn check(python: &Path, dns: &Path, folder: &Path, sender: &str, mutate: usize) -> usize {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/check_wire.py");
    let mut command = Command::new(python);
    command.arg(tool).arg("--dns").arg(dns).args(["--sender", sender, "--mutate", &mutate.to_string()]).arg(folder);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "the wire breaks a standard:\n{said}");
    let checked = said.lines().last().and_then(|summary| summary.split_once(" messages checked"));
    checked.and_then(|(count, _)| count.parse().ok()).unwrap_or_else(|| panic!("it doesn't say how many:\n{said}"))
}

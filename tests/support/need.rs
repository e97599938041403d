//! What a test needs from the machine. What is missing is said aloud; where everything should be there, it fails.

use std::process::{Command, Stdio};

/// Whether a program can be started. Where `CI` is set it must be.
pub fn program(name: &str) -> bool {
    let found = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    found || missing(name)
}

/// Says that something isn't there. `false`, or a failure where `CI` is set.
pub fn missing(what: &str) -> bool {
    lacking(what, "`tests/run` installs it")
}

/// The same, with what can be done about it.
pub fn lacking(what: &str, remedy: &str) -> bool {
    assert!(std::env::var_os("CI").is_none(), "{what} is missing; {remedy}");
    eprintln!("NOT RUN: {what} is missing; {remedy}");
    false
}

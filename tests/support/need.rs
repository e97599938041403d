//! What a test needs from the machine. What is missing is said aloud; where everything should be there, it fails.

/// Says that something isn't there. `false`, or a failure where `CI` is set.
pub fn missing(what: &str) -> bool {
    assert!(std::env::var_os("CI").is_none(), "{what} is missing; `tests/run` installs it");
    eprintln!("NOT RUN: {what} is missing; `tests/run` installs it");
    false
}

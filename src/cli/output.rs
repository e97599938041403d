//! Words for the terminal, exit codes for scripts.

use crate::engine::lock::LockError;
use std::{io::Write, process::ExitCode};

/// The thing failed, or `check` found something.
pub const FAILED: u8 = 1;
/// Another process holds what is needed; nothing was done.
pub const HELD: u8 = 3;
/// Some rows failed, the others are in.
pub const PARTLY: u8 = 4;

/// Prints one line to standard output. A closed pipe (`| head`) is not an error.
pub fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints one line to standard error.
pub fn warn(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints one JSON value on a line of its own.
///
/// # Errors
/// When the value has no JSON form.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?);
    Ok(())
}

/// Prints an error with what led to it.
#[must_use]
pub fn fail(error: &anyhow::Error) -> ExitCode {
    warn(format_args!("comity: {error:#}"));
    let held = error.chain().any(|cause| matches!(cause.downcast_ref(), Some(LockError::Held { .. })));
    ExitCode::from(if held { HELD } else { FAILED })
}

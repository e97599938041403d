//! Words for the terminal, exit codes for scripts.

use crate::{
    config::LoadError,
    document::report::{self, Canvas},
    engine::house::lock::LockError,
};
use comfy_table::{ContentArrangement, Row, Table};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

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

/// A table without lines, no wider than the terminal.
pub fn table(header: impl Into<Row>) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    table
}

/// Colours for a terminal, none for a file.
pub fn canvas(stream: &impl IsTerminal) -> Canvas {
    if stream.is_terminal() { Canvas::Terminal } else { Canvas::Plain }
}

/// Prints an error with what led to it. Mistakes in the installation's files are drawn, whichever command met them.
#[must_use]
pub fn fail(error: &anyhow::Error) -> ExitCode {
    if let Some(LoadError::Findings(findings)) = error.chain().find_map(|cause| cause.downcast_ref()) {
        warn(report::draw(findings, canvas(&std::io::stderr())));
    }
    warn(format_args!("comity: {error:#}"));
    let held = error.chain().any(|cause| matches!(cause.downcast_ref(), Some(LockError::Held { .. })));
    ExitCode::from(if held { HELD } else { FAILED })
}

//! `comity pause` and `comity resume`: all sending halted by one word, and let go by another.

use super::{control, output};
use std::{path::Path, process::ExitCode};

/// Halt all sending, until `comity resume`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity pause
  comity pause --note \"wrong prices in the template\"

When it returns, no message begins to leave any more. What is due meanwhile waits, and what becomes \
too late is not sent. The stop page and imports go on working. It works with and without a daemon, and \
reaches a daemon also where the files have mistakes or can't be read: it is looked for in the data \
directory that comity.toml names, or else in data; COMITY_DATA__DIRECTORY names another.")]
pub struct PauseArgs {
    /// Why, for the history.
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
}

/// Let sending go on.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  comity resume

Lifts a pause; and halts that wait for a person: a mail server that refused us, a clock far ahead.")]
pub struct ResumeArgs {
    /// Print what was lifted as JSON.
    #[arg(long)]
    json: bool,
}

/// Halts.
///
/// # Errors
/// When the installation can't be reached.
pub fn pause(dir: &Path, args: &PauseArgs) -> anyhow::Result<ExitCode> {
    control::visit(dir, async |door| door.pause(&args.note).await)?;
    output::line("Paused: nothing is sent until `comity resume`.");
    Ok(ExitCode::SUCCESS)
}

/// Lets go.
///
/// # Errors
/// When the installation can't be reached.
pub fn resume(dir: &Path, args: &ResumeArgs) -> anyhow::Result<ExitCode> {
    let (lifted, _) = control::visit(dir, async |door| door.resume().await)?;
    if args.json {
        output::json(&lifted)?;
    } else if lifted.is_empty() {
        output::line("Nothing was paused.");
    } else {
        output::line("Resumed: what is due and still in time is sent now.");
    }
    Ok(ExitCode::SUCCESS)
}

//! `comity believe`: a calendar that lacks much of what is known is right all the same.

use super::{control, output};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Believe a calendar although much is missing in it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  comity believe salon

A calendar that suddenly lacks more than 30 % of the visits to come, or all of them, cancels nothing: \
it may have been shared anew, or cut short on its way. `comity status` says so. Look at it; if the \
visits are cancelled indeed, this command takes the calendar at its word: what its next two readings \
lack is cancelled. When it lacks little again, it is judged again.")]
pub struct Args {
    /// The calendar's name in comity.toml.
    calendar: String,
}

/// Believes.
///
/// # Errors
/// When the installation can't be reached, or nothing of that calendar is in doubt.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let (believed, _) = control::visit(dir, async |door| door.believe(&args.calendar).await)?;
    if !believed {
        bail!("nothing of a calendar `{}` is in doubt; `comity status` shows how each stands", args.calendar);
    }
    output::line(format_args!("Believed: what the next two readings of `{}` lack is cancelled.", args.calendar));
    Ok(ExitCode::SUCCESS)
}

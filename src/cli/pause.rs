//! `comity pause` and `comity resume`: all sending halted by one word, and let go by another.

use super::{
    control::{self, Door},
    output,
    status::{at_stake, by_clock},
};
use crate::{
    engine::office::standing::Standing,
    gate::{Halt, facts::HaltCause},
    store::AfterRestore,
};
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
#[command(after_help = "Examples:
  comity resume
  comity resume --skip-restored
  comity resume --send-restored

Lifts a pause; and halts that wait for a person: a mail server that refused us, a clock far ahead.

After an older database was restored (a back-up, or a server that took over and lacks the last seconds), nothing \
is sent. `comity resume` says then until when the database knows what happened, until when it had come before, and \
how many messages may have left in between. With --skip-restored none of them leaves, nor anything else that was \
due by then, be it planned already or planned again by a calendar or an import: nobody is written to twice, and \
somebody may be written to too little. With --send-restored they are sent, some of them for the second time. Look at \
your mail provider's log if in doubt: it says when the last message left.")]
pub struct ResumeArgs {
    /// After an older database was restored: never send what may have left.
    #[arg(long, conflicts_with = "send_restored")]
    skip_restored: bool,
    /// After an older database was restored: send also what may have left.
    #[arg(long)]
    send_restored: bool,
    /// Print what was lifted as JSON.
    #[arg(long)]
    json: bool,
}

impl ResumeArgs {
    const fn choice(&self) -> Option<AfterRestore> {
        match (self.skip_restored, self.send_restored) {
            (true, _) => Some(AfterRestore::Skip),
            (_, true) => Some(AfterRestore::Send),
            _ => None,
        }
    }
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
    let ask = async |door: &Door| {
        let chosen = match args.choice() {
            Some(choice) => door.resume_restored(choice).await?,
            None => None,
        };
        Ok((chosen, door.resume().await?, door.standing().await?))
    };
    let ((chosen, mut lifted, standing), _) = control::visit(dir, ask)?;
    lifted.extend(chosen.iter().map(|restored| Halt { cause: HaltCause::Restored, since: restored.since }));
    let Standing { status, zone, .. } = standing;
    if args.json {
        output::json(&lifted)?;
    } else if lifted.is_empty() && status.restored.is_none() {
        output::line("Nothing was paused.");
    } else if status.restored.is_none() {
        if args.skip_restored
            && let Some(restored) = &chosen
        {
            output::line(format!("What was due by {} is not sent any more.", by_clock(restored.came_to, zone)));
        }
        output::line("Resumed: what is due and still in time is sent now.");
    }
    let Some(restored) = &status.restored else { return Ok(ExitCode::SUCCESS) };
    output::warn(format!("Nothing is sent: the database is an older one. {}", at_stake(restored, zone)));
    Ok(ExitCode::FAILURE)
}

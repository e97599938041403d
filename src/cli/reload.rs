//! `comity reload`: the daemon reads its files again, and takes them over as a whole or not at all.

use super::{
    control::{self, Door},
    output,
};
use crate::{
    engine::files::{Plans, Reloaded},
    privacy::Change,
};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Have the daemon take over changed files now, or hear what is wrong with them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity check && comity reload
  comity reload --json | jq -r .revision

The daemon also notices changed files by itself, a few seconds after the last was written. This waits \
until it is done: when it returns, no message begins any more by the old files. With a single mistake \
nothing changes. A few keys need a restart, and are named: [data] directory, [web] listen, \
[api], [smtp] lanes, [log]. With files that can't be taken over the exit code is 1.")]
pub struct Args {
    /// Print what changed as JSON.
    #[arg(long)]
    json: bool,
}

/// Asks the daemon and tells.
///
/// # Errors
/// When no daemon runs, or the files can't be taken over.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let (reloaded, _) = control::visit(dir, async |door| match door {
        Door::Daemon(daemon) => daemon.reload().await,
        Door::Own(_) => bail!("no daemon runs here: the next start reads the files as they are then"),
    })?;
    if args.json {
        output::json(&reloaded)?;
    } else {
        output::line(sentence(&reloaded));
    }
    Ok(ExitCode::SUCCESS)
}

fn sentence(Reloaded { revision, files, plans, reworded, notice }: &Reloaded) -> String {
    let what =
        if files.is_empty() { "Nothing has changed".to_owned() } else { format!("Changed: {}", files.join(", ")) };
    let then = match plans {
        Plans::UpToDate => "",
        Plans::Behind => " The database is away: nothing is sent until it is back and all messages are planned anew.",
    };
    let of = |(purpose, people): (&String, &u64)| {
        format!(
            " `{purpose}` is worded anew: {} who agreed to other words get nothing of it until they agree again; with the old \
             words they do.",
            if *people == 1 { "1 person".to_owned() } else { format!("{people} people") }
        )
    };
    let reworded: String = reworded.iter().map(of).collect();
    let changes: Vec<String> = notice.iter().map(Change::sentence).collect();
    let notice = match changes.as_slice() {
        [] => String::new(),
        _ => format!(" The privacy notice has changed in what matters to people: {}", changes.join(" ")),
    };
    format!("{what}. Revision {revision} is in force.{then}{reworded}{notice}")
}

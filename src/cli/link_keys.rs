//! `comity link-keys`: the keys that sign links in messages.

use super::{control, output};
use crate::{
    base::keys::FIRST_KEY,
    config,
    engine::house::{
        key_file,
        numbered_keys::{self, Use},
    },
};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Show the keys that sign the links in messages, or make a new one.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    after_help = "Examples:
  comity link-keys list
  comity link-keys new

A new key signs the links of all messages that come due from now on, also in a daemon that runs; those that a person has \
approved already are asked about again. The older keys go on verifying for good: a stop must work in mail of years ago. They lie in keys/links.key, the first in keys/master.key: back them up together."
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the keys by their numbers, the one that signs last.
    List,
    /// Make a key that signs from now on.
    New,
}

/// Lists or makes.
///
/// # Errors
/// When the installation can't be reached, or the key file can't be used.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::List => {
            let data = config::data(dir);
            if !key_file::is_there(&data) {
                bail!("there are no keys yet: the first start makes them");
            }
            output::line(format_args!("{FIRST_KEY}  from the beginning"));
            for (number, (made_at, _)) in numbered_keys::load(&data, Use::Links)? {
                output::line(format_args!("{number}  made {made_at}"));
            }
        }
        Command::New => {
            let (number, _) = control::visit(dir, async |door| door.new_link_key().await)?;
            output::line(format_args!("Key {number} signs every link from now on; the others go on verifying."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

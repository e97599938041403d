//! `comity rewrap`: customers' keys under a new key.

use super::{control, output};
use std::{path::Path, process::ExitCode};

/// Make a new key, and wrap every customer's own key anew with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  comity rewrap

For when keys/master.key or keys/wrapping.key may have been seen by others: with what they hold, nobody opens the key store as it \
is from now on. A copy of it that they took together with the key, and the rows, stays readable to them. The new key lies in \
keys/wrapping.key: back it up with keys/master.key, which goes on signing links and finding addresses.")]
pub struct Args {}

/// Wraps.
///
/// # Errors
/// When the installation can't be reached, or a key file or the key store not written.
pub fn run(dir: &Path) -> anyhow::Result<ExitCode> {
    let (keys, _) = control::visit(dir, async |door| door.rewrap().await)?;
    output::line(format_args!("{keys} keys are wrapped with a new key, which lies in keys/wrapping.key: back it up."));
    Ok(ExitCode::SUCCESS)
}

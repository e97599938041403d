//! `comity export`: what a person takes away.

use super::{
    control,
    output::{self, FAILED},
};
use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Write all that is known about a customer into one file, for them to take away.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity export C017                     writes customer-1.zip
  comity export anna@example.org --to anna.zip

The archive holds each row about them of each table, decisions included: as JSON, and as CSV for a spreadsheet. Only its \
owner may read it. That you looked is kept, and stands in it.")]
pub struct Args {
    /// The customer's id in their source, `@` and their number here, or their address.
    customer: String,
    /// Where to; else customer-NUMBER.zip. A file that is there is left alone.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Exports.
///
/// # Errors
/// When the installation can't be reached, several customers are meant, or the file can't be written.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let (taken, _) = control::visit(dir, async |door| door.export(args.customer.trim()).await)?;
    let [one] = taken.as_slice() else {
        if taken.is_empty() {
            output::warn("comity: nobody has this id or address");
            return Ok(ExitCode::from(FAILED));
        }
        bail!("several customers have this address: name the one by their id");
    };
    let path = args.to.clone().unwrap_or_else(|| format!("customer-{}.zip", one.customer).into());
    let zip = STANDARD.decode(&one.zip)?;
    let write = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?.write_all(&zip);
    write().with_context(|| format!("{} can't be written", path.display()))?;
    output::line(path.display());
    Ok(ExitCode::SUCCESS)
}

//! `comity export`: what a person takes away, and what analysts get.

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

/// Write all that is known about a customer into one file, for them to take away; or who got what, without names.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity export C017                     writes customer-1.zip
  comity export anna@example.org --to anna.zip
  comity export --pseudonymous           writes pseudonymous.zip, for analysts

The archive holds each row about them of each table, decisions included: as JSON, and as CSV for a spreadsheet. Only its \
owner may read it. That you looked is kept, and stands in it.

With --pseudonymous it holds people, consents, records, answers and messages, with a token in place of each: no address, no \
name, no words that somebody wrote, no sensitive field, days in place of moments. The tokens are drawn for this file alone, so \
that two exports are not linked by them. READ-ME.txt in it says what each column is, and what it does not promise.")]
pub struct Args {
    /// The customer's id in their source, `@` and their number here, or their address.
    #[arg(required_unless_present = "pseudonymous", conflicts_with = "pseudonymous")]
    customer: Option<String>,
    /// Of all customers, with tokens in place of people.
    #[arg(long)]
    pseudonymous: bool,
    /// Where to; else customer-NUMBER.zip or pseudonymous.zip. A file that is there is left alone.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Exports.
///
/// # Errors
/// When the installation can't be reached, several customers are meant, or the file can't be written.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let Some(customer) = &args.customer else {
        let (zip, _) = control::visit(dir, async |door| door.for_analysts().await)?;
        return write(args, "pseudonymous.zip", &zip);
    };
    let (taken, _) = control::visit(dir, async |door| door.export(customer.trim()).await)?;
    let [one] = taken.as_slice() else {
        if taken.is_empty() {
            output::warn("comity: nobody has this id or address");
            return Ok(ExitCode::from(FAILED));
        }
        bail!("several customers have this address: name the one by their id");
    };
    write(args, &format!("customer-{}.zip", one.customer), &one.zip)
}

/// An archive in base64, to where it was wanted or under this name.
fn write(args: &Args, name: &str, zip: &str) -> anyhow::Result<ExitCode> {
    let path = args.to.clone().unwrap_or_else(|| name.into());
    let zip = STANDARD.decode(zip)?;
    let write = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?.write_all(&zip);
    write().with_context(|| format!("{} can't be written", path.display()))?;
    output::line(path.display());
    Ok(ExitCode::SUCCESS)
}

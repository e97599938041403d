//! `comity ropa`: the record of processing activities, made from the files.

use super::output;
use crate::{
    config,
    privacy::{Facts, ropa},
};
use std::{path::Path, process::ExitCode};

/// Print the record of processing activities that GDPR 30 wants: for each purpose whose data, which, who else sees them and for
/// how long.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity ropa > ropa.md            as Markdown
  comity ropa --json               as JSON, for the register that you keep elsewhere

It is made from policy.toml, workflows and templates, as the privacy notice is (`comity notice`), and knows nothing of what \
you do with data outside of them.")]
pub struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints.
///
/// # Errors
/// When the files have mistakes.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let installation = config::load(dir)?;
    let facts = Facts::of(&installation.policy, &installation.flows);
    let ropa = ropa(&facts, &installation.flows, &installation.policy.business.language);
    if args.json {
        output::json(&ropa)?;
    } else {
        output::line(ropa.markdown().trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

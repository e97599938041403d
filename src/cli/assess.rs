//! `comity assess`: what a workflow may do to people, what is in force against it, and who answers for it by name.

use super::{by::By, control, output};
use crate::{
    config,
    document::did_you_mean,
    engine::office::privacy::{SignOrder, Signed},
    gate::sentence::moment,
    privacy::assess,
};
use anyhow::{anyhow, bail};
use std::{path::Path, process::ExitCode};

/// Show a workflow's impact assessment: its risks, what lowers them, and a level; or sign it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity assess win-back                     the risks that its files show, and the level
  comity assess win-back --sign --by Lucie   Lucie answers for it as it stands
  comity assess win-back --json              the same as one JSON value

Points are added by a fixed rule: up to 2 are low, up to 4 medium, more are high. Above the level that policy.toml names \
([assessment] sign_above, medium without it) a workflow is approved only when its assessment is signed, and a change of \
the workflow or of its risks needs another signature. Signatures are kept.")]
pub struct Args {
    /// Its file's name, without .toml.
    workflow: String,
    /// Sign it, as it stands.
    #[arg(long)]
    sign: bool,
    #[command(flatten)]
    by: By,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Shows, or signs.
///
/// # Errors
/// When the files have mistakes, there is no such workflow, or the installation can't be reached.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let installation = config::load(dir)?;
    let workflow = installation.workflows.get(&args.workflow).ok_or_else(|| {
        let names = installation.workflows.keys().map(String::as_str);
        anyhow!("there is no workflow `{}`: {}", args.workflow, did_you_mean(&args.workflow, names).unwrap_or_default())
    })?;
    let assessment = assess(&installation.policy, workflow, &installation.flows);
    if !args.sign {
        if args.json {
            output::json(&assessment)?;
        } else {
            output::line(assessment.markdown().trim_end());
            if assessment.needs_signature(&installation.policy) {
                output::line("\nIt is approved only when somebody has signed this: add --sign.");
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let order = SignOrder { workflow: assessment.workflow, digest: assessment.digest, who: args.by.name()? };
    let (signed, zone) = control::visit(dir, async |door| door.sign_assessment(&order).await)?;
    match &signed {
        Signed::OtherFiles => bail!("these files are not in force: `comity reload` first; nothing was signed"),
        _ if args.json => output::json(&signed)?,
        Signed::Kept(signature) => output::line(format_args!(
            "Signed: {}, digest {}, by {}, {}.",
            order.workflow,
            order.digest,
            signature.who,
            moment(signature.at, zone)
        )),
    }
    Ok(ExitCode::SUCCESS)
}

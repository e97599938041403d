//! `comity approve`: a workflow that was a draft may send from now on, as its files stand; or no more.

use super::{by::By, control, output};
use crate::{
    config,
    engine::office::approval::{Answered, Order},
    gate::facts::Said,
};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Approve a workflow as its files stand, so that its messages leave.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity approve visit-tips
  comity approve visit-tips --by Lucie
  comity approve visit-tips --withdraw   when it returns, nothing more begins to leave

A workflow is a draft until somebody approves it: its messages are planned and held. `comity rehearse \
--drafts` shows who would get them, `comity preview` in which words. The approval is for the file, its \
template and the partials as they are now; when one of them changes it is a draft again. A workflow \
with `approval = \"none\"` needs nobody's yes.")]
pub struct Args {
    /// Its file's name, without .toml.
    workflow: String,
    #[command(flatten)]
    by: By,
    /// Take the approval back.
    #[arg(long)]
    withdraw: bool,
    /// Print what became of it as JSON.
    #[arg(long)]
    json: bool,
}

/// Approves, or takes it back.
///
/// # Errors
/// When the installation can't be reached, or there is nothing to approve.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let Args { workflow, by, withdraw, json } = args;
    let (said, revision) = if *withdraw {
        (Said::Withdrawn, None)
    } else {
        // What is approved is what lies here to be read, and not what the daemon may have read before.
        (Said::Approved, config::load(dir)?.workflows.get(workflow).map(|workflow| workflow.revision.clone()))
    };
    let order = Order { workflow: workflow.clone(), said, revision, who: by.name()? };
    let (answered, _) = control::visit(dir, async |door| door.approve(&order).await)?;
    match &answered {
        Answered::NoWorkflow => bail!("there is no workflow `{workflow}`; `comity check` lists them"),
        Answered::NeedsNone => bail!("`{workflow}` needs no approval: it says approval = \"none\""),
        Answered::EachByItself => bail!("each message of `{workflow}` is approved by itself: `comity approvals list`"),
        Answered::LargeRunsAlone => {
            bail!("what `{workflow}` sends to many people is approved day by day: `comity approvals list`")
        }
        Answered::OtherFiles => bail!("these files are not in force: `comity reload` first; nothing was approved"),
        Answered::NeedsAssessment { level } => bail!(
            "the risk of `{workflow}` is {}: somebody must sign its assessment first, `comity assess {workflow} --sign`",
            level.name()
        ),
        Answered::ReviewIsDue { by } => {
            let by = by.format("%-d %B %Y");
            bail!("`{workflow}` was to be reviewed by {by}: look at it, and write another day as its review_by")
        }
        Answered::Kept { .. } if *json => output::json(&answered)?,
        Answered::Kept { .. } if *withdraw => {
            output::line(format_args!("Withdrawn: nothing more of {workflow} leaves until it is approved again."));
        }
        Answered::Kept { revision, waiting } => {
            let waiting = match waiting {
                0 => String::new(),
                1 => " One message waited for it; it leaves if it is still in time.".to_owned(),
                more => format!(" {more} messages waited for it; those that are still in time leave."),
            };
            output::line(format_args!("Approved: {workflow}, revision {revision}, by {}.{waiting}", order.who));
        }
    }
    Ok(ExitCode::SUCCESS)
}

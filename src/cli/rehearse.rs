//! `comity rehearse`: who would get what, when, and why not. Nothing is sent.

use super::{
    output,
    script::{Script, Span},
};
use crate::{
    base::keys::Keyring,
    config::{self, Installation},
    engine::{
        key_file,
        rehearse::{Line, Outcome, Rehearsal},
    },
    store::Store,
    workflow::State,
};
use anyhow::{Context, bail};
use std::{collections::BTreeMap, path::Path, process::ExitCode, sync::Arc};

/// Run the engine on virtual time and on paper: who would get what, when, and why not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Without --customers and --appointments a copy of the installation's database is rehearsed.

Examples:
  comity rehearse --from 2027-03-08T00:00 --to 2027-03-15T00:00
  comity rehearse --from 2027-03-08T00:00 --to 2027-04-07T00:00 \\
      --customers samples/customers.csv --appointments samples/appointments.csv \\
      --change 2027-03-20T12:00=samples/appointments-changed.csv --json")]
pub struct Args {
    #[command(flatten)]
    span: Span,
    /// Count drafts (`state = "draft"`) as if they were live.
    #[arg(long)]
    drafts: bool,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Rehearses and prints the report.
///
/// # Errors
/// When the installation or a file can't be read.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let mut installation = config::load(dir)?;
    if args.drafts {
        wake_drafts(&mut installation);
    }
    let Some(script) = args.span.read(&installation)? else {
        bail!("say from when to when: --from 2027-03-08T00:00 --to 2027-03-15T00:00");
    };
    let lines = super::wait_for(rehearse(installation, script, args.span.brings_its_own()))?;
    if args.json {
        for line in &lines {
            output::json(line)?;
        }
    } else {
        print(&lines);
    }
    Ok(ExitCode::SUCCESS)
}

/// Another revision: the plans of the copied database are made anew.
fn wake_drafts(installation: &mut Installation) {
    for workflow in installation.workflows.values_mut().filter_map(Arc::get_mut) {
        workflow.state = State::Live;
    }
    installation.revision.push_str("+drafts");
}

async fn rehearse(mut installation: Installation, script: Script, fresh: bool) -> anyhow::Result<Vec<Line>> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let live = std::mem::replace(&mut installation.config.data, folder.path().to_owned());
    let keys = Arc::new(if fresh {
        // Thrown away with the folder.
        Keyring::derive(&[0; 32])
    } else {
        let keys = key_file::load(&live)?;
        let (from, to) = (live.join("comity.db"), folder.path().join("comity.db"));
        Store::copy(&from, &to).await.with_context(|| format!("{} can't be copied", from.display()))?;
        keys
    });
    let rehearsal = Rehearsal::open(Arc::new(installation), keys, script.from).await?;
    script.play(&rehearsal.engine, &rehearsal.clock).await?;
    let lines = rehearsal.report().await?;
    rehearsal.engine.close().await;
    Ok(lines)
}

fn print(lines: &[Line]) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["when", "customer", "step", "outcome", "what"]);
    for line in lines {
        let what = line.subject.as_ref().or(line.because.as_ref()).map_or("", String::as_str);
        let (when, outcome) = (line.local.replace('T', " "), name(line.outcome));
        let step = format!("{} {}", line.workflow, line.step);
        table.add_row([when.as_str(), &line.customer, &step, outcome, what]);
    }
    output::line(table);
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for line in lines {
        *counts.entry(line.outcome).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(outcome, count)| format!("{count} {}", name(*outcome))).collect();
    output::line(if counts.is_empty() { "Nothing would happen.".to_owned() } else { counts.join(", ") });
}

const fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sent => "sent",
        Outcome::Held => "held",
        Outcome::Refused => "refused",
        Outcome::Voided => "voided",
        Outcome::Failed => "failed",
    }
}

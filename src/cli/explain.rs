//! `comity explain`: what happened to a message or a customer, in sentences.

use super::{
    control,
    output::{self, FAILED},
};
use crate::{base::Zone, engine::office::Account, ledger::Entry};
use serde::Serialize;
use std::{path::Path, process::ExitCode};

/// Tell the history of a message or a customer, in sentences.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity explain 31                     a message, by its number
  comity explain C017                   a customer, by the id of your own list
  comity explain anna@example.org       whoever has this mailbox
  comity explain C017 --json            one JSON value for each thing that happened

A number is a message's where there is such a message, and a customer's id otherwise.")]
pub struct Args {
    /// A message's number, a customer's id, or an address.
    #[arg(value_name = "MESSAGE|CUSTOMER")]
    about: String,
    /// Print JSON, one value a line.
    #[arg(long)]
    json: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Printed<'a> {
    time: String,
    sentence: String,
    #[serde(flatten)]
    entry: &'a Entry,
}

/// Asks and tells.
///
/// # Errors
/// When the installation can't be reached.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let (accounts, zone) = control::visit(dir, async |door| door.explain(&args.about).await)?;
    if accounts.is_empty() {
        output::warn("comity: no message has this number, and no customer this id or address");
        return Ok(ExitCode::from(FAILED));
    }
    for account in &accounts {
        if args.json {
            for entry in &account.entries {
                let (time, sentence) = (entry.at.to_string(), entry.happening.sentence(zone));
                output::json(&Printed { time, sentence, entry })?;
            }
        } else {
            output::line(tell(account, zone));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(account: &Account, zone: Zone) -> String {
    let mailbox = account.mailbox.as_ref().map(|mailbox| format!(", {mailbox}")).unwrap_or_default();
    let mut lines = vec![format!("Customer {}{mailbox}", account.customer)];
    for plan in &account.plans {
        let about = plan.occurrence.split_once('@').map_or(plan.occurrence.as_str(), |(_, start)| start);
        let state = plan.state.name();
        lines.push(format!("  message {}: {} {} for {about}: {state}", plan.plan, plan.workflow, plan.step));
    }
    lines.push(String::new());
    for entry in &account.entries {
        let at = zone.local(entry.at).format("%Y-%m-%d %H:%M:%S");
        let whose = entry.plan.map(|plan| format!("message {plan}: ")).unwrap_or_default();
        lines.push(format!("{at}  {whose}{}", entry.happening.sentence(zone)));
    }
    if account.entries.is_empty() {
        lines.push("Nothing has happened yet.".to_owned());
    }
    lines.join("\n") + "\n"
}

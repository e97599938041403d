//! `comity explain`: what happened to a message or a customer, in sentences, and the same values as JSON.

mod told;

use super::{
    approvals::history,
    control,
    output::{self, FAILED},
};
use crate::{base::Zone, engine::office::account::Account, gate::sentence};
use std::{path::Path, process::ExitCode};
use told::{Found, Told, told};

/// Tell the history of a message or a customer, in sentences: which rule decided, what it saw then, which messages filled
/// a cap, when the message would be allowed, and what the customer can change.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity explain 31                a message by its number: what each rule found
  comity explain C017              a customer, by the id of your own list
  comity explain anna@example.org  whoever has this mailbox
  comity explain C017 --json       one JSON value for each thing that happened

A number is a message's where there is such a message, and a customer's id otherwise.")]
pub struct Args {
    /// A message's number, a customer's id, or an address.
    #[arg(value_name = "MESSAGE|CUSTOMER")]
    about: String,
    /// Print JSON, one value a line.
    #[arg(long)]
    json: bool,
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
        let told = account.entries.iter().map(|entry| told(entry, account, zone)).collect::<Vec<_>>();
        if args.json {
            told.iter().try_for_each(output::json)?;
        } else {
            output::line(tell(account, &told, zone));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(account: &Account, told: &[Told<'_>], zone: Zone) -> String {
    let mailbox = account.mailbox.as_ref().map(|mailbox| format!(", {mailbox}")).unwrap_or_default();
    let mut lines = vec![format!("Customer {}{mailbox}", account.customer)];
    match &account.own_limits {
        None => lines.push("  Their own limits can't be read: nothing is sent to them.".to_owned()),
        Some(limits) => {
            let own = limits.iter().map(|limit| format!("  their own limit: {}.", sentence::own_limit(&limit)));
            lines.extend(own);
        }
    }
    for plan in &account.plans {
        let about = plan.occurrence.split_once('@').map_or(plan.occurrence.as_str(), |(_, start)| start);
        let state = plan.state.name();
        lines.push(format!("  message {}: {} {} for {about}: {state}", plan.plan, plan.workflow, plan.step));
        lines.extend(plan.recommended.iter().map(|line| format!("    recommends {line}")));
    }
    let alone = account.words.iter().filter(|kept| kept.message.is_some());
    lines.extend(alone.map(|kept| format!("  {}", history::sentence(kept, zone))));
    lines.push(String::new());
    for one in told {
        let at = clock(one, zone);
        let whose = one.entry.plan.map(|plan| format!("message {plan}: ")).unwrap_or_default();
        lines.push(format!("{at}  {whose}{}", one.sentence));
        lines.extend(one.lines(zone).iter().map(|line| format!("    {line}")));
    }
    if told.is_empty() {
        lines.push("Nothing has happened yet.".to_owned());
    }
    // About one message; of a customer's many it would be a flood.
    let last = told.iter().rev().find_map(|one| Some((one, one.found()?))).filter(|_| account.mailbox.is_none());
    if let Some((one, found)) = last {
        lines.push(format!("\nWhat each rule found at {}:", clock(one, zone)));
        let line = |found: &Found| format!("  {:<12} {:<7} {}", found.rule, found.outcome, found.sentence);
        lines.extend(found.iter().map(line));
    }
    lines.join("\n") + "\n"
}

fn clock(told: &Told<'_>, zone: Zone) -> String {
    zone.local(told.entry.at).format("%Y-%m-%d %H:%M:%S").to_string()
}

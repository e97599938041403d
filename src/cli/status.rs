//! `comity status`: how things stand, at a glance.

use super::{
    control::{self, Door},
    output,
};
use crate::{
    base::{Instant, Zone},
    gate::facts::HaltCause,
    store::Status,
};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path, process::ExitCode};

/// Show how things stand: messages by state, what is due next, what is halted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity status
  comity status --json | jq .next_due

With --json, times are in UTC; on the terminal they are by the business's clock.")]
pub struct Args {
    /// Print it as one JSON value.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed {
    daemon: bool,
    customers: u64,
    records: u64,
    plans: BTreeMap<&'static str, u64>,
    refused: BTreeMap<String, u64>,
    suppressions: u64,
    oldest_open: Option<String>,
    next_due: Option<String>,
    halts: Vec<PrintedHalt>,
    journal: u64,
}

#[derive(Serialize)]
struct PrintedHalt {
    cause: HaltCause,
    since: String,
}

/// Asks and prints.
///
/// # Errors
/// When the installation can't be reached.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let ask = async |door: &Door| Ok((door.status().await?, door.is_daemon()));
    let ((status, daemon), installation) = control::visit(dir, ask)?;
    if args.json {
        output::json(&printed(status, daemon))?;
    } else {
        output::line(table(&status, daemon, installation.policy.business.time_zone));
    }
    Ok(ExitCode::SUCCESS)
}

fn printed(status: Status, daemon: bool) -> Printed {
    let at = |at: Instant| at.to_string();
    Printed {
        daemon,
        customers: status.customers,
        records: status.records,
        plans: status.plans.iter().map(|(state, count)| (state.name(), *count)).collect(),
        refused: status.refused,
        suppressions: status.suppressions,
        oldest_open: status.oldest_open.map(at),
        next_due: status.next_due.map(at),
        halts: status.halts.iter().map(|h| PrintedHalt { cause: h.cause, since: at(h.since) }).collect(),
        journal: status.journal,
    }
}

fn table(status: &Status, daemon: bool, zone: Zone) -> comfy_table::Table {
    let at = |at: Instant| format!("{} ({zone})", zone.local(at).format("%Y-%m-%d %H:%M"));
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("daemon", if daemon { "running" } else { "not running" }.to_owned());
    for halt in &status.halts {
        row("halted", halt.sentence(zone));
    }
    row("next due", status.next_due.map_or_else(|| "nothing".to_owned(), at));
    row("customers", status.customers.to_string());
    row("records", status.records.to_string());
    row("mailboxes stopped", status.suppressions.to_string());
    for (state, count) in &status.plans {
        row(&format!("messages {}", state.name()), count.to_string());
    }
    for (reason, count) in &status.refused {
        row(&format!("  refused: {reason}"), count.to_string());
    }
    if let Some(oldest) = status.oldest_open {
        row("on the wire since", at(oldest));
    }
    if status.journal > 0 {
        row("journal", format!("{} stops wait for the database", status.journal));
    }
    table
}

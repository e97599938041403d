//! `comity visits`: the visits of calendars that nobody is known for, and whose they are.

use super::{control, output};
use crate::{
    base::Zone,
    engine::office::visits::{Settled, Waiting, Why},
};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Show visits whose customer nobody knows, and say whose they are.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  comity visits --unmatched
  comity visits settle 12 C0042
  comity visits settle 12 marie@mail.example

A visit whose customer isn't known for certain gets no reminder: nobody is ever guessed. What may be \
looked for in a visit's title, notes and place stands under [matching] in policy.toml."
)]
pub struct Args {
    #[command(subcommand)]
    settle: Option<Command>,
    /// Those that nobody is known for. The default; there is no other list.
    #[arg(long)]
    unmatched: bool,
    /// One JSON value a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say whose a visit is, once and for all: later visits of its series too
    Settle {
        /// The visit's number, from the list.
        visit: i64,
        /// The customer's id in their source, `@` and their number here, or their address.
        customer: String,
    },
}

/// Lists or settles.
///
/// # Errors
/// When the installation can't be reached, or there is no such visit or customer.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.settle {
        Some(Command::Settle { visit, customer }) => settle(dir, *visit, customer),
        None => list(dir, args.json),
    }
}

fn settle(dir: &Path, visit: i64, customer: &str) -> anyhow::Result<ExitCode> {
    let (settled, _) = control::visit(dir, async |door| door.settle_visit(visit, customer).await)?;
    match settled {
        Settled::Done => {
            output::line("Settled: its reminders are planned, and later visits of its series are theirs too.");
        }
        Settled::NotTaken(why) => bail!("it is noted whose the visit is, but it can't be taken now: {why}"),
        Settled::NoSuchVisit => bail!("no visit that waits has the number {visit}: see `comity visits --unmatched`"),
        Settled::NoSuchCustomer => bail!("nobody has this id or address: import the customer first"),
        Settled::SeveralCustomers => bail!("several customers have this address: name the one by their id"),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(dir: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let (waiting, zone) = control::visit(dir, async |door| door.waiting_visits().await)?;
    if json {
        for visit in &waiting {
            output::json(visit)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if waiting.is_empty() {
        output::line("Every visit to come has its customer.");
        return Ok(ExitCode::SUCCESS);
    }
    for visit in &waiting {
        tell(visit, zone);
    }
    output::line(format!("\n{} to settle: comity visits settle VISIT CUSTOMER", waiting.len()));
    Ok(ExitCode::SUCCESS)
}

fn tell(visit: &Waiting, zone: Zone) {
    let says = visit.says.join(" · ").replace(['\r', '\n'], " ");
    let at = zone.local(visit.starts_at).format("%Y-%m-%d %H:%M");
    output::line(format!("{:>5}  {at}  {says}", visit.visit));
    let why = match (visit.why, visit.likely.is_empty()) {
        (Why::SeveralFit, _) => "several fit",
        (Why::FoundByNow, _) => "found by now: taken with the next reading of its calendar, or of customers",
        (Why::NobodyFits, true) => "nobody fits",
        (Why::NobodyFits, false) => "not for certain",
    };
    output::line(format!("       {why}"));
    for likely in &visit.likely {
        let (who, customer) = (likely.words(), &likely.customer);
        output::line(format!("       {who}: comity visits settle {} {customer}", visit.visit));
    }
}

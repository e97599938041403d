//! `comity approvals`: the messages that a person reads before each leaves, where a workflow says `approval = "each"`.

use super::{
    approve::account,
    control::{self, Door},
    output::{self, FAILED},
};
use crate::{
    base::{CustomerId, PlanId, Zone},
    engine::approvals::{Pending, Taken, Word},
    gate::sentence::moment,
};
use anyhow::{Context, bail};
use comfy_table::{ContentArrangement, Table};
use std::{collections::BTreeSet, path::Path, process::ExitCode};

/// Read the messages that wait for a person, and say yes or no to each.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    after_help = "Examples:
  comity approvals list                         what waits, and what will within seven days
  comity approvals show 31                      how it reads, and what else would hold it
  comity approvals approve 31-4f2a9c01          yes to message 31 in the words that were shown
  comity approvals reject 31                    it is never sent

They are the messages of workflows with `approval = \"each\"`. What is approved is what was read: a message
that would read otherwise at its time is asked about again. What nobody approved in time is not sent."
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the messages that wait for a person.
    List {
        /// Those that are due within so many days.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=366))]
        days: u64,
        /// Print JSON, one value a line.
        #[arg(long)]
        json: bool,
    },
    /// Show how one reads.
    Show {
        /// Its number.
        message: i64,
        /// Print it as one JSON value, HTML included.
        #[arg(long)]
        json: bool,
    },
    /// Say yes to messages, in the words that were shown.
    Approve {
        /// Number and code of each, as list and show print them.
        #[arg(required = true, value_name = "NUMBER-CODE")]
        messages: Vec<String>,
        /// Who says so; else the name of your account.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// Say no to messages: they are never sent.
    Reject {
        /// Number of each.
        #[arg(required = true, value_name = "NUMBER")]
        messages: Vec<String>,
        /// Who says so; else the name of your account.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

/// Lists, shows, or takes a word.
///
/// # Errors
/// When the installation can't be reached, or nobody's name is known.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.action {
        Action::List { days, json } => {
            let (pending, zone) = control::visit(dir, async |door| door.pending(*days).await)?;
            if *json {
                pending.iter().try_for_each(output::json)?;
            } else {
                list(&pending, *days, zone);
            }
            Ok(ExitCode::SUCCESS)
        }
        Action::Show { message, json } => show(dir, PlanId(*message), *json),
        Action::Approve { messages, by } => {
            let who = by.clone().map_or_else(account, Ok)?;
            let words = messages.iter().map(|text| {
                let (plan, code) = text
                    .split_once('-')
                    .with_context(|| format!("`{text}` has no code: write it as `comity approvals show` prints it"))?;
                Ok(Word { plan: number(plan)?, code: Some(code.to_owned()), who: who.clone() })
            });
            judge(dir, &words.collect::<anyhow::Result<Vec<_>>>()?)
        }
        Action::Reject { messages, by } => {
            let who = by.clone().map_or_else(account, Ok)?;
            let words = messages.iter().map(|text| {
                let plan = text.split_once('-').map_or(text.as_str(), |(plan, _)| plan);
                Ok(Word { plan: number(plan)?, code: None, who: who.clone() })
            });
            judge(dir, &words.collect::<anyhow::Result<Vec<_>>>()?)
        }
    }
}

fn number(text: &str) -> anyhow::Result<PlanId> {
    text.parse().map(PlanId).with_context(|| format!("`{text}` is no number of a message"))
}

fn judge(dir: &Path, words: &[Word]) -> anyhow::Result<ExitCode> {
    let each = async |door: &Door| {
        let mut taken = Vec::new();
        for word in words {
            taken.push((word, door.judge(word).await?));
        }
        Ok(taken)
    };
    let (taken, _) = control::visit(dir, each)?;
    let mut code = ExitCode::SUCCESS;
    for (word, taken) in taken {
        let plan = word.plan;
        let trouble = match taken {
            Taken::Kept if word.code.is_some() => {
                output::line(format_args!("Approved: message {plan}, by {}.", word.who));
                continue;
            }
            Taken::Kept => {
                output::line(format_args!("Rejected: message {plan}, by {}. It is never sent.", word.who));
                continue;
            }
            Taken::NoMessage => format!("no message {plan} waits for a person"),
            Taken::OtherWords => {
                format!("message {plan} reads otherwise: `comity approvals show {plan}`; not approved")
            }
        };
        output::warn(format_args!("comity: {trouble}"));
        code = ExitCode::from(FAILED);
    }
    Ok(code)
}

fn list(pending: &[Pending], days: u64, zone: Zone) {
    if pending.is_empty() {
        output::line(format_args!("No message waits for a person, of those due within {days} days."));
        return;
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["message", "due", "workflow", "to", "subject", "besides"]);
    for one in pending {
        let due = zone.local(one.due_at).format("%Y-%m-%d %H:%M").to_string();
        let besides = objections(one, zone).join(" ");
        table.add_row([&name(one), &due, &one.workflow, &one.mailbox, &one.subject, &besides]);
    }
    output::line(table);
    let customers: BTreeSet<CustomerId> = pending.iter().map(|one| one.customer).collect();
    let (messages, customers) = (pending.len(), customers.len());
    output::line(format_args!(
        "\nMessages: {messages}; customers: {customers}. `comity approvals show NUMBER` reads one."
    ));
}

fn name(one: &Pending) -> String {
    format!("{}-{}", one.plan, one.code)
}

fn objections(one: &Pending, zone: Zone) -> Vec<String> {
    one.objections.iter().map(|reason| reason.sentence(zone)).collect()
}

fn show(dir: &Path, plan: PlanId, json: bool) -> anyhow::Result<ExitCode> {
    let (reading, zone) = control::visit(dir, async |door| door.reading(plan).await)?;
    let Some(reading) = reading else { bail!("no message {plan} waits for a person") };
    if json {
        output::json(&reading)?;
        return Ok(ExitCode::SUCCESS);
    }
    let one = &reading.pending;
    output::line(format_args!("To: {}\nSubject: {}\n\n{}", one.mailbox, one.subject, reading.text.trim_end()));
    output::line("\n----");
    output::line(format_args!(
        "Of {}, due at {}; of use until {}.",
        one.workflow,
        moment(one.due_at, zone),
        moment(one.expires_at, zone)
    ));
    for sentence in std::iter::once(one.waits.sentence(zone)).chain(objections(one, zone)) {
        output::line(sentence);
    }
    let code = name(one);
    output::line(format_args!("\ncomity approvals approve {code}\ncomity approvals reject {plan}"));
    Ok(ExitCode::SUCCESS)
}

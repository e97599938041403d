//! `comity recommendations`: what the last night's lists came to, what they would come to now, and a batch by hand.

use super::{
    control::{self, Door},
    output::{self, FAILED},
};
use crate::{
    engine::{
        office::recommendations::{BatchOrder, LastBatch},
        recommending::{Figures, Published},
    },
    store::BatchOutcome,
};
use std::{path::Path, process::ExitCode};

/// Show what the last night's recommendations came to; or make them now.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity recommendations              what the last night came to
  comity recommendations --preview    what it would come to now; nothing is written
  comity recommendations --publish    make them now, as the daemon does each night

Only the purchases of those who agreed to the policy's purpose are looked at. Everything that is recommended becomes a \
record of its customer, and its message is planned, capped and asked by the gate like any other.

Exit codes: 0 there are recommendations, 1 there are none: the policy asks for none, the shop is too small yet, or a gate \
withheld them.")]
pub struct Args {
    /// Make them now, whatever the time is.
    #[arg(long, conflicts_with = "preview")]
    publish: bool,
    /// Say what they would be now, and write nothing.
    #[arg(long)]
    preview: bool,
    /// Print it as one JSON value.
    #[arg(long)]
    json: bool,
}

/// Asks, and prints.
///
/// # Errors
/// When the installation can't be reached, or the batch can't be made.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let order = match (args.publish, args.preview) {
        (true, _) => Some(BatchOrder::Publish),
        (_, true) => Some(BatchOrder::Preview),
        _ => None,
    };
    let Some(order) = order else {
        let (last, zone) = control::visit(dir, async |door: &Door| door.last_batch().await)?;
        if args.json {
            output::json(&last)?;
        } else if let Some(LastBatch { made_at, outcome, version, people, figures }) = &last {
            output::line(format_args!("Made {}", zone.local(*made_at).format("%Y-%m-%d %H:%M")));
            show(&summary(*outcome, version, *people), figures);
        } else {
            output::line("Nothing was recommended yet.");
        }
        return Ok(code(last.map(|last| last.outcome)));
    };
    let (made, _) = control::visit(dir, async |door: &Door| door.make_batch(order).await)?;
    if args.json {
        output::json(&made)?;
    } else if let Some(Published { outcome, version, people, figures }) = &made {
        let said = match outcome {
            BatchOutcome::Publishing => format!("{people} people would be recommended something. Version {version}"),
            _ => summary(*outcome, version, u64::try_from(*people).unwrap_or_default()),
        };
        show(&said, figures);
    } else {
        output::warn("comity: this policy recommends nothing: write the table [recommendations] in policy.toml");
    }
    Ok(code(made.map(|made| made.outcome)))
}

fn code(outcome: Option<BatchOutcome>) -> ExitCode {
    match outcome {
        Some(BatchOutcome::Published | BatchOutcome::Publishing) => ExitCode::SUCCESS,
        Some(BatchOutcome::TooSmall | BatchOutcome::Withheld) | None => ExitCode::from(FAILED),
    }
}

/// What became of a batch that was made.
fn summary(outcome: BatchOutcome, version: &str, people: u64) -> String {
    match outcome {
        BatchOutcome::Published => format!("{people} people are recommended something. Version {version}"),
        BatchOutcome::Publishing => {
            format!(
                "It isn't done, or broke off: {people} people are recommended something so far. The next night does the rest."
            )
        }
        BatchOutcome::TooSmall => "This shop can't recommend yet.".to_owned(),
        BatchOutcome::Withheld => "A gate of the audit withheld it.".to_owned(),
    }
}

fn show(said: &str, figures: &Figures) {
    output::line(said);
    figures.missing.iter().for_each(output::line);
    let mut table = output::table(["", ""]);
    table.add_row([
        "agreed".to_owned(),
        format!("{} people, {} of whom bought something", figures.agreed, figures.customers),
    ]);
    table.add_row(["enough good candidates".to_owned(), format!("{} people", figures.lists)]);
    table.add_row(["products that count".to_owned(), figures.products.to_string()]);
    table.add_row(["pairs that count".to_owned(), figures.pairs.to_string()]);
    if figures.windows > 0 {
        let foretold = format!(
            "NDCG {:.3}, plain popularity {:.3}, over {} windows of 28 days",
            figures.ndcg, figures.popular_ndcg, figures.windows
        );
        table.add_row(["foretold of its own past".to_owned(), foretold]);
    }
    output::line(table);
    for gate in &figures.gates {
        output::line(format_args!("{}  {}", if gate.holds { "holds" } else { "FAILS" }, gate.sentence));
    }
    figures.pushed.iter().for_each(|line| output::line(format_args!("looks pushed: {line}")));
}

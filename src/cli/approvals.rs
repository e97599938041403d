//! `comity approvals`: what a person looks at before it leaves: each message where a workflow says `approval = "each"`, and what
//! it sends on one day where it says `approval = { above = 50 }` and that goes to more people.

pub(super) mod history;
mod runs;

use super::{
    by::By,
    control::{self, Door},
    output::{self, FAILED},
};
use crate::{
    base::{CustomerId, PlanId, Zone},
    engine::office::{
        approvals::{Pending, Reading, Taken, Word},
        runs::{RunWord, SeenRun},
    },
    gate::sentence::moment,
};
use anyhow::bail;
use chrono::NaiveDate;
use std::{collections::BTreeSet, path::Path, process::ExitCode, str::FromStr};

/// Read what waits for a person, and say yes or no to it.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    after_help = "Examples:
  comity approvals list                 what waits, and what will within seven days
  comity approvals show 31              how it reads, and what else would hold it
  comity approvals approve 31-4f2a9c01  yes to message 31, in the words shown
  comity approvals reject 31            it is never sent
  comity approvals history              who said yes or no to what

All that a workflow would send on one day:
  comity approvals show spring-news@2027-03-01
  comity approvals approve spring-news@2027-03-01-120-4f2a9c01
                                        for the 120 people shown and a tenth more
  comity approvals reject spring-news@2027-03-01

A message waits where its workflow says `approval = \"each\"`. What is approved is what was read: a message that \
would read otherwise at its time is asked about again. All of a day waits where the workflow says \
`approval = { above = 50 }` and more than 50 people would get it; when the workflow changes, or more people \
come than were approved and a tenth, it is asked about again. What nobody approved in time is not sent."
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List what waits for a person.
    List {
        /// Those that are due within so many days.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=366))]
        days: u64,
        /// Print JSON, one value a line.
        #[arg(long)]
        json: bool,
    },
    /// Show how a message reads, or how a run looks.
    Show {
        /// Its number, or its name.
        #[arg(value_name = "NUMBER|RUN")]
        what: What,
        /// Print it as one JSON value, HTML included.
        #[arg(long)]
        json: bool,
    },
    /// Tell who approved and rejected what, and when.
    History {
        /// So many of the last.
        #[arg(long, default_value_t = 100)]
        last: u32,
        /// Print JSON, one value a line.
        #[arg(long)]
        json: bool,
    },
    /// Say yes to messages in the words that were shown, and to runs as far as they were shown to reach.
    Approve {
        /// Each with its code, as list and show print them.
        #[arg(required = true, value_name = "NUMBER-CODE|RUN-CODE")]
        what: Vec<What>,
        #[command(flatten)]
        by: By,
    },
    /// Say no: they are never sent.
    Reject {
        /// Number or name of each.
        #[arg(required = true, value_name = "NUMBER|RUN")]
        what: Vec<What>,
        #[command(flatten)]
        by: By,
    },
}

/// A message or a run, as it is typed: `31`, `31-4f2a9c01`, `spring-news@2027-03-01`,
/// `spring-news@2027-03-01-120-4f2a9c01`.
#[derive(Clone, Debug)]
enum What {
    Message { plan: PlanId, code: Option<String> },
    Run { workflow: String, day: NaiveDate, seen: Option<SeenRun> },
}

impl FromStr for What {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((workflow, rest)) = text.split_once('@') {
            let (day, seen) = runs::day_and_code(rest).ok_or("a run is written `spring-news@2027-03-01`")?;
            return Ok(Self::Run { workflow: workflow.to_owned(), day, seen });
        }
        let (plan, code) = text.split_once('-').map_or((text, None), |(plan, code)| (plan, Some(code.to_owned())));
        let plan = plan.parse().map(PlanId).map_err(|_| "this is neither a number of a message nor a run")?;
        Ok(Self::Message { plan, code })
    }
}

/// Lists, shows, or takes a word.
///
/// # Errors
/// When the installation can't be reached, or nobody's name is known.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.action {
        Action::List { days, json } => list_all(dir, *days, *json),
        Action::Show { what: What::Message { plan, .. }, json } => show(dir, *plan, *json),
        Action::Show { what: What::Run { workflow, day, .. }, json } => runs::show(dir, workflow, *day, *json),
        Action::History { last, json } => history::print(dir, *last, *json),
        Action::Approve { what, by } => {
            let has_code = |what: &What| match what {
                What::Message { code, .. } => code.is_some(),
                What::Run { seen, .. } => seen.is_some(),
            };
            if !what.iter().all(has_code) {
                bail!("what is approved is named with its code: write it as `comity approvals show` prints it");
            }
            judge(dir, what, &by.name()?)
        }
        Action::Reject { what, by } => {
            let plain = what.iter().map(|what| match what {
                What::Message { plan, .. } => What::Message { plan: *plan, code: None },
                What::Run { workflow, day, .. } => What::Run { workflow: workflow.clone(), day: *day, seen: None },
            });
            judge(dir, &plain.collect::<Vec<_>>(), &by.name()?)
        }
    }
}

fn judge(dir: &Path, those: &[What], who: &str) -> anyhow::Result<ExitCode> {
    let each = async |door: &Door| {
        let mut taken = Vec::new();
        for what in those {
            let who = who.to_owned();
            taken.push(match what.clone() {
                What::Message { plan, code } => door.judge(&Word { plan, code, who }).await?,
                What::Run { workflow, day, seen } => door.judge_run(&RunWord { workflow, day, seen, who }).await?,
            });
        }
        Ok(taken)
    };
    let (taken, _) = control::visit(dir, each)?;
    let mut code = ExitCode::SUCCESS;
    for (what, taken) in those.iter().zip(taken) {
        let (name, thing, is_yes) = match what {
            What::Message { plan, code } => (plan.to_string(), "message", code.is_some()),
            What::Run { workflow, day, seen } => (format!("{workflow}@{day}"), "run", seen.is_some()),
        };
        let trouble = match taken {
            Taken::Kept if is_yes => {
                output::line(format_args!("Approved: {thing} {name}, by {who}."));
                continue;
            }
            Taken::Kept => {
                output::line(format_args!("Rejected: {thing} {name}, by {who}. It is never sent."));
                continue;
            }
            Taken::NoMessage => format!("no {thing} {name} waits for a person"),
            Taken::OtherWords => {
                format!("{thing} {name} is not as it was shown: `comity approvals show {name}`; not approved")
            }
        };
        output::warn(format_args!("comity: {trouble}"));
        code = ExitCode::from(FAILED);
    }
    Ok(code)
}

fn list_all(dir: &Path, days: u64, json: bool) -> anyhow::Result<ExitCode> {
    let both = async |door: &Door| Ok((door.pending(days).await?, door.runs(days).await?));
    let ((pending, runs), zone) = control::visit(dir, both)?;
    if json {
        pending.iter().try_for_each(output::json)?;
        runs.iter().try_for_each(output::json)?;
    } else if pending.is_empty() && runs.is_empty() {
        output::line(format_args!("Nothing waits for a person, of what is due within {days} days."));
    } else {
        list(&pending, zone);
        runs::list(&runs, zone);
    }
    Ok(ExitCode::SUCCESS)
}

fn list(pending: &[Pending], zone: Zone) {
    if pending.is_empty() {
        return;
    }
    let mut table = output::table(["message", "due", "workflow", "to", "subject", "besides"]);
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
    letter(&reading);
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

/// A message in full. Each line of it is marked: whatever a customer's own words say, they don't look like ours.
fn letter(Reading { pending, text, .. }: &Reading) {
    output::line(format_args!("To: {}\nSubject: {}\n", pending.mailbox, pending.subject));
    for line in text.trim_end().lines() {
        output::line(format!("│ {line}").trim_end());
    }
    output::line("");
}

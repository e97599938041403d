//! `comity tasks`: what people of the business are to do, where a workflow gives them a task in place of a message.

use super::{
    by::By,
    control::{self, Door},
    output::{self, FAILED},
};
use crate::{
    base::Zone,
    engine::office::tasks::{Task, TaskWord},
    gate::sentence::moment,
    ledger::TaskEnd,
};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Tell what people are to do in place of a message, and say what became of it.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    after_help = "Examples:
  comity tasks list
  comity tasks show 7
  comity tasks done 7
  comity tasks drop 7 --by Lucie                nobody will do it

A step of a workflow that says `task = \"Call {{customer.first_name}}\"` gives a person a task in place of a \
message. Whoever said no isn't called either: the gate is asked as for a message, and again whenever somebody \
looks at the list. A task that it would not give any more is withdrawn."
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List what is to be done.
    List {
        /// Print JSON, one value a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one task.
    Show {
        /// Its number.
        task: i64,
        /// Print it as one JSON value.
        #[arg(long)]
        json: bool,
    },
    /// Say that tasks are done.
    Done(Ended),
    /// Say that nobody will do them.
    Drop(Ended),
}

#[derive(Debug, clap::Args)]
struct Ended {
    /// The number of each.
    #[arg(required = true, value_name = "NUMBER")]
    tasks: Vec<i64>,
    #[command(flatten)]
    by: By,
}

/// Lists, shows, or takes a word.
///
/// # Errors
/// When the installation can't be reached, or nobody's name is known.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.action {
        Action::List { json } => {
            let (tasks, zone) = control::visit(dir, async |door| door.tasks().await)?;
            if *json {
                tasks.iter().try_for_each(output::json)?;
            } else {
                list(&tasks, zone);
            }
            Ok(ExitCode::SUCCESS)
        }
        Action::Show { task, json } => {
            let (tasks, zone) = control::visit(dir, async |door| door.tasks().await)?;
            let Some(task) = tasks.into_iter().find(|one| one.task == *task) else {
                bail!("no task {task} is to be done");
            };
            if *json {
                output::json(&task)?;
            } else {
                show(&task, zone);
            }
            Ok(ExitCode::SUCCESS)
        }
        Action::Done(ended) => end(dir, ended, TaskEnd::Done),
        Action::Drop(ended) => end(dir, ended, TaskEnd::Dropped),
    }
}

fn list(tasks: &[Task], zone: Zone) {
    if tasks.is_empty() {
        output::line("Nothing is to be done.");
        return;
    }
    let mut table = output::table(["task", "since", "of use until", "customer", "what"]);
    for one in tasks {
        let [since, until] =
            [one.given_at, one.expires_at].map(|at| zone.local(at).format("%Y-%m-%d %H:%M").to_string());
        table.add_row([&one.task.to_string(), &since, &until, &one.mailbox, &one.words]);
    }
    output::line(table);
}

fn show(task: &Task, zone: Zone) {
    output::line(&task.words);
    output::line(format_args!(
        "\nCustomer {}, {}. Of {} {}, since {}; of use until {}. `comity explain {}` tells more.",
        task.customer,
        task.mailbox,
        task.workflow,
        task.step,
        moment(task.given_at, zone),
        moment(task.expires_at, zone),
        task.plan
    ));
    output::line(format_args!("\ncomity tasks done {0}\ncomity tasks drop {0}", task.task));
}

fn end(dir: &Path, Ended { tasks, by }: &Ended, how: TaskEnd) -> anyhow::Result<ExitCode> {
    let word = TaskWord { how, who: by.name()? };
    let each = async |door: &Door| {
        let mut ended = Vec::new();
        for task in tasks {
            ended.push((task, door.end_task(*task, &word).await?));
        }
        Ok(ended)
    };
    let (ended, _) = control::visit(dir, each)?;
    let mut code = ExitCode::SUCCESS;
    for (task, was_open) in ended {
        let what = if how == TaskEnd::Done { "Done" } else { "Dropped" };
        if was_open {
            output::line(format_args!("{what}: task {task}, by {}.", word.who));
        } else {
            output::warn(format_args!("comity: no task {task} is to be done"));
            code = ExitCode::from(FAILED);
        }
    }
    Ok(code)
}

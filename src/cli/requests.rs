//! `comity requests`: what people ask about their own data, and until when it must be answered.

use super::{
    control::{self, Door},
    output::{self, FAILED},
};
use crate::{
    base::Zone,
    engine::office::requests::{Added, Entered, Look, NewEntry, Turn},
    people::{AskedVia, RequestKind},
};
use anyhow::bail;
use chrono::NaiveDate;
use clap::builder::PossibleValuesParser;
use std::{path::Path, process::ExitCode};

/// List what people ask about their own data, with the legal deadline; add what came by letter, and say what was answered.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  comity requests                                      what is open, the oldest first
  comity requests --all                                the answered ones too
  comity requests add C017 access                      somebody asked at the counter what is known about them
  comity requests add anna@example.org rectification --on 2027-03-08 --words \"My name is Zoë\"
  comity requests done 3                               it was answered
  comity requests looks                                who was looked up here, by `explain`, `consent` and `export`

Whoever asks on their own page gets the link to their data by mail, and sees it, takes it away or is erased without \
anybody here; then it is their turn, or it is answered. What they write there that is wrong is yours to put right, in \
your own list or calendar, and the next import brings it here. An answer is owed within a month (GDPR 12(3)).

`comity export` writes what somebody may take away, `comity erase` erases them and answers all that they asked."
)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Also what was answered; the newest first.
    #[arg(long)]
    all: bool,
    /// Print JSON, one value a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write down what came by letter, by telephone or at the counter.
    Add {
        /// The customer's id in their source, `@` and their number here, or their address.
        customer: String,
        /// For what they asked.
        #[arg(value_parser = PossibleValuesParser::new(RequestKind::ALL.map(RequestKind::name)))]
        kind: String,
        /// The day on which it came, as in 2027-03-08; today without it.
        #[arg(long, value_name = "DAY")]
        on: Option<NaiveDate>,
        /// What they wrote. It is sealed, and goes when it is answered.
        #[arg(long, value_name = "TEXT")]
        words: Option<String>,
    },
    /// List who was looked up by somebody of the business, when, and what was shown; the newest first.
    Looks {
        /// Print JSON, one value a line.
        #[arg(long)]
        json: bool,
    },
    /// Say that requests were answered.
    Done {
        /// The number of each.
        #[arg(required = true, value_name = "NUMBER")]
        requests: Vec<i64>,
    },
}

/// Lists, adds, or takes a word.
///
/// # Errors
/// When the installation can't be reached, or there is no such customer.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.action {
        None => {
            let (requests, zone) = control::visit(dir, async |door| door.requests(args.all).await)?;
            if args.json {
                requests.iter().try_for_each(output::json)?;
            } else {
                list(&requests, zone);
            }
            Ok(ExitCode::SUCCESS)
        }
        Some(Action::Add { customer, kind, on, words }) => {
            let kind = RequestKind::ALL.into_iter().find(|one| one.name() == kind).unwrap_or(RequestKind::Access);
            let new = NewEntry { customer: customer.clone(), kind, on: *on, words: words.clone() };
            let (added, zone) = control::visit(dir, async |door| door.add_request(&new).await)?;
            match added {
                Added::Entered(entered) => {
                    let Entered { request, due_at, .. } = *entered;
                    output::line(format_args!("Request {}, to be answered before {}.", request.row, day(due_at, zone)));
                }
                Added::Enough => {
                    bail!("ten of theirs wait to be put right: answer those first, by `comity requests done`")
                }
                Added::NotYet => bail!("that day is still to come: name the day on which it reached you"),
                Added::OfNobody(why) => return Err(why.into()),
            }
            Ok(ExitCode::SUCCESS)
        }
        Some(Action::Looks { json }) => looks(dir, *json),
        Some(Action::Done { requests }) => done(dir, requests),
    }
}

fn list(requests: &[Entered], zone: Zone) {
    if requests.is_empty() {
        output::line("Nobody waits for an answer.");
        return;
    }
    let mut table =
        output::table(["request", "since", "answer before", "customer", "asks for", "turn", "in their words"]);
    for Entered { request, mailbox, due_at, turn } in requests {
        let customer = mailbox.clone().unwrap_or_else(|| format!("@{}, erased", request.customer));
        let via = if request.via == AskedVia::Page { ", on their page" } else { "" };
        let turn = match turn {
            Turn::Ours => "yours",
            Turn::Overdue => "YOURS, OVERDUE",
            Turn::Theirs => "theirs: the link is in their mailbox",
            Turn::Answered => "answered",
        };
        table.add_row([
            &request.row.to_string(),
            &day(request.at, zone),
            &day(*due_at, zone),
            &customer,
            &format!("{}{via}", request.kind.name()),
            turn,
            request.words.as_deref().unwrap_or_default(),
        ]);
    }
    output::line(table);
}

fn looks(dir: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let (looks, zone) = control::visit(dir, async |door| door.looks().await)?;
    if json {
        looks.iter().try_for_each(output::json)?;
    } else if looks.is_empty() {
        output::line("Nobody was looked up.");
    } else {
        let mut table = output::table(["when", "customer", "what was shown"]);
        for Look { at, customer, mailbox, shown } in &looks {
            let customer = mailbox.clone().unwrap_or_else(|| format!("@{customer}, erased"));
            table.add_row([&zone.local(*at).format("%Y-%m-%d %H:%M").to_string(), &customer, shown.phrase()]);
        }
        output::line(table);
    }
    Ok(ExitCode::SUCCESS)
}

fn day(at: crate::base::Instant, zone: Zone) -> String {
    zone.local(at).format("%Y-%m-%d").to_string()
}

fn done(dir: &Path, requests: &[i64]) -> anyhow::Result<ExitCode> {
    let each = async |door: &Door| {
        let mut answered = Vec::new();
        for request in requests {
            answered.push((request, door.answer_request(*request).await?));
        }
        Ok(answered)
    };
    let (answered, _) = control::visit(dir, each)?;
    let mut code = ExitCode::SUCCESS;
    for (request, was_open) in answered {
        if was_open {
            output::line(format_args!("Answered: request {request}."));
        } else {
            output::warn(format_args!("comity: no request {request} is open"));
            code = ExitCode::from(FAILED);
        }
    }
    Ok(code)
}

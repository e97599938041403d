//! `comity consent`: what a customer agreed to, in which words, and what shows it.

use super::{
    control,
    output::{self, FAILED},
};
use crate::{
    base::{Instant, Zone},
    engine::office::consents::{Agreements, Standing},
    gate::Outcome,
    people::ConsentKind,
    store::{BarNoted, Said, entry::Evidence},
};
use std::{path::Path, process::ExitCode};

/// Show what a customer agreed to: when, how, in which words, where it is written, and what holds of it now.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity consent C017              a customer, by the id of your own list
  comity consent anna@example.org  whoever has this mailbox
  comity consent C017 --json       the same as one JSON value for each customer

A yes is to the words that were in force when it was given. Where a purpose is worded anew in policy.toml, it is none any \
more. Stops are shown by `comity explain`.")]
pub struct Args {
    /// The customer's id in their source, `@` and their number here, or their address.
    customer: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Asks and tells.
///
/// # Errors
/// When the installation can't be reached.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let (all, zone) = control::visit(dir, async |door| door.consents(args.customer.trim()).await)?;
    if all.is_empty() {
        output::warn("comity: nobody has this id or address");
        return Ok(ExitCode::from(FAILED));
    }
    for agreements in &all {
        if args.json {
            output::json(agreements)?;
        } else {
            output::line(tell(agreements, zone));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(Agreements { customer, mailbox, standing, said, noted }: &Agreements, zone: Zone) -> String {
    let mut lines = vec![format!("Customer {customer}, {mailbox}")];
    let longest = standing.iter().map(|one| one.purpose.len()).max().unwrap_or_default();
    lines.extend(standing.iter().map(|one| format!("  {:longest$}  {}", one.purpose, holds(one, zone))));
    lines.push(String::new());
    let mut history: Vec<(Instant, String)> = said.iter().map(|one| (one.at, what(one, zone))).collect();
    history.extend(noted.iter().map(|one| (one.at, bar(one, zone))));
    history.sort_by_key(|(at, _)| *at);
    if history.is_empty() {
        lines.push("They have said nothing yet.".to_owned());
    }
    lines.extend(history.into_iter().map(|(_, told)| told));
    lines.join("\n") + "\n"
}

fn holds(Standing { outcome, reason, .. }: &Standing, zone: Zone) -> String {
    let yes = if *outcome == Outcome::Pass { "yes" } else { "no " };
    match reason {
        None => format!("{yes}  It is a service, and they did not object."),
        Some(reason) => format!("{yes}  {}", reason.sentence(zone)),
    }
}

fn what(said: &Said, zone: Zone) -> String {
    let Said { purpose, kind, method, at, source, wording, language, expires_at, evidence, .. } = said;
    let said = match kind {
        ConsentKind::Granted => "yes to",
        ConsentKind::Withdrawn => "no to",
    };
    let at = zone.local(*at).format("%Y-%m-%d %H:%M");
    let mut lines = vec![format!("{at}  {said} {}, {}", purpose.as_deref().unwrap_or("everything"), method.words())];
    let mut add = |what: &str, text: &str| lines.push(format!("    {what}: {text}"));
    add("written", source);
    if let Some(wording) = wording.as_ref().filter(|_| *kind == ConsentKind::Granted) {
        add("in force then", &format!("{}. {}", wording.title, wording.promise));
    }
    if let Some(language) = language {
        add("language", language.tag());
    }
    if let Some(end) = expires_at {
        add("until", &zone.local(*end).format("%Y-%m-%d %H:%M").to_string());
    }
    lines.extend(shown(evidence.as_ref()));
    lines.join("\n")
}

fn bar(BarNoted { word, purpose, at, source, evidence, .. }: &BarNoted, zone: Zone) -> String {
    let at = zone.local(*at).format("%Y-%m-%d %H:%M");
    let mut lines = vec![format!("{at}  {}", word.phrase(purpose.as_deref())), format!("    written: {source}")];
    lines.extend(shown(evidence.as_ref()));
    lines.join("\n")
}

/// What shows it, a line for each.
fn shown(evidence: Option<&Evidence>) -> Vec<String> {
    let Some(evidence) = evidence else { return vec!["    evidence: can't be read".to_owned()] };
    let kept = [("shown", &evidence.wording), ("where", &evidence.place), ("taken by", &evidence.actor)];
    kept.into_iter().filter_map(|(what, text)| Some(format!("    {what}: {}", text.as_ref()?))).collect()
}

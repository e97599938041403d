//! `comity consent`: what a customer agreed to, in which words, and what shows it.

use super::{
    control,
    output::{self, FAILED},
    shown::{self, Shown},
};
use crate::{
    base::{Instant, Zone},
    engine::office::consents::{Agreements, Kept, Order, Standing},
    gate::Outcome,
    people::{ConsentKind, Language, consent::ConsentMethod},
    store::{BarNoted, Said, entry::Evidence},
};
use anyhow::{bail, ensure};
use std::{path::Path, process::ExitCode};

/// Show what a customer agreed to: when, how, in which words, where it is written, and what holds of it now; or write down a
/// yes that they gave to you.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity consent C017              a customer, by the id of your own list
  comity consent anna@example.org  whoever has this mailbox
  comity consent C017 --json       the same as one JSON value for each customer
  comity consent C017 --record letters --method paper --place \"sheet 12\"

A yes is to the words that were in force when it was given. Where a purpose is worded anew in policy.toml, it is none any \
more. Stops are shown by `comity explain`.

A yes is written down with the title and promise that are in force, unless --wording says what was shown. Where they said \
no, objected, or are a child, it is refused: after a no, only the customer's own confirmation counts.")]
pub struct Args {
    /// The customer's id in their source, `@` and their number here, or their address.
    customer: String,
    /// Print JSON.
    #[arg(long, conflicts_with = "record")]
    json: bool,
    /// Write down a yes to this purpose, which they gave to you.
    #[arg(long, value_name = "PURPOSE", requires = "method")]
    record: Option<String>,
    /// How they gave it.
    #[arg(long, requires = "record", value_parser = method)]
    method: Option<ConsentMethod>,
    /// The words that they were shown or told; else those in force.
    #[arg(long, value_name = "TEXT", requires = "record")]
    wording: Option<String>,
    /// In which language; else the business's.
    #[arg(long, value_name = "TAG", requires = "record", value_parser = language)]
    language: Option<Language>,
    #[command(flatten)]
    shown: Shown,
}

/// The ways to give it to a person.
fn method(text: &str) -> Result<ConsentMethod, String> {
    let to_staff = |(_, method): &&(&str, ConsentMethod)| *method != ConsentMethod::Form;
    let ways = || ConsentMethod::VOUCHED.iter().filter(to_staff);
    let found = ways().find(|(word, _)| *word == text).map(|(_, method)| *method);
    found.ok_or_else(|| format!("there are {}", ways().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")))
}

pub(super) fn language(text: &str) -> Result<Language, String> {
    Language::parse(text).ok_or_else(|| "write a language, such as `en` or `fr`".to_owned())
}

/// Asks and tells.
///
/// # Errors
/// When the installation can't be reached, or a yes would come to nothing.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    if let Some((purpose, method)) = args.record.as_ref().zip(args.method) {
        return record(dir, args, purpose, method);
    }
    ensure!(!args.shown.is_given(), "--place, --proof and --by say what shows a yes: add --record PURPOSE");
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

fn record(dir: &Path, args: &Args, purpose: &str, method: ConsentMethod) -> anyhow::Result<ExitCode> {
    let order = Order {
        customer: args.customer.clone(),
        purpose: purpose.to_owned(),
        method,
        language: args.language.clone(),
        evidence: Evidence { wording: args.wording.clone(), ..args.shown.evidence()? },
    };
    let (kept, zone) = control::visit(dir, async |door| door.record_yes(&order).await)?;
    match kept {
        Kept::Now(row) => output::line(format_args!("Kept: a yes to \"{purpose}\", {} (row {row}).", method.words())),
        Kept::Refused(reason) => {
            let (why, how) = (reason.sentence(zone), reason.choice().sentence());
            bail!("this yes would come to nothing, and was not written down. {why} {how}")
        }
        Kept::NeedsNone => bail!("`{purpose}` doesn't rest on a yes: its basis in policy.toml is another"),
        Kept::NoSuchPurpose => bail!("policy.toml has no purpose `{purpose}`"),
        Kept::OfNobody(why) => return Err(why.into()),
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
        None => format!("{yes}  It rests on what they arranged or bought, and they did not object."),
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
    lines.extend(shown::lines(evidence.as_ref()));
    lines.join("\n")
}

fn bar(BarNoted { word, purpose, at, source, evidence, .. }: &BarNoted, zone: Zone) -> String {
    let at = zone.local(*at).format("%Y-%m-%d %H:%M");
    let mut lines = vec![format!("{at}  {}", word.phrase(purpose.as_deref())), format!("    written: {source}")];
    lines.extend(shown::lines(evidence.as_ref()));
    lines.join("\n")
}

//! `comity check`: reads the installation's files and shows every mistake, or a summary of what they say.

use super::{data_flow, output};
use crate::{
    base::Clock,
    clock::SystemClock,
    config::{self, Config, Installation, LoadError, Mode},
    document::report,
    policy::{Basis, QuietHours, quiet::Span},
    workflow::{Approval, Order, Trigger, Workflow},
};
use chrono::NaiveDate;
use clap::Args;
use serde_json::json;
use std::{fmt::Write, path::Path, process::ExitCode};

/// Offsets that are none.
const NOTHING: [&str; 3] = ["0m", "0h", "0d"];
/// So many days before a review, it is near.
const REVIEW_IS_NEAR: i64 = 31;

/// What to check, and for whom to show it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity check\n  comity check /etc/comity\n  comity check --data-flow --picture data-flow.svg\n  comity check --json | jq -r '.file + \":\" + (.line|tostring) + \" \" + .message'"
)]
pub struct Check {
    /// The folder, instead of --dir.
    #[arg(value_name = "DIR")]
    pub folder: Option<std::path::PathBuf>,
    /// Print JSON: an object for each finding, or one for the summary.
    #[arg(long)]
    pub json: bool,
    /// Show which field flows into which message, and for which purpose. With --json an object for each.
    #[arg(long)]
    pub data_flow: bool,
    /// Draw the data flow into this file, as SVG.
    #[arg(long, value_name = "FILE.svg", requires = "data_flow")]
    pub picture: Option<std::path::PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When a file can't be read at all.
pub fn run(args: &Check, dir: &Path) -> anyhow::Result<ExitCode> {
    let folder = args.folder.as_deref().unwrap_or(dir);
    match config::load(folder) {
        Ok(installation) if args.data_flow => show_flow(&installation, args)?,
        Ok(installation) if args.json => output::json(&summary_json(&installation))?,
        Ok(installation) => output::line(summary(&installation, today(&installation))),
        Err(LoadError::Findings(findings)) => {
            if args.json {
                for finding in &findings.0 {
                    output::json(&report::line(finding))?;
                }
            } else {
                output::line(report::draw(&findings, output::canvas(&std::io::stdout())));
                let count = findings.0.len();
                output::line(format_args!(
                    "{count} mistake{} in {}.",
                    if count == 1 { "" } else { "s" },
                    folder.display()
                ));
            }
            return Ok(ExitCode::from(output::FAILED));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn show_flow(installation: &Installation, args: &Check) -> anyhow::Result<()> {
    if let Some(file) = &args.picture {
        data_flow::draw(installation, file)?;
    }
    if args.json {
        return installation.flows.iter().try_for_each(output::json);
    }
    data_flow::print(installation);
    Ok(())
}

/// What was loaded, on one screen.
#[must_use]
pub fn summary(installation: &Installation, today: NaiveDate) -> String {
    let Installation { policy, workflows, templates, config, revision, .. } = installation;
    let mut text = format!("{}: no mistakes found.\n", policy.business.name);
    let mut row = |name: &str, value: String| {
        // Writing into a string can't fail.
        let _ = write!(text, "\n  {name:<10} {value}");
    };
    for (key, purpose) in &policy.purposes {
        let basis = match purpose.basis {
            Basis::Contract => "by contract",
            Basis::Consent => "by consent",
            Basis::Request => "on request",
            Basis::SoftOptIn => "after a sale",
        };
        row("purpose", format!("{key}, {basis}: \"{}\"", purpose.promise));
    }
    row("customers", plural(policy.customer.len(), "field"));
    for (name, kind) in &policy.records {
        row("record", format!("{name}, {}", plural(kind.fields.len(), "field")));
    }
    if let Some(QuietHours { usual: Span { from, to }, .. }) = &policy.quiet_hours {
        row("quiet", format!("from {} to {}, on the customer's clock", from.format("%H:%M"), to.format("%H:%M")));
    }
    for workflow in workflows.values() {
        row("workflow", sentence(workflow));
    }
    for workflow in workflows.values() {
        if let Some(by) = workflow.oversight.review_by {
            row("review", review(&workflow.name, by, today));
        }
    }
    row("mode", mode(config));
    for (name, set) in templates.iter() {
        let languages = std::iter::once(&set.own.language).chain(set.translations.keys());
        let languages: Vec<&str> = languages.map(crate::people::Language::tag).collect();
        row("template", format!("{name}, in {}", languages.join(" and ")));
    }
    let signed = match &config.mail.dkim {
        Some(dkim) => format!("signed by {}", dkim.domain),
        None => "not signed, so that the one-click headers stay away: see `comity dkim`".to_owned(),
    };
    row(
        "mail",
        format!("from {}, through {}:{}, {signed}", config.mail.from.domain(), config.smtp.host, config.smtp.port),
    );
    for source in &config.sources {
        row("calendar", format!("{}, every {} minutes", source.name, source.every.as_secs() / 60));
    }
    row("links", config.web.public_url.clone());
    row("revision", revision.clone());
    text
}

/// The day of the business's calendar.
fn today(installation: &Installation) -> NaiveDate {
    installation.policy.business.time_zone.local(SystemClock.now()).date()
}

fn review(workflow: &str, by: NaiveDate, today: NaiveDate) -> String {
    let day = by.format("%-d %B %Y");
    match (by - today).num_days() {
        ..0 => format!("{workflow}, by {day}: PAST, and nothing of it is sent until another day stands there"),
        0 => format!("{workflow}, by {day}: TODAY; from tomorrow nothing of it is sent"),
        1..REVIEW_IS_NEAR => format!("{workflow}, by {day}: SOON; after it nothing of it is sent"),
        _ => format!("{workflow}, by {day}"),
    }
}

fn mode(config: &Config) -> String {
    match config.mode {
        Mode::Rehearsal => "rehearsal: the owner gets every message, and no customer any; see `comity go-live`",
        Mode::Live => "live: the customers get their messages",
        Mode::Unsaid => "not said, so live: the customers get their messages",
    }
    .to_owned()
}

fn sentence(workflow: &Workflow) -> String {
    let (trigger, steps) = (&workflow.trigger, workflow.steps.iter().map(|step| step.name.0.as_str()));
    let what = match workflow.order {
        Order::Independent => {
            let steps: Vec<String> = steps.filter_map(|step| when(step, trigger)).collect();
            format!("{} {trigger}", steps.join(" and ")).trim_start().to_owned()
        }
        Order::Kept => format!("{trigger}, `{}`", steps.collect::<Vec<_>>().join("`, then `")),
    };
    let only_if =
        workflow.only_if.as_ref().map(|condition| format!(", only if {}", condition.text)).unwrap_or_default();
    let exit_when = workflow.exit_when.iter().map(|condition| condition.text.clone());
    let exits: Vec<String> = exit_when.chain(workflow.exit_on.iter().map(|kind| format!("a new {kind}"))).collect();
    let until = if exits.is_empty() { String::new() } else { format!(", until {}", exits.join(" or ")) };
    let draft = match workflow.oversight.approval {
        Approval::None => String::new(),
        Approval::Workflow => " (a draft until it is approved)".to_owned(),
        Approval::Each => " (a person reads each message)".to_owned(),
        Approval::Above(people) => format!(" (a person approves a day's messages to more than {people} people)"),
    };
    format!("{}{draft}: {what}{only_if}{until}", workflow.name)
}

/// A step by its offset, for before the trigger; nothing where the trigger says it all.
fn when(step: &str, trigger: &Trigger) -> Option<String> {
    let offset = step.trim_start_matches(['-', '+']);
    match trigger {
        Trigger::Cron { .. } | Trigger::Digest { .. } if NOTHING.contains(&offset) => None,
        Trigger::On(_) if NOTHING.contains(&offset) => Some("at once".to_owned()),
        _ => Some(offset.strip_prefix("0d at ").map_or_else(|| offset.to_owned(), |time| format!("at {time}"))),
    }
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn summary_json(installation: &Installation) -> serde_json::Value {
    let Installation { policy, workflows, templates, revision, config, .. } = installation;
    let asking = workflows.values().filter(|workflow| workflow.needs_approval()).map(|workflow| &workflow.name);
    json!({
        "business": policy.business.name,
        "mode": if config.mode == Mode::Rehearsal { "rehearsal" } else { "live" },
        "need_approval": asking.collect::<Vec<_>>(),
        "purposes": policy.purposes.keys().collect::<Vec<_>>(),
        "records": policy.records.keys().collect::<Vec<_>>(),
        "workflows": workflows.keys().collect::<Vec<_>>(),
        "templates": templates.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "revision": revision,
    })
}

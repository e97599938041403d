//! `comity preview`: a message as it would look, filled with its template's sample.

use super::output;
use crate::{
    base::Clock,
    clock::SystemClock,
    config::{self, Installation},
    deliver::{Letterhead, Links, Signing},
    document::did_you_mean,
    people::Language,
    render::{self, Draft, Occasion},
    workflow::{Step, Workflow},
};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use mail_parser::MessageParser;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Show a message as it would look, filled with its template's sample.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity preview appointment-reminder\n  \
                        comity preview appointment-reminder --language fr --moved\n  \
                        comity preview lead-nurturing --step trial\n  \
                        comity preview appointment-reminder --html /tmp/message.html\n  \
                        comity preview appointment-reminder --calendar - | less")]
pub struct Preview {
    /// The workflow: a file under workflows/, without .toml.
    pub workflow: String,
    /// The language, such as fr. Without it, the template's own.
    #[arg(long, short, value_name = "TAG")]
    pub language: Option<String>,
    /// The step, by its name. Without it, the first.
    #[arg(long, value_name = "NAME", conflicts_with = "moved")]
    pub step: Option<String>,
    /// The message that says that the visit moved.
    #[arg(long)]
    pub moved: bool,
    /// Write the HTML to this file, for a browser; `-` is the terminal.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the calendar entry to this file; `-` is the terminal.
    #[arg(long, value_name = "FILE", conflicts_with = "html")]
    pub calendar: Option<PathBuf>,
}

/// The header fields that say something to the one who wrote the template; the others stand in every message.
const SHOWN: [&str; 4] = ["List-Id", "List-Unsubscribe", "Content-Language", "Feedback-ID"];

/// Runs the command.
///
/// # Errors
/// When the installation has mistakes, has no such workflow, or the sample doesn't fill the template.
pub fn run(args: &Preview, dir: &Path) -> anyhow::Result<ExitCode> {
    let installation = config::load(dir)?;
    let draft = draft(args, &installation)?;
    if let Some(file) = &args.html {
        return write(file, &draft.html);
    }
    if let Some(file) = &args.calendar {
        let calendar = draft.calendar.as_deref();
        return write(file, calendar.context("the sample has no date, so there is no calendar entry")?);
    }
    show(&draft, &installation)?;
    Ok(ExitCode::SUCCESS)
}

fn draft(args: &Preview, installation: &Installation) -> anyhow::Result<Draft> {
    let Installation { policy, workflows, templates, config, .. } = installation;
    let workflow = workflows.get(&args.workflow).ok_or_else(|| {
        let help = did_you_mean(&args.workflow, workflows.keys().map(String::as_str)).unwrap_or_default();
        anyhow!("there is no workflow `{}`: {help}", args.workflow)
    })?;
    let language = match &args.language {
        Some(tag) => Language::parse(tag).with_context(|| format!("`{tag}` is not a language; write `fr` or `en`"))?,
        None => policy.business.language.clone(),
    };
    let occasion = match &args.step {
        Some(name) => match workflow.task_of(step(workflow, name)?) {
            Some(task) => bail!("`{name}` is a task for a person, and no message: {}", task.words.text.trim()),
            None => Occasion::Step(step(workflow, name)?),
        },
        None if args.moved => Occasion::Move,
        None => Occasion::First,
    };
    let draft = render::preview(policy, workflow, templates, &language, occasion, &config.web.public_url)
        .context("the sample doesn't fill the template")?;
    if args.language.is_some() && draft.language != language {
        output::warn(format_args!("There is no template in `{language}`; this is the one in `{}`.", draft.language));
    }
    Ok(draft)
}

/// A step of the workflow, by its name.
fn step<'a>(workflow: &'a Workflow, name: &str) -> anyhow::Result<&'a Step> {
    workflow.steps.iter().map(|rule| &rule.name).find(|step| step.0 == name).ok_or_else(|| {
        let names: Vec<&str> = workflow.steps.iter().map(|rule| rule.name.0.as_str()).collect();
        anyhow!("`{}` has no step `{name}`; it has {}", workflow.name, names.join(", "))
    })
}

/// Headers as another program reads them, then the text.
fn show(draft: &Draft, installation: &Installation) -> anyhow::Result<()> {
    let Installation { policy, config, .. } = installation;
    let name = config.mail.from_name.as_deref().unwrap_or(&policy.business.name);
    let letterhead =
        Letterhead::new(&config.mail.from, name, &policy.business.reply_to, Links::Loopback, Signing::Unsigned)?;
    let letter = letterhead.compose(draft, SystemClock.now())?;
    let message = MessageParser::new().parse(&letter.bytes).context("the message does not read back")?;
    for (field, people) in [("From", message.from()), ("Reply-To", message.reply_to())] {
        for person in people.into_iter().flat_map(mail_parser::Address::iter) {
            let name = person.name().map(|name| format!("{name} ")).unwrap_or_default();
            output::line(format_args!("{field}: {name}<{}>", person.address().unwrap_or_default()));
        }
    }
    output::line(format_args!("Subject: {}", message.subject().unwrap_or_default()));
    for field in SHOWN {
        if let Some(value) = message.header_raw(field) {
            output::line(format_args!("{field}: {}", value.trim()));
        }
    }
    if draft.calendar.is_some() {
        output::line("Attached: visit.ics");
    }
    output::line("");
    output::line(draft.text.trim_end());
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<ExitCode> {
    if file == Path::new("-") {
        // A closed pipe is not an error.
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
        return Ok(ExitCode::SUCCESS);
    }
    fs::write(file, text).with_context(|| format!("{} can't be written", file.display()))?;
    let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    output::line(format_args!("file://{}", place.display()));
    Ok(ExitCode::SUCCESS)
}

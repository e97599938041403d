//! `comity send-test`: one real message to the owner over the real route, each step told, and what to do where it ends.

mod advice;

use super::output;
use crate::{
    base::{Clock, EmailAddress},
    clock::SystemClock,
    config::{self, Installation},
    deliver::{
        Owner, SmtpTransport,
        trial::{self, Stage},
    },
    engine::{desk::proof, house::key_file, letterhead},
    ledger::{Phase, Receipt},
    render::{self, Draft, Occasion},
};
use anyhow::Context;
use std::{
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

/// Send one message with invented data to yourself, over the real mail server.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity send-test
  comity send-test lucie@salon.example

The message holds a link. Opened on a telephone while the daemon runs, it proves that your public page is reached.")]
pub struct Args {
    /// Where to, instead of `mail` under [owner] in comity.toml or `reply_to` in policy.toml.
    #[arg(value_name = "ADDRESS")]
    address: Option<String>,
}

/// Sends it and tells.
///
/// # Errors
/// When the installation has mistakes, or the sample doesn't fill its template.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let installation = config::load(dir)?;
    let mut owner = letterhead::owner(&installation);
    if let Some(address) = &args.address {
        let address = EmailAddress::parse(address).with_context(|| format!("{address} is no address"))?;
        owner = Owner::named(address, owner.language().clone());
    }
    super::wait_for(send(&installation, owner))
}

async fn send(installation: &Installation, owner: Owner) -> anyhow::Result<ExitCode> {
    let clock = Arc::new(SystemClock);
    let now = clock.now();
    let smtp = &installation.config.smtp;
    let keys = key_file::load(&installation.config.data)?;
    let mut draft = sample(installation, &owner)?;
    // Another one each time: receivers throw a second message of the same id away.
    draft.message_id = format!("<test.{}@{}>", now.ms(), installation.config.mail.from.domain());
    let link = proof::url(&installation.config, &keys, now);
    let letter = letterhead::of(installation)?.to_owner(&draft, owner, link, now)?;
    let transport = SmtpTransport::over(smtp.route(), clock)?;

    output::line(format_args!("To {}:{} …", smtp.host, smtp.port));
    let reached = Mutex::new(Stage::Begun);
    let tell = |stage: Stage| {
        *reached.lock().unwrap_or_else(PoisonError::into_inner) = stage;
        output::line(format_args!("  ✓ {}", words(stage)));
    };
    let answer = trial::carry(&transport, &letter, &tell).await;
    let reached = *reached.lock().unwrap_or_else(PoisonError::into_inner);
    let (what, help) = match answer {
        Ok(Receipt::Accepted(reply)) => {
            output::line(format_args!("  ✓ the message was accepted: {reply}"));
            output::line(
                "Look into your mailbox, and into its junk folder. Open the link in the message on a telephone.",
            );
            return Ok(ExitCode::SUCCESS);
        }
        Ok(receipt) => {
            let help = match &receipt {
                Receipt::Deferred { phase, reply }
                | Receipt::Rejected { phase, reply }
                | Receipt::RouteRefused { phase, reply } => advice::after_login(*phase, &reply.to_string(), smtp),
                _ => advice::after_login(Phase::Connect, "", smtp),
            };
            (receipt.sentence(), help)
        }
        Err(failure) => (failure.to_string(), advice::before_login(reached, &failure.to_string(), smtp)),
    };
    output::warn(format_args!("  ✗ {what}\n\n{help}"));
    Ok(ExitCode::from(output::FAILED))
}

/// The message of the first workflow that needs nobody's yes, with the data of its sample.
fn sample(installation: &Installation, owner: &Owner) -> anyhow::Result<Draft> {
    let Installation { policy, workflows, templates, config, .. } = installation;
    let live = workflows.values().find(|workflow| !workflow.needs_approval());
    let workflow = live.or_else(|| workflows.values().next()).context("there is no workflow")?;
    let url = &config.web.public_url;
    render::preview(policy, workflow, templates, owner.language(), Occasion::First, url)
        .context("the sample doesn't fill the template")
}

const fn words(stage: Stage) -> &'static str {
    match stage {
        Stage::Begun => "begun",
        Stage::Connected => "connected",
        Stage::Encrypted => "encrypted, by a certificate that bears this name",
        Stage::Greeted => "greeted",
        Stage::LoggedIn => "logged in",
    }
}

//! `comity forms`: a sign-up form for the business's own site, and a card with a QR code for its counter.

use super::output;
use crate::{
    config::{self, Installation},
    engine::desk::sign_up,
    people::Language,
    web::public::forms::Sheet,
};
use anyhow::ensure;
use std::{path::Path, process::ExitCode};

/// Print a sign-up form for your own site, or a card with a QR code for your counter.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity forms > form.html                  to be put into a page of yours
  comity forms --language fr > formulaire.html
  comity forms --card > card.html           a page to be printed, of the size A6

Nothing is ticked, and each kind of message that rests on consent has a box of its own with its promise. Whoever fills \
it in gets one message with one button; nothing holds before they press it. Print it again when policy.toml changes.")]
pub struct Args {
    /// In which language; else the business's.
    #[arg(long, value_name = "TAG", value_parser = super::consent::language)]
    language: Option<Language>,
    /// The card, in place of the form.
    #[arg(long)]
    card: bool,
}

/// Prints.
///
/// # Errors
/// When the installation can't be read, or has nothing to sign up for.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let installation = config::load(dir)?;
    let language = args.language.as_ref().unwrap_or(&installation.policy.business.language);
    let offers = sign_up::offers(&installation.policy, language);
    ensure!(
        sign_up::form(&installation).is_some() && !offers.is_empty(),
        "there is nothing to sign up for: that takes a purpose with basis = \"consent\", and a workflow that asks to confirm"
    );
    let Installation { policy, config, .. } = &installation;
    let sheet = Sheet {
        business: &policy.business.name,
        public_url: &config.web.public_url,
        offers: &offers,
        language: language.tag(),
    };
    output::line((if args.card { sheet.card()? } else { sheet.form()? }).trim_end());
    Ok(ExitCode::SUCCESS)
}

//! `comity go-live`: ends a rehearsal, once what customers need is known to work.

use super::output;
use crate::{
    config::{self, Config, Mode},
    disk,
    engine::desk::proof,
};
use anyhow::{Context, bail};
use std::{fs, path::Path, process::ExitCode};

/// End the rehearsal: from now on, the customers get their messages.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity send-test                 first: its link proves your public page
  comity go-live
  comity go-live --provider-signs  your mail provider signs for your domain

It changes one line of comity.toml, and a daemon that runs takes it over. What was rehearsed isn't sent again; later messages leave as planned.")]
pub struct Args {
    /// The mail provider signs for the sender's domain, so that no [mail.dkim] is needed.
    #[arg(long)]
    provider_signs: bool,
}

/// Looks, and changes the file.
///
/// # Errors
/// When the installation's files have mistakes, or comity.toml can't be written.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let config = config::load(dir)?.config;
    if config.mode != Mode::Rehearsal {
        output::line("Nothing to do: comity.toml doesn't say mode = \"rehearsal\".");
        return Ok(ExitCode::SUCCESS);
    }
    let missing = missing(&config, args);
    if !missing.is_empty() {
        output::warn("Not yet:");
        for what in &missing {
            output::warn(format_args!("  - {what}"));
        }
        return Ok(ExitCode::from(output::FAILED));
    }
    change(&dir.join("comity.toml"))?;
    output::line(
        "comity.toml now says mode = \"live\". A daemon that runs takes it over within seconds: from then on, customers get \
         their messages.",
    );
    Ok(ExitCode::SUCCESS)
}

/// What customers need and nobody has seen work. The proof stands for the mail, too: its link came in a message.
fn missing(config: &Config, args: &Args) -> Vec<String> {
    let mut missing = Vec::new();
    if proof::at(config).is_none() {
        missing.push(format!(
            "nobody has opened {} from outside: run `comity send-test` while the daemon runs, and open the link in its \
             message on a telephone",
            config.web.public_url
        ));
    }
    if config.mail.dkim.is_none() && !args.provider_signs {
        missing.push(
            "nothing signs the messages, and large receivers refuse those: run `comity dkim new`, or say \
             --provider-signs if your mail provider signs for your domain"
                .to_owned(),
        );
    }
    missing
}

/// One line, in place, beside which everything stays as it was written.
fn change(path: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let Some(changed) = live(&text) else { bail!("{}: write mode = \"live\" yourself", path.display()) };
    // A file that holds a password stays closed.
    disk::rewrite(path, changed.as_bytes()).with_context(|| format!("{} can't be written", path.display()))
}

/// The text with the other mode. Top-level keys stand above the first section.
fn live(text: &str) -> Option<String> {
    let mut found = false;
    let mut lines = Vec::new();
    let mut above = true;
    for line in text.split_inclusive('\n') {
        above &= !line.trim_start().starts_with('[');
        let key = line.split_once('=').map(|(key, _)| key.trim());
        if above && key == Some("mode") && !found {
            found = true;
            lines.push(line.replacen("\"rehearsal\"", "\"live\"", 1).replacen("'rehearsal'", "'live'", 1));
        } else {
            lines.push(line.to_owned());
        }
    }
    let changed = lines.concat();
    (changed != text).then_some(changed)
}

#[cfg(test)]
mod tests {
    use super::live;

    #[test]
    fn one_line_changes_and_the_rest_stays() {
        let text = "# ours\nmode  = 'rehearsal'  # for now\n\n[log]\nmode = \"rehearsal\"\n";
        assert_eq!(live(text).unwrap(), "# ours\nmode  = 'live'  # for now\n\n[log]\nmode = \"rehearsal\"\n");
        assert_eq!(live("[mail]\nmode = \"rehearsal\"\n"), None);
    }
}

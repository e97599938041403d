//! `comity notice`: what people are told about their data, made from the files.

use super::{
    control,
    output::{self, FAILED},
};
use crate::{
    config,
    people::Language,
    privacy::{Content, Notice, markdown},
    store::NoticeVersion,
};
use anyhow::Context;
use std::{path::Path, process::ExitCode};

/// Show the privacy notice that the files make: what customers read at /privacy, in plain words.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity notice                       as customers would read it by the files as they are
  comity notice --language fr         in French
  comity notice > privacy.md          Markdown, for a web site of your own
  comity notice --history             which versions were in force, and since when
  comity notice --kept 4f2a9c01b3d7   one of them, as it was read

Nothing in it is written by hand: purposes, data, caps, processors and how long data are kept stand in policy.toml, and \
what is read in workflows and templates. Any change of these is another version, and each version is kept.")]
pub struct Args {
    /// The language: en, fr or de. Without it, the policy's own.
    #[arg(long, short, value_name = "TAG")]
    language: Option<String>,
    /// Tell which versions were in force, the last first.
    #[arg(long, conflicts_with_all = ["kept", "language"])]
    history: bool,
    /// Show a version that was in force, as it was read.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    kept: Option<String>,
    /// Print JSON: the facts, and the words in every language.
    #[arg(long, conflicts_with = "language")]
    json: bool,
}

/// Prints.
///
/// # Errors
/// When the files have mistakes, the installation can't be reached, or a language is none.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    if args.history {
        return history(dir, args.json);
    }
    let Some(version) = &args.kept else {
        let installation = config::load(dir)?;
        let notice = Notice::of(&installation.policy, &installation.flows);
        return print(&notice.content, args, installation.policy.business.language.tag());
    };
    let (found, _) = control::visit(dir, async |door| door.notice(version).await)?;
    let Some(kept) = found else {
        output::warn(format_args!("comity: no version {version} was in force here"));
        return Ok(ExitCode::from(FAILED));
    };
    print(&kept.content, args, "")
}

fn print(content: &Content, args: &Args, own: &str) -> anyhow::Result<ExitCode> {
    if args.json {
        output::json(content)?;
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = args
        .language
        .as_deref()
        .map(|tag| Language::parse(tag).with_context(|| format!("`{tag}` is not a language; write `fr` or `en`")));
    let chosen = chosen.transpose()?;
    let tag = chosen.as_ref().map_or(own, Language::tag);
    let told = content.in_language(tag).context("this version says nothing")?;
    if chosen.is_some() && !content.told.contains_key(tag) {
        output::warn(format_args!("Our pages don't speak `{tag}`; this is another language."));
    }
    output::line(markdown(told).trim_end());
    Ok(ExitCode::SUCCESS)
}

fn history(dir: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let (versions, zone) = control::visit(dir, async |door| door.notices().await)?;
    if json {
        versions.iter().try_for_each(output::json)?;
    } else if versions.is_empty() {
        output::line("No notice was in force yet: `comity serve` puts the files in force.");
    } else {
        for NoticeVersion { version, since } in &versions {
            output::line(format_args!("{version}  since {}", zone.local(*since).format("%Y-%m-%d %H:%M")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A version, as it stands in an address.
fn version(text: &str) -> Result<String, &'static str> {
    let is_one = !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_one { Ok(text.to_ascii_lowercase()) } else { Err("write it as `comity notice --history` prints it") }
}

//! `comity dkim`: makes the key that signs messages, and says what the DNS must say about it.

use super::output;
use crate::{
    config::{self, Config, Dkim},
    deliver::dkim::{DnsRecord, new_key, read_key},
    disk,
};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::{fs, io, path::Path, process::ExitCode};

/// What is published where no selector is given: `comity._domainkey.<domain>`.
const SELECTOR: &str = "comity";

/// The key that signs messages, and its DNS record.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity dkim new\n  comity dkim new --domain salon.example --selector autumn\n  \
                        comity dkim show --json | jq -r .text")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub act: Act,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Make a key, and print the record to publish.
    New(Options),
    /// Print the record of the key that is there.
    Show(Options),
}

/// Where the key belongs. Each is taken from comity.toml if it isn't given.
#[derive(Debug, Args)]
pub struct Options {
    /// The domain that answers for the messages: that of the sender's address, or its parent.
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Option<String>,
    /// The name that tells this key from the next.
    #[arg(long, value_name = "NAME")]
    pub selector: Option<String>,
    /// One JSON object with the record's name and text.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is a key already, or none; or its file can't be written or read.
pub fn run(arguments: &Arguments, dir: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(dir)?.config;
    match &arguments.act {
        Act::New(options) => {
            let dkim = settings(&config, options);
            let key = new_key()?;
            // The record first: what can't be published is not written.
            let record = DnsRecord::of(&key, &dkim.domain, &dkim.selector)?;
            keep(&key, &dkim.key_file)?;
            print(&record, options)?;
            if !options.json && config.mail.dkim.is_none() {
                advise(&dkim);
            }
        }
        Act::Show(options) => {
            let dkim = settings(&config, options);
            let key = read_key(&dkim.key_file)?;
            print(&DnsRecord::of(&key, &dkim.domain, &dkim.selector)?, options)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the first key of a new installation, and writes it into its comity.toml.
///
/// # Errors
/// When the key or the file can't be written.
pub(super) fn first(config: &Config, file: &Path) -> anyhow::Result<()> {
    let options = Options { domain: None, selector: None, json: false };
    let dkim = settings(config, &options);
    let key = new_key()?;
    let record = DnsRecord::of(&key, &dkim.domain, &dkim.selector)?;
    keep(&key, &dkim.key_file)?;
    let section = format!("\n[mail.dkim]\ndomain = \"{}\"\nselector = \"{}\"\n", dkim.domain, dkim.selector);
    let failed = || format!("{} can't be written", file.display());
    let text = fs::read_to_string(file).with_context(failed)? + &section;
    disk::rewrite(file, text.as_bytes()).with_context(failed)?;
    print(&record, &options)
}

fn settings(config: &Config, options: &Options) -> Dkim {
    let known = config.mail.dkim.clone().unwrap_or_else(|| Dkim {
        domain: config.mail.from.domain().to_owned(),
        selector: SELECTOR.to_owned(),
        key_file: config.data.join("keys/dkim.pem"),
    });
    Dkim {
        domain: options.domain.clone().unwrap_or(known.domain),
        selector: options.selector.clone().unwrap_or(known.selector),
        key_file: known.key_file,
    }
}

/// Writes the key where only the daemon's user can read it. A key that is there stays: messages on their way are signed
/// by it.
fn keep(key: &str, file: &Path) -> anyhow::Result<()> {
    let failed = || format!("{} can't be written", file.display());
    disk::make_folder(disk::folder_of(file), 0o700).with_context(failed)?;
    match disk::write_new(file, key.as_bytes(), 0o600) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
            "there is a key already in {}: `comity dkim show` prints its record. For a new one, move it away and give \
             the new one another --selector, so that messages on their way can still be verified",
            file.display()
        ),
        Err(error) => Err(error).with_context(failed),
    }
}

fn print(record: &DnsRecord, options: &Options) -> anyhow::Result<()> {
    if options.json {
        return output::json(&json!({ "name": record.name, "type": "TXT", "text": record.text }));
    }
    output::line(format_args!(
        "; Publish this in the DNS. Receivers look it up to verify each message.\n{}",
        record.zone_line()
    ));
    Ok(())
}

fn advise(dkim: &Dkim) {
    output::line(format_args!(
        "\nThen write into comity.toml:\n\n[mail.dkim]\ndomain = \"{}\"\nselector = \"{}\"",
        dkim.domain, dkim.selector
    ));
}

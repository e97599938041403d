//! `comity audit`: whether the ledger is what it was, and what proves it.

use super::{
    control,
    output::{self, FAILED},
    wait_for,
};
use crate::{
    audit::{Checkpoint, Source, note::PublicKey},
    base::{Instant, Zone},
    config,
    engine::audit::{self, Book, Covered, Fault, Report},
    store::{self, archive::Archive},
};
use anyhow::Context;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Verify the ledger, sign it, and print the key that it is verified by.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    after_help = "Examples:
  comity audit verify                    whether any entry was changed, removed, moved or cut off
  comity audit key                       the public key: keep a copy of it elsewhere
  comity audit verify --public-key KEY   by the key that you kept, and not by the one that lies here
  comity audit checkpoint                sign the ledger now, and not at the next hour

Every second the daemon seals what happened: consents, verdicts, messages, stops, acts of people. Every hour, and when it \
ends, it signs the seals into the file checkpoints.txt ([data] checkpoints in comity.toml names its folder). Whoever changes \
the database without the key in keys/checkpoints.key is found by it. Copy that file elsewhere now and then, or let its \
folder be on another machine."
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Hold the database against its seals and checkpoints. It may run while the daemon does.
    #[command(after_help = "Exit codes: 0 all is as it was sealed and signed; 1 something isn't, or can't be read.")]
    Verify(Verify),
    /// Seal and sign the ledger as it stands.
    Checkpoint,
    /// Print the public key of the checkpoints.
    Key,
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// Another database: a copy.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Another file of checkpoints: a copy from elsewhere.
    #[arg(long, value_name = "FILE")]
    checkpoints: Option<PathBuf>,
    /// The public key that you kept. Without it, that of the key file that lies here.
    #[arg(long, value_name = "KEY")]
    public_key: Option<PublicKey>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies, signs or prints.
///
/// # Errors
/// When the installation can't be reached, or its files can't be read.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Verify(args) => verify(dir, args),
        Command::Checkpoint => checkpoint(dir),
        Command::Key => key(dir),
    }
}

fn checkpoint(dir: &Path) -> anyhow::Result<ExitCode> {
    let (signed, _) = control::visit(dir, async |door| door.checkpoint().await)?;
    output::line(match signed {
        Some(Checkpoint { number, entries, .. }) => format!("Checkpoint {number} is signed: {entries} entries."),
        None => "Nothing happened since the last checkpoint.".to_owned(),
    });
    Ok(ExitCode::SUCCESS)
}

fn key(dir: &Path) -> anyhow::Result<ExitCode> {
    output::line(key_here(&config::data(dir))?);
    Ok(ExitCode::SUCCESS)
}

fn key_here(data: &Path) -> anyhow::Result<PublicKey> {
    audit::public_key(data)?.context("there is no key yet: the daemon makes it with the first checkpoint")
}

fn verify(dir: &Path, args: &Verify) -> anyhow::Result<ExitCode> {
    let data = config::data(dir);
    let (book, zone) = match (&args.checkpoints, config::load(dir)) {
        (Some(file), installation) => {
            let zone = installation.map_or(Zone::UTC, |installation| installation.policy.business.time_zone);
            (Book::at(file.clone()), zone)
        }
        (None, installation) => {
            let installation = installation?;
            (Book::in_folder(&installation.config.checkpoints), installation.policy.business.time_zone)
        }
    };
    let key = args.public_key.clone().map_or_else(|| key_here(&data), Ok)?;
    let database = args.database.clone().unwrap_or_else(|| store::file_in(&data));
    let report = wait_for(async {
        let mut archive = Archive::open(&database).await?;
        audit::verify(&mut archive, &book, &key).await
    })?;
    if args.json {
        output::json(&report)?;
    } else {
        Words { zone, book: &book, key: &key }.tell(&report);
    }
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// What the sentences need.
struct Words<'a> {
    zone: Zone,
    book: &'a Book,
    key: &'a PublicKey,
}

impl Words<'_> {
    fn tell(&self, report: &Report) {
        for fault in &report.faults {
            output::line(format_args!("WRONG: {}", self.fault(fault)));
        }
        let Report { entries, seals, first_at, last_at, checkpoints, covered, uncovered, erased, faults } = report;
        let all: u64 = entries.values().sum();
        let parts: Vec<String> =
            entries.iter().map(|(source, count)| format!("{count} of {}", name(*source))).collect();
        match (first_at, last_at) {
            (Some(first), Some(last)) => {
                let (first, last) = (self.at(*first), self.at(*last));
                output::line(format_args!(
                    "{all} entries in {seals} seals, from {first} to {last}: {}.",
                    parts.join(", ")
                ));
            }
            _ => output::line("Nothing is sealed yet."),
        }
        if let Some(Covered { checkpoint, made_at, entries }) = covered {
            let key = self.key.name();
            let at = self.at(*made_at);
            output::line(format_args!(
                "{checkpoints} checkpoints hold, by the key {key}. The last, {checkpoint} of {at}, covers {entries} entries."
            ));
        }
        if let Some(since) = uncovered.since.filter(|_| uncovered.sealed > 0) {
            let (sealed, since) = (uncovered.sealed, self.at(since));
            output::line(format_args!("Not yet covered by a checkpoint: {sealed} entries, since {since}."));
        }
        if uncovered.unsealed > 0 {
            output::line(format_args!("Not yet sealed: {}.", uncovered.unsealed));
        }
        if *erased > 0 {
            output::line(format_args!("The evidence of {erased} consents was erased; its place in the chain stands."));
        }
        output::line(if faults.is_empty() { "All is as it was written.".to_owned() } else { wrong(faults.len()) });
    }

    fn at(&self, at: Instant) -> String {
        format!("{} ({})", self.zone.local(at).format("%Y-%m-%d %H:%M:%S"), self.zone)
    }

    fn fault(&self, fault: &Fault) -> String {
        match fault {
            Fault::Changed { source, row, at, seal, sealed_at } => {
                let of = at.map(|at| format!(" of {}", self.at(at))).unwrap_or_default();
                let sealed = self.at(*sealed_at);
                format!("{} {row}{of} was changed or put in after it was sealed (seal {seal}, {sealed}).", one(*source))
            }
            Fault::Gone { count, between, seal, sealed_at } => {
                let sealed = self.at(*sealed_at);
                format!("{count} entries of seal {seal} ({sealed}) are gone; it held {}.", ranges(between))
            }
            Fault::NoSeal { seal } => format!("Seal {seal} is damaged: it can't be read as one."),
            Fault::SealsGone { from, to } => format!("Seals {from} to {to} are gone."),
            Fault::Unlinked { seal, sealed_at } => {
                let sealed = self.at(*sealed_at);
                format!("Seal {seal} ({sealed}) doesn't follow from its entries and the seal before it.")
            }
            Fault::NoCheckpoint => {
                format!(
                    "There is no checkpoint in {} to hold the seals against, so somebody who has the database can have made them all anew.",
                    self.book
                )
            }
            Fault::Doubtful { after, why } => {
                format!("A checkpoint after number {after} in {} can't be believed: {why}.", self.book)
            }
            Fault::CheckpointsGone { from, to } => format!("Checkpoints {from} to {to} are missing in {}.", self.book),
            Fault::OutOfOrder { checkpoint } => {
                format!("Checkpoint {checkpoint} stands after a later one in {}.", self.book)
            }
            Fault::Differs { checkpoint, made_at, entries, sound } => {
                let made = self.at(*made_at);
                let sound = match sound {
                    Some(Covered { checkpoint, entries, .. }) => {
                        format!("The first {entries} are as checkpoint {checkpoint} signed them")
                    }
                    None => "No checkpoint agrees with it".to_owned(),
                };
                format!(
                    "The first {entries} entries are not those that checkpoint {checkpoint} signed at {made}: they were made anew. {sound}."
                )
            }
            Fault::Older { checkpoint, made_at, entries, found } => {
                let made = self.at(*made_at);
                format!(
                    "The database ends after {found} entries, and checkpoint {checkpoint} of {made} signed {entries}: it was cut off, or is an older copy."
                )
            }
        }
    }
}

fn wrong(faults: usize) -> String {
    let many = if faults == 1 { "One thing is".to_owned() } else { format!("{faults} things are") };
    format!(
        "{many} wrong: somebody changed this database, its disk is failing, or it is not the one that these checkpoints are of."
    )
}

fn name(source: Source) -> &'static str {
    match source {
        Source::Ledger => "the ledger",
        Source::Consents => "consents",
        Source::Evidence => "evidence",
        Source::Wordings => "words that people were asked in",
        Source::Approvals => "approvals",
        Source::Revisions => "files in force",
    }
}

fn one(source: Source) -> &'static str {
    match source {
        Source::Ledger => "Entry",
        Source::Consents => "Consent",
        Source::Evidence => "The evidence of consent",
        Source::Wordings => "The wording",
        Source::Approvals => "Approval",
        Source::Revisions => "The files in force, row",
    }
}

fn ranges(between: &BTreeMap<Source, (i64, i64)>) -> String {
    let range = |(source, (from, to)): (&Source, &(i64, i64))| format!("{} {from} to {to}", name(*source));
    between.iter().map(range).collect::<Vec<_>>().join(", ")
}

//! `comity audit`: whether the ledger is what it was, and what proves it; and whom recommendations serve.

mod told;
mod recommendations;

use super::{
    control,
    output::{self, FAILED},
    wait_for,
};
use crate::{
    audit::{Checkpoint, Proof, note::PublicKey},
    base::Zone,
    config,
    engine::{
        audit::{self, Book},
        office::consents::Agreements,
    },
    store::{self, Database, archive::Archive},
};
use anyhow::Context;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};
use told::Words;

/// Verify the ledger, sign it, and print the key that it is verified by; audit recommendations.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    after_help = "Examples:
  comity audit verify                    whether any entry was changed, removed, moved or cut off
  comity audit key                       the public key: keep a copy of it elsewhere
  comity audit verify --public-key KEY   by the key that you kept, and not by the one that lies here
  comity audit checkpoint                sign the ledger now, and not at the next hour
  comity audit prove C017 > proof.json   that what we say about a customer was signed: for them, or a court
  comity audit check proof.json          whether such a proof holds
  comity audit recommendations           whom recommendations serve, and what they show

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
    /// Print the proof that a customer's entries stand in what was signed.
    Prove(Prove),
    /// Check such a proof. It needs no installation.
    Check(Check),
    Recommendations(recommendations::Args),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity audit prove C017 > proof.json
  comity audit check proof.json --public-key KEY

The proof holds the customer's entries as they stand: of evidence only its hash, and no name or address.")]
struct Prove {
    /// The customer's id in their source, `@` and their number here, or their address.
    customer: String,
}

#[derive(Debug, clap::Args)]
struct Check {
    /// What `comity audit prove` printed.
    file: PathBuf,
    /// The public key that you kept. Without it, that of the key file that lies here.
    #[arg(long, value_name = "KEY")]
    public_key: Option<PublicKey>,
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
        Command::Prove(args) => prove(dir, args),
        Command::Check(args) => check(dir, args),
        Command::Recommendations(args) => recommendations::run(dir, args),
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

fn prove(dir: &Path, Prove { customer }: &Prove) -> anyhow::Result<ExitCode> {
    let (all, _) = control::visit(dir, async |door| door.consents(customer.trim()).await)?;
    let [Agreements { customer, .. }] = all.as_slice() else {
        let why = if all.is_empty() { "nobody has" } else { "several have" };
        output::warn(format_args!("comity: {why} this id or address"));
        return Ok(ExitCode::from(FAILED));
    };
    let config = config::load(dir)?.config;
    let (book, key) = (Book::in_folder(&config.checkpoints), key_here(&config.data)?);
    let proof = wait_for(async {
        let mut archive = Archive::open(&config.database()).await?;
        audit::prove(&mut archive, &book, &key, *customer).await
    })?;
    output::json(&proof)?;
    Ok(ExitCode::SUCCESS)
}

fn check(dir: &Path, args: &Check) -> anyhow::Result<ExitCode> {
    let key = args.public_key.clone().map_or_else(|| key_here(&config::data(dir)), Ok)?;
    let context = || args.file.display().to_string();
    let text = fs::read_to_string(&args.file).with_context(context)?;
    let proof: Proof = serde_json::from_str(&text).with_context(context)?;
    let Checkpoint { number, made_at, entries, .. } = proof.check(&key).with_context(context)?;
    let (proven, name) = (proof.entries.len(), key.name());
    output::line(format_args!(
        "{proven} entries are proved: they stand among the {entries} that checkpoint {number} of {made_at} signed, by the key \
         {name}."
    ));
    Ok(ExitCode::SUCCESS)
}

fn key_here(data: &Path) -> anyhow::Result<PublicKey> {
    audit::public_key(data)?.context("there is no key yet: the daemon makes it with the first checkpoint")
}

fn verify(dir: &Path, args: &Verify) -> anyhow::Result<ExitCode> {
    let data = config::data(dir);
    let installation = config::load(dir);
    let database = match (&args.database, &installation) {
        (Some(copy), _) => Database::file(copy.clone()),
        (None, Ok(installation)) => installation.config.database(),
        (None, Err(_)) => Database::file(store::file_in(&data)),
    };
    let (book, zone) = match (&args.checkpoints, installation) {
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

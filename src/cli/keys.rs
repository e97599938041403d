//! `comity keys`: who may use the API, and for what.

use super::{control, output};
use crate::{
    base::{
        Instant, Zone,
        api_key::{ApiKey, May, RANDOM_BYTES},
    },
    config,
    document::did_you_mean,
    policy::{Nature, Policy},
    store::{KeyRow, NewKey},
};
use anyhow::{Context, bail};
use std::{path::Path, process::ExitCode};
use zeroize::Zeroizing;

/// A name is no longer.
const NAME_CHARACTERS_MAX: usize = 60;

/// Make, show and revoke the keys of the API.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    after_help = "Examples:
  comity keys list
  comity keys new till --may events,records:appointment
  comity keys new website --may customers,consents
  comity keys revoke till

A key is shown once, when it is made: it isn't kept, only its SHA-256. One program, one key: what a \
program reports bears the key's name. The API itself is open where comity.toml has [api]."
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the keys: what each may do, and when it was used last.
    List {
        /// Print JSON, one value a line.
        #[arg(long)]
        json: bool,
    },
    /// Make a key, and print it, once.
    New {
        /// The program that will use it.
        name: String,
        /// What it may do: customers, records (of every type), records:TYPE, consents (and limits), events, products.
        #[arg(long, required = true, value_delimiter = ',', value_name = "WHAT")]
        may: Vec<String>,
    },
    /// Revoke a key: from now on nothing is taken from it.
    Revoke {
        /// Its name.
        name: String,
    },
}

/// Makes, shows or revokes.
///
/// # Errors
/// When the installation can't be reached, or the name is taken or unknown.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::List { json } => list(dir, *json),
        Command::New { name, may } => make(dir, name, may),
        Command::Revoke { name } => revoke(dir, name),
    }
}

fn make(dir: &Path, name: &str, may: &[String]) -> anyhow::Result<ExitCode> {
    let installation = config::load(dir)?;
    let may = scopes(may, &installation.policy)?;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if name.is_empty() || name.chars().nth(NAME_CHARACTERS_MAX).is_some() || !name.chars().all(is_plain) {
        bail!("a key's name has letters, digits, `-`, `_` and `.`, and at most {NAME_CHARACTERS_MAX} of them");
    }
    let mut random = Zeroizing::new([0; RANDOM_BYTES]);
    getrandom::fill(random.as_mut_slice()).context("the system gives no random numbers")?;
    let key = ApiKey::new(&random);
    let new = NewKey { id: key.id().to_owned(), name: name.to_owned(), digest: key.digest(), may };
    let (added, _) = control::visit(dir, async |door| door.add_key(new).await)?;
    if !added {
        bail!("a key `{name}` is in force: revoke it first, or take another name");
    }
    output::line(key.text().as_str());
    output::warn("This is the only time that it is shown. Send it as: Authorization: Bearer …");
    if installation.config.api.is_none() {
        output::warn("The API is closed: write listen = \"127.0.0.1:8781\" under [api] in comity.toml.");
    }
    Ok(ExitCode::SUCCESS)
}

/// What was asked for, if there is such a thing.
fn scopes(asked: &[String], policy: &Policy) -> anyhow::Result<Vec<May>> {
    let records = policy.records_of(Nature::Lasting).map(|kind| May::Records(Some(kind.clone())));
    let known = [May::Customers, May::Records(None)].into_iter().chain(records);
    let known: Vec<String> =
        known.chain([May::Consents, May::Events, May::Products]).map(|may| may.to_string()).collect();
    let mut scopes = vec![];
    for name in asked.iter().map(|name| name.trim()) {
        match May::named(name) {
            Some(may) if known.iter().any(|known| known == name) => scopes.push(may),
            _ => {
                let help = did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_default();
                bail!("`{name}` is nothing that a key may do: {help}");
            }
        }
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

fn revoke(dir: &Path, name: &str) -> anyhow::Result<ExitCode> {
    let (revoked, _) = control::visit(dir, async |door| door.revoke_key(name).await)?;
    if !revoked {
        bail!("no key `{name}` is in force: see `comity keys list`");
    }
    output::line(format_args!("Revoked: nothing is taken from `{name}` any more."));
    Ok(ExitCode::SUCCESS)
}

fn list(dir: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let (keys, zone) = control::visit(dir, async |door| door.keys().await)?;
    if json {
        for key in &keys {
            output::json(key)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if keys.is_empty() {
        output::line("No program has a key: `comity keys new NAME --may customers,consents,events` makes one.");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = output::table(["name", "id", "may", "made", "last used", ""]);
    for key in keys {
        table.add_row(row(&key, zone));
    }
    output::line(table);
    Ok(ExitCode::SUCCESS)
}

fn row(key: &KeyRow, zone: Zone) -> [String; 6] {
    let day = |at: Instant, zone: Zone| zone.local(at).format("%Y-%m-%d").to_string();
    let may: Vec<String> = key.may.iter().map(ToString::to_string).collect();
    [
        key.name.clone(),
        key.id.clone(),
        may.join(", "),
        day(key.created_at, zone),
        // A day by the clock of the world: it is noted so.
        key.used_on.map_or_else(|| "never".to_owned(), |at| day(at, Zone::UTC)),
        key.revoked_at.map(|at| format!("revoked {}", day(at, zone))).unwrap_or_default(),
    ]
}

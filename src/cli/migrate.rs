//! `comity migrate`: an installation moves from its files to a server.

use super::{output, wait_for};
use crate::{
    base::Clock,
    clock::SystemClock,
    config::{self, Config},
    engine::{
        audit::{self, Book, Report},
        house::{
            home,
            lock::{Lock, LockError},
        },
    },
    store::{Database, Moving, archive::Archive},
    web::control,
};
use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{IsTerminal, stderr},
    path::Path,
    process::ExitCode,
};
use tokio::net::UnixStream;

/// Move the installation from its files to the server that [data] database names.
#[derive(Debug, clap::Args)]
#[command(after_help = "How an installation moves while its daemon runs:
  1. make an empty database:     createdb --owner comity comity
  2. name it in comity.toml:     [data]
                                 database = \"postgres://comity@db.example/comity\"
  3. restart the daemon:         it takes stops, sends nothing, and waits
  4. comity migrate              the daemon goes on by itself, over the server

Every row is carried and then compared with what it was, and the audit's chain is verified at its new place. What is cut off is \
finished by running it again. The files stay as they are and take no change any more: keep them as a backup, with the keys, which \
don't move, and remove them when you have one of the server.

Exit codes: 0 the installation is on the server, 1 it isn't, 3 a daemon works with the files.")]
pub struct Args {}

/// Moves it.
///
/// # Errors
/// When a daemon works with the files, either database can't be opened, or something did not arrive as it left.
pub fn run(dir: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(dir)?.config;
    let Database::Server(server) = config.database() else {
        bail!(
            "[data] database in {} names no server: write where the installation is to move to, for example \
             database = \"postgres://comity@localhost/comity\"",
            dir.join("comity.toml").display()
        );
    };
    wait_for(async {
        if Moving::is_over(&config.files(), &server).await? {
            output::line(format_args!("The installation is on {server} already: nothing is to be moved."));
            return Ok(ExitCode::SUCCESS);
        }
        let _alone = alone(&config.data).await?;
        let bar = bar()?;
        let mut moving = Moving::begin(&config.files(), &server).await?;
        let mut table_before = String::new();
        let rows = moving.carry(SystemClock.now(), |progress| {
            if table_before != progress.table {
                progress.table.clone_into(&mut table_before);
                bar.set_message(table_before.clone());
            }
            bar.inc(progress.rows);
        });
        let rows = rows.await?;
        bar.set_message("the audit's chain");
        let sealed = verify(&config).await?;
        moving.finish(SystemClock.now(), &home::heir(&config)).await?;
        bar.finish_and_clear();
        output::line(format_args!(
            "The installation is on {server}: {rows} rows were carried, and each is as it was{sealed}. {} changes no more.",
            config.files().rows.display()
        ));
        Ok(ExitCode::SUCCESS)
    })
}

/// Nobody else works with the files while this lives. A daemon that waits for the move may run beside it: it answers on no socket.
async fn alone(data: &Path) -> anyhow::Result<Option<Lock>> {
    match Lock::acquire(data) {
        Ok(lock) => Ok(Some(lock)),
        Err(held @ LockError::Held { .. }) => {
            if UnixStream::connect(control::path(data)).await.is_ok() {
                return Err(held)
                    .context("a daemon is at work: restart it, so that it takes stops and waits for this, or end it");
            }
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// That the chain of the seals holds at its new place as far as it held at the old one.
async fn verify(config: &Config) -> anyhow::Result<String> {
    let Some(key) = audit::public_key(&config.data)? else { return Ok(String::new()) };
    let book = Book::in_folder(&config.checkpoints);
    let mut reports: Vec<Report> = Vec::new();
    for database in [Database::Files(config.files()), config.database()] {
        reports.push(audit::verify(&mut Archive::open(&database).await?, &book, &key).await?);
    }
    let [before, after] = reports.as_slice() else { return Ok(String::new()) };
    ensure!(
        serde_json::to_value(before)? == serde_json::to_value(after)?,
        "the audit's chain doesn't hold on the server as it does in the files; nothing was moved"
    );
    let entries: u64 = after.entries.values().sum();
    Ok(match after.faults.len() {
        0 => format!("; the chain of {entries} sealed entries holds"),
        faults => {
            format!("; the chain of {entries} sealed entries has {faults} faults, as before: see `comity audit verify`")
        }
    })
}

/// How many rows are through, for whoever looks at a terminal. Each passes twice: it is carried, and compared.
fn bar() -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::hidden();
    if stderr().is_terminal() {
        bar.set_style(ProgressStyle::with_template("{spinner} {human_pos} rows carried and compared, {msg}")?);
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    Ok(bar)
}

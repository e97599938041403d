//! A large copy is divided: each processor rehearses a share of the customers, on a copy of its own.
//!
//! Only where the shares can't tell: where nothing arrives on the way, where the verdicts are asked for and not each message,
//! and where no workflow counts how many people a day's messages reach. What several customers have in common then is their
//! mailbox, and by that they are divided (see [`Share`]). What recommendations are made from is in each copy, and is everybody's:
//! each share makes the lists of all who agreed, as the night does, and tells its own customers of theirs. That is more work than
//! dividing saves, so that a copy of whoever recommends is divided only where that is asked for.

use super::Args;
use crate::{
    base::{Instant, keys::Keyring},
    cli::script::Script,
    config::Installation,
    engine::rehearse::{
        Line, Rehearsal, Written,
        nights::{self, Night},
        tally::Counting,
    },
    store::{self, Files, Share, StoreError},
    workflow::Approval,
};
use anyhow::{Context, bail};
use futures_util::future::try_join_all;
use std::{
    fs,
    mem::take,
    num::{NonZero, NonZeroU8},
    path::Path,
    sync::Arc,
    thread::available_parallelism,
};
use tempfile::TempDir;

/// A copy is large that is at work for some seconds: in bytes.
const LARGE: u64 = 16 * 1024 * 1024;
/// Each share has a memory of its own.
const SHARES_MAX: u8 = 4;

/// The rehearsals of all shares.
pub(super) struct Shares {
    pub rehearsals: Vec<Rehearsal>,
    /// Deleted when dropped.
    _folders: Vec<TempDir>,
}

/// Into how many shares the copy is divided.
///
/// # Errors
/// When so many were asked for, and it can't be divided.
pub(super) fn number(args: &Args, script: &Script, installation: &Installation) -> anyhow::Result<NonZeroU8> {
    let counts_people =
        installation.workflows.values().any(|workflow| matches!(workflow.oversight.approval, Approval::Above(_)));
    let is_whole = counts_people
        || args.feeds
        || args.written() == Written::All
        || !script.arrivals.is_empty()
        || args.span.brings_its_own();
    let recommends = installation.policy.recommending.is_some();
    match args.shares {
        Some(shares) if is_whole && shares > NonZeroU8::MIN => bail!(
            "--shares {shares}: this can't be divided. It can where nothing arrives on the way (--customers, --appointments, --change, --feeds), where not each message is asked for (--each, --diff), and where no workflow has `approval = {{ above = … }}`"
        ),
        Some(shares) => Ok(shares),
        None if is_whole || recommends || copy_bytes(installation) < LARGE => Ok(NonZeroU8::MIN),
        None => {
            let processors = available_parallelism().map_or(1, NonZero::get);
            let shares = u8::try_from(processors).unwrap_or(SHARES_MAX).min(SHARES_MAX);
            Ok(NonZeroU8::new(shares).unwrap_or(NonZeroU8::MIN))
        }
    }
}

fn copy_bytes(installation: &Installation) -> u64 {
    fs::metadata(store::file_in(&installation.config.data)).map_or(0, |copy| copy.len())
}

impl Shares {
    /// Over the copy in the installation's data directory, and over copies of it.
    ///
    /// # Errors
    /// When there is no room for them, or as [`Rehearsal::open`].
    pub async fn open(
        installation: Installation,
        keys: Arc<Keyring>,
        begin: Instant,
        written: Written,
        of: NonZeroU8,
    ) -> anyhow::Result<Self> {
        let mut folders = Vec::new();
        let mut installations = vec![installation.clone()];
        for _ in 1..of.get() {
            let folder = tempfile::tempdir().context("no temporary folder")?;
            let files = |data: &Path| Files::beside(store::file_in(data));
            for (from, to) in files(&installation.config.data).paired(&files(folder.path())) {
                fs::copy(from, to).context("no room for another copy of the database")?;
            }
            let mut own = installation.clone();
            folder.path().clone_into(&mut own.config.data);
            installations.push(own);
            folders.push(folder);
        }
        let opened =
            installations.into_iter().zip(Share::each(of)).enumerate().map(|(number, (installation, share))| {
                let keys = Arc::clone(&keys);
                async move {
                    let mut rehearsal = Rehearsal::open(installation, keys, begin, written).await?;
                    rehearsal.keep_to(share, number).await?;
                    anyhow::Ok(rehearsal)
                }
            });
        Ok(Self { rehearsals: try_join_all(opened).await?, _folders: folders })
    }

    /// Plays all of them at the same time.
    ///
    /// # Errors
    /// The first error of one of them.
    pub async fn play(&mut self, script: &Script) -> anyhow::Result<()> {
        let played = self.rehearsals.iter_mut().map(|rehearsal| async move {
            rehearsal.begin_at(script.from).await?;
            script.clone().play(&rehearsal.engine, &rehearsal.clock).await
        });
        try_join_all(played).await.map(drop)
    }

    /// What happened: the lines of each share up to so many, and all of them counted. The shares are gone through at the same
    /// time.
    ///
    /// # Errors
    /// The database's.
    pub async fn tell(&mut self, counting: &Counting, kept: usize) -> anyhow::Result<(Vec<Line>, Counting)> {
        let telling: Vec<_> = take(&mut self.rehearsals)
            .into_iter()
            .map(|rehearsal| (rehearsal, counting.clone()))
            .map(|(rehearsal, counting)| tokio::spawn(tell_one(rehearsal, counting, kept)))
            .collect();
        let (mut lines, mut all) = (Vec::new(), counting.clone());
        for told in telling {
            let (rehearsal, of_share, counted) = told.await??;
            self.rehearsals.push(rehearsal);
            lines.extend(of_share);
            all.join(counted);
        }
        Ok((lines, all))
    }

    /// What the recommendations of each night came to.
    ///
    /// # Errors
    /// As [`Rehearsal::nights`].
    pub async fn nights(&self) -> anyhow::Result<Vec<Night>> {
        let of_shares = self.rehearsals.iter().map(Rehearsal::nights);
        Ok(nights::joined(try_join_all(of_shares).await?))
    }

    /// How many messages were left unwritten.
    pub fn unwritten(&self) -> usize {
        self.rehearsals.iter().map(Rehearsal::unwritten).sum()
    }

    /// Closes the copies.
    pub async fn close(&self) {
        for rehearsal in &self.rehearsals {
            rehearsal.engine.close().await;
        }
    }
}

async fn tell_one(
    rehearsal: Rehearsal,
    mut counting: Counting,
    kept: usize,
) -> Result<(Rehearsal, Vec<Line>, Counting), StoreError> {
    let mut lines = Vec::new();
    rehearsal
        .tell(|line| {
            counting.add(&line);
            if lines.len() < kept {
                lines.push(line);
            }
        })
        .await?;
    Ok((rehearsal, lines, counting))
}

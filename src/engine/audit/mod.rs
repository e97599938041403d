//! The ledger sealed once a second, signed once an hour, and verified by whoever doubts it.
//!
//! What is sealed and signed, and what is found by it, stands in [`crate::audit`]. The sealer is a duty of the daemon and of
//! no rehearsal; a command that works without a daemon seals what it wrote when it closes the door.

mod key_file;
mod book;
mod prove;
mod verify;

pub use book::Book;
pub use key_file::public_key;
pub use prove::prove;
pub use verify::{Covered, Fault, Report, Uncovered, verify};

use super::run::Going;
use crate::{
    audit::{Checkpoint, Head},
    base::Clock,
    config::Config,
    fault::{self, Point},
    store::{Store, StoreError},
};
use anyhow::Context;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Between two looks for what is new.
const LOOK: Duration = Duration::from_secs(1);
/// Between two checkpoints, while anything happens.
const EVERY: Duration = Duration::from_hours(1);

/// Seals, and signs. Cheap to make; it keeps nothing that the database and the file of checkpoints don't.
#[derive(Clone)]
pub struct Sealer {
    store: Store,
    clock: Arc<dyn Clock>,
    data: PathBuf,
    book: Book,
}

impl Sealer {
    /// For the installation of these settings.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, config: &Config) -> Self {
        Self { store, clock, data: config.data.clone(), book: Book::in_folder(&config.checkpoints) }
    }

    /// Seals and signs until told to stop. What can't be written is logged once, and tried again.
    pub async fn keep(&self, mut going: watch::Receiver<Going>) {
        self.look_back().await;
        let (mut head, mut told) = (None, String::new());
        loop {
            let why = self.turn(&mut head).await.err().map(|error| format!("{error:#}")).unwrap_or_default();
            if !why.is_empty() && why != told {
                tracing::error!(why, "the ledger is not sealed as it should be");
            }
            told = why;
            tokio::select! {
                () = self.clock.wait_for(LOOK) => {}
                _ = going.wait_for(|going| *going != Going::On) => return,
            }
        }
    }

    /// Seals what came last, and signs it: for a clean end.
    pub async fn finish(&self) {
        if let Err(error) = self.checkpoint().await {
            tracing::error!(why = format!("{error:#}"), "the ledger's last entries are not sealed and signed");
        }
    }

    /// Seals what is new.
    pub async fn seal_now(&self) {
        if let Err(error) = self.seal(&mut None).await {
            tracing::warn!(%error, "what was written is not sealed yet: the daemon does it");
        }
    }

    /// Seals what is new, and signs it whatever the hour. `None` where nothing came since the last checkpoint.
    ///
    /// # Errors
    /// When the database, the key or the file can't be used.
    pub async fn checkpoint(&self) -> anyhow::Result<Option<Checkpoint>> {
        let mut head = None;
        let head = self.seal(&mut head).await?;
        self.sign(&head).await
    }

    async fn turn(&self, head: &mut Option<Head>) -> anyhow::Result<()> {
        let before = head.as_ref().map(|head| head.seal);
        let sealed = self.seal(head).await?;
        if before == Some(sealed.seal) {
            return Ok(());
        }
        let last = self.store.last_checkpoint().await?;
        let due = last.is_none_or(|(_, seal, made_at)| seal < sealed.seal && made_at.plus(EVERY) <= self.clock.now());
        if due {
            self.sign(&sealed).await?;
        }
        Ok(())
    }

    /// Seals until nothing is new. Where somebody else sealed meanwhile, the next try begins after that.
    async fn seal(&self, head: &mut Option<Head>) -> Result<Head, StoreError> {
        loop {
            let now = match head.take() {
                Some(head) => head,
                None => self.store.last_seal().await?,
            };
            let Some(seal) = self.store.unsealed(&now, self.clock.now()).await? else {
                return Ok(head.insert(now).clone());
            };
            let next = seal.head.clone();
            *head = match self.store.keep_seal(seal).await {
                Ok(()) => Some(next),
                // The daemon's turn, or a command's: what it sealed stands, and what is left is sealed after it.
                Err(_) if self.store.last_seal().await?.seal >= next.seal => None,
                Err(error) => return Err(error),
            };
        }
    }

    async fn sign(&self, head: &Head) -> anyhow::Result<Option<Checkpoint>> {
        let key = key_file::load(&self.data, &self.book)?;
        let noted = self.store.last_checkpoint().await?.map_or(0, |(number, _, _)| number);
        let signed = self.book.add(&key, head, noted, self.clock.now()).context("no checkpoint could be written")?;
        if let Some(checkpoint) = &signed {
            fault::point(Point::AfterCheckpointWritten);
            self.store.note_checkpoint(checkpoint).await?;
            tracing::info!(number = checkpoint.number, entries = checkpoint.entries, "the ledger is signed");
        }
        Ok(signed)
    }

    /// Whether the database holds what was signed last; says so where it doesn't. It keeps nothing from going on.
    async fn look_back(&self) {
        let error = match self.held().await {
            Ok(()) => return,
            Err(error) => error,
        };
        tracing::error!(why = format!("{error:#}"), "the ledger is not what was signed: run `comity audit verify`");
    }

    async fn held(&self) -> anyhow::Result<()> {
        let key = key_file::load(&self.data, &self.book)?;
        let last = self.book.last(key.public())?;
        let noted = self.store.last_checkpoint().await?.map_or(0, |(number, _, _)| number);
        let number = last.as_ref().map_or(0, |last| last.number);
        anyhow::ensure!(number >= noted, "checkpoints {} to {noted} are missing in {}", number + 1, self.book);
        let Some(last) = last else { return Ok(()) };
        let found = self.store.seal(last.seal).await?;
        let Checkpoint { number, seal, made_at, .. } = last;
        let found = found.with_context(|| format!("the database is older than checkpoint {number} of {made_at}"))?;
        let same = found.chain == last.chain && found.tree.size() == last.entries;
        anyhow::ensure!(same, "seal {seal} is not the one that checkpoint {number} of {made_at} signed");
        Ok(())
    }
}

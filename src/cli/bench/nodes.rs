//! Several nodes over one database: engines of this process, each with a folder and a clock of its own as on a machine of its own, that
//! divide among them what is due.

use super::yard::{DUE_AT, Yard};
use crate::{
    base::Clock,
    clock::{ClockWatch, VirtualClock},
    disk,
    engine::{
        files::in_force::Outfit,
        house::lifecycle::{Engine, Means},
        rehearse::timeline,
    },
    store::Lasting,
};
use anyhow::{Context, bail};
use futures_util::future::try_join_all;
use std::{iter, sync::Arc};

/// See the module.
pub struct Nodes {
    /// The one that the database was filled by.
    pub first: Yard,
    others: Vec<Node>,
}

struct Node {
    engine: Engine,
    clock: Arc<VirtualClock>,
    // Deleted when dropped, after the engine.
    _folder: tempfile::TempDir,
}

impl Nodes {
    /// So many over the database of this yard.
    ///
    /// # Errors
    /// When there is no room for them, or the database lies in files.
    pub async fn over(first: Yard, count: usize) -> anyhow::Result<Self> {
        if count > 1 && !first.engine.store.is_shared() {
            bail!("files have one node at a time: {count} of them need a PostgreSQL server, by --server");
        }
        let mut others = Vec::new();
        for _ in 1..count {
            others.push(Node::beside(&first).await?);
        }
        Ok(Self { first, others })
    }

    /// Lets everything become due for all of them, and waits until each has nothing left to do.
    ///
    /// # Errors
    /// The first error of one.
    pub async fn drive(&self) -> anyhow::Result<()> {
        let first = iter::once((&self.first.engine, &self.first.clock));
        let others = self.others.iter().map(|node| (&node.engine, &node.clock));
        let driving = first
            .chain(others)
            .map(|(engine, clock)| timeline::drive(engine, clock, DUE_AT, Vec::new(), |()| async { Ok(()) }));
        try_join_all(driving).await?;
        Ok(())
    }

    /// Ends all, with their database.
    ///
    /// # Errors
    /// When a server keeps it.
    pub async fn close(self) -> anyhow::Result<()> {
        for node in self.others {
            node.engine.close().await;
        }
        self.first.close().await
    }
}

impl Node {
    async fn beside(yard: &Yard) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let mut installation = yard.installation.as_ref().clone();
        let data = folder.path().join("data");
        disk::make_folder(&data, 0o700)?;
        installation.config.checkpoints = folder.path().join("checkpoints");
        if let Some((of, _)) = &mut installation.config.server {
            of.clone_from(&data);
        }
        installation.config.data = data;
        let clock = VirtualClock::starting_at(yard.clock.now());
        let means = Means {
            outfit: Outfit::by_smtp(&installation)?,
            // As whoever copies the key file does.
            keys: Arc::clone(&yard.engine.keys),
            clock: Arc::clone(&clock) as _,
            watch: ClockWatch::Off,
            lasting: Lasting::ForEver,
        };
        let engine = Engine::open(Arc::new(installation), means).await?;
        Ok(Self { engine, clock, _folder: folder })
    }
}

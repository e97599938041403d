//! The file of checkpoints: only added to, on disk before the database notes it, locked while it is written.

use crate::{
    audit::{
        Checkpoint, Head,
        checkpoint::{self, Record},
        note::{PublicKey, SigningKey},
    },
    base::Instant,
    disk,
};
use anyhow::Context;
use rustix::fs::{FlockOperation, flock};
use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Its name in its folder.
const FILE: &str = "checkpoints.txt";

/// See the module.
#[derive(Clone, Debug)]
pub struct Book {
    path: PathBuf,
}

impl Book {
    /// In this folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(FILE) }
    }

    /// This very file.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Whether it has anything in it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|file| file.len() > 0)
    }

    /// All that stands in it. None: there is no file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn read(&self, key: &PublicKey) -> anyhow::Result<Option<Vec<Record>>> {
        Ok(self.text()?.map(|text| checkpoint::records(&text, key)))
    }

    /// The last one that this key signed.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn last(&self, key: &PublicKey) -> anyhow::Result<Option<Checkpoint>> {
        Ok(last(self.read(key)?.unwrap_or_default()))
    }

    /// The last one that this key signed, and the note that says it.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn last_note(&self, key: &PublicKey) -> anyhow::Result<Option<(Checkpoint, String)>> {
        let text = self.text()?.unwrap_or_default();
        let signed = |note: &str| Some((Checkpoint::open(note, key).ok()?, note.to_owned()));
        Ok(checkpoint::notes(&text).filter_map(signed).last())
    }

    fn text(&self) -> anyhow::Result<Option<String>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{self} can't be read")),
        }
    }

    /// Signs where the chain stands, after all that stands here and all up to `noted`; on disk when this returns. `None` where
    /// the last one says the same.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn add(&self, key: &SigningKey, head: &Head, noted: i64, now: Instant) -> anyhow::Result<Option<Checkpoint>> {
        let context = || self.to_string();
        let folder = self.path.parent().context("the file has no folder")?;
        disk::make_folder(folder, 0o700).with_context(context)?;
        let open = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path);
        let mut file = open.with_context(context)?;
        flock(&file, FlockOperation::LockExclusive).with_context(context)?;
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).with_context(context)?;
        let last = last(checkpoint::records(&String::from_utf8_lossy(&bytes), key.public()));
        if head.seal == 0 || last.as_ref().is_some_and(|last| last.chain == head.chain) {
            return Ok(None);
        }
        let number = last.map_or(0, |last| last.number).max(noted) + 1;
        let (entries, root) = (head.tree.size(), head.tree.root());
        let checkpoint = Checkpoint { number, entries, root, seal: head.seal, chain: head.chain, made_at: now };
        let note = key.sign(&checkpoint.text(key.public().name()));
        // After what was begun when the power went, an empty line begins anew.
        let gap = if bytes.is_empty() || bytes.ends_with(b"\n\n") { "" } else { "\n\n" };
        file.write_all(format!("{gap}{note}\n").as_bytes()).with_context(context)?;
        file.sync_all().with_context(context)?;
        disk::sync_folder(folder).with_context(context)?;
        Ok(Some(checkpoint))
    }
}

fn last(records: Vec<Record>) -> Option<Checkpoint> {
    let signed = |record| match record {
        Record::Signed(checkpoint) => Some(checkpoint),
        Record::Doubtful(_) => None,
    };
    records.into_iter().filter_map(signed).next_back()
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

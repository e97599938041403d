//! A trace of an installation's files: which there are, and by what the system tells that one was changed.
//!
//! Reading the files again every other second would do no harm, but compile every template; names, lengths, times and
//! inodes cost a handful of system calls. They are asked through symbolic links: a `ConfigMap` of Kubernetes, or a
//! release that is switched by one link, changes without any file below being written. For the same reason the daemon
//! looks, and isn't told: inotify hears nothing of a bind mount that is changed from outside.

use super::folder;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What the system says of one file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    written_at: (i64, i64),
    /// Rights count, too: a secret that everybody can read is a mistake.
    mode: u32,
}

/// See the module. Two that are the same mean that nobody changed anything in between.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    stamps: BTreeMap<PathBuf, Stamp>,
    /// Files that the others name: secrets, which may lie anywhere, and the logo.
    named: Vec<PathBuf>,
}

impl Trace {
    /// Of the installation at `root`, as it lies there now, with the files that they name. What can't be looked at
    /// leaves no trace; whoever reads it says why.
    pub(super) fn of(root: &Path, named: Vec<PathBuf>) -> Self {
        let folders = [folder::workflows(root).map(|found| found.into_values().collect()), folder::templates(root)];
        let below = folders.into_iter().filter_map(Result::ok).flatten();
        let own =
            ["comity.toml", "policy.toml"].map(str::to_owned).into_iter().chain(below).map(|name| root.join(name));
        let all = own.chain(named.iter().cloned());
        let stamps = all.filter_map(|path| Some((path.clone(), stamp(&path)?))).collect();
        Self { stamps, named }
    }

    /// Of the same files now. By those that were named then: where others are, another file has changed, too.
    #[must_use]
    pub fn again(&self, root: &Path) -> Self {
        Self::of(root, self.named.clone())
    }

    /// The files that differ from an earlier trace, as a person would name them.
    #[must_use]
    pub fn since(&self, earlier: &Self, root: &Path) -> Vec<String> {
        let (new, old) = (&self.stamps, &earlier.stamps);
        let all: BTreeSet<&PathBuf> = new.keys().chain(old.keys()).collect();
        let differs = all.into_iter().filter(|path| new.get(*path) != old.get(*path));
        differs
            .map(|path| {
                let name = path.strip_prefix(root).unwrap_or(path).display();
                match (new.contains_key(path), old.contains_key(path)) {
                    (true, false) => format!("{name} (new)"),
                    (false, true) => format!("{name} (gone)"),
                    _ => name.to_string(),
                }
            })
            .collect()
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let file = fs::metadata(path).ok()?;
    Some(Stamp {
        device: file.dev(),
        inode: file.ino(),
        length: file.len(),
        written_at: (file.mtime(), file.mtime_nsec()),
        mode: file.mode(),
    })
}

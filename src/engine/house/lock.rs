//! The installation's lock: one process at a time owns the data directory.
//!
//! Whoever changes facts holds it: the daemon for all of its life, a command for as long as it works while no daemon
//! runs. So a command can never change a fact behind the back of a daemon that is about to send (promise P2).
//!
//! It is a lock of the system on an open file (`flock(2)`), so it ends with its process, however that ends. The file
//! stays, and holds the process id of its last owner for people to read.

use crate::disk;
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Where it lies in the data directory.
const FILE: &str = "comity.lock";

/// The lock, until it is dropped.
#[derive(Debug)]
#[must_use = "the lock ends when it is dropped"]
pub struct Lock {
    file: File,
}

/// Unlocks by name: a child that was forked and has not yet begun its program holds the same open file for a moment, and
/// with it the lock.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Why the lock can't be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process owns the installation.
    #[error("{data} is in use by another comity process{}; nothing was done", process(*.owner))]
    Held {
        /// The data directory.
        data: PathBuf,
        /// Its process id, where it has written it.
        owner: Option<u32>,
    },
    /// The file can't be made or locked.
    #[error("the lock {path} can't be taken: {why}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
}

impl Lock {
    /// Whether anybody ever took the lock of this data directory.
    #[must_use]
    pub fn lies_in(data: &Path) -> bool {
        data.join(FILE).exists()
    }

    /// Takes the lock of a data directory, which is made if there is none. Never waits.
    ///
    /// # Errors
    /// [`LockError::Held`] when another process has it.
    pub fn acquire(data: &Path) -> Result<Self, LockError> {
        let path = data.join(FILE);
        let failed = |why: std::io::Error| LockError::Io { path: path.clone(), why };
        disk::make_folder(data, 0o700).map_err(failed)?;
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = open.map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut owner = String::new();
                let _ = file.read_to_string(&mut owner);
                return Err(LockError::Held { data: data.to_owned(), owner: owner.trim().parse().ok() });
            }
            Err(errno) => return Err(failed(errno.into())),
        }
        // For people only: the lock holds without it, for example on a full disk.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { file })
    }
}

fn process(owner: Option<u32>) -> String {
    owner.map(|id| format!(" (process {id})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_the_lock_and_the_next_learns_who() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("deep").join("data");
        let first = Lock::acquire(&data).unwrap();
        let Err(LockError::Held { owner, .. }) = Lock::acquire(&data) else { panic!("two hold the lock") };
        assert_eq!(owner, Some(std::process::id()));
        drop(first);
        let _again = Lock::acquire(&data).unwrap();
    }
}

//! The key that signs checkpoints, in a file of its own: made with the first one, never readable by others.
//!
//! Who has it can make checkpoints of another past. A copy of its public half, kept elsewhere, is what a doubtful ledger is
//! held against.

use super::Book;
use crate::{
    audit::note::{PublicKey, SigningKey},
    engine::house::key_file,
};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Random bytes in a log's name.
const NAME_BYTES: usize = 8;

/// Where it lies in the data directory.
fn path(data: &Path) -> PathBuf {
    data.join("keys").join("checkpoints.key")
}

/// The key. Makes it where there is neither a key nor a checkpoint.
///
/// # Errors
/// When others may read it, when it is damaged, or when it is gone while there are checkpoints.
pub(super) fn load(data: &Path, book: &Book) -> anyhow::Result<SigningKey> {
    let path = path(data);
    match key_file::read_closed(&path)? {
        Some(text) => parse(&path, &text),
        None if book.is_there() => bail!(
            "the key {} that signs checkpoints is gone: put it back from its backup; to begin anew with another key, move \
             {book} away",
            path.display()
        ),
        None => make(&path),
    }
}

/// Who can check what this installation signs. `None` before the first checkpoint.
///
/// # Errors
/// When the key can't be read.
pub fn public_key(data: &Path) -> anyhow::Result<Option<PublicKey>> {
    let path = path(data);
    let text = key_file::read_closed(&path)?;
    text.map(|text| Ok(parse(&path, &text)?.public().clone())).transpose()
}

fn parse(path: &Path, text: &str) -> anyhow::Result<SigningKey> {
    text.trim().parse().with_context(|| format!("the key {} that signs checkpoints is damaged", path.display()))
}

fn make(path: &Path) -> anyhow::Result<SigningKey> {
    let (mut name, mut seed) = ([0; NAME_BYTES], Zeroizing::new([0; 32]));
    getrandom::fill(&mut name).context("the system gives no random bytes")?;
    getrandom::fill(&mut *seed).context("the system gives no random bytes")?;
    let key = SigningKey::new(&format!("comity-{:016x}", u64::from_be_bytes(name)), seed)?;
    key_file::write_closed(path, &key.secret())?;
    Ok(key)
}

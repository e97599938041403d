//! The master key's file: made at the first start, read at all others, never readable by others.
//!
//! Without this file the database's personal columns can't be opened and old stop links don't verify. It belongs in a
//! backup of its own, apart from the database's.

use super::numbered_keys::{self, Use};
use crate::{
    base::keys::{KEY_BYTES, Keyring},
    store,
};
use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Where it lies in the data directory.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("keys").join("master.key")
}

/// The keys of this data directory. Makes the file where there is neither a file nor a database.
///
/// # Errors
/// When others may read the file, when it is damaged, or when it is gone while the database is there: a new key would
/// lock the old data for ever.
pub fn load(data: &Path) -> anyhow::Result<Keyring> {
    let path = path(data);
    let keys = match read_closed(&path)? {
        Some(text) => read(&path, &text)?,
        None if store::file_in(data).exists() => bail!(
            "the key file {} is gone, but the database is there; put the key file back from its backup",
            path.display()
        ),
        None => make(&path)?,
    };
    keys.put_link_keys(numbered_keys::load(data, Use::Links)?);
    keys.put_wrapping_keys(numbered_keys::load(data, Use::Wrapping)?);
    Ok(keys)
}

fn read(path: &Path, text: &str) -> anyhow::Result<Keyring> {
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes).ok());
    let master =
        bytes.with_context(|| format!("the key file {} is damaged: it should hold 32 bytes", path.display()))?;
    Ok(Keyring::derive(&master))
}

fn make(path: &Path) -> anyhow::Result<Keyring> {
    let mut master = [0; KEY_BYTES];
    getrandom::fill(&mut master).context("the system gives no random bytes")?;
    write_closed(path, &STANDARD.encode(master))?;
    Ok(Keyring::derive(&master))
}

/// What stands in a file that only its owner may read. `None`: there is no file.
///
/// # Errors
/// When others may read it, or it can't be read.
pub(in crate::engine) fn read_closed(path: &Path) -> anyhow::Result<Option<Zeroizing<String>>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("the key file {} can't be read", path.display())),
    };
    let mode = fs::metadata(path).with_context(|| path.display().to_string())?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("the key file {} can be read by others; run: chmod 600 {0}", path.display());
    }
    Ok(Some(text))
}

/// Writes a line to a file of its own that only its owner may read; durable before anything that needs it: file, then the
/// folder's entry.
///
/// # Errors
/// When it can't be written, or is there.
pub(in crate::engine) fn write_closed(path: &Path, line: &str) -> anyhow::Result<()> {
    let folder = path.parent().context("the key file has no folder")?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(|| folder.display().to_string())?;
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("the key file {} can't be made", path.display()))?;
    writeln!(file, "{line}")?;
    file.sync_all()?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

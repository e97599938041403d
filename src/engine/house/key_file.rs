//! The master key's file: made at the first start, read at all others, never readable by others.
//!
//! Without this file the database's personal columns can't be opened and old stop links don't verify. It belongs in a
//! backup of its own, apart from the database's.
//!
//! The key may come from systemd instead, which can keep it encrypted to this machine (`LoadCredential=` and
//! `LoadCredentialEncrypted=` in `systemd.exec(5)`): then it lies in no file of the data directory, and in no backup of it.

use super::numbered_keys::{self, Use};
use crate::{
    base::keys::{KEY_BYTES, Keyring},
    disk, store,
};
use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// What systemd calls the key.
const CREDENTIAL: &str = "comity-master-key";

/// Where it lies in the data directory.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("keys").join("master.key")
}

/// Whether there is a key: a file, or a credential.
#[must_use]
pub fn is_there(data: &Path) -> bool {
    path(data).exists() || handed_over().is_some_and(|path| path.exists())
}

/// The keys of this data directory. Makes the file where there is neither a file, nor a credential, nor a database.
///
/// # Errors
/// When others may read the file, when it is damaged, or when it is gone while the database is there: a new key would
/// lock the old data for ever. When systemd hands over another key than the file's, too.
pub fn load(data: &Path) -> anyhow::Result<Keyring> {
    let path = path(data);
    let keys = match (credential()?, read_closed(&path)?) {
        (Some((place, text)), file) => {
            if file.is_some_and(|file| file.trim() != text.trim()) {
                bail!(
                    "systemd hands over another master key ({}) than the key file {} holds; take the wrong one away",
                    place.display(),
                    path.display()
                );
            }
            read(&place, &text)?
        }
        (None, Some(text)) => read(&path, &text)?,
        (None, None) if store::file_in(data).exists() => bail!(
            "the key file {} is gone, but the database is there; put the key file back from its backup, or let systemd \
             hand the key over as `{CREDENTIAL}` (see deploy/README.md)",
            path.display()
        ),
        (None, None) => make(&path)?,
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

/// What systemd hands over to this service, where it does.
fn credential() -> anyhow::Result<Option<(PathBuf, Zeroizing<String>)>> {
    let Some(path) = handed_over() else { return Ok(None) };
    // systemd gives the user of a service access by a list, whose mask shows as the group's right: others have none.
    Ok(read_but_for(0o007, &path)?.map(|text| (path, text)))
}

/// Where systemd puts it.
fn handed_over() -> Option<PathBuf> {
    Some(Path::new(&std::env::var_os("CREDENTIALS_DIRECTORY")?).join(CREDENTIAL))
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
    read_but_for(0o077, path)
}

/// The same, where none of these rights may be given.
fn read_but_for(rights: u32, path: &Path) -> anyhow::Result<Option<Zeroizing<String>>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("the key file {} can't be read", path.display())),
    };
    let mode = fs::metadata(path).with_context(|| path.display().to_string())?.permissions().mode();
    if mode & rights != 0 {
        bail!("the key file {} can be read by others; run: chmod 600 {0}", path.display());
    }
    Ok(Some(text))
}

/// Writes a line to a file of its own that only its owner may read; on disk, whole and under its name, before anything that needs it.
///
/// # Errors
/// When it can't be written, or is there.
pub(in crate::engine) fn write_closed(path: &Path, line: &str) -> anyhow::Result<()> {
    let line = Zeroizing::new(format!("{line}\n"));
    disk::make_folder(disk::folder_of(path), 0o700)
        .and_then(|()| disk::write_new(path, line.as_bytes(), 0o600))
        .with_context(|| format!("the key file {} can't be made", path.display()))
}

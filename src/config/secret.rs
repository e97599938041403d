//! Secrets in files: read once, and only from files that strangers can't read.

use crate::document::Complaint;
use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};
use zeroize::Zeroizing;

/// Bits of a file's mode that let everybody in.
const OTHERS: u32 = 0o007;
/// A password is a line, not a film.
const BYTES_MAX: u64 = 4096;

/// The first line of a file that only its owner and group can read.
///
/// # Errors
/// A complaint about the key that named the file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, Complaint> {
    guarded(path)?;
    let size = fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > BYTES_MAX {
        let message = format!("{} is larger than any password", path.display());
        return Err(Complaint::new(message, "too large", "put the password alone into a file"));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(|error| unreadable(path, &error))?);
    match text.lines().next().map(str::trim_end) {
        Some(line) if !line.is_empty() => Ok(Zeroizing::new(line.to_owned())),
        _ => Err(Complaint::new(
            format!("{} is empty", path.display()),
            "empty file",
            "write the password on its first line",
        )),
    }
}

/// Whether a file is closed to strangers.
///
/// # Errors
/// A complaint that says how to close it.
pub(super) fn guarded(path: &Path) -> Result<(), Complaint> {
    let mode = fs::metadata(path).map_err(|error| unreadable(path, &error))?.permissions().mode();
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let message = format!("everybody on this machine can read the secret in {}", path.display());
    Err(Complaint::new(message, "open to all", format!("run: chmod 600 {}", path.display())))
}

fn unreadable(path: &Path, error: &io::Error) -> Complaint {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "there is no file".to_owned(),
        io::ErrorKind::PermissionDenied => "we may not read".to_owned(),
        _ => format!("{error}:"),
    };
    Complaint::new(format!("{why} {}", path.display()), "can't be read", "paths count from the folder of comity.toml")
}

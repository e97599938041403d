//! Files that must last: a power cut leaves each of them as it was before, or as it is to be, and never without its name.
//!
//! A file is on disk when its bytes are *and* its name is: `fsync` of the file does the one, `fsync` of its folder the other (`fsync(2)`).
//! A folder's own name stands in the folder above it. So whoever writes what must last writes it through here: the bytes first, in a
//! file that nobody looks at, then the name, then nothing more than a folder to wait for.
//!
//! Files that are only added to, or written in place by design (the journal, stops outside the database, checkpoints, the note of the fence), keep
//! their own rules for their bytes, and have their folders from here.

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};
use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

/// Makes a folder with these rights, and all above it that are missing; each with its name on disk when this returns.
///
/// # Errors
/// When one can't be made, or made to last.
pub fn make_folder(folder: &Path, mode: u32) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        // Perhaps by a process that died before it came to the name. Who may not read the folder above did not make it here.
        let _ = sync_folder(folder_of(folder));
        return Ok(());
    }
    let above = folder_of(folder);
    make_folder(above, mode)?;
    match DirBuilder::new().mode(mode).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
        other => other?,
    }
    sync_folder(above)
}

/// The names in this folder are on disk when this returns.
///
/// # Errors
/// When it can't be opened, or the disk fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Where a file's name stands.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file that is not there yet, whole and with these rights; on disk when this returns.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] when it is there; when it can't be written.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    put(path, bytes, mode, None, give_name).map(drop)
}

/// Writes a file anew, whole and with these rights, in the place of the one that may be there; on disk when this returns. Gives it, open
/// for writing.
///
/// # Errors
/// When it can't be written: then it is as it was.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<File> {
    put(path, bytes, mode, None, |new, path| fs::rename(new, path))
}

/// Writes a file that is there anew, with the rights and the owner that it has; on disk when this returns. Where its name leads to it
/// from elsewhere, it still does.
///
/// # Errors
/// When it is not there, or can't be written: then it is as it was.
pub fn rewrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let like = fs::metadata(&path)?;
    put(&path, bytes, 0o600, Some(&like), |new, path| fs::rename(new, path)).map(drop)
}

fn put(
    path: &Path,
    bytes: &[u8],
    mode: u32,
    like: Option<&Metadata>,
    give_name: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<File> {
    let new = beside(path);
    // Of a process of the same number that died: it may have other rights.
    let _ = fs::remove_file(&new);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(&new)?;
    let written = fill(&mut file, bytes, like).and_then(|()| give_name(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written?;
    sync_folder(folder_of(path))?;
    Ok(file)
}

fn fill(file: &mut File, bytes: &[u8], like: Option<&Metadata>) -> io::Result<()> {
    if let Some(like) = like {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
            fchown(&*file, Some(like.uid()), Some(like.gid()))?;
        }
        file.set_permissions(like.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// In one step, and only where nothing has that name.
fn give_name(new: &Path, path: &Path) -> io::Result<()> {
    match renameat_with(CWD, new, CWD, path, RenameFlags::NOREPLACE) {
        // A file system that doesn't know how.
        Err(Errno::INVAL | Errno::NOSYS) => fs::hard_link(new, path).and_then(|()| fs::remove_file(new)),
        renamed => Ok(renamed?),
    }
}

/// The file that nobody looks at: of this process, so that of two that write at once each writes its own.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folders_are_made_as_deep_as_it_takes() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("some").join("where").join("deep");
        for _ in 0..2 {
            make_folder(&deep, 0o700).unwrap();
            assert_eq!((mode(&deep), mode(deep.parent().unwrap())), (0o700, 0o700));
        }
        let file = deep.join("file");
        write_new(&file, b"in the way", 0o600).unwrap();
        assert!(make_folder(&file, 0o700).is_err());
        assert!(make_folder(&file.join("below"), 0o700).is_err());
    }

    #[test]
    fn what_is_there_is_replaced_only_where_that_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(beside(&path), "half of it, for all to read").unwrap();
        write_new(&path, b"first", 0o600).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"first".to_vec(), 0o600));
        assert_eq!(write_new(&path, b"second", 0o600).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        replace(&path, b"second", 0o400).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"second".to_vec(), 0o400));
        rewrite(&path, b"third").unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"third".to_vec(), 0o400));
        assert!(rewrite(&folder.path().join("none"), b"").is_err());
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        rewrite(&link, b"fourth").unwrap();
        assert!(link.is_symlink() && fs::read(&path).unwrap() == b"fourth");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
    }
}

//! Which files of a folder belong to its installation.

use super::LoadError;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// How deep folders go under `templates/`.
const FOLDERS_MAX: usize = 4;

/// Workflows by name, each with its path below `root`.
pub(super) fn workflows(root: &Path) -> Result<BTreeMap<String, String>, LoadError> {
    let mut found = BTreeMap::new();
    for path in entries(&root.join("workflows"))? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if let Some(stem) = name.strip_suffix(".toml").filter(|_| path.is_file()) {
            found.insert(stem.to_owned(), format!("workflows/{name}"));
        }
    }
    Ok(found)
}

/// Templates and their parts, by their paths below `root`.
pub(super) fn templates(root: &Path) -> Result<Vec<String>, LoadError> {
    let mut files = Vec::new();
    // The pages beside them are compiled into the binary.
    for folder in ["templates/mail", "templates/partials"] {
        collect(root, folder, FOLDERS_MAX, &mut files)?;
    }
    Ok(files)
}

fn collect(root: &Path, folder: &str, depth: usize, files: &mut Vec<String>) -> Result<(), LoadError> {
    for path in entries(&root.join(folder))? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let below = format!("{folder}/{name}");
        // Editors leave files that begin with a dot or end with a tilde.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(root, &below, depth - 1, files)?;
            }
        } else {
            files.push(below);
        }
    }
    Ok(())
}

/// A folder's entries in the order of their names. A folder that isn't there has none.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let fail = |error| LoadError::Io { path: folder.to_owned(), error };
    match fs::read_dir(folder) {
        Ok(entries) => {
            let mut paths =
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(fail)?;
            paths.sort();
            Ok(paths)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(fail(error)),
    }
}

//! The keys of links that followed the first: a file of lines, each a number, when the key was made, and its bytes.
//!
//! The first is made from the master key. A new one signs what is issued from the moment it is here; the others go on verifying for good, since
//! a stop in mail of years ago must work. So no key is ever taken out: whoever holds one that leaked can forge links of the kinds
//! that mail carries, which is the reason to sign with another, and no reason to refuse the links of those who were written to.

use super::key_file::{read_closed, write_closed};
use crate::base::{
    Instant,
    keys::{FIRST_KEY, KEY_BYTES, NumberedKey, NumberedKeys},
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

fn path(data: &Path) -> PathBuf {
    data.join("keys").join("links.key")
}

/// The keys that followed the first, by their numbers.
///
/// # Errors
/// When others may read the file, or it is damaged.
pub fn load(data: &Path) -> anyhow::Result<NumberedKeys> {
    let path = path(data);
    let text = read_closed(&path)?.unwrap_or_default();
    let line = |line: &str| read(line).with_context(|| format!("the key file {} is damaged", path.display()));
    text.lines().map(line).collect()
}

/// Makes the next key, on disk when this returns. Gives its number, and all.
///
/// # Errors
/// When the file can't be read or written.
pub fn add(data: &Path, now: Instant) -> anyhow::Result<(u32, NumberedKeys)> {
    let (path, mut all) = (path(data), load(data)?);
    let number = all.last_key_value().map_or(FIRST_KEY, |(number, _)| *number) + 1;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(&mut *key).context("the system gives no random bytes")?;
    all.insert(number, (now, key));
    let lines: Vec<Zeroizing<String>> = all.iter().map(|(number, made)| written(*number, made)).collect();
    let text = Zeroizing::new(lines.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n"));
    // In one step, so that no moment is without the older keys.
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    write_closed(&new, &text)?;
    fs::rename(&new, &path).with_context(|| path.display().to_string())?;
    let folder = path.parent().context("the key file has no folder")?;
    fs::File::open(folder)?.sync_all()?;
    Ok((number, all))
}

fn written(number: u32, (made_at, key): &(Instant, NumberedKey)) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(**key));
    Zeroizing::new(format!("{number} {} {}", made_at.ms(), encoded.as_str()))
}

fn read(line: &str) -> Option<(u32, (Instant, NumberedKey))> {
    let (number, rest) = line.split_once(' ')?;
    let (made_at, encoded) = rest.split_once(' ')?;
    let bytes = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    let key = Zeroizing::new(<[u8; KEY_BYTES]>::try_from(bytes.as_slice()).ok()?);
    let number = number.parse().ok().filter(|number| *number > FIRST_KEY)?;
    Some((number, (Instant::from_ms(made_at.parse().ok()?), key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_each_other_and_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).unwrap().is_empty());
        for number in 2..=5 {
            let now = Instant::from_ms(i64::from(number));
            let before = load(folder.path()).unwrap();
            let (made, all) = add(folder.path(), now).unwrap();
            assert_eq!(
                (made, all.last_key_value().map(|(number, (at, _))| (*number, *at))),
                (number, Some((number, now)))
            );
            assert!(before.iter().all(|(number, key)| all.get(number) == Some(key)));
            assert_eq!(load(folder.path()).unwrap(), all);
        }
    }

    #[test]
    fn a_damaged_file_is_not_read_as_fewer_keys() {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path(), Instant::from_ms(0)).unwrap();
        for text in ["2", "2 0", "1 0 AAAA", "2 0 AAAA", "two 0 AAAA"] {
            fs::write(path(folder.path()), text).unwrap();
            assert!(load(folder.path()).is_err(), "{text}");
        }
    }
}

//! Keys that followed a first one, which is made from the master key: a file of lines, each a number, when the key was made, and its
//! bytes.
//!
//! **Of links.** A new one signs what is issued from the moment it is here; the others go on verifying for good, since a stop in mail
//! of years ago must work. So none is ever taken out: whoever holds one that leaked can forge links of the kinds that mail
//! carries, which is the reason to sign with another, and no reason to refuse the links of those who were written to.
//!
//! **That wrap.** A new one wraps every key of the key store anew, and then the others are taken out: with one that leaked nobody
//! opens anything any more.

use super::key_file::read_closed;
use crate::{
    base::{
        Instant,
        keys::{FIRST_KEY, KEY_BYTES, NumberedKey, NumberedKeys},
    },
    disk,
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What they are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// They sign the links in messages.
    Links,
    /// They wrap the keys of the key store.
    Wrapping,
}

impl Use {
    fn path(self, data: &Path) -> PathBuf {
        data.join("keys").join(match self {
            Self::Links => "links.key",
            Self::Wrapping => "wrapping.key",
        })
    }
}

/// The keys that followed the first, by their numbers.
///
/// # Errors
/// When others may read the file, or it is damaged.
pub fn load(data: &Path, of: Use) -> anyhow::Result<NumberedKeys> {
    let path = of.path(data);
    let text = read_closed(&path)?.unwrap_or_default();
    let line = |line: &str| read(line).with_context(|| format!("the key file {} is damaged", path.display()));
    text.lines().map(line).collect()
}

/// Makes the next key, on disk when this returns. Gives its number, and all.
///
/// # Errors
/// When the file can't be read or written.
pub fn add(data: &Path, of: Use, now: Instant) -> anyhow::Result<(u32, NumberedKeys)> {
    let mut all = load(data, of)?;
    let number = all.last_key_value().map_or(FIRST_KEY, |(number, _)| *number) + 1;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(&mut *key).context("the system gives no random bytes")?;
    all.insert(number, (now, key));
    write(&of.path(data), &all)?;
    Ok((number, all))
}

/// Takes all but the newest out; on disk when this returns. Gives what is left.
///
/// # Errors
/// When the file can't be read or written.
pub fn keep_newest(data: &Path, of: Use) -> anyhow::Result<NumberedKeys> {
    let mut all = load(data, of)?;
    if let Some(newest) = all.keys().next_back().copied() {
        all.retain(|number, _| *number == newest);
        write(&of.path(data), &all)?;
    }
    Ok(all)
}

/// In one step, so that no moment is without the older keys.
fn write(path: &Path, all: &NumberedKeys) -> anyhow::Result<()> {
    let lines: Vec<Zeroizing<String>> = all.iter().map(|(number, made)| written(*number, made)).collect();
    let text = Zeroizing::new(lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>());
    disk::make_folder(disk::folder_of(path), 0o700)
        .and_then(|()| disk::replace(path, text.as_bytes(), 0o600))
        .map(drop)
        .with_context(|| path.display().to_string())
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
    use std::fs;

    #[test]
    fn keys_follow_each_other_and_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path(), Use::Links).unwrap().is_empty());
        for number in 2..=5 {
            let now = Instant::from_ms(i64::from(number));
            let before = load(folder.path(), Use::Links).unwrap();
            let (made, all) = add(folder.path(), Use::Links, now).unwrap();
            assert_eq!(
                (made, all.last_key_value().map(|(number, (at, _))| (*number, *at))),
                (number, Some((number, now)))
            );
            assert!(before.iter().all(|(number, key)| all.get(number) == Some(key)));
            assert_eq!(load(folder.path(), Use::Links).unwrap(), all);
        }
    }

    #[test]
    fn a_damaged_file_is_not_read_as_fewer_keys() {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path(), Use::Links, Instant::from_ms(0)).unwrap();
        for text in ["2", "2 0", "1 0 AAAA", "2 0 AAAA", "two 0 AAAA"] {
            fs::write(Use::Links.path(folder.path()), text).unwrap();
            assert!(load(folder.path(), Use::Links).is_err(), "{text}");
        }
    }

    #[test]
    fn the_newest_alone_is_kept_and_its_number_never_given_again() {
        let folder = tempfile::tempdir().unwrap();
        let made: Vec<u32> =
            (0..3).map(|at| add(folder.path(), Use::Wrapping, Instant::from_ms(at)).unwrap().0).collect();
        assert_eq!(made, [2, 3, 4]);
        assert_eq!(keep_newest(folder.path(), Use::Wrapping).unwrap().into_keys().collect::<Vec<_>>(), [4]);
        assert_eq!(load(folder.path(), Use::Wrapping).unwrap().len(), 1);
        assert_eq!(add(folder.path(), Use::Wrapping, Instant::from_ms(9)).unwrap().0, 5);
        assert!(load(folder.path(), Use::Links).unwrap().is_empty(), "another file");
    }
}

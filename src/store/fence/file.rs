//! The note's file: two places of 512 bytes, written in turn, so that one that a power cut tears leaves the other.

use crate::{
    base::Instant,
    disk,
    store::{StoreError, journal::crc32},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// The file in its folder.
const FILE: &str = "reached.jsonl";
/// Bytes of a place: a sector, which a disk writes as a whole.
const PLACE: usize = 512;

/// How far the database had come, as far as this node knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Counts the notes: the newest is the last.
    pub turn: u64,
    /// The name under which this node counts in the database.
    pub name: String,
    /// When a person last said that an older database is the one to go on with; 0: never.
    pub restored: i64,
    /// The latest instant that the database knew at the last beat.
    pub seen: i64,
    /// How many transactions of this node let bodies be written.
    pub sent: i64,
    /// When this was written.
    pub at: Instant,
}

/// What was found where a note should lie.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// No file: nothing was ever noted here.
    Nothing,
    /// The newest that is whole.
    Note(Note),
    /// A file with nothing whole in it.
    Torn,
}

/// The file, opened when it is first written.
pub struct NoteFile {
    path: PathBuf,
    file: Option<File>,
}

impl NoteFile {
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(FILE), file: None }
    }

    /// What stands there.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn read(&self) -> Result<Found, StoreError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => {
                return Err(StoreError::Unusable { database: self.path.display().to_string(), why: error.to_string() });
            }
        };
        let newest = bytes.chunks(PLACE).filter_map(whole).max_by_key(|note| note.turn);
        Ok(newest.map_or(Found::Torn, Found::Note))
    }

    /// Hands it to the system: it outlives this process from here on, and a power cut after [`Self::sync`].
    pub fn write(&mut self, note: &Note) -> io::Result<()> {
        let bytes = place(note)?;
        // One that was moved away or put back from elsewhere is another file.
        if self.file.is_none() || !self.path.exists() {
            self.file = Some(make(&self.path, &bytes)?);
            return Ok(());
        }
        let at = if note.turn.is_multiple_of(2) { 0 } else { PLACE as u64 };
        self.file.as_ref().map_or(Ok(()), |file| file.write_all_at(&bytes, at))
    }

    /// On disk when this returns.
    pub fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }
}

/// A new file with this note in both places: never seen half made, and later ones need no room.
fn make(path: &Path, bytes: &[u8]) -> io::Result<File> {
    disk::make_folder(disk::folder_of(path), 0o700)?;
    disk::replace(path, &[bytes, bytes].concat(), 0o600)
}

/// Checksum and JSON, filled up with blanks to the end of the line.
fn place(note: &Note) -> io::Result<Vec<u8>> {
    let json = serde_json::to_string(note)?;
    let mut bytes = format!("{:08x} {json}", crc32(json.as_bytes())).into_bytes();
    if bytes.len() >= PLACE {
        return Err(io::Error::other("the note is longer than its place"));
    }
    bytes.resize(PLACE - 1, b' ');
    bytes.push(b'\n');
    Ok(bytes)
}

fn whole(place: &[u8]) -> Option<Note> {
    let (sum, json) = std::str::from_utf8(place).ok()?.trim_end().split_once(' ')?;
    let is_whole = u32::from_str_radix(sum, 16).ok()? == crc32(json.as_bytes());
    is_whole.then(|| serde_json::from_str(json).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(turn: u64) -> Note {
        let name = "sent 0123456789abcdef".to_owned();
        Note { turn, name, restored: 0, seen: i64::MAX, sent: 7, at: Instant::from_ms(1_800_000_000_000) }
    }

    #[test]
    fn a_torn_place_leaves_the_note_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = NoteFile::in_folder(&folder.path().join("kept"));
        assert_eq!(file.read().unwrap(), Found::Nothing);
        for turn in 1..=3 {
            file.write(&note(turn)).unwrap();
            assert_eq!(file.read().unwrap(), Found::Note(note(turn)));
        }
        let mut bytes = fs::read(&file.path).unwrap();
        assert_eq!(bytes.len(), 2 * PLACE);
        // The third is in the second place.
        bytes[PLACE + 40] ^= 1;
        fs::write(&file.path, &bytes).unwrap();
        assert_eq!(file.read().unwrap(), Found::Note(note(2)));
        fs::write(&file.path, &bytes[PLACE..]).unwrap();
        assert_eq!(file.read().unwrap(), Found::Torn);
        fs::write(&file.path, "").unwrap();
        assert_eq!(file.read().unwrap(), Found::Torn);
    }

    #[test]
    fn a_file_that_was_taken_away_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = NoteFile::in_folder(folder.path());
        file.write(&note(1)).unwrap();
        fs::remove_file(&file.path).unwrap();
        file.write(&note(2)).unwrap();
        assert_eq!(file.read().unwrap(), Found::Note(note(2)));
    }
}

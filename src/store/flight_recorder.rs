//! The flight recorder: whose final dot this process was about to write, in a small file that outlives it.
//!
//! An intent says that a body may have left. When a process dies that is all that its rows say, and a message whose body never
//! began would be of unknown fate for ever. So between body and dot each lane notes here, in a place of its own, which attempt's
//! dot comes next: a server takes a message by its dot alone. Whoever comes after a death reads it: an attempt with an intent whose
//! dot was not noted has surely not arrived, and is due again; one whose dot was noted may have arrived.
//!
//! ```text
//!   intent on disk ─► body ─► note ─► dot ─► answer ─► receipt on disk ─► the next intent
//! ```
//!
//! **It is believed** only where it is surely the dead incarnation's last word: it names that incarnation and this boot of the
//! machine, and the database is level with the fence. A note costs one `pwrite` into a page that the system keeps; the disk is not
//! waited for. So it outlives a process, and no power cut, and after one another boot has begun. In all other doubt an attempt with
//! an intent is uncertain, as if there were no recorder: also where another node's attempts are rescued, whose file lies elsewhere.
//!
//! **A place is used again** when the receipt of the attempt in it is on disk. Where a receipt could be written nowhere, its lane takes
//! another place, and this one keeps what it says. When there are no more, the file is struck out.

use super::Store;
use crate::{
    base::{AttemptId, NodeId},
    fault::{self, Point, Switch},
    store::journal::crc32,
};
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// The file's size: a page. A page is written as a whole or not at all, as far as processes see.
const BYTES: usize = 4096;
/// What stands before the places: what it is, whose, and of which boot.
const HEAD_BYTES: usize = 64;
/// A place: an attempt's number, little-endian. None has the number 0.
const PLACE_BYTES: usize = 8;
/// Places there are: several times as many as there may be lanes.
const PLACES: u64 = ((BYTES - HEAD_BYTES) / PLACE_BYTES) as u64;
/// Begins the head.
const MAGIC: &[u8; 8] = b"flights1";

/// The file of the recorder beside a journal.
fn file_beside(journal: &Path) -> PathBuf {
    journal.with_file_name("flights")
}

/// Whose dots may have left before this process began.
#[derive(Default)]
pub(super) struct Recorded {
    /// `None`: nobody's word is here that can be believed.
    node: Option<NodeId>,
    noted: BTreeSet<AttemptId>,
}

impl Recorded {
    /// What stands beside this journal, where it was written since this machine was started.
    pub fn read(journal: &Path) -> Self {
        // What can't be read says nothing.
        fs::read(file_beside(journal))
            .ok()
            .zip(boot())
            .and_then(|(bytes, boot)| Self::of(&bytes, &boot))
            .unwrap_or_default()
    }

    fn of(bytes: &[u8], boot: &[u8; 36]) -> Option<Self> {
        let (head, places) = bytes.get(..BYTES)?.split_at_checked(HEAD_BYTES)?;
        let node = i64::from_le_bytes(head.get(8..16)?.try_into().ok()?);
        if head != head_of(NodeId(node), boot) {
            return None;
        }
        let (places, _) = places.as_chunks::<PLACE_BYTES>();
        let noted = places.iter().map(|place| AttemptId(i64::from_le_bytes(*place))).filter(|id| id.0 != 0);
        Some(Self { node: Some(NodeId(node)), noted: noted.collect() })
    }

    /// Whether this attempt of a dead incarnation, whose intent is on disk, has surely not arrived.
    pub fn rules_out(&self, node: NodeId, attempt: AttemptId) -> bool {
        self.node == Some(node) && !self.noted.contains(&attempt)
    }
}

/// This process's own file.
struct Recorder {
    /// `None`: it could not be made, and nothing is noted.
    file: Option<File>,
    taken: AtomicU64,
}

/// One lane's place.
pub struct Seat {
    recorder: Arc<Recorder>,
    at: Option<u64>,
}

impl Store {
    /// From here on this incarnation's flights are noted. What was read of the one before counts no more, so its attempts must be
    /// closed. Where the file can't be written nothing is noted, and what a crash leaves is uncertain.
    #[must_use]
    pub fn begin_flights(&self, node: NodeId) -> Seat {
        fault::point(Point::BeforeFlightsBegun);
        let file = file_beside(&self.inner.journal);
        let begun = boot().ok_or_else(|| io::Error::other("the system doesn't say which boot this is"));
        let file = begun.and_then(|boot| begin(&file, node, &boot)).inspect_err(|error| {
            tracing::warn!(%error, "the flight recorder can't be written: after a crash all that was on its way is uncertain");
        });
        let recorder = Recorder { file: file.ok(), taken: AtomicU64::new(0) };
        Seat { recorder: Arc::new(recorder), at: None }
    }
}

/// The file with the name of this incarnation and no notes. It is nobody's before it is this one's.
fn begin(path: &Path, node: NodeId, boot: &[u8; 36]) -> io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    file.write_all_at(&[0; BYTES], 0)?;
    file.write_all_at(&head_of(node, boot), 0)?;
    Ok(file)
}

fn head_of(node: NodeId, boot: &[u8; 36]) -> Vec<u8> {
    let mut head = [MAGIC.as_slice(), &node.0.to_le_bytes(), boot].concat();
    let sum = crc32(&head);
    head.extend(sum.to_le_bytes());
    head.resize(HEAD_BYTES, 0);
    head
}

/// Which boot of the machine this is.
fn boot() -> Option<[u8; 36]> {
    fs::read("/proc/sys/kernel/random/boot_id").ok()?.trim_ascii().try_into().ok()
}

impl Seat {
    /// Another place of the same file, for another lane, or because this one must keep what it says.
    #[must_use]
    pub fn another(&self) -> Self {
        let place = self.recorder.taken.fetch_add(1, Relaxed);
        let at = (place < PLACES).then(|| HEAD_BYTES as u64 + place * PLACE_BYTES as u64);
        if let (None, Some(file)) = (at, &self.recorder.file) {
            tracing::warn!("the flight recorder is full: after a crash all that was on its way is uncertain");
            if let Err(error) = file.write_all_at(&[0; HEAD_BYTES], 0) {
                tracing::error!(%error, "the flight recorder can't be struck out");
            }
        }
        Self { recorder: Arc::clone(&self.recorder), at }
    }

    /// Notes whose dot is written next from here.
    ///
    /// # Errors
    /// When the system doesn't take it. The dot must not be written then.
    pub fn note(&self, attempt: AttemptId) -> io::Result<()> {
        if fault::is_on(Switch::SkipDotNote) {
            return Ok(());
        }
        match (&self.recorder.file, self.at) {
            (Some(file), Some(at)) => file.write_all_at(&attempt.0.to_le_bytes(), at),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &[u8; 36] = b"6e0dbf0e-7a6b-4a53-9c52-0a3b6e1f2a11";

    fn seat(path: &Path, node: i64) -> Seat {
        let file = Some(begin(path, NodeId(node), BOOT).unwrap());
        Seat { recorder: Arc::new(Recorder { file, taken: AtomicU64::new(0) }), at: None }.another()
    }

    fn ruled_out(path: &Path, node: i64, attempt: i64) -> bool {
        let recorded = Recorded::of(&fs::read(path).unwrap(), BOOT).unwrap_or_default();
        recorded.rules_out(NodeId(node), AttemptId(attempt))
    }

    #[test]
    fn what_was_not_noted_is_ruled_out_of_that_incarnation_and_boot_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flights");
        let first = seat(&path, 7);
        let second = first.another();
        first.note(AttemptId(1)).unwrap();
        first.note(AttemptId(3)).unwrap();
        second.note(AttemptId(2)).unwrap();
        assert_eq!([1, 2, 3, 4].map(|attempt| ruled_out(&path, 7, attempt)), [true, false, false, true]);
        assert!(!ruled_out(&path, 6, 4), "of another incarnation it says nothing");
        let bytes = fs::read(&path).unwrap();
        assert!(Recorded::of(&bytes, b"00000000-7a6b-4a53-9c52-0a3b6e1f2a11").is_none(), "nor of another boot");
        assert!(Recorded::of(&bytes[..BYTES - 1], BOOT).is_none());
        for at in 0..HEAD_BYTES {
            let mut torn = bytes.clone();
            torn[at] ^= 1;
            assert!(Recorded::of(&torn, BOOT).is_none(), "byte {at}");
        }
        drop(seat(&path, 8));
        assert!(!ruled_out(&path, 7, 4) && ruled_out(&path, 8, 3));
    }

    #[test]
    fn a_lane_without_a_place_strikes_it_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flights");
        let mut seat = seat(&path, 7);
        for _ in 1..PLACES {
            seat = seat.another();
        }
        seat.note(AttemptId(9)).unwrap();
        assert!(ruled_out(&path, 7, 1) && !ruled_out(&path, 7, 9));
        seat.another().note(AttemptId(10)).unwrap();
        assert!(!ruled_out(&path, 7, 1));
    }
}

//! A checkpoint: what the tree was at one moment, in the form of C2SP's `tlog-checkpoint`, and the file of them.
//!
//! ```text
//! comity-4f1d…                                      whose log
//! 20852163                                          entries
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=      the tree's root
//! checkpoint 12                                     from 1 without gaps
//! seal 4711 q3J1…                                   the last seal, and its link
//! made 2027-03-01T09:00:00.000Z
//! ```
//!
//! The file is only added to. A signed number without a successor, or a gap, tells of one that was taken out; a checkpoint that
//! was begun when the power went is a piece of text between two others.

use super::{
    note::{NoteError, PublicKey, SIGNATURE_MARK},
    tree::Hash,
};
use crate::base::Instant;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::DateTime;
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// From 1 without gaps.
    pub number: i64,
    /// Entries in the tree.
    pub entries: u64,
    /// The tree's root.
    pub root: Hash,
    /// The last seal.
    pub seal: i64,
    /// Its link.
    pub chain: Hash,
    /// When it was signed.
    pub made_at: Instant,
}

/// One piece of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// It is signed by this key.
    Signed(Checkpoint),
    /// It isn't to be believed, for this reason.
    Doubtful(NoteError),
}

impl Checkpoint {
    /// The text to be signed.
    #[must_use]
    pub fn text(&self, origin: &str) -> String {
        let Self { number, entries, root, seal, chain, made_at } = self;
        let (root, chain) = (STANDARD.encode(root.0), STANDARD.encode(chain.0));
        format!("{origin}\n{entries}\n{root}\ncheckpoint {number}\nseal {seal} {chain}\nmade {made_at}\n")
    }

    /// From a note.
    ///
    /// # Errors
    /// When this key didn't sign it, or it says something else.
    pub fn open(note: &str, key: &PublicKey) -> Result<Self, NoteError> {
        Self::read(key.open(note)?, key.name()).ok_or(NoteError::Malformed)
    }

    fn read(text: &str, origin: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next()? == origin).then_some(())?;
        let entries = lines.next()?.parse().ok()?;
        let root = hash(lines.next()?)?;
        let number = lines.next()?.strip_prefix("checkpoint ")?.parse().ok()?;
        let (seal, chain) = lines.next()?.strip_prefix("seal ")?.split_once(' ')?;
        let made = DateTime::parse_from_rfc3339(lines.next()?.strip_prefix("made ")?).ok()?;
        let made_at = Instant::from_utc(made.into());
        Some(Self { number, entries, root, seal: seal.parse().ok()?, chain: hash(chain)?, made_at })
    }
}

fn hash(text: &str) -> Option<Hash> {
    Some(Hash(STANDARD.decode(text).ok()?.try_into().ok()?))
}

/// The notes in a file: a text, an empty line, a line with a signature each. What stands between them is left out.
pub fn notes(file: &str) -> impl Iterator<Item = &str> {
    let mut rest = file;
    std::iter::from_fn(move || {
        let signature = rest.find(&format!("\n\n{SIGNATURE_MARK}"))?;
        let line = signature + 2;
        let end = rest.get(line..)?.find('\n').map_or(rest.len(), |end| line + end + 1);
        let (head, tail) = (rest.get(..end)?, rest.get(end..)?);
        // After what was begun and not finished there is an empty line.
        let begin = rest.get(..signature)?.rfind("\n\n").map_or(0, |begin| begin + 2);
        rest = tail;
        Some(head.get(begin..)?.trim_start_matches('\n'))
    })
}

/// All of a file, in its order.
#[must_use]
pub fn records(file: &str, key: &PublicKey) -> Vec<Record> {
    notes(file).map(|note| Checkpoint::open(note, key).map_or_else(Record::Doubtful, Record::Signed)).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::note::SigningKey, *};
    use zeroize::Zeroizing;

    fn checkpoint(number: i64) -> Checkpoint {
        Checkpoint {
            number,
            entries: 40,
            root: Hash([1; 32]),
            seal: 12,
            chain: Hash([2; 32]),
            made_at: Instant::from_ms(1_800_000_000_123),
        }
    }

    #[test]
    fn a_file_gives_back_what_was_signed_and_passes_over_what_was_not_finished() {
        let key = SigningKey::new("comity-1", Zeroizing::new([7; 32])).unwrap();
        let note = |number| key.sign(&checkpoint(number).text("comity-1"));
        let signed = |number| Record::Signed(checkpoint(number));
        let whole = format!("{}\n{}\n{}\n", note(1), note(2), note(3));
        assert_eq!(records(&whole, key.public()), [signed(1), signed(2), signed(3)]);
        assert_eq!(records("", key.public()), []);
        // Wherever the power goes, the ones before and the one that is written next stand.
        let second = note(2);
        for cut in 0..second.len() - 1 {
            let Some(torn) = second.get(..cut) else { continue };
            let file = format!("{}\n{torn}\n\n{}\n", note(1), note(2));
            let found = records(&file, key.public());
            assert_eq!((found.first(), found.last()), (Some(&signed(1)), Some(&signed(2))), "cut at {cut}");
            assert!(found.iter().filter(|record| matches!(record, Record::Signed(_))).count() == 2, "cut at {cut}");
        }
    }

    #[test]
    fn another_key_or_another_log_is_not_believed() {
        let key = SigningKey::new("comity-1", Zeroizing::new([7; 32])).unwrap();
        let other = SigningKey::new("comity-2", Zeroizing::new([7; 32])).unwrap();
        let note = key.sign(&checkpoint(1).text("comity-1"));
        assert_eq!(Checkpoint::open(&note, other.public()), Err(NoteError::OtherKey("comity-1".to_owned())));
        let foreign = key.sign(&checkpoint(1).text("comity-2"));
        assert_eq!(Checkpoint::open(&foreign, key.public()), Err(NoteError::Malformed));
    }
}

//! Holds a database against its seals, its seals against each other, and both against what was signed.

use super::Book;
use crate::{
    audit::{
        Checkpoint, Hash, Head, Seal, Source,
        checkpoint::Record,
        note::{NoteError, PublicKey},
    },
    base::Instant,
    store::archive::{Archive, Row},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Sealed entries, by where they stand.
    pub entries: BTreeMap<Source, u64>,
    /// Seals, and the time of the first and of the last.
    pub seals: u64,
    /// When the first was made.
    pub first_at: Option<Instant>,
    /// When the last was made.
    pub last_at: Option<Instant>,
    /// Checkpoints that are signed and hold.
    pub checkpoints: u64,
    /// Up to where the last of them goes.
    pub covered: Option<Covered>,
    /// What no checkpoint proves yet.
    pub uncovered: Uncovered,
    /// Evidence of consents that was erased: its hash is left.
    pub erased: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// The last checkpoint that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// Its number.
    pub checkpoint: i64,
    /// When it was signed.
    pub made_at: Instant,
    /// The entries that it covers.
    pub entries: u64,
}

/// What no checkpoint proves yet.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Uncovered {
    /// Sealed entries.
    pub sealed: u64,
    /// Since when.
    pub since: Option<Instant>,
    /// Rows that are not sealed yet.
    pub unsealed: i64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum Fault {
    /// A row is not the one that was sealed, or was put in later.
    Changed {
        /// Where.
        source: Source,
        /// Which.
        row: i64,
        /// The time that it bears.
        at: Option<Instant>,
        /// The seal that has it otherwise.
        seal: i64,
        /// When that was made.
        sealed_at: Instant,
    },
    /// Rows that were sealed are gone.
    Gone {
        /// How many.
        count: usize,
        /// Between these numbers, each of their sources.
        between: BTreeMap<Source, (i64, i64)>,
        /// The seal that had them.
        seal: i64,
        /// When that was made.
        sealed_at: Instant,
    },
    /// A seal can't be read as one.
    NoSeal {
        /// Which.
        seal: i64,
    },
    /// Seals are missing between two others.
    SealsGone {
        /// From this one.
        from: i64,
        /// To this one.
        to: i64,
    },
    /// A seal doesn't follow from its leaves and the one before.
    Unlinked {
        /// Which.
        seal: i64,
        /// When it says that it was made.
        sealed_at: Instant,
    },
    /// There is no checkpoint to hold it against.
    NoCheckpoint,
    /// A checkpoint that nobody should believe.
    Doubtful {
        /// The last one before it that is signed.
        after: i64,
        /// Why.
        why: String,
    },
    /// Checkpoints are missing in their file.
    CheckpointsGone {
        /// From this one.
        from: i64,
        /// To this one.
        to: i64,
    },
    /// Checkpoints don't stand in the order of their numbers.
    OutOfOrder {
        /// This one stands where a later one should.
        checkpoint: i64,
    },
    /// The chain up to a seal is another one than was signed.
    Differs {
        /// The first checkpoint that signed another.
        checkpoint: i64,
        /// When.
        made_at: Instant,
        /// The entries that it signed.
        entries: u64,
        /// When the last one that agrees was signed, and the entries that stand.
        sound: Option<Covered>,
    },
    /// The database ends before what was signed: it was cut off, or is an older copy.
    Older {
        /// The first checkpoint that goes further.
        checkpoint: i64,
        /// When it was signed.
        made_at: Instant,
        /// The entries that it signed.
        entries: u64,
        /// The entries that there are.
        found: u64,
    },
}

/// Reads the whole database, and says what of it is proved. What isn't, is no error but a fault in the report.
///
/// # Errors
/// When the database or the file of checkpoints can't be read.
pub async fn verify(archive: &mut Archive, book: &Book, key: &PublicKey) -> anyhow::Result<Report> {
    let mut walk = Walk::default();
    let signed = walk.checkpoints(book, key, archive.last_checkpoint().await?.map_or(0, |(number, ..)| number))?;
    walk.signed = signed.iter().map(|checkpoint| (checkpoint.seal, checkpoint.clone())).collect();
    loop {
        let page = archive.seals(walk.last).await?;
        if page.is_empty() {
            break;
        }
        for (number, seal) in page {
            walk.seal(archive, number, seal).await?;
        }
    }
    walk.older(&signed);
    let last = archive.last_rows().await?;
    let head = walk.head.take().unwrap_or_else(Head::before_all);
    let unsealed = last.0.iter().map(|(source, last)| last - head.upto.of(*source).max(0)).sum();
    let mut report = walk.report;
    report.uncovered.unsealed = unsealed;
    report.uncovered.sealed = head.tree.size().saturating_sub(report.covered.map_or(0, |covered| covered.entries));
    Ok(report)
}

struct Walk {
    report: Report,
    /// The last seal's number; where the chain stands, unless that seal couldn't be read.
    last: i64,
    head: Option<Head>,
    /// By the seal that they signed.
    signed: BTreeMap<i64, Checkpoint>,
    differs: bool,
}

impl Default for Walk {
    fn default() -> Self {
        let report = Report {
            entries: BTreeMap::new(),
            seals: 0,
            first_at: None,
            last_at: None,
            checkpoints: 0,
            covered: None,
            uncovered: Uncovered::default(),
            erased: 0,
            faults: vec![],
        };
        Self { report, last: 0, head: Some(Head::before_all()), signed: BTreeMap::new(), differs: false }
    }
}

impl Walk {
    /// Those that are signed. What is wrong with the file is noted.
    fn checkpoints(&mut self, book: &Book, key: &PublicKey, noted: i64) -> anyhow::Result<Vec<Checkpoint>> {
        let records = book.read(key)?.unwrap_or_default();
        let (mut signed, mut last): (Vec<Checkpoint>, i64) = (vec![], 0);
        for record in records {
            match record {
                // Begun when the power went: the next one bears its number, or it is missed below.
                Record::Doubtful(NoteError::Malformed) => {}
                Record::Doubtful(why) => self.fault(Fault::Doubtful { after: last, why: why.to_string() }),
                Record::Signed(checkpoint) if checkpoint.number <= last => {
                    self.fault(Fault::OutOfOrder { checkpoint: checkpoint.number });
                }
                Record::Signed(checkpoint) => {
                    self.gap(last, checkpoint.number);
                    last = checkpoint.number;
                    signed.push(checkpoint);
                }
            }
        }
        self.gap(last, noted + 1);
        if signed.is_empty() {
            self.fault(Fault::NoCheckpoint);
        }
        Ok(signed)
    }

    fn gap(&mut self, last: i64, next: i64) {
        if last + 1 < next {
            self.fault(Fault::CheckpointsGone { from: last + 1, to: next - 1 });
        }
    }

    /// One seal, with the rows under it.
    async fn seal(&mut self, archive: &mut Archive, number: i64, seal: Option<Seal>) -> anyhow::Result<()> {
        if number != self.last + 1 {
            self.fault(Fault::SealsGone { from: self.last + 1, to: number - 1 });
            self.head = None;
        }
        self.last = number;
        let Some(Seal { head, leaves }) = seal else {
            self.fault(Fault::NoSeal { seal: number });
            self.head = None;
            return Ok(());
        };
        self.report.seals += 1;
        self.report.first_at.get_or_insert(head.sealed_at);
        self.report.last_at = Some(head.sealed_at);
        if let Some(before) = self.head.take() {
            let rows = rows_between(archive, &before, &head).await?;
            self.compare(&rows, &leaves, &before, &head);
            if before.seal(head.sealed_at, head.upto.clone(), leaves).head != head {
                self.fault(Fault::Unlinked { seal: number, sealed_at: head.sealed_at });
            }
        }
        self.against_checkpoint(&head);
        self.head = Some(head);
        Ok(())
    }

    /// The rows as they stand, against the leaves as they were.
    fn compare(&mut self, rows: &[(Source, Row)], leaves: &[Hash], before: &Head, head: &Head) {
        for (source, row) in rows {
            *self.report.entries.entry(*source).or_default() += 1;
            self.report.erased += u64::from(row.erased);
        }
        let found: Vec<Hash> = rows.iter().map(|(source, row)| row.leaf(*source)).collect();
        if found == leaves {
            return;
        }
        let (stand, were): (BTreeSet<&Hash>, BTreeSet<&Hash>) = (found.iter().collect(), leaves.iter().collect());
        let (seal, sealed_at) = (head.seal, head.sealed_at);
        let mut changed = 0;
        for ((source, row), _) in rows.iter().zip(&found).filter(|(_, leaf)| !were.contains(leaf)) {
            changed += 1;
            let at = row.at(*source);
            self.fault(Fault::Changed { source: *source, row: row.id, at, seal, sealed_at });
        }
        let gone = leaves.iter().filter(|leaf| !stand.contains(leaf)).count().saturating_sub(changed);
        if gone > 0 || changed == 0 {
            let between = Source::ALL.into_iter().filter_map(|source| {
                let (from, to) = (before.upto.of(source).max(0) + 1, head.upto.of(source));
                (from <= to).then_some((source, (from, to)))
            });
            self.fault(Fault::Gone { count: gone, between: between.collect(), seal, sealed_at });
        }
    }

    fn against_checkpoint(&mut self, head: &Head) {
        let Some(checkpoint) = self.signed.get(&head.seal) else {
            if self.report.uncovered.since.is_none() {
                self.report.uncovered.since = Some(head.sealed_at);
            }
            return;
        };
        let Checkpoint { number, entries, root, chain, made_at, .. } = *checkpoint;
        if self.differs {
            return;
        }
        if (entries, root, chain) == (head.tree.size(), head.tree.root(), head.chain) {
            self.report.checkpoints += 1;
            self.report.covered = Some(Covered { checkpoint: number, made_at, entries });
            self.report.uncovered.since = None;
        } else {
            self.differs = true;
            let sound = self.report.covered;
            self.fault(Fault::Differs { checkpoint: number, made_at, entries, sound });
        }
    }

    /// Whether anything was signed after the database ends.
    fn older(&mut self, signed: &[Checkpoint]) {
        let Some(Checkpoint { number, made_at, entries, .. }) = signed.iter().find(|signed| signed.seal > self.last)
        else {
            return;
        };
        let found = self.head.as_ref().map_or(0, |head| head.tree.size());
        let (checkpoint, made_at, entries) = (*number, *made_at, *entries);
        self.fault(Fault::Older { checkpoint, made_at, entries, found });
    }

    fn fault(&mut self, fault: Fault) {
        self.report.faults.push(fault);
    }
}

async fn rows_between(archive: &mut Archive, before: &Head, head: &Head) -> anyhow::Result<Vec<(Source, Row)>> {
    let mut all = vec![];
    for source in Source::ALL {
        let rows = archive.rows(source, before.upto.of(source)..head.upto.of(source)).await?;
        all.extend(rows.into_iter().map(|row| (source, row)));
    }
    Ok(all)
}

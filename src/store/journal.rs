//! The journal: where stops and receipts go while the database can't be written.
//!
//! A file of fixed size, made when all is well, so that a full disk can't refuse it: 1 MiB holds some 5,000 entries.
//! Each entry is `length, CRC-32, JSON`; a length of zero ends the list. An entry is written and synced before it is
//! acknowledged. When the database is back, everything is applied in one transaction, and only then is the first
//! length set to zero. A crash in between applies it again, which changes nothing: stops and receipts are idempotent.
//!
//! Invariant: while the journal isn't empty, every round of the writer begins by applying it; where that fails the round
//! fails, so that no permit is given over a stop that isn't in force.

use super::{
    StoreError,
    types::{Next, StopOrder},
};
use crate::{
    base::{AttemptId, Handle, Instant, PlanId},
    disk,
    fault::{self, Point},
    ledger::{Receipt, entry::StopVia},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// The file's size.
const BYTES: u64 = 1 << 20;
/// Length and checksum.
const HEAD_BYTES: usize = 8;

/// The file of the journal of a data directory.
#[must_use]
pub fn journal_in(data: &Path) -> PathBuf {
    data.join("journal")
}

/// One thing that must not be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum JournalEntry {
    /// See [`StopOrder`].
    Stop { customer: String, purpose: String, via: StopVia, plan: Option<PlanId>, at: Instant },
    /// What became of an attempt.
    Receipt { attempt: AttemptId, plan: PlanId, receipt: Receipt, next: Next, at: Instant },
}

impl JournalEntry {
    pub fn stop(order: &StopOrder) -> Self {
        let customer = u128::from_be_bytes(order.customer.0);
        Self::Stop {
            customer: format!("{customer:032x}"),
            purpose: order.purpose.clone(),
            via: order.via,
            plan: order.plan,
            at: order.at,
        }
    }

    /// The order again, where it is one.
    pub fn order(&self) -> Option<StopOrder> {
        let Self::Stop { customer, purpose, via, plan, at } = self else { return None };
        let customer = Handle(u128::from_str_radix(customer, 16).ok()?.to_be_bytes());
        Some(StopOrder { customer, purpose: purpose.clone(), via: *via, plan: *plan, at: *at })
    }
}

/// What everybody may see of the journal.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    entries: AtomicU64,
    since: AtomicI64,
}

impl Gauge {
    pub fn entries(&self) -> u64 {
        self.entries.load(Ordering::SeqCst)
    }

    pub fn since(&self) -> Instant {
        Instant::from_ms(self.since.load(Ordering::SeqCst))
    }
}

/// The open file.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    end: u64,
    entries: Vec<JournalEntry>,
    gauge: Arc<Gauge>,
}

impl Journal {
    /// Opens or makes the file, with its space reserved, and reads what waits.
    pub fn open(path: &Path, now: Instant) -> Result<Self, StoreError> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = file.map_err(|error| refused(path, &error))?;
        let reserve = || -> io::Result<()> {
            if file.metadata()?.len() < BYTES {
                // Written, not only allocated: on every file system the blocks are there afterwards.
                let from = file.metadata()?.len();
                let missing = usize::try_from(BYTES - from).unwrap_or(0);
                file.write_all_at(&vec![0; missing], from)?;
                file.sync_all()?;
            }
            // Each time: whoever made it may have died before this.
            disk::sync_folder(disk::folder_of(path))
        };
        reserve().map_err(|error| refused(path, &error))?;
        let mut journal = Self { file, path: path.to_owned(), end: 0, entries: Vec::new(), gauge: Arc::default() };
        journal.read().map_err(|error| refused(path, &error))?;
        journal.show(now);
        Ok(journal)
    }

    /// The same where it was made before. A place without one never held a database that was open.
    pub fn existing(path: &Path, now: Instant) -> Result<Option<Self>, StoreError> {
        if path.exists() { Self::open(path, now).map(Some) } else { Ok(None) }
    }

    /// For everybody.
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }

    /// What waits, oldest first.
    pub fn entries(&self) -> &[JournalEntry] {
        &self.entries
    }

    /// Adds an entry; on disk when this returns.
    pub fn append(&mut self, entry: JournalEntry, now: Instant) -> Result<(), StoreError> {
        let body = serde_json::to_vec(&entry).map_err(|error| self.failed(&error.to_string()))?;
        let length = u32::try_from(body.len()).map_err(|error| self.failed(&error.to_string()))?;
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(crc32(&body).to_le_bytes());
        bytes.extend(&body);
        let next = self.end + bytes.len() as u64;
        if next + HEAD_BYTES as u64 > BYTES {
            return Err(self.failed("it is full"));
        }
        // The end mark first, then the entry in front of it, all in one write: a torn one fails its checksum.
        bytes.extend([0; HEAD_BYTES]);
        fault::point(Point::BeforeJournalWrite);
        let written = self.file.write_all_at(&bytes, self.end).and_then(|()| self.file.sync_data());
        written.map_err(|error| refused(&self.path, &error))?;
        fault::point(Point::AfterJournalWrite);
        self.end = next;
        self.entries.push(entry);
        self.show(now);
        Ok(())
    }

    /// After the commit that applied everything.
    pub fn clear(&mut self, now: Instant) -> Result<(), StoreError> {
        fault::point(Point::BeforeJournalCleared);
        // What was said stays nowhere. The first length first: a zero ends the list, whatever a crash leaves behind it.
        let blank = vec![0; usize::try_from(self.end).unwrap_or(0)];
        let (first, rest) = blank.split_at(HEAD_BYTES.min(blank.len()));
        let cleared = self
            .file
            .write_all_at(first, 0)
            .inspect(|()| fault::point(Point::InJournalClearing))
            .and_then(|()| self.file.write_all_at(rest, HEAD_BYTES as u64))
            .and_then(|()| self.file.sync_data());
        cleared.map_err(|error| refused(&self.path, &error))?;
        fault::point(Point::AfterJournalCleared);
        self.end = 0;
        self.entries.clear();
        self.show(now);
        Ok(())
    }

    fn read(&mut self) -> io::Result<()> {
        loop {
            let mut head = [0; HEAD_BYTES];
            if self.end + HEAD_BYTES as u64 > BYTES {
                return Ok(());
            }
            self.file.read_exact_at(&mut head, self.end)?;
            let (Some(length), Some(sum)) = (head.first_chunk(), head.last_chunk()) else { return Ok(()) };
            let (length, sum) = (u32::from_le_bytes(*length), u32::from_le_bytes(*sum));
            let body_at = self.end + HEAD_BYTES as u64;
            if length == 0 || body_at + u64::from(length) > BYTES {
                return Ok(());
            }
            let mut body = vec![0; length as usize];
            self.file.read_exact_at(&mut body, body_at)?;
            // A torn entry was never acknowledged; it is the last one.
            let Some(entry) = (crc32(&body) == sum).then(|| serde_json::from_slice(&body).ok()).flatten() else {
                return Ok(());
            };
            self.entries.push(entry);
            self.end = body_at + u64::from(length);
        }
    }

    fn show(&self, now: Instant) {
        if self.gauge.entries() == 0 {
            self.gauge.since.store(now.ms(), Ordering::SeqCst);
        }
        self.gauge.entries.store(self.entries.len() as u64, Ordering::SeqCst);
    }

    fn failed(&self, why: &str) -> StoreError {
        StoreError::Journal { path: self.path.clone(), why: why.to_owned() }
    }
}

fn refused(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Journal { path: path.to_owned(), why: error.to_string() }
}

/// CRC-32 as in ISO 3309, bit by bit: entries are short.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_checksum_is_the_standard_one() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}

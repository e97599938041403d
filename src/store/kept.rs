//! What must outlive the database: stops, withdrawals, objections and erasures, in a file of lines outside it.
//!
//! Whoever restores last week's back-up must not write to those who said no since then, nor bring back who was erased. So each
//! such word is a line here, on disk before it is committed, and the database says up to which line it knows them. One that
//! knows fewer was restored: the lines after that are applied before anything else is done. It names people by keyed hashes and by
//! the names in links, never by an address.
//!
//! Promise: the file holds every such word that was answered while it could be written. Where it can't, a stop is a stop all the
//! same: that is logged, and the line follows as soon as it can.
//!
//! Not promised: that a yes after a no comes back with an older database. Nobody is written to who may not want it; they can
//! say it again.

use super::{
    StoreError, bars,
    consents::{NewConsent, consents_of, is_refused},
    customers,
    database::{Row, query},
    erase, keystore, marks,
    plan_rows::instant,
    round::Desk,
    sealing::{StoredCustomer, fixed, name, parse},
    statements::{
        kept::{ALL_BARS, ALL_ERASED, ALL_REFUSED, ALL_WITHDRAWN},
        people::{CUSTOMER_BY_ID, SUPPRESS},
    },
};
use crate::{
    base::{BlindIndex, CustomerId, Handle, Instant, hex, unhex},
    disk,
    fault::{self, Point},
    ledger::{Act, ErasedVia},
    people::{BarWord, ConsentKind, SuppressionReason, bar::BarEntry, consent::ConsentMethod},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The file in its folder.
const FILE: &str = "stops.jsonl";
/// What a replayed withdrawal names as its source.
const SOURCE: &str = "kept outside the database";

/// One word that must not be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "said")]
pub(super) enum Word {
    /// A mailbox refused a purpose, or with `""` all.
    Stopped { mailbox: String, purpose: String, reason: SuppressionReason, at: Instant },
    /// A person withdrew.
    Withdrawn { customer: String, purpose: String, method: ConsentMethod, at: Instant },
    /// A person objected, or what else stops messages whatever they agreed to.
    Barred { customer: String, word: BarWord, purpose: Option<String>, at: Instant },
    /// A person was erased. Where this was written anew, what their mailbox refuses is a word of its own.
    Erased { customer: String, mailbox: Option<String>, names: Vec<String>, via: ErasedVia, at: Instant },
}

impl Word {
    pub fn stopped(mailbox: BlindIndex, purpose: &str, reason: SuppressionReason, at: Instant) -> Self {
        Self::Stopped { mailbox: hex(&mailbox.0), purpose: purpose.to_owned(), reason, at }
    }

    pub fn erased(customer: Handle, mailbox: BlindIndex, names: &[BlindIndex], via: ErasedVia, at: Instant) -> Self {
        let names = names.iter().map(|name| hex(&name.0)).collect();
        Self::Erased { customer: hex(&customer.0), mailbox: Some(hex(&mailbox.0)), names, via, at }
    }
}

#[derive(Serialize, Deserialize)]
struct Numbered {
    number: i64,
    #[serde(flatten)]
    word: Word,
}

/// The file, and what is to go into it with the present transaction.
pub(super) struct KeptOutside {
    /// None: this is a copy, and nothing is kept.
    path: Option<PathBuf>,
    /// By which name the database knows how far it knows this file: each node has its own.
    mark: String,
    /// The lines that were found, until it is clear which of them the database knows.
    found: Vec<Numbered>,
    last: i64,
    /// What committed transactions said, and could not be written yet.
    waiting: Vec<Word>,
    /// What the present one says.
    said: Vec<Word>,
    /// Whether this process saw to it that the file's name is on disk.
    is_named: bool,
    is_away: bool,
}

impl KeptOutside {
    /// Reads the file in this folder; makes nothing yet.
    ///
    /// # Errors
    /// When it is there and can't be read: what it holds may be all that is known of a stop, so nothing may be sent.
    pub fn open(folder: Option<PathBuf>, home: &str) -> Result<Self, StoreError> {
        let path = folder.map(|folder| folder.join(FILE));
        let found = path.as_deref().map_or_else(|| Ok(Vec::new()), read)?;
        let last = found.last().map_or(0, |line| line.number);
        let mark = mark_of(home);
        Ok(Self { path, mark, found, last, waiting: Vec::new(), said: Vec::new(), is_named: false, is_away: false })
    }

    /// Says it with the commit of the present transaction.
    pub fn note(&mut self, word: Word) {
        if self.path.is_some() {
            self.said.push(word);
        }
    }

    /// What was said in a transaction that was taken back.
    pub fn forget(&mut self) {
        self.said.clear();
    }

    /// How many words the present transaction has said so far.
    pub const fn said_so_far(&self) -> usize {
        self.said.len()
    }

    /// What a part of it said that was taken back: all but the first so many.
    pub fn forget_after(&mut self, said: usize) {
        self.said.truncate(said);
    }

    /// The lines after this number. What was found at the opening is given once; after that the file is read again.
    fn after(&mut self, number: i64) -> Result<Vec<Word>, StoreError> {
        let mut found = std::mem::take(&mut self.found);
        if found.is_empty()
            && self.last > number
            && let Some(path) = &self.path
        {
            found = read(path)?;
        }
        Ok(found.into_iter().filter(|line| line.number > number).map(|line| line.word).collect())
    }

    /// Writes what waits; on disk when this returns. Gives the last number, where anything was written.
    fn write(&mut self) -> Option<i64> {
        let path = self.path.clone()?;
        self.waiting.append(&mut self.said);
        if self.waiting.is_empty() {
            return None;
        }
        fault::point(Point::BeforeKeptLine);
        match self.append(&path) {
            Ok(last) => {
                fault::point(Point::AfterKeptLine);
                self.last = last;
                self.is_named = true;
                self.waiting.clear();
                self.is_away = false;
                Some(last)
            }
            Err(error) => {
                if !self.is_away {
                    tracing::error!(path = %path.display(), %error, "stops can't be kept outside the database; they hold here");
                }
                self.is_away = true;
                None
            }
        }
    }

    fn append(&self, path: &Path) -> io::Result<i64> {
        let mut bytes = Vec::new();
        let mut number = self.last;
        for word in &self.waiting {
            number += 1;
            serde_json::to_writer(&mut bytes, &Numbered { number, word: word.clone() })?;
            bytes.push(b'\n');
        }
        let folder = disk::folder_of(path);
        // Also where a process that died made it: nobody knows how far that came.
        let is_new = !self.is_named || !path.exists();
        if is_new {
            disk::make_folder(folder, 0o700)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        // A torn line before it ends here.
        if file.metadata()?.len() > 0 {
            file.write_all(b"\n")?;
        }
        file.write_all(&bytes)?;
        file.sync_data()?;
        if is_new {
            disk::sync_folder(folder)?;
        }
        Ok(number)
    }
}

/// All lines of the file; none where there is no such file.
fn read(path: &Path) -> Result<Vec<Numbered>, StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(StoreError::Unusable { database: path.display().to_string(), why: error.to_string() });
        }
    };
    let lines = text.lines().filter(|line| !line.is_empty());
    let (read, torn): (Vec<_>, Vec<_>) = lines.map(serde_json::from_str::<Numbered>).partition(Result::is_ok);
    if !torn.is_empty() {
        // One that a power cut tore was never answered.
        tracing::warn!(path = %path.display(), lines = torn.len(), "lines of what was kept outside the database are torn");
    }
    Ok(read.into_iter().flatten().collect())
}

impl Desk {
    /// Before a commit: what was said is on disk outside, and the database knows up to where.
    pub async fn keep(&mut self) -> Result<(), StoreError> {
        match self.kept.write() {
            Some(last) => mark(self, last).await,
            None => Ok(()),
        }
    }
}

/// The mark of the file of the node that works from there.
pub(super) fn mark_of(home: &str) -> String {
    format!("kept {home}").trim_end().to_owned()
}

async fn mark(desk: &mut Desk, last: i64) -> Result<(), StoreError> {
    let name = desk.kept.mark.clone();
    marks::set(desk.database.alone().await?, &name, last).await
}

/// Brings database and file to one state, in a transaction of its own: before anything else is done, and with every new link to a
/// server, which may be another one that lacks what was committed last.
pub(super) async fn agree(desk: &mut Desk) -> Result<(), StoreError> {
    if desk.kept.path.is_none() {
        return Ok(());
    }
    let name = desk.kept.mark.clone();
    let known = marks::read(desk.database.alone().await?, &name).await?.unwrap_or(0);
    let news = desk.kept.after(known)?;
    if desk.kept.last == known {
        return Ok(());
    }
    // Each may take one.
    let erasures = news.iter().filter(|word| matches!(word, Word::Erased { .. })).count();
    keystore::make_ready(desk, erasures).await?;
    desk.database.begin().await?;
    let done = if desk.kept.last < known { write_anew(desk, known).await } else { replay(desk, news).await };
    let done = match done {
        Ok(()) => desk.database.commit().await,
        Err(error) => Err(error),
    };
    if done.is_err() {
        desk.give_up().await;
    }
    desk.ready.end_round();
    done
}

/// The file is gone or an older one: all that stands goes into it.
async fn write_anew(desk: &mut Desk, known: i64) -> Result<(), StoreError> {
    tracing::warn!("the file of stops outside the database is gone or an older one: it is written anew");
    for row in query(ALL_REFUSED).fetch_all(desk.database.alone().await?).await? {
        let mailbox = BlindIndex(fixed(&row, "mailbox")?);
        let purpose: String = row.try_get("purpose")?;
        desk.kept.note(Word::stopped(mailbox, &purpose, parse(&row, "reason")?, instant(&row, "at")?));
    }
    for row in query(ALL_WITHDRAWN).fetch_all(desk.database.alone().await?).await? {
        let (purpose, method, at) = (row.try_get("purpose")?, parse(&row, "method")?, instant(&row, "at")?);
        desk.kept.note(Word::Withdrawn { customer: handle_of(&row)?, purpose, method, at });
    }
    for row in query(ALL_BARS).fetch_all(desk.database.alone().await?).await? {
        let BarEntry { word, purpose, at, .. } = bars::entry(&row)?;
        desk.kept.note(Word::Barred { customer: handle_of(&row)?, word, purpose, at });
    }
    for row in query(ALL_ERASED).fetch_all(desk.database.alone().await?).await? {
        let names: String = row.try_get("names")?;
        let names = names.split_terminator(',').map(str::to_lowercase).collect();
        let (customer, via, at) = (handle_of(&row)?, parse(&row, "via")?, instant(&row, "at")?);
        desk.kept.note(Word::Erased { customer, mailbox: None, names, via, at });
    }
    desk.kept.last = known;
    desk.keep().await
}

/// The database is an older one: what was said since then holds again.
async fn replay(desk: &mut Desk, news: Vec<Word>) -> Result<(), StoreError> {
    let words = u64::try_from(news.len()).unwrap_or(u64::MAX);
    for word in news {
        apply(desk, word).await?;
    }
    // What was applied stands in the file already.
    desk.kept.forget();
    mark(desk, desk.kept.last).await?;
    tracing::warn!(words, "the database did not know all that people said: it holds again");
    fault::point(Point::AfterWordsReplayed);
    desk.note(Act::Replayed { words })
}

async fn apply(desk: &mut Desk, word: Word) -> Result<(), StoreError> {
    match word {
        Word::Stopped { mailbox, purpose, reason, at } => {
            let Some(mailbox) = unhex::<32>(&mailbox) else { return Ok(()) };
            query(SUPPRESS)
                .bind(mailbox.as_slice())
                .bind(purpose)
                .bind(name(&reason))
                .bind(at.ms())
                .execute(desk.database.alone().await?)
                .await?;
        }
        Word::Withdrawn { customer, purpose, method, at } => {
            let Some(customer) = by_handle(desk, &customer).await? else { return Ok(()) };
            let histories = consents_of(desk.database.alone().await?, customer).await?;
            if !is_refused(&histories, &purpose) {
                let kind = ConsentKind::Withdrawn;
                let (purpose, source) = (purpose.as_str(), SOURCE);
                let row = NewConsent { purpose, kind, method, at, source, language: None, expires_at: None };
                row.write(desk, customer).await?;
            }
        }
        Word::Barred { customer, word, purpose, at } => {
            let Some(customer) = by_handle(desk, &customer).await? else { return Ok(()) };
            let source = SOURCE.to_owned();
            let evidence = super::entry::Evidence::default();
            let _ = bars::add(desk, &bars::NewBar { customer, word, purpose, at, source, evidence }).await?;
        }
        Word::Erased { customer, mailbox, names, via, at } => {
            let names = names.iter().filter_map(|name| unhex(name).map(BlindIndex)).collect::<Vec<_>>();
            let known = by_handle(desk, &customer).await?;
            let mailbox = mailbox.as_deref().and_then(unhex).map(BlindIndex);
            erase::again(desk, known, unhex(&customer).map(Handle), (mailbox, &names), via, at).await?;
        }
    }
    Ok(())
}

async fn by_handle(desk: &mut Desk, handle: &str) -> Result<Option<CustomerId>, StoreError> {
    let Some(handle) = unhex(handle).map(Handle) else { return Ok(None) };
    Ok(customers::by_handle(desk, handle).await?.map(|customer| customer.id))
}

fn handle_of(row: &Row) -> Result<String, StoreError> {
    Ok(hex(&fixed::<16>(row, "handle")?))
}

/// The name of a customer in lines. `None` where there is none any more.
pub(super) async fn written_name(desk: &mut Desk, customer: CustomerId) -> Result<Option<String>, StoreError> {
    let asked = query(CUSTOMER_BY_ID).bind(customer.0);
    let row = asked.fetch_optional(desk.database.alone().await?).await?;
    Ok(row.map(|row| StoredCustomer::read(&row)).transpose()?.map(|customer| hex(&customer.handle.0)))
}

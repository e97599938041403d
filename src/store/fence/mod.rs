//! The fence: a database that is older than what was done with it sends nothing until a person has said how to go on.
//!
//! Whoever restores last week's back-up has plans in it that left since then. So beside the file of stops lies a small one that
//! says how far the database had come, and every opening compares. The database counts with each transaction after which bodies may be
//! written, under a name for each data directory; and every beat raises its clock mark. The note holds both, and is written *after*
//! the commit: it is never ahead of what the database was told to keep, so that no crash makes a false alarm. And it is written *before*
//! an intent is answered: no body leaves that it doesn't know of.
//!
//! | noticed | what it costs |
//! |---|---|
//! | anything that left after the back-up, also milliseconds after it | one row more in the transaction of the intents, one `pwrite` after it, for all of the round |
//! | a back-up older than a beat, though nothing left since | a `pwrite` and an `fdatasync` with each beat |
//!
//! Where several nodes share a database each has its own note and its own count, and compares with its own: one that was away while others
//! worked is not behind. The comparison is made again with every new link to a server, before the first round over it: after a
//! failover to a standby that lacks what was committed last, and after a point-in-time recovery.
//!
//! Found behind, sending is halted in a transaction of its own, before anything can be claimed; stops, pages and imports go on. A
//! person lifts it, and chooses: what was due by the time to which the lost database had come is never sent (the gate refuses it, be it
//! planned already or anew), or is sent, perhaps a second time. That word stands in the database with its time, so that the other nodes' notes
//! of before it are not held against it.
//!
//! Not promised · What left within the last beat, where the power of *this* machine is lost together with the database: a note is on disk
//! with the next beat. · Anything, where the note is restored together with the database, as by a snapshot of the whole machine,
//! or is deleted: so the folder is worth a disk of its own. · A halt where the note can't be written: sending goes on, and that is logged. · An
//! alarm about another node's messages, before that node starts or links again.

mod file;

use super::{
    Store, StoreError,
    database::{Link, query, query_as},
    kept, marks,
    round::Desk,
    statements::{
        fence::{AT_STAKE, FENCE_MARKS, NOTE_RESTORED, RESTORED},
        marks::RAISE_MARK,
    },
    stop,
};
use crate::{
    base::{Instant, hex},
    fault::{self, Point},
    gate::facts::HaltCause,
    ledger::Act,
};
use file::{Found, Note, NoteFile};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// What stands in the database.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// The latest instant seen; 0: none.
    pub seen: i64,
    restored: i64,
    sent: i64,
}

/// What the present transaction adds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pending {
    marks: Option<Marks>,
    sent: Option<i64>,
}

/// See the module.
pub(super) struct Fence {
    /// None: this is a copy, and nothing is noted.
    file: Option<NoteFile>,
    name: String,
    /// The last note; none before the first.
    note: Option<Note>,
    is_torn: bool,
    /// How many notes were written.
    turn: u64,
    pending: Pending,
    standing: Standing,
    is_away: bool,
}

/// How the database stands to the note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// There was nothing to hold against it.
    Anew,
    /// It has come as far.
    Level,
    /// It is behind: the note stays as it is until a person has said how to go on.
    Behind,
}

/// What a comparison says.
enum Compared {
    /// There is nothing to hold against the database: no note, or one of before a person's word.
    Anew,
    Level,
    Behind {
        came_to: Instant,
        why: &'static str,
    },
}

impl Fence {
    /// Reads what stands there; makes nothing yet.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn open(folder: Option<&Path>, home: &str) -> Result<Self, StoreError> {
        let file = folder.map(NoteFile::in_folder);
        let (note, is_torn) = match file.as_ref().map(NoteFile::read).transpose()? {
            None | Some(Found::Nothing) => (None, false),
            Some(Found::Note(note)) => (Some(note), false),
            Some(Found::Torn) => (None, true),
        };
        // A path may be longer than a note.
        let digest: [u8; 8] = Sha256::digest(home).first_chunk().copied().unwrap_or_default();
        let name = format!("sent {}", hex(&digest));
        let turn = note.as_ref().map_or(0, |note| note.turn);
        let (pending, standing) = (Pending::default(), Standing::Anew);
        Ok(Self { file, name, note, is_torn, turn, pending, standing, is_away: false })
    }

    /// Whether the database is surely the one with which this node worked last, as far as it had come.
    pub fn is_level(&self) -> bool {
        self.standing == Standing::Level
    }

    /// What the present transaction has said so far.
    pub const fn said_so_far(&self) -> Pending {
        self.pending
    }

    /// What a part of it said was taken back.
    pub const fn forget_after(&mut self, said: Pending) {
        self.pending = said;
    }

    /// All that it said was.
    pub fn forget(&mut self) {
        self.pending = Pending::default();
    }

    fn compare(&self, marks: Marks, now: Instant) -> Compared {
        let Some(note) = &self.note else {
            let why = "what says how far the database had come can't be read";
            return if self.is_torn { Compared::Behind { came_to: now, why } } else { Compared::Anew };
        };
        let came_to = note.at;
        if note.restored < marks.restored {
            Compared::Anew
        } else if marks.sent < note.sent {
            Compared::Behind { came_to, why: "messages left that the database doesn't know of" }
        } else if marks.seen < note.seen || marks.restored < note.restored {
            Compared::Behind { came_to, why: "the database is older than the last sign of life" }
        } else {
            Compared::Level
        }
    }

    /// From here on the note says what the database does.
    fn begin(&mut self, marks: Marks, now: Instant) {
        self.note = None;
        self.pending = Pending { marks: Some(marks), sent: None };
        self.committed(now);
    }

    /// The count that goes into the database with the present transaction, under its name.
    fn next(&mut self) -> Option<(String, i64)> {
        self.file.as_ref()?;
        let next = self.note.as_ref().map_or(0, |note| note.sent).saturating_add(1);
        self.pending.sent = Some(next);
        Some((self.name.clone(), next))
    }

    /// Whether the present transaction is to be noted.
    pub const fn says_anything(&self) -> bool {
        self.pending.marks.is_some() || self.pending.sent.is_some()
    }

    /// What the transaction said is committed: it is noted before anybody is answered.
    pub fn committed(&mut self, now: Instant) {
        let Pending { marks, sent } = std::mem::take(&mut self.pending);
        let note = self.note.take();
        // Of before a person's word, it is held against nothing any more.
        let note = note.filter(|note| marks.is_none_or(|marks| marks.restored <= note.restored));
        let is_anew = note.is_none();
        // What the beats say of an older database is no news.
        let marks = marks.filter(|_| is_anew || self.standing != Standing::Behind);
        if marks.is_none() && sent.is_none() {
            self.note = note;
            return;
        }
        if is_anew && self.standing == Standing::Behind {
            self.standing = Standing::Anew;
        }
        let Marks { seen, restored, sent: counted } = match (marks, &note) {
            (Some(marks), None) => marks,
            (Some(marks), Some(note)) => Marks { seen: marks.seen, restored: note.restored, sent: note.sent },
            (None, Some(note)) => Marks { seen: note.seen, restored: note.restored, sent: note.sent },
            (None, None) => Marks::default(),
        };
        self.turn = self.turn.saturating_add(1);
        let (turn, name) = (self.turn, self.name.clone());
        let note = Note { turn, name, restored, seen, sent: sent.unwrap_or(counted), at: now };
        self.write(&note, marks.is_some());
        fault::point(Point::AfterFenceNote);
        self.note = Some(note);
    }

    fn write(&mut self, note: &Note, is_beat: bool) {
        let Some(file) = &mut self.file else { return };
        match file.write(note).and_then(|()| if is_beat { file.sync() } else { Ok(()) }) {
            Ok(()) => self.is_away = false,
            Err(error) => {
                if !self.is_away {
                    tracing::error!(%error, "how far the database has come can't be noted outside it");
                }
                self.is_away = true;
            }
        }
    }
}

/// Bodies may be written after this transaction: the database counts it.
pub(super) fn count(desk: &mut Desk) {
    if let Some((name, count)) = desk.fence.next() {
        desk.database.say(query(RAISE_MARK).bind(name).bind(count));
    }
}

/// With a beat: how far the database has come.
pub(super) async fn beat(desk: &mut Desk) -> Result<Marks, StoreError> {
    let name = desk.fence.name.clone();
    let marks = stands(desk, &name).await?;
    desk.fence.pending.marks = desk.fence.file.as_ref().map(|_| marks);
    Ok(marks)
}

/// After a new link to a server, which may be another one that lacks what was committed last.
pub(super) async fn meet(desk: &mut Desk) -> Result<(), StoreError> {
    if desk.database.is_another().await? {
        kept::agree(desk).await?;
        compare(desk).await?;
        desk.database.was_met();
    }
    Ok(())
}

/// Compares the database with the note, in a transaction of its own: before anything else is done.
pub(super) async fn compare(desk: &mut Desk) -> Result<(), StoreError> {
    if desk.fence.file.is_none() {
        return Ok(());
    }
    let own = desk.fence.name.clone();
    // A machine that is called otherwise counts under another name from now on.
    let noted = desk.fence.note.as_ref().map_or_else(|| own.clone(), |note| note.name.clone());
    let (known, now) = (stands(desk, &noted).await?, desk.clock.now());
    let compared = desk.fence.compare(known, now);
    desk.fence.standing = match &compared {
        Compared::Anew => Standing::Anew,
        Compared::Level => Standing::Level,
        Compared::Behind { .. } => Standing::Behind,
    };
    match compared {
        Compared::Level if noted == own => Ok(()),
        Compared::Level | Compared::Anew => {
            let known = stands(desk, &own).await?;
            desk.fence.begin(known, now);
            Ok(())
        }
        Compared::Behind { came_to, why } => hold(desk, known, came_to, why).await,
    }
}

async fn hold(desk: &mut Desk, known: Marks, came_to: Instant, why: &'static str) -> Result<(), StoreError> {
    desk.database.begin().await?;
    let held = match halt(desk, known, came_to, why).await {
        Ok(()) => desk.commit().await,
        Err(error) => Err(error),
    };
    if held.is_err() {
        desk.give_up().await;
    }
    desk.ready.end_round();
    held
}

async fn halt(desk: &mut Desk, known: Marks, came_to: Instant, why: &'static str) -> Result<(), StoreError> {
    // The permits that it takes back are those of a life that nobody remembers.
    let _ = stop::halt(desk, HaltCause::Restored, why).await?;
    let note = query(NOTE_RESTORED).bind(known.seen).bind(came_to.ms());
    note.execute(desk.database.alone().await?).await?;
    Ok(())
}

async fn stands(desk: &mut Desk, name: &str) -> Result<Marks, StoreError> {
    let asked = query_as(FENCE_MARKS).bind(name);
    let found: Vec<(String, i64)> = asked.fetch_all(desk.database.alone().await?).await?;
    let of = |name: &str| found.iter().find(|(found, _)| found == name).map_or(0, |(_, at)| *at);
    Ok(Marks { seen: of(marks::CLOCK), restored: of("restored"), sent: of(name) })
}

/// What is to become of messages that may have left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterRestore {
    /// They are never sent.
    Skip,
    /// They are sent, perhaps a second time.
    Send,
}

/// That the database is an older one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// When that was found.
    pub since: Instant,
    /// The last sign of life that it knows; `None`: none.
    pub knows_to: Option<Instant>,
    /// The last sign of life that there was.
    pub came_to: Instant,
    /// Messages that are due now, were due by then, and may have left already.
    pub messages: u64,
}

impl Store {
    /// Whether sending is halted because the database is an older one, and what is at stake.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn restored(&self) -> Result<Option<Restored>, StoreError> {
        restored(&mut self.reader().await?, self.inner.clock.now()).await
    }

    /// Lifts that halt by a person's word. `None`, where there is none.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn resume_restored(&self, choice: AfterRestore) -> Result<Option<Restored>, StoreError> {
        let restored = self.change(move |desk| Box::pin(accept(desk, choice))).await?;
        if restored.is_some() {
            self.wake_held().await?;
        }
        Ok(restored)
    }
}

async fn restored(link: &mut Link, now: Instant) -> Result<Option<Restored>, StoreError> {
    let found: Option<(i64, Option<i64>, Option<i64>)> = query_as(RESTORED).fetch_optional(link).await?;
    let Some((since, knows_to, came_to)) = found else { return Ok(None) };
    let came_to = came_to.unwrap_or(since);
    let messages: i64 = query_as(AT_STAKE).bind(came_to).bind(now.ms()).fetch_one(link).await?;
    Ok(Some(Restored {
        since: Instant::from_ms(since),
        knows_to: knows_to.filter(|at| *at > 0).map(Instant::from_ms),
        came_to: Instant::from_ms(came_to),
        messages: u64::try_from(messages).unwrap_or_default(),
    }))
}

async fn accept(desk: &mut Desk, choice: AfterRestore) -> Result<Option<Restored>, StoreError> {
    let (now, name) = (desk.clock.now(), desk.fence.name.clone());
    let Some(restored) = restored(desk.database.alone().await?, now).await? else { return Ok(None) };
    let known = stands(desk, &name).await?;
    let noted = desk.fence.note.as_ref().map_or(0, |note| note.restored);
    // Later than every word that was said before, in this database or in the one that is lost.
    let word = now.ms().max(known.restored.max(noted).saturating_add(1));
    marks::raise(desk.database.alone().await?, "restored", word).await?;
    if choice == AfterRestore::Skip {
        marks::raise(desk.database.alone().await?, "skipped", restored.came_to.ms()).await?;
    }
    stop::resume(desk, HaltCause::Restored).await?;
    desk.note(Act::WentOn { came_to: restored.came_to, skips: choice == AfterRestore::Skip })?;
    desk.fence.pending.marks = Some(Marks { restored: word, ..known });
    Ok(Some(restored))
}

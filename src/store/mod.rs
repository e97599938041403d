//! The database. SQL stands here and nowhere else.
//!
//! One writer, many readers. All writes go through [`Store`]'s writer, which takes what has gathered (stops first,
//! then receipts, intents, permits), does it in one transaction and answers after the commit: the disk is waited for
//! once per group, not once per message. Reads have connections of their own that can't write.
//!
//! SQLite or PostgreSQL. On a server several nodes may share a database: their rounds take turns, so that what one looks at no
//! other changes before it has decided; see `statements::control` and `node`.
//!
//! A plan's way through here: [`Store::claim`] → [`Store::permit`] → [`Store::intent`] → [`Store::receipt`]. What a row
//! says about a person is sealed; see `base::sealed`.
//!
//! | to read about | begin with |
//! |---|---|
//! | the writer, and what travels in one transaction | `writer`, `round`, `conversation` |
//! | what the gate sees | `evidence`, `besides` |
//! | a record that changes, and its plans | `records`, `replan` |
//! | objections, restrictions, who is a child | `bars` |
//! | stops, halts, dead owners, a doubted clock | `stop`, `node`, `watch`, `journal` |
//! | an older database in the place of the last | `kept`, `fence` |
//! | what had left when a process died | `intent`, `flight_recorder` |
//! | what people say before messages leave | `approvals`, `runs` |
//! | what is sealed, and read again to verify it | `seals`, [`archive`] |
//! | each statement, for both databases | [`statements`] |
//! | where the two differ in more than text | `database`, `schema`, `conversation` |
//! | an installation that moves from files to a server | `moving` |
//!
//! Invariant: every update is conditional on the state, and where there is one the epoch, that its caller saw; an answer
//! that comes too late changes nothing.

pub mod archive;
pub mod calendar;
pub mod error;
pub mod notices;
pub mod statements;
pub mod types;

mod address_changes;
mod answer;
mod api_keys;
mod approvals;
mod asked;
mod bars;
pub mod batches;
mod besides;
mod book;
mod bulk;
mod cap_keys;
mod cards;
pub mod catalogue;
mod claim;
mod consents;
mod database;
mod away;
mod conversation;
mod customers;
mod directory;
pub mod entry;
mod erase;
mod evidence;
mod export;
mod fence;
mod flight_recorder;
mod forecast;
mod gather;
mod import;
mod incoming;
mod intent;
mod journal;
mod kept;
mod keystore;
pub mod limits;
mod lot;
mod lost;
mod marks;
mod notice_news;
mod news;
mod moving;
mod node;
mod on_paper;
pub mod orders;
mod open_visits;
mod parts;
mod permit;
mod preferences;
mod plan_rows;
mod privacy;
pub mod products;
mod put;
mod queue;
mod read;
mod receipt;
mod records;
mod rehearsal;
mod replan;
pub mod requests;
mod retention;
mod revisions;
mod round;
mod runs;
mod savepoint;
mod schema;
mod sealing;
mod seals;
mod settle;
mod share;
pub mod shops;
pub mod sign_ups;
mod shopping;
mod soundness;
mod sources;
mod standby;
mod stop;
mod suppressions;
mod tastes;
mod tasks;
mod watch;
mod visits;
mod whose;
mod writer;

pub use address_changes::{AddressQuestion, AddressStands, Agreed, MailboxAsked};
pub use answer::{AnswerOrder, Answered, Asked, Hear, Heard};
pub use api_keys::{KeyRow, NewKey};
pub use approvals::{Kept, NewWord, Spoken};
pub use bars::{BarNoted, Barred, NewBar};
pub use batches::{BatchOutcome, BatchPart, BatchRow, Recommendation};
pub use consents::{Said, StatedWording};
pub use error::StoreError;
pub use export::{Holdings, Opened};
pub use fence::{AfterRestore, Restored};
pub use flight_recorder::Seat;
pub use forecast::{Foreseen, Outlook};
pub use journal::journal_in;
pub use lot::Write;
pub use moving::{Heir, Moving, MovingError, Progress};
pub use news::{AnswerTold, Failed};
pub use notice_news::{Holder, NewsStand, Telling};
pub use on_paper::Leaving;
pub use preferences::{Choice, Chosen, Preferences, TakenBack, Undo};
pub use privacy::{NoticeVersion, Signature};
pub use queue::{Queued, Those};
pub use requests::{DataLink, LinkStands, NewRequest, Requested};
pub use retention::{Forget, Forgotten, KeptCustomer, KeptPage, KeptRecord, Stops};
pub use revisions::{Published, PurposeWording, PutInForce, Revision};
pub use runs::RunStands;
pub use schema::{Database, Files, Lasting, Opening, SESSION, Scratch, Server, file_in};
pub use share::Share;
pub use shopping::{Shopping, Word};
pub use standby::Standby;
pub use tasks::OpenTask;
pub use types::{
    About, AfterUncertain, Applied, Claimed, ConsentClaim, CustomerRef, CustomerRow, Decide, Dry, Gathering,
    LivingNode, Next, Permission, PlanNames, PlanRow, PlansOf, Pulse, Put, PutError, RecordRow, Refusal, Replan,
    Replanned, Rescued, Rules, Status, StopOrder, StopState, Stopped, Told, WorkflowChanges, merged,
};

use crate::{
    base::{Clock, Instant, NodeId, PlanId, keys::Keyring},
    clock::guard::{Guard, Reading},
    ledger::Carried,
};
use away::Away;
use conversation::Conversation;
use database::{Link, Readers};
use fence::Fence;
use futures_util::future::BoxFuture;
use journal::{Gauge, Journal};
use kept::KeptOutside;
use receipt::Closing;
use round::{Desk, Ending, Job, Reply};
use settle::{Outcome, Settle};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot};
use writer::{Message, QUEUE_MAX, Writer};

/// The database, shared by cloning.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    urgent: mpsc::Sender<Message>,
    ordinary: mpsc::Sender<Message>,
    readers: Readers,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    gauge: Arc<Gauge>,
    guard: Arc<Mutex<Guard>>,
    directory: Mutex<directory::Kept>,
    stands_open: Arc<AtomicBool>,
    away: Arc<Away>,
    home: String,
    journal: PathBuf,
    /// As messages name it.
    database: String,
    is_shared: bool,
    paces: import::Paces,
}

impl Store {
    /// Opens the database, and makes it where it is missing. Applies the journal before anything else.
    ///
    /// # Errors
    /// When the file can't be read or written, is damaged or gone, or was written by a newer version.
    pub async fn open(opening: Opening) -> Result<Self, StoreError> {
        let (mut link, readers) = Box::pin(schema::open(&opening)).await?;
        let Opening { database, journal, keys, clock, watch, permit_life, home, kept, .. } = opening;
        if let Database::Server(server) = &database {
            keystore::must_open(&mut link, &keys, server).await?;
        }
        let journal_path = journal;
        let journal = Journal::open(&journal_path, clock.now())?;
        let gauge = journal.gauge();
        let (urgent, urgent_queue) = mpsc::channel(QUEUE_MAX);
        let (ordinary, ordinary_queue) = mpsc::channel(QUEUE_MAX);
        let high_water = node::high_water(&mut link).await?.unwrap_or(Instant::from_ms(0));
        let guard = Arc::new(Mutex::new(Guard::new(watch, Reading::of(clock.as_ref()), high_water)));
        let desk = Desk {
            database: Conversation::over(link, database.server().cloned()),
            keys: Arc::clone(&keys),
            clock: Arc::clone(&clock),
            guard: Arc::clone(&guard),
            permit_life,
            journal,
            share: Share::ALL,
            fence: Fence::open(kept.as_deref(), &home)?,
            kept: KeptOutside::open(kept, &home)?,
            ready: keystore::Ready::default(),
        };
        let (stands_open, is_shared) = (desk.database.stands_open(), desk.database.is_shared());
        let away = desk.database.away();
        let mut writer = Writer::new(desk, urgent_queue, ordinary_queue);
        writer.begin().await?;
        let started = writer.run_on_a_thread();
        started.map_err(|error| StoreError::Unusable { database: database.to_string(), why: error.to_string() })?;
        Ok(Self {
            inner: Arc::new(Inner {
                urgent,
                ordinary,
                readers,
                keys,
                clock,
                gauge,
                guard,
                directory: Mutex::default(),
                stands_open,
                away,
                home,
                journal: journal_path,
                database: database.to_string(),
                is_shared,
                paces: import::Paces::default(),
            }),
        })
    }

    /// What it seals with.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.inner.keys
    }

    /// Finishes what was handed in, and closes the file. Whoever comes later hears that it is closed.
    pub async fn close(&self) {
        // The writer last: SQLite folds the log into the file and deletes it when the last connection that may write
        // closes, and readers may not.
        self.inner.readers.close().await;
        let closed = self.ask(&self.inner.ordinary, Message::Close).await;
        if let Err(error) = closed {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
    }

    /// Plans that are due, at most `limit` and at most one per customer, in due order, leased to this node under a new
    /// epoch; none as long as plans are not up to the revision in force. With nothing due it looks into one index and
    /// writes nothing.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn claim(&self, node: NodeId, now: Instant, limit: usize) -> Result<Vec<Claimed>, StoreError> {
        if self.next_due().await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let batch = self.errand(move |desk| Box::pin(claim::claim(desk, node, now, limit))).await?;
        Ok(batch.open(&self.inner.keys))
    }

    /// Records what became of an attempt; where the database is away, in the journal.
    ///
    /// # Errors
    /// When it is nowhere on disk. The attempt is then rescued by the next node.
    pub async fn receipt(&self, carried: Carried, next: Next) -> Result<(), StoreError> {
        let Carried { attempt, plan, receipt } = carried;
        let closing = Closing { attempt, plan, receipt, next, at: self.inner.clock.now() };
        self.ask(&self.inner.ordinary, |reply| Message::Receipt(closing, reply)).await
    }

    /// Gives a claimed plan back without a verdict: at a shutdown, or where no lane could be had.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn release(&self, plan: PlanId, epoch: i64, next_at: Instant) -> Result<(), StoreError> {
        let settle = Settle { plan, epoch, outcome: Outcome::Release { next_at } };
        self.ask(&self.inner.ordinary, |reply| Message::Settle(settle, reply)).await
    }

    /// Ends a claimed plan without asking the gate: it can't be rendered, or differs from a message of unknown fate. `by` is
    /// the revision of the rules that say so: where another is in force, or plans are not up to it, the plan is due again.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn refuse(&self, plan: PlanId, epoch: i64, refusal: Refusal, by: &str) -> Result<(), StoreError> {
        let settle = Settle { plan, epoch, outcome: Outcome::Refuse { refusal, by: by.to_owned() } };
        self.ask(&self.inner.ordinary, |reply| Message::Settle(settle, reply)).await
    }

    /// An errand that goes before all other work.
    async fn change<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Desk) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'static,
    {
        self.ask(&self.inner.urgent, |reply| Message::Change(Job::boxed(work, Ending::Committed, reply))).await
    }

    /// An errand that takes its turn.
    async fn errand<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Desk) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'static,
    {
        self.ask(&self.inner.ordinary, |reply| Message::Errand(Job::boxed(work, Ending::Committed, reply))).await
    }

    /// The same with an errand that may take so many keys.
    async fn change_with_keys<T, W>(&self, keys: usize, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Desk) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'static,
    {
        self.ask(&self.inner.urgent, |reply| Message::Change(Job::with_keys(keys, work, reply))).await
    }

    /// An errand that may create so many customers, or seal something of nobody: each takes a key that is made before.
    async fn errand_with_keys<T, W>(&self, keys: usize, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Desk) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'static,
    {
        self.ask(&self.inner.ordinary, |reply| Message::Errand(Job::with_keys(keys, work, reply))).await
    }

    /// An errand in a copy, which is not committed until somebody reads.
    async fn errand_on_a_copy<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Desk) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'static,
    {
        self.ask(&self.inner.ordinary, |reply| Message::Errand(Job::boxed(work, Ending::Open, reply))).await
    }

    async fn ask<T>(
        &self,
        queue: &mpsc::Sender<Message>,
        message: impl FnOnce(Reply<T>) -> Message,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        queue.send(message(reply)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn reader(&self) -> Result<Link, StoreError> {
        if self.inner.stands_open.load(Ordering::Acquire) {
            self.errand(|_| Box::pin(async { Ok(()) })).await?;
        }
        // Nobody waits for a server that the writer has just found away; and whoever would have read lets it look again.
        if let Some(error) = self.inner.away.why() {
            self.look_again();
            return Err(error);
        }
        self.inner.readers.one().await
    }
}

#[cfg(test)]
mod tests;

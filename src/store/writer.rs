//! The writer: one task, one connection, one transaction per round.
//!
//! ```text
//!   callers ─► queues ─► round ─► BEGIN IMMEDIATE
//!              urgent     │       what the journal holds
//!              ordinary   │       stops, halts, changes      (a savepoint each)
//!                         │       receipts, intents, releases (one lot each, in a savepoint)
//!                         │       an errand: a claim, a chunk of an import
//!                         │       permits, last: they see everything above
//!                         └─────► COMMIT (the disk is waited for once) ─► answers
//! ```
//!
//! A round takes everything that waits. While the disk is busy with one round the next one gathers, so that the
//! groups grow with the load and nobody waits for a timer. Each *kind* of work is done set-based: a statement costs
//! some 20 µs on its way to SQLite's thread, so that a lot of sixty-four permits must not be sixty-four times one.
//!
//! **Failure.** If a lot fails because of one of its rows, it is rolled back to its savepoint and done again one by one:
//! one bad row doesn't sink the others. If the database itself fails (full, locked, read-only), everybody in the round
//! hears it, and stops and receipts go to the journal. Nobody is answered before the commit.
//!
//! Invariant: a round is never cancelled. It runs in a task of its own; a caller that goes away leaves its work behind,
//! and a statement that SQLite has begun is always waited for.

use super::{
    StoreError,
    error::Scope,
    intent::Intents,
    journal::{Journal, JournalEntry},
    permit::Permits,
    receipt::{Closing, Receipts},
    settle::Settles,
    stop::{self, Stops},
};
use crate::{
    base::{Clock, keys::Keyring},
    clock::guard::Guard,
    fault,
};
use futures_util::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use std::{
    collections::VecDeque,
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// Messages taken into one round at most, so that a round stays under 20 ms.
const ROUND_MAX: usize = 512;
/// Messages that may wait in each queue; a caller waits for room.
pub(super) const QUEUE_MAX: usize = 1024;

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;
/// One result per ask, or what went wrong with the whole lot.
pub(super) type Results<T> = Result<Vec<Result<T, StoreError>>, StoreError>;

/// What the writer works with.
pub(super) struct Desk {
    pub connection: SqliteConnection,
    pub keys: Arc<Keyring>,
    pub clock: Arc<dyn Clock>,
    pub guard: Arc<Mutex<Guard>>,
    pub permit_life: Duration,
    pub journal: Journal,
}

/// Work that is done for many at once.
pub(super) trait Kind: Send + 'static {
    type Ask: Send + Sync;
    type Answer: Send;
    /// Named points before and after the commit.
    const POINTS: Option<(&'static str, &'static str)>;

    /// Does it for all asks, in their order.
    fn run(desk: &mut Desk, asks: &[Self::Ask]) -> impl Future<Output = Results<Self::Answer>> + Send;

    /// The database is away, by this error.
    fn away(_desk: &mut Desk, asks: &[Self::Ask], error: &StoreError) -> Vec<Result<Self::Answer, StoreError>> {
        asks.iter().map(|_| Err(error.clone())).collect()
    }
}

/// Work that stands alone.
pub(super) trait Errand: Send {
    fn run<'a>(&'a mut self, desk: &'a mut Desk) -> BoxFuture<'a, Result<(), StoreError>>;
    fn answer(self: Box<Self>, failed: Option<StoreError>);
}

/// An errand by closure.
pub(super) struct Job<T, W> {
    pub work: Option<W>,
    pub result: Option<T>,
    pub reply: Reply<T>,
}

impl<T: Send, W> Errand for Job<T, W>
where
    W: for<'a> FnOnce(&'a mut Desk) -> BoxFuture<'a, Result<T, StoreError>> + Send,
{
    fn run<'a>(&'a mut self, desk: &'a mut Desk) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if let Some(work) = self.work.take() {
                self.result = Some(work(desk).await?);
            }
            Ok(())
        })
    }

    fn answer(self: Box<Self>, failed: Option<StoreError>) {
        let answer = match (failed, self.result) {
            (None, Some(result)) => Ok(result),
            (failed, _) => Err(failed.unwrap_or(StoreError::Closed)),
        };
        // A caller that went away needs no answer; its work is done all the same.
        let _ = self.reply.send(answer);
    }
}

/// What comes through the queues.
pub(super) enum Message {
    Stop(<Stops as Kind>::Ask, Reply<<Stops as Kind>::Answer>),
    Receipt(<Receipts as Kind>::Ask, Reply<<Receipts as Kind>::Answer>),
    Intent(<Intents as Kind>::Ask, Reply<<Intents as Kind>::Answer>),
    Settle(<Settles as Kind>::Ask, Reply<<Settles as Kind>::Answer>),
    Permit(<Permits as Kind>::Ask, Reply<<Permits as Kind>::Answer>),
    /// Before everything else, each of them.
    Change(Box<dyn Errand>),
    /// After the lots, one per round.
    Errand(Box<dyn Errand>),
    Close(Reply<()>),
}

/// Asks of one kind in one round.
struct Lot<K: Kind> {
    asks: Vec<K::Ask>,
    replies: Vec<Reply<K::Answer>>,
    results: Vec<Result<K::Answer, StoreError>>,
}

impl<K: Kind> Default for Lot<K> {
    fn default() -> Self {
        Self { asks: Vec::new(), replies: Vec::new(), results: Vec::new() }
    }
}

impl<K: Kind> Lot<K> {
    fn add(&mut self, ask: K::Ask, reply: Reply<K::Answer>) {
        self.asks.push(ask);
        self.replies.push(reply);
    }

    async fn work(&mut self, desk: &mut Desk) -> Result<(), StoreError> {
        if self.asks.is_empty() {
            return Ok(());
        }
        match in_savepoint::<K>(desk, &self.asks).await {
            Ok(results) => self.results = results,
            Err(error) if error.scope() == Scope::Whole => return Err(error),
            Err(error) if self.asks.len() == 1 => self.results = vec![Err(error)],
            Err(_) => {
                for ask in self.asks.chunks(1) {
                    match in_savepoint::<K>(desk, ask).await {
                        Ok(results) => self.results.extend(results),
                        Err(error) if error.scope() == Scope::Whole => return Err(error),
                        Err(error) => self.results.push(Err(error)),
                    }
                }
            }
        }
        if let Some((before_commit, _)) = K::POINTS {
            fault::point(before_commit);
        }
        Ok(())
    }

    fn answer(self, desk: &mut Desk, failed: Option<&StoreError>) {
        if let (Some((_, after_commit)), None, false) = (K::POINTS, failed, self.asks.is_empty()) {
            fault::point(after_commit);
        }
        let results = match failed {
            Some(error) if !self.asks.is_empty() => K::away(desk, &self.asks, error),
            _ => self.results,
        };
        for (reply, result) in self.replies.into_iter().zip(results) {
            let _ = reply.send(result);
        }
    }
}

async fn in_savepoint<K: Kind>(desk: &mut Desk, asks: &[K::Ask]) -> Results<K::Answer> {
    sqlx::query("SAVEPOINT lot").execute(&mut desk.connection).await?;
    let results = K::run(desk, asks).await;
    leave_savepoint(desk, results).await
}

async fn leave_savepoint<T>(desk: &mut Desk, result: Result<T, StoreError>) -> Result<T, StoreError> {
    if matches!(&result, Err(error) if error.scope() == Scope::Row) {
        sqlx::query("ROLLBACK TO lot").execute(&mut desk.connection).await?;
    }
    if !matches!(&result, Err(error) if error.scope() == Scope::Whole) {
        sqlx::query("RELEASE lot").execute(&mut desk.connection).await?;
    }
    result
}

/// Everything that goes into one transaction.
#[derive(Default)]
struct Round {
    stops: Lot<Stops>,
    changes: Vec<(Box<dyn Errand>, Option<StoreError>)>,
    receipts: Lot<Receipts>,
    intents: Lot<Intents>,
    settles: Lot<Settles>,
    errand: Option<(Box<dyn Errand>, Option<StoreError>)>,
    permits: Lot<Permits>,
}

impl Round {
    async fn transact(&mut self, desk: &mut Desk) -> Result<(), StoreError> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut desk.connection).await?;
        let worked = match self.work(desk).await {
            Ok(()) => sqlx::query("COMMIT").execute(&mut desk.connection).await.map(drop).map_err(StoreError::from),
            Err(error) => Err(error),
        };
        if worked.is_err() {
            // SQLite may have rolled back by itself; then this finds no transaction, which is what we want.
            let _ = sqlx::query("ROLLBACK").execute(&mut desk.connection).await;
        }
        worked
    }

    async fn work(&mut self, desk: &mut Desk) -> Result<(), StoreError> {
        replay(desk).await?;
        self.stops.work(desk).await?;
        for (errand, failed) in &mut self.changes {
            run_errand(desk, errand.as_mut(), failed).await?;
        }
        self.receipts.work(desk).await?;
        self.intents.work(desk).await?;
        self.settles.work(desk).await?;
        if let Some((errand, failed)) = &mut self.errand {
            run_errand(desk, errand.as_mut(), failed).await?;
        }
        self.permits.work(desk).await
    }

    fn answer(self, desk: &mut Desk, failed: Option<&StoreError>) {
        self.stops.answer(desk, failed);
        self.receipts.answer(desk, failed);
        self.intents.answer(desk, failed);
        self.settles.answer(desk, failed);
        self.permits.answer(desk, failed);
        for (errand, own) in self.changes.into_iter().chain(self.errand) {
            errand.answer(failed.cloned().or(own));
        }
    }
}

async fn run_errand(
    desk: &mut Desk,
    errand: &mut dyn Errand,
    failed: &mut Option<StoreError>,
) -> Result<(), StoreError> {
    sqlx::query("SAVEPOINT lot").execute(&mut desk.connection).await?;
    let result = errand.run(desk).await;
    match leave_savepoint(desk, result).await {
        Err(error) if error.scope() == Scope::Whole => Err(error),
        Err(error) => {
            *failed = Some(error);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Applies what the journal holds, inside the round's transaction.
async fn replay(desk: &mut Desk) -> Result<(), StoreError> {
    for entry in desk.journal.entries().to_vec() {
        if let Some(order) = entry.order() {
            let _ = stop::apply(desk, &order).await?;
        } else if let JournalEntry::Receipt { attempt, plan, receipt, next, at } = entry {
            // An attempt that is closed already stays as it is.
            let _ = Receipts::run(desk, &[Closing { attempt, plan, receipt, next, at }]).await?;
        }
    }
    Ok(())
}

/// The task's state.
pub(super) struct Writer {
    desk: Desk,
    urgent: mpsc::Receiver<Message>,
    ordinary: mpsc::Receiver<Message>,
    /// Errands that wait for a round of their own.
    errands: VecDeque<Box<dyn Errand>>,
    closing: Option<Reply<()>>,
}

impl Writer {
    pub fn new(desk: Desk, urgent: mpsc::Receiver<Message>, ordinary: mpsc::Receiver<Message>) -> Self {
        Self { desk, urgent, ordinary, errands: VecDeque::new(), closing: None }
    }

    /// Applies the journal before anything else is done.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        if self.desk.journal.entries().is_empty() { Ok(()) } else { self.round(Round::default()).await }
    }

    /// Rounds until the last store is gone or [`Message::Close`] comes.
    pub async fn run(mut self) {
        while let Some(round) = self.gather().await {
            // Everybody in the round hears of a failure by their answer.
            let _ = self.round(round).await;
        }
        let closed = self.desk.connection.close().await.map_err(StoreError::from);
        if let Some(reply) = self.closing {
            let _ = reply.send(closed);
        }
    }

    async fn round(&mut self, mut round: Round) -> Result<(), StoreError> {
        let outcome = round.transact(&mut self.desk).await;
        if outcome.is_ok() && !self.desk.journal.entries().is_empty() {
            let now = self.desk.clock.now();
            if let Err(error) = self.desk.journal.clear(now) {
                // It will be applied again, which changes nothing.
                tracing::error!(%error, "the journal was applied and could not be emptied");
            }
        }
        round.answer(&mut self.desk, outcome.as_ref().err());
        outcome
    }

    /// Everything that waits; waits itself when nothing does. `None` at the end.
    async fn gather(&mut self) -> Option<Round> {
        let mut round = Round::default();
        let mut taken = 0;
        if self.errands.is_empty() {
            if self.closing.is_some() {
                return None;
            }
            let message = self.next().await?;
            self.take(&mut round, message);
            taken += 1;
        }
        while taken < ROUND_MAX {
            let Ok(message) = self.urgent.try_recv().or_else(|_| self.ordinary.try_recv()) else { break };
            self.take(&mut round, message);
            taken += 1;
        }
        round.errand = self.errands.pop_front().map(|errand| (errand, None));
        Some(round)
    }

    async fn next(&mut self) -> Option<Message> {
        tokio::select! {
            biased;
            Some(message) = self.urgent.recv() => Some(message),
            Some(message) = self.ordinary.recv() => Some(message),
            else => None,
        }
    }

    fn take(&mut self, round: &mut Round, message: Message) {
        match message {
            Message::Stop(ask, reply) => round.stops.add(ask, reply),
            Message::Receipt(ask, reply) => round.receipts.add(ask, reply),
            Message::Intent(ask, reply) => round.intents.add(ask, reply),
            Message::Settle(ask, reply) => round.settles.add(ask, reply),
            Message::Permit(ask, reply) => round.permits.add(ask, reply),
            Message::Change(errand) => round.changes.push((errand, None)),
            Message::Errand(errand) => self.errands.push_back(errand),
            Message::Close(reply) => self.closing = Some(reply),
        }
    }
}

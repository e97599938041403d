//! A round: everything that goes into one transaction.
//!
//! ```text
//!   (keys for customers to be, in a transaction before it)
//!   BEGIN IMMEDIATE
//!     what the journal holds
//!     stops, halts, changes
//!     receipts, intents, releases: one lot of each kind
//!     an errand: a claim, a chunk of an import
//!     permits, last: they see everything above
//!     (stops and erasures, on disk outside the database)
//!   COMMIT: the disk is waited for once
//!   (how far the database has come, noted outside it)
//!   answers
//! ```
//!
//! Each *kind* of work is done set-based, so that sixty-four permits are as many statements as one.
//!
//! **Failure.** Rows fail hardly ever, and a savepoint makes SQLite copy every page that it touches. So a round begins
//! without; if a lot fails because of one of its rows, the transaction is taken back and the round is done again, each
//! lot in a savepoint and the failing one row by row: one bad row doesn't sink the others. Errands can't be done twice;
//! a round with one has savepoints from the start, but where it is all that the round does. If the database itself fails (full, locked, read-only), everybody in
//! the round hears it, and stops and receipts go to the journal. Nobody is answered before the commit.

use super::{
    StoreError,
    conversation::Conversation,
    error::Scope,
    fence::{self, Fence},
    intent::Intents,
    journal::{Journal, JournalEntry},
    kept::KeptOutside,
    keystore::{self, Ready},
    permit::Permits,
    receipt::{Closing, Receipts},
    savepoint::Savepoint,
    settle::Settles,
    share::Share,
    stop::{self, Stops},
};
use crate::{
    base::{Clock, keys::Keyring},
    clock::guard::Guard,
    fault::{self, Point},
};
use futures_util::future::BoxFuture;
use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::oneshot;

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;
/// One result per ask, or what went wrong with the whole lot.
pub(super) type Results<T> = Result<Vec<Result<T, StoreError>>, StoreError>;

/// What the writer works with.
pub(super) struct Desk {
    pub database: Conversation,
    pub keys: Arc<Keyring>,
    pub clock: Arc<dyn Clock>,
    pub guard: Arc<Mutex<Guard>>,
    pub permit_life: Duration,
    pub journal: Journal,
    /// Who is written to, in a copy.
    pub share: Share,
    /// What must outlive the database.
    pub kept: KeptOutside,
    /// How far the database has come, outside it.
    pub fence: Fence,
    /// For whoever comes next.
    pub ready: Ready,
}

/// Work that is done for many at once.
pub(super) trait Kind: Send + 'static {
    type Ask: Send + Sync;
    type Answer: Send;
    /// Named points before and after the commit.
    const POINTS: Option<(Point, Point)>;

    /// Does it for all asks, in their order.
    fn run(desk: &mut Desk, asks: &[Self::Ask]) -> impl Future<Output = Results<Self::Answer>> + Send;

    /// The database is away, by this error.
    fn away(_desk: &mut Desk, asks: &[Self::Ask], error: &StoreError) -> Vec<Result<Self::Answer, StoreError>> {
        asks.iter().map(|_| Err(error.clone())).collect()
    }
}

/// When an errand is committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// Before it is answered.
    Committed,
    /// In a copy: together with others like it, or when somebody reads.
    Open,
}

/// Work that stands alone.
pub(super) trait Errand: Send {
    fn ending(&self) -> Ending;
    /// How many keys it may take.
    fn keys(&self) -> usize;
    fn run<'a>(&'a mut self, desk: &'a mut Desk) -> BoxFuture<'a, Result<(), StoreError>>;
    fn answer(self: Box<Self>, failed: Option<StoreError>);
}

/// An errand by closure.
pub(super) struct Job<T, W> {
    work: Option<W>,
    result: Option<T>,
    reply: Reply<T>,
    ending: Ending,
    keys: usize,
}

impl<T: Send + 'static, W> Job<T, W>
where
    W: for<'a> FnOnce(&'a mut Desk) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'static,
{
    pub fn boxed(work: W, ending: Ending, reply: Reply<T>) -> Box<dyn Errand> {
        Box::new(Self { work: Some(work), result: None, reply, ending, keys: 0 })
    }

    pub fn with_keys(keys: usize, work: W, reply: Reply<T>) -> Box<dyn Errand> {
        Box::new(Self { work: Some(work), result: None, reply, ending: Ending::Committed, keys })
    }
}

impl<T: Send, W> Errand for Job<T, W>
where
    W: for<'a> FnOnce(&'a mut Desk) -> BoxFuture<'a, Result<T, StoreError>> + Send,
{
    fn ending(&self) -> Ending {
        self.ending
    }

    fn keys(&self) -> usize {
        self.keys
    }

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

/// How a round guards itself against a row that fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Care {
    /// Not at all: it is taken back as a whole, and done again with savepoints.
    Whole,
    /// Each lot and each errand in a savepoint.
    Savepoints,
}

/// Asks of one kind in one round.
pub(super) struct Lot<K: Kind> {
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
    pub fn add(&mut self, ask: K::Ask, reply: Reply<K::Answer>) {
        self.asks.push(ask);
        self.replies.push(reply);
    }

    async fn work(&mut self, desk: &mut Desk, care: Care) -> Result<(), StoreError> {
        if self.asks.is_empty() {
            return Ok(());
        }
        self.results.clear();
        match care {
            Care::Whole => self.results = K::run(desk, &self.asks).await?,
            Care::Savepoints => self.work_carefully(desk).await?,
        }
        if let Some((before_commit, _)) = K::POINTS {
            fault::point(before_commit);
        }
        Ok(())
    }

    async fn work_carefully(&mut self, desk: &mut Desk) -> Result<(), StoreError> {
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
    let savepoint = enter_savepoint(desk).await?;
    let results = K::run(desk, asks).await;
    leave_savepoint(desk, savepoint, results).await
}

async fn enter_savepoint(desk: &mut Desk) -> Result<Savepoint, StoreError> {
    let savepoint = desk.set_savepoint();
    desk.database.finish().await?;
    Ok(savepoint)
}

async fn leave_savepoint<T>(
    desk: &mut Desk,
    savepoint: Savepoint,
    result: Result<T, StoreError>,
) -> Result<T, StoreError> {
    // What was only said may still fail, and then it belongs to this lot.
    let result = match result {
        Ok(value) => desk.database.finish().await.map(|()| value),
        failed => failed,
    };
    match &result {
        Ok(_) => desk.let_stand(savepoint),
        Err(error) if error.scope() == Scope::Row => desk.give_up_since(savepoint).await?,
        // The transaction is taken back as a whole.
        Err(_) => {}
    }
    result
}

/// Everything that goes into one transaction.
#[derive(Default)]
pub(super) struct Round {
    pub stops: Lot<Stops>,
    pub changes: Vec<(Box<dyn Errand>, Option<StoreError>)>,
    pub receipts: Lot<Receipts>,
    pub intents: Lot<Intents>,
    pub settles: Lot<Settles>,
    pub errand: Option<(Box<dyn Errand>, Option<StoreError>)>,
    pub permits: Lot<Permits>,
}

impl Round {
    pub async fn transact(&mut self, desk: &mut Desk) -> Result<(), StoreError> {
        match self.alone(desk) {
            Some(Ending::Open) => return self.go_on(desk).await,
            Some(Ending::Committed) => return self.attempt(desk, Care::Whole).await,
            None => {}
        }
        if self.changes.is_empty() && self.errand.is_none() {
            match self.attempt(desk, Care::Whole).await {
                Err(error) if error.scope() == Scope::Row => {}
                done => return done,
            }
        }
        self.attempt(desk, Care::Savepoints).await
    }

    /// How the one errand ends that is all there is to do, where that is so: nothing else is taken back together with it.
    fn alone(&self, desk: &Desk) -> Option<Ending> {
        let Self { stops, changes, receipts, intents, settles, errand, permits } = self;
        let lots =
            stops.asks.len() + receipts.asks.len() + intents.asks.len() + settles.asks.len() + permits.asks.len();
        let mut errands = changes.iter().chain(errand).map(|(errand, _)| errand.ending());
        let one = errands.next().filter(|_| errands.next().is_none());
        one.filter(|_| lots == 0 && desk.journal.entries().is_empty())
    }

    async fn go_on(&mut self, desk: &mut Desk) -> Result<(), StoreError> {
        desk.database.go_on();
        let worked = match self.work(desk, Care::Whole).await {
            Ok(()) => desk.database.leave_open().await,
            Err(error) => Err(error),
        };
        if worked.is_err() {
            desk.database.take_back().await;
        }
        worked
    }

    async fn attempt(&mut self, desk: &mut Desk, care: Care) -> Result<(), StoreError> {
        let worked = self.begin_work_and_commit(desk, care).await;
        if worked.is_err() {
            desk.give_up().await;
        }
        desk.ready.end_round();
        worked
    }

    /// Keys that this round may take are on disk before it begins.
    async fn begin_work_and_commit(&mut self, desk: &mut Desk, care: Care) -> Result<(), StoreError> {
        fence::meet(desk).await?;
        let keys = self.changes.iter().chain(&self.errand).map(|(errand, _)| errand.keys()).sum();
        keystore::make_ready(desk, keys).await?;
        desk.database.begin().await?;
        self.work(desk, care).await?;
        desk.commit().await
    }

    async fn work(&mut self, desk: &mut Desk, care: Care) -> Result<(), StoreError> {
        replay(desk).await?;
        self.stops.work(desk, care).await?;
        for (errand, failed) in &mut self.changes {
            run_errand(desk, errand.as_mut(), failed, care).await?;
        }
        self.receipts.work(desk, care).await?;
        self.intents.work(desk, care).await?;
        self.settles.work(desk, care).await?;
        if let Some((errand, failed)) = &mut self.errand {
            run_errand(desk, errand.as_mut(), failed, care).await?;
        }
        self.permits.work(desk, care).await
    }

    pub fn answer(self, desk: &mut Desk, failed: Option<&StoreError>) {
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
    care: Care,
) -> Result<(), StoreError> {
    if care == Care::Whole {
        return errand.run(desk).await;
    }
    let savepoint = enter_savepoint(desk).await?;
    let result = errand.run(desk).await;
    match leave_savepoint(desk, savepoint, result).await {
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
        fault::point(Point::AfterJournalReplay);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Kind, Lot};

    impl<K: Kind> Lot<K> {
        /// How many.
        pub fn len(&self) -> usize {
            self.asks.len()
        }
    }
}

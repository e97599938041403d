//! The writer: one thread, one connection, one round after the other.
//!
//! ```text
//!   callers ─► queues ─► round ─► answers
//!              urgent
//!              ordinary
//! ```
//!
//! A round takes everything that waits. While the disk is busy with one round the next one gathers, so that the
//! groups grow with the load and nobody waits for a timer.
//!
//! **A thread of its own.** A round is a conversation with SQLite's thread. Among the engine's tasks it would queue
//! behind whatever they are rendering, at each of its statements.
//!
//! Invariant: a round is never cancelled. A caller that goes away leaves its work behind, and a statement that SQLite
//! has begun is always waited for.

use super::{
    StoreError,
    intent::Intents,
    kept,
    permit::Permits,
    receipt::Receipts,
    round::{Desk, Errand, Kind, Reply, Round},
    settle::Settles,
    stop::Stops,
};
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Messages taken into one round at most, so that a round stays under 20 ms.
const ROUND_MAX: usize = 512;
/// Messages that may wait in each queue; a caller waits for room.
pub(super) const QUEUE_MAX: usize = 1024;

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
    /// When the round is done: the log folded into the files, and emptied. `false`: a reader still needs it.
    EmptyLog(Reply<bool>),
    Close(Reply<()>),
}

/// The task's state.
pub(super) struct Writer {
    desk: Desk,
    urgent: mpsc::Receiver<Message>,
    ordinary: mpsc::Receiver<Message>,
    /// Errands that wait for a round of their own.
    errands: VecDeque<Box<dyn Errand>>,
    /// Who waits for an empty log.
    emptying: Vec<Reply<bool>>,
    closing: Option<Reply<()>>,
}

impl Writer {
    pub fn new(desk: Desk, urgent: mpsc::Receiver<Message>, ordinary: mpsc::Receiver<Message>) -> Self {
        Self { desk, urgent, ordinary, errands: VecDeque::new(), emptying: Vec::new(), closing: None }
    }

    /// Applies what an older database doesn't know, and the journal, before anything else is done.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        kept::agree(&mut self.desk).await?;
        if self.desk.journal.entries().is_empty() { Ok(()) } else { self.round(Round::default()).await }
    }

    /// Rounds, on a thread of their own, until the last store is gone or [`Message::Close`] comes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn run_on_a_thread(self) -> std::io::Result<()> {
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new().name("writer".to_owned());
        thread.spawn(move || runtime.block_on(self.run())).map(drop)
    }

    async fn run(mut self) {
        while let Some(round) = self.gather().await {
            // Everybody in the round hears of a failure by their answer.
            let _ = self.round(round).await;
            for reply in std::mem::take(&mut self.emptying) {
                let _ = reply.send(self.desk.database.empty_log().await);
            }
        }
        let closed = self.desk.database.close().await;
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
            Message::EmptyLog(reply) => self.emptying.push(reply),
            Message::Close(reply) => self.closing = Some(reply),
        }
    }
}

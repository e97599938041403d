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
//! **Stops don't wait for permits.** What is urgent has a round to itself, as short as it is: with hundreds of permits in the
//! same round, a stop would be answered when all of them are. Every other round is for all, so that a storm of stops holds
//! nothing up for ever.
//!
//! **A thread of its own.** A round is a conversation with SQLite's thread. Among the engine's tasks it would queue
//! behind whatever they are rendering, at each of its statements.
//!
//! Invariant: a round is never cancelled. A caller that goes away leaves its work behind, and a statement that SQLite
//! has begun is always waited for.

use super::{
    StoreError, fence,
    intent::Intents,
    kept, keystore,
    permit::Permits,
    receipt::Receipts,
    round::{Desk, Errand, Kind, Reply, Round},
    settle::Settles,
    stop::Stops,
};
use crate::fault::{self, Point, seam};
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
    /// When the round is done: what was written over is made away with. `false`: a reader still needs it.
    ClearAway(Reply<bool>),
    Close(Reply<()>),
}

/// The task's state.
pub(super) struct Writer {
    desk: Desk,
    queues: Queues,
}

/// What waits.
struct Queues {
    urgent: mpsc::Receiver<Message>,
    ordinary: mpsc::Receiver<Message>,
    /// Errands that wait for a round of their own.
    errands: VecDeque<Box<dyn Errand>>,
    /// Who waits for that.
    clearing: Vec<Reply<bool>>,
    closing: Option<Reply<()>>,
    /// For whom the round before was.
    last: Turn,
}

/// For whom a round is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Turn {
    Urgent,
    All,
}

impl Writer {
    pub fn new(desk: Desk, urgent: mpsc::Receiver<Message>, ordinary: mpsc::Receiver<Message>) -> Self {
        Self { desk, queues: Queues::new(urgent, ordinary) }
    }

    /// Applies what an older database doesn't know, and the journal, before anything else is done.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        kept::agree(&mut self.desk).await?;
        fence::compare(&mut self.desk).await?;
        if self.desk.journal.entries().is_empty() { Ok(()) } else { self.round(Round::default()).await }
    }

    /// Rounds, on a thread of their own, until the last store is gone or [`Message::Close`] comes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn run_on_a_thread(self) -> std::io::Result<()> {
        let runtime = tokio::runtime::Handle::current();
        if seam::is_here() {
            drop(runtime.spawn(self.run()));
            return Ok(());
        }
        let thread = std::thread::Builder::new().name("writer".to_owned());
        thread.spawn(move || runtime.block_on(self.run())).map(drop)
    }

    async fn run(mut self) {
        while let Some(round) = self.queues.gather().await {
            // Everybody in the round hears of a failure by their answer.
            let _ = self.round(round).await;
            for reply in std::mem::take(&mut self.queues.clearing) {
                let _ = reply.send(self.desk.database.clear_away().await);
            }
        }
        // Where this fails some keys are lost that seal nothing.
        let _ = keystore::give_back(&mut self.desk).await;
        fault::point(Point::BeforeDatabaseClosed);
        let closed = self.desk.database.close().await;
        if let Some(reply) = self.queues.closing {
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
}

impl Queues {
    fn new(urgent: mpsc::Receiver<Message>, ordinary: mpsc::Receiver<Message>) -> Self {
        let (errands, clearing) = (VecDeque::new(), Vec::new());
        Self { urgent, ordinary, errands, clearing, closing: None, last: Turn::All }
    }

    /// What is urgent, or everything that waits; waits itself when nothing does. `None` at the end.
    async fn gather(&mut self) -> Option<Round> {
        if self.last == Turn::All
            && let Some(round) = self.gather_urgent()
        {
            self.last = Turn::Urgent;
            return Some(round);
        }
        self.last = Turn::All;
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

    fn gather_urgent(&mut self) -> Option<Round> {
        let first = self.urgent.try_recv().ok()?;
        let mut round = Round::default();
        self.take(&mut round, first);
        for _ in 1..ROUND_MAX {
            let Ok(message) = self.urgent.try_recv() else { break };
            self.take(&mut round, message);
        }
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
            Message::ClearAway(reply) => self.clearing.push(reply),
            Message::Close(reply) => self.closing = Some(reply),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Handle, Instant, PlanId},
        ledger::entry::StopVia,
        store::{
            StopOrder,
            settle::{Outcome, Settle},
        },
    };
    use tokio::sync::oneshot;

    fn stop() -> Message {
        let order = StopOrder {
            customer: Handle([7; 16]),
            purpose: "news".to_owned(),
            via: StopVia::OneClick,
            plan: None,
            at: Instant::from_ms(0),
        };
        Message::Stop(order, oneshot::channel().0)
    }

    fn release() -> Message {
        let settle = Settle { plan: PlanId(1), epoch: 1, outcome: Outcome::Release { next_at: Instant::from_ms(0) } };
        Message::Settle(settle, oneshot::channel().0)
    }

    #[tokio::test]
    async fn a_stop_waits_for_no_other_work_and_other_work_not_for_ever_for_stops() {
        let ((hurry, urgent), (ask, ordinary)) = (mpsc::channel(QUEUE_MAX), mpsc::channel(QUEUE_MAX));
        let mut queues = Queues::new(urgent, ordinary);
        for _ in 0..300 {
            ask.send(release()).await.unwrap();
        }
        hurry.send(stop()).await.unwrap();
        hurry.send(stop()).await.unwrap();
        let round = queues.gather().await.unwrap();
        assert_eq!((round.stops.len(), round.settles.len()), (2, 0), "what came later, and is urgent");
        hurry.send(stop()).await.unwrap();
        let round = queues.gather().await.unwrap();
        assert_eq!((round.stops.len(), round.settles.len()), (1, 300), "everything");
        hurry.send(stop()).await.unwrap();
        ask.send(release()).await.unwrap();
        let round = queues.gather().await.unwrap();
        assert_eq!((round.stops.len(), round.settles.len()), (1, 0));
        let round = queues.gather().await.unwrap();
        assert_eq!((round.stops.len(), round.settles.len()), (0, 1));
    }
}

//! The loop: claim what is due, hand it to the workers, wait for the next.
//!
//! The database is the queue. What stands in memory is only what the workers are about to do, and every row of it is
//! leased under this incarnation. With nothing due a turn of the loop is one index look-up and no write.

use super::{
    berth::{Berth, Route},
    draw::{Draw, Drawn},
    pipeline::Pipeline,
    queue::{Job, Queue},
    worker::{Stranded, Worker},
};

pub use super::worker::Going;
use crate::{
    base::{Instant, instant::Standstill},
    store::{Seat, StoreError},
};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

/// How long the loop rests when the database can't be asked.
const DATABASE_AWAY_WAIT: Duration = Duration::from_secs(1);
/// Until it is looked at again what is due of people whose message before is not decided, in case nobody says so.
const UNDECIDED_WAIT: Duration = Duration::from_secs(1);

/// The loop and its workers.
pub struct Run {
    pipeline: Arc<Pipeline>,
    route: Arc<Route>,
    wake: Arc<Notify>,
    stranded: Arc<Stranded>,
    draw: tokio::sync::Mutex<Draw>,
    /// From which the lanes have theirs: once for each incarnation.
    seat: Seat,
}

impl Run {
    /// A loop over this pipeline.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>, route: Arc<Route>, wake: Arc<Notify>, draw: Draw) -> Self {
        let seat = pipeline.store.begin_flights(pipeline.node);
        Self { pipeline, route, wake, stranded: Arc::default(), draw: draw.into(), seat }
    }

    /// Runs until told to stop; then ends what is on the wire and gives back what isn't.
    pub async fn until(&self, mut going: watch::Receiver<Going>) {
        let queue = Arc::new(Queue::new());
        let mut workers = JoinSet::new();
        for _ in 0..self.pipeline.in_force.now().config().smtp.lanes.get() {
            let worker = Worker {
                pipeline: Arc::clone(&self.pipeline),
                queue: Arc::clone(&queue),
                stranded: Arc::clone(&self.stranded),
                going: going.clone(),
            };
            workers.spawn(worker.work(Berth::new(Arc::clone(&self.route), self.seat.another())));
        }

        let mut draw = self.draw.lock().await;
        while *going.borrow() == Going::On {
            let until = match self.turn(&queue, &mut draw).await {
                Ok(Turn::Claimed | Turn::Drawn) => continue,
                Ok(Turn::Idle(until)) => until,
                Err(error) => {
                    tracing::error!(%error, "the database can't be asked; nothing is sent until it can");
                    self.pipeline.clock.wait_for(DATABASE_AWAY_WAIT).await;
                    continue;
                }
            };
            tokio::select! {
                // News first: with a virtual clock, time must not pass over a plan that has just come due earlier.
                biased;
                _ = going.changed() => {}
                () = self.wake.notified() => {}
                () = self.pipeline.clock.wait_until(until) => {}
            }
        }

        queue.close();
        let ended = async { while workers.join_next().await.is_some() {} };
        tokio::select! {
            biased;
            () = ended => {}
            _ = going.wait_for(|going| *going == Going::Hard) => {}
        }
    }

    /// Gives stranded claims back. One that got further meanwhile is not touched: its state or its epoch is another.
    async fn give_back(&self) -> Result<(), StoreError> {
        let stranded = self.stranded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (plan, epoch) in stranded {
            self.pipeline.store.release(plan, epoch, self.pipeline.clock.now()).await?;
            self.stranded.lock().unwrap_or_else(PoisonError::into_inner).retain(|claim| *claim != (plan, epoch));
        }
        Ok(())
    }

    /// Keeps virtual time from passing until a plan is done with. When few are left, the loop hears of it first, and
    /// looks at what is due before time goes on.
    fn until_recorded(&self, queue: &Arc<Queue>) -> Standstill {
        let (wake, still) = (Arc::clone(&self.wake), self.pipeline.clock.stand_still());
        let (queue, enough) = (Arc::clone(queue), self.enough());
        Standstill::until_dropped(move || {
            if queue.waiting() <= enough {
                wake.notify_one();
            }
            drop(still);
        })
    }

    /// With more plans than this in the queue nothing is claimed.
    fn enough(&self) -> usize {
        self.claim_rows() / 2
    }

    /// Plans claimed at a time.
    fn claim_rows(&self) -> usize {
        self.pipeline.in_force.now().config().limits.claim_rows
    }

    /// Claims what is due; and where there is nothing to claim, draws up a page of what comes round.
    async fn turn(&self, queue: &Arc<Queue>, draw: &mut Draw) -> Result<Turn, StoreError> {
        self.give_back().await?;
        Ok(match self.claim(queue).await? {
            Turn::Idle(until) => match draw.turn().await? {
                Drawn::More => Turn::Drawn,
                Drawn::Until(look) => Turn::Idle(until.min(look)),
            },
            claimed => claimed,
        })
    }

    async fn claim(&self, queue: &Arc<Queue>) -> Result<Turn, StoreError> {
        let clock = &self.pipeline.clock;
        if queue.waiting() > self.enough() {
            return Ok(Turn::Idle(Instant::NEVER));
        }
        if let Some(until) = self.route.closed_until(&self.pipeline.in_force.now().transport) {
            return Ok(Turn::Idle(until));
        }
        let now = clock.now();
        if let Some(scribe) = self.pipeline.scribe() {
            let decide = scribe.edition.rulebook.clone();
            let rows = self.claim_rows();
            let next = self.pipeline.store.rehearse(self.pipeline.node, rows, decide, Arc::new(scribe)).await?;
            let next = next.unwrap_or(Instant::NEVER);
            return Ok(if next > now { Turn::Idle(next) } else { Turn::Claimed });
        }
        let Some(due) = self.pipeline.store.next_claim(self.pipeline.in_force.now().revision()).await? else {
            return Ok(Turn::Idle(Instant::NEVER));
        };
        if due > now {
            return Ok(Turn::Idle(due));
        }
        let claimed = self.pipeline.store.claim(self.pipeline.node, now, self.claim_rows()).await?;
        if claimed.is_empty() {
            // What is due is of people whose message before is not decided yet. Its end wakes us.
            return Ok(Turn::Idle(now.plus(UNDECIDED_WAIT)));
        }
        for claimed in claimed {
            queue.push(Job { claimed, still: self.until_recorded(queue) });
        }
        Ok(Turn::Claimed)
    }
}

enum Turn {
    Claimed,
    Drawn,
    Idle(Instant),
}

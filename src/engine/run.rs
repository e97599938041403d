//! The loop: claim what is due, hand it to the workers, wait for the next.
//!
//! The database is the queue. What stands in memory is only what the workers are about to do, and every row of it is
//! leased under this incarnation. With nothing due a turn of the loop is one index look-up and no write.

use super::{
    berth::{Berth, Route},
    pipeline::{Passage, Pipeline},
};
use crate::{
    base::{Instant, instant::Standstill},
    store::{Claimed, StoreError},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, Notify, mpsc, watch},
    task::JoinSet,
};

/// How long the loop rests when the database can't be asked.
const DATABASE_AWAY_WAIT: Duration = Duration::from_secs(1);

/// How far the daemon should go on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Going {
    /// Work.
    On,
    /// Finish what is on the wire, claim nothing more.
    Soft,
    /// Leave now.
    Hard,
}

/// The loop and its workers.
pub struct Run {
    pipeline: Arc<Pipeline>,
    route: Arc<Route>,
    wake: Arc<Notify>,
    lanes: usize,
    claim_rows: usize,
}

struct Job {
    claimed: Claimed,
    still: Standstill,
}

struct Queue {
    jobs: Mutex<mpsc::Receiver<Job>>,
    waiting: AtomicUsize,
}

impl Run {
    /// A loop over this pipeline with so many lanes, claiming so many plans at a time.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>, route: Arc<Route>, wake: Arc<Notify>, lanes: usize, claim_rows: usize) -> Self {
        Self { pipeline, route, wake, lanes, claim_rows }
    }

    /// Runs until told to stop; then ends what is on the wire and gives back what isn't.
    pub async fn until(&self, mut going: watch::Receiver<Going>) {
        let (feed, jobs) = mpsc::channel(self.claim_rows.saturating_mul(2).max(1));
        let queue = Arc::new(Queue { jobs: Mutex::new(jobs), waiting: AtomicUsize::new(0) });
        let mut workers = JoinSet::new();
        for _ in 0..self.lanes {
            let worker = Worker {
                pipeline: Arc::clone(&self.pipeline),
                queue: Arc::clone(&queue),
                wake: Arc::clone(&self.wake),
                low_water: self.claim_rows / 2,
                going: going.clone(),
            };
            workers.spawn(worker.work(Berth::new(Arc::clone(&self.route))));
        }

        while *going.borrow() == Going::On {
            let until = match self.turn(&feed, &queue).await {
                Ok(Turn::Claimed) => continue,
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

        drop(feed);
        let ended = async { while workers.join_next().await.is_some() {} };
        tokio::select! {
            () = ended => {}
            _ = going.wait_for(|going| *going == Going::Hard) => {}
        }
    }

    async fn turn(&self, feed: &mpsc::Sender<Job>, queue: &Queue) -> Result<Turn, StoreError> {
        let clock = &self.pipeline.clock;
        if queue.waiting.load(Ordering::SeqCst) > self.claim_rows / 2 {
            return Ok(Turn::Idle(Instant::NEVER));
        }
        if let Some(until) = self.route.closed_until() {
            return Ok(Turn::Idle(until));
        }
        let now = clock.now();
        let Some(due) = self.pipeline.store.next_due().await? else { return Ok(Turn::Idle(Instant::NEVER)) };
        if due > now {
            return Ok(Turn::Idle(due));
        }
        let claimed = self.pipeline.store.claim(self.pipeline.node, now, self.claim_rows).await?;
        for claimed in claimed {
            queue.waiting.fetch_add(1, Ordering::SeqCst);
            // The receiver lives as long as the workers do, and they outlive this loop.
            let _ = feed.send(Job { claimed, still: clock.stand_still() }).await;
        }
        Ok(Turn::Claimed)
    }
}

enum Turn {
    Claimed,
    Idle(Instant),
}

struct Worker {
    pipeline: Arc<Pipeline>,
    queue: Arc<Queue>,
    wake: Arc<Notify>,
    low_water: usize,
    going: watch::Receiver<Going>,
}

impl Worker {
    async fn work(self, mut berth: Berth) {
        // Virtual time stands still until the receipt of the job before is on disk.
        let mut unrecorded: Option<Standstill> = None;
        loop {
            let job = {
                let mut jobs = self.queue.jobs.lock().await;
                match jobs.try_recv() {
                    Ok(job) => Some(job),
                    Err(_) => {
                        // Idle: first know that the last receipt is on disk.
                        drop(jobs);
                        self.settle(&mut berth).await;
                        self.wake.notify_one();
                        drop(unrecorded.take());
                        self.queue.jobs.lock().await.recv().await
                    }
                }
            };
            let Some(Job { claimed, still }) = job else { break };
            if self.queue.waiting.fetch_sub(1, Ordering::SeqCst) == self.low_water + 1 {
                self.wake.notify_one();
            }
            self.carry_out(claimed, &mut berth).await;
            self.wake.notify_one();
            drop(unrecorded.replace(still));
        }
        berth.leave().await;
    }

    async fn carry_out(&self, claimed: Claimed, berth: &mut Berth) {
        let (plan, epoch) = (claimed.plan.id, claimed.plan.epoch);
        if *self.going.borrow() != Going::On {
            let now = self.pipeline.clock.now();
            if let Err(error) = self.pipeline.store.release(plan, epoch, now).await {
                tracing::error!(plan = plan.0, %error, "not given back; the next start will");
            }
            return;
        }
        match self.pipeline.carry_out(claimed, berth).await {
            Ok(Passage::Done | Passage::PutBack) => {}
            Err(error) => tracing::error!(plan = plan.0, %error, "stopped on its way by the database"),
        }
    }

    async fn settle(&self, berth: &mut Berth) {
        if let Err(error) = berth.recorded().await {
            tracing::error!(%error, "a receipt is not recorded");
        }
    }
}

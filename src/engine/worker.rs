//! A worker: one lane's messages, one on the wire and the next one ready.
//!
//! ```text
//!  this message   ├─ MAIL ─ RCPT ─ DATA ─ body ─ dot ─ answer ─┤
//!  the next one   ├─ draft ─ letter ─ permit ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┤├─ MAIL …
//! ```
//!
//! So a lane hardly waits for the gate. What that may cost: a permission that waits for its lane is one that a stop must take back,
//! which it can, and that is older when it is used. So none waits for longer than [`QUICK`]: behind a message that takes longer, the
//! next one is given up, for another worker; and a worker whose last message took longer makes none ready ahead.

use super::{
    berth::Berth,
    pipeline::{Pipeline, Place, Ready},
    queue::{Job, Queue},
};
use crate::base::PlanId;
use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// A message behind which another one may wait takes no longer. A quarter of a permit's life.
const QUICK: Duration = Duration::from_millis(500);

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

/// Claims that a failing database left where they were, to be given back when it is well again.
pub(super) type Stranded = Mutex<Vec<(PlanId, i64)>>;

/// See the module.
pub(super) struct Worker {
    /// What every plan passes through.
    pub pipeline: Arc<Pipeline>,
    /// Where the next one is.
    pub queue: Arc<Queue>,
    /// Where those are put that can't be given back now.
    pub stranded: Arc<Stranded>,
    /// How far to go on.
    pub going: watch::Receiver<Going>,
}

/// How long the message before took.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lately {
    Quick,
    Slow,
}

impl Worker {
    /// Until the queue is closed and empty.
    pub async fn work(self, mut berth: Berth) {
        // How quick a server is, its first message says.
        let (mut ahead, mut lately) = (None, Lately::Slow);
        loop {
            let ready = match ahead.take() {
                Some(ready) => Some(ready),
                None => self.first(&mut berth).await,
            };
            let Some(ready) = ready else { break };
            (ahead, lately) = self.deliver(ready, lately, &mut berth).await;
        }
        berth.recorded().await;
        berth.leave().await;
    }

    /// The next that may leave, where none is ready; `None` at the end.
    async fn first(&self, berth: &mut Berth) -> Option<Ready> {
        loop {
            let mut job = self.queue.next_now();
            if job.is_none() {
                // Idle: first know that the last receipt is on disk.
                berth.recorded().await;
                job = self.queue.next().await;
            }
            if let Some(ready) = self.prepare(job?, Place::Free(berth)).await {
                return Some(ready);
            }
        }
    }

    /// Carries a message and makes the next one ready.
    async fn deliver(&self, ready: Ready, lately: Lately, berth: &mut Berth) -> (Option<Ready>, Lately) {
        let clock = Arc::clone(&self.pipeline.clock);
        let (began, route) = (clock.boot(), berth.route());
        let took = || if clock.boot() < began.plus(QUICK) { Lately::Quick } else { Lately::Slow };
        let mut delivery = pin!(self.pipeline.deliver(ready, berth));
        let next = async {
            let job = (lately == Lately::Quick).then(|| self.queue.next_now()).flatten()?;
            self.prepare(job, Place::Taken(&route)).await
        };
        let mut next = pin!(next);
        let ready = tokio::select! {
            // The message that is on its way comes first: what is said to the server waits for nothing.
            biased;
            () = &mut delivery => {
                let took = took();
                return (self.unless_it_ends(next.await).await, took);
            }
            ready = &mut next => ready,
        };
        let Some(ready) = ready else {
            delivery.await;
            return (None, took());
        };
        tokio::select! {
            biased;
            () = &mut delivery => (self.unless_it_ends(Some(ready)).await, took()),
            () = clock.wait_for(QUICK) => {
                tokio::join!(self.give_up(ready), delivery);
                (None, Lately::Slow)
            }
        }
    }

    async fn prepare(&self, Job { claimed, still }: Job, place: Place<'_>) -> Option<Ready> {
        let (plan, epoch) = (claimed.plan.id, claimed.plan.epoch);
        let prepared = if *self.going.borrow() == Going::On {
            self.pipeline.prepare(claimed, still, place).await
        } else {
            self.pipeline.store.release(plan, epoch, self.pipeline.clock.now()).await.map(|()| None)
        };
        prepared.unwrap_or_else(|error| {
            tracing::error!(plan = plan.0, %error, "stopped on its way by the database");
            self.stranded.lock().unwrap_or_else(PoisonError::into_inner).push((plan, epoch));
            None
        })
    }

    /// What is not on the wire when the daemon is to end doesn't come there.
    async fn unless_it_ends(&self, ready: Option<Ready>) -> Option<Ready> {
        if *self.going.borrow() != Going::On
            && let Some(ready) = ready
        {
            self.give_up(ready).await;
            return None;
        }
        ready
    }

    async fn give_up(&self, ready: Ready) {
        if let Err(error) = self.pipeline.give_up(ready).await {
            tracing::error!(%error, "a permission is not given back; it ends by itself");
        }
    }
}

//! What the daemon does besides sending: its lease beats, it watches the clock, says when the database is away, takes
//! back permissions whose answer was lost, and forgets domains that it no longer writes to and answers that are old.

use super::lifecycle::{PERMIT_LIFE, Stage};
use crate::{
    base::{AttemptId, Clock, NodeId},
    config::Mode,
    engine::{files::in_force::InForce, flights::Flights},
    fault,
    store::{Pulse, Rescued, Store, StoreError},
};
use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// Between two beats. A lease is taken for dead after several missed ones.
const BEAT: Duration = Duration::from_secs(5);
/// So long the API repeats an answer.
const ANSWERS_FOR: Duration = Duration::from_hours(24);
// What was permitted before one beat can't begin any more at the next.
const _: () = assert!(BEAT.as_millis() > PERMIT_LIFE.as_millis());

/// What the duties look after.
pub struct Duties {
    /// Where the beat is written.
    pub store: Store,
    /// Between the beats.
    pub clock: Arc<dyn Clock>,
    /// Whose lease beats.
    pub node: NodeId,
    /// Rung when plans are due that the clock's halt held, or that a lost permission did.
    pub wake: Arc<Notify>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// Each domain ever written to would stay in the memory of its pace otherwise.
    pub in_force: Arc<InForce>,
    /// Where the daemon stands.
    pub stage: watch::Sender<Stage>,
    /// Whether this node does what one node does alone.
    pub leads: watch::Sender<bool>,
    /// Whether another node's files are in force, as far as it was said.
    pub differs: AtomicBool,
}

impl Duties {
    /// Beats until dropped. A beat that can't be written is logged, shown by the readiness, and tried again.
    pub async fn keep(&self) {
        let mut unclaimed = BTreeSet::new();
        loop {
            self.clock.wait_for(fault::span("beat", BEAT)).await;
            match self.beat(&mut unclaimed).await {
                Ok(()) => self.turn(Stage::Running),
                Err(error) => {
                    // Another node may do it from now on.
                    self.leads.send_replace(!self.store.is_shared());
                    tracing::warn!(%error, "a beat could not be written");
                    self.turn(Stage::DatabaseAway(error.in_brief()));
                }
            }
            self.in_force.now().pace.forget_the_rested();
            // What an erasure could not empty, because somebody was reading.
            if let Err(error) = self.store.scrub().await {
                tracing::warn!(%error, "the log of the database could not be emptied after an erasure");
            }
            if let Err(error) = self.store.forget_answers(self.clock.now().minus(ANSWERS_FOR)).await {
                tracing::warn!(%error, "answers of the API could not be forgotten");
            }
            if let Err(error) = self.store.forget_calls().await {
                tracing::warn!(%error, "calls of web shops could not be forgotten");
            }
        }
    }

    async fn beat(&self, unclaimed: &mut BTreeSet<AttemptId>) -> Result<(), StoreError> {
        if self.store.beat(self.node).await? == Pulse::Lifted {
            self.wake.notify_one();
        }
        let leads = self.store.leads().await?;
        if self.leads.send_replace(leads) != leads {
            tracing::info!(leads, "what one node does alone");
        }
        if self.store.is_shared() {
            let Rescued { aborted, uncertain, released } =
                self.store.rescue(self.node, self.in_force.rulebook().after_uncertain()).await?;
            if (aborted, uncertain, released) != (0, 0, 0) {
                tracing::warn!(aborted, uncertain, released, "a node died; what it left is taken up");
                self.wake.notify_one();
            }
            self.compare().await?;
            self.share_the_pace().await?;
        }
        // What was rehearsed and was in the air when the rehearsal ended has its receipt by now.
        if self.in_force.now().config().mode != Mode::Rehearsal {
            self.store.end_rehearsal().await?;
        }
        // A permission that no flight has taken up, now and a beat ago, is one that nobody heard of.
        let unflown = self.store.unflown(self.node).await?;
        let now: BTreeSet<AttemptId> = unflown.into_iter().filter(|attempt| !self.flights.knows(*attempt)).collect();
        let lost: Vec<AttemptId> = now.intersection(unclaimed).copied().collect();
        *unclaimed = now;
        if !lost.is_empty() {
            let taken = self.store.take_back(lost).await?;
            tracing::warn!(taken, "permissions whose answer was lost are taken back");
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Each node that is alive takes its part of the pace.
    ///
    /// # Errors
    /// When the others can't be counted.
    pub async fn share_the_pace(&self) -> Result<(), StoreError> {
        let nodes = NonZeroU32::new(self.store.nodes_alive().await?).unwrap_or(NonZeroU32::MIN);
        self.in_force.now().pace.divide_among(nodes);
        Ok(())
    }

    /// Says where another node has put other files in force: nothing is claimed here then.
    async fn compare(&self) -> Result<(), StoreError> {
        let in_force = self.store.in_force().await?;
        let differs = in_force.is_some_and(|revision| revision.digest != self.in_force.now().revision());
        if self.differs.swap(differs, Ordering::Relaxed) != differs {
            if differs {
                tracing::warn!(
                    "another node has put other files in force: nothing is sent from here until these are the same"
                );
            } else {
                tracing::info!("these are the files in force");
            }
        }
        Ok(())
    }

    /// Says how the database is. At the start and at the end there is something else to say.
    fn turn(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let turns = matches!(stage, Stage::Running | Stage::DatabaseAway(_)) && *stage != to;
            if turns {
                *stage = to;
            }
            turns
        });
    }
}

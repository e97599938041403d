//! What the daemon does besides sending: its lease beats, it watches the clock, says when the database is away, and
//! forgets domains that it no longer writes to.

use super::lifecycle::Stage;
use crate::{
    base::{Clock, NodeId},
    deliver::Pace,
    store::{Pulse, Store},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};

/// Between two beats. A lease is taken for dead after several missed ones.
const BEAT: Duration = Duration::from_secs(5);

/// What the duties look after.
pub struct Duties {
    /// Where the beat is written.
    pub store: Store,
    /// Between the beats.
    pub clock: Arc<dyn Clock>,
    /// Whose lease beats.
    pub node: NodeId,
    /// Rung when plans are due that the clock's halt held.
    pub wake: Arc<Notify>,
    /// Each domain ever written to would stay in memory otherwise.
    pub pace: Arc<Pace>,
    /// Where the daemon stands.
    pub stage: watch::Sender<Stage>,
}

impl Duties {
    /// Beats until dropped. A beat that can't be written is logged, shown by the readiness, and tried again.
    pub async fn keep(&self) {
        loop {
            self.clock.wait_for(BEAT).await;
            match self.store.beat(self.node).await {
                Ok(pulse) => {
                    self.step(Stage::DatabaseAway, Stage::Running);
                    if pulse == Pulse::Lifted {
                        self.wake.notify_one();
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a beat could not be written");
                    self.step(Stage::Running, Stage::DatabaseAway);
                }
            }
            self.pace.forget_the_rested();
        }
    }

    /// From one stage to another; from any third, such as the end, nowhere.
    fn step(&self, from: Stage, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let there = *stage == from;
            if there {
                *stage = to;
            }
            there
        });
    }
}

//! The front of the house: open from the first moment of a start to the last of an end, with or without a database.
//!
//! A daemon that is started while its database is away (locked, on a full or a failing disk, damaged, gone) doesn't end:
//! it opens the stop page, takes stops into the journal, sends nothing, says so to whoever watches over it, and tries
//! again every second. When the database opens, the stops are applied before anything else (promise P8).
//!
//! Not promised · That every start waits. A database that a newer version wrote ends the start: its journal may be newer,
//! too, and what can't be read must not be written over. So does a database that was never open here: nobody holds a
//! link yet. A key file that is gone or damaged ends it earlier: without the key no stop link can be told from a forged
//! one.

use super::{
    home,
    lifecycle::{Means, PERMIT_LIFE, Stage},
};
use crate::{
    base::{Clock, NodeId, keys::Keyring},
    clock::ClockWatch,
    config::{Installation, Mode},
    engine::{
        desk::stop::Desk,
        files::{
            catch_up::catch_up,
            in_force::{Edition, InForce},
        },
        flights::Flights,
    },
    fault::{self, Point},
    store::{Rescued, Standby, Store, StoreError},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};

/// Between two tries to open a database that is away.
const AWAY_WAIT: Duration = Duration::from_secs(1);

/// See the module.
pub struct Front {
    /// The files in force.
    pub in_force: Arc<InForce>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// Where the daemon stands.
    pub stage: watch::Sender<Stage>,
    /// Rung when something new may be due.
    pub wake: Arc<Notify>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether the clock is watched.
    pub watch: ClockWatch,
    /// For stop links.
    pub keys: Arc<Keyring>,
    standby: Arc<Standby>,
}

/// What a start found when it had its database.
pub struct Entered {
    /// The database.
    pub store: Store,
    /// This incarnation.
    pub node: NodeId,
    /// What its dead predecessors left.
    pub rescued: Rescued,
}

impl Front {
    /// Before the database is asked.
    #[must_use]
    pub fn new(installation: Arc<Installation>, means: Means) -> Self {
        let Means { clock, watch, outfit, keys, lasting } = means;
        let opening = home::opening(&installation.config, Arc::clone(&keys), Arc::clone(&clock), watch, lasting);
        Self {
            in_force: InForce::new(Edition::new(installation, outfit, &clock, watch)),
            flights: Flights::new(PERMIT_LIFE, Arc::clone(&clock)),
            stage: watch::Sender::new(Stage::Starting),
            wake: Arc::default(),
            clock,
            watch,
            keys,
            standby: Arc::new(Standby::new(opening)),
        }
    }

    /// Where stops are handed in. Works from now on, whatever the engine does.
    #[must_use]
    pub fn desk(&self) -> Arc<Desk> {
        Arc::new(Desk {
            standby: Arc::clone(&self.standby),
            flights: Arc::clone(&self.flights),
            in_force: Arc::clone(&self.in_force),
            clock: Arc::clone(&self.clock),
            permit_life: PERMIT_LIFE,
            stage: self.stage.subscribe(),
            wake: Arc::clone(&self.wake),
        })
    }

    /// Opens the database, rescues what dead incarnations left, plans anew where the files changed. Can be tried again.
    ///
    /// # Errors
    /// The database's.
    pub async fn enter(&self) -> Result<Entered, StoreError> {
        let store = self.standby.open().await?;
        self.flights.look_elsewhere(&store);
        let rulebook = self.in_force.rulebook();
        let installation = rulebook.installation();
        let (node, rescued) = store.begin_node(rulebook.after_uncertain()).await?;
        fault::point(Point::AfterNodeBegun);
        catch_up(&store, &self.in_force, &self.flights, &*self.clock).await?;
        // A yes may be on disk, or a halt be lifted, by a process that died before it woke what waited for it.
        store.wake_approved("").await?;
        store.wake_held().await?;
        if installation.config.mode != Mode::Rehearsal {
            store.end_rehearsal().await?;
        }
        Ok(Entered { store, node, rescued })
    }

    /// The same, for as long as it takes, as long as stops can be taken meanwhile. `real` is the clock to wait by.
    ///
    /// # Errors
    /// What waiting can't mend, or what comes up where no stop can be taken.
    pub async fn enter_in_time(&self, real: &dyn Clock) -> Result<Entered, StoreError> {
        let mut told = String::new();
        loop {
            let error = match self.enter().await {
                Ok(entered) => {
                    self.stage.send_replace(Stage::Starting);
                    return Ok(entered);
                }
                Err(error) => error,
            };
            if !error.may_pass() || !self.standby.takes_stops().await {
                return Err(error);
            }
            let why = error.to_string();
            if why != told {
                tracing::error!(%error, "the database is away: stops are taken, nothing is sent, and it is tried again");
                told = why;
            }
            self.stage.send_replace(Stage::DatabaseAway(error.in_brief()));
            // Ready to take stops, which is what must not wait; `/readyz` says that the rest does.
            let status = format!("stops are taken; the database is away: {}", error.in_brief());
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready, sd_notify::NotifyState::Status(&status)]);
            real.wait_for(AWAY_WAIT).await;
        }
    }

    /// Closes the database, where it was open. The last thing.
    pub async fn close(&self) {
        if let Some(store) = self.standby.store() {
            store.close().await;
        }
    }
}

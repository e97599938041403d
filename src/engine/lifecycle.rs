//! A daemon's life: opened, rescued, running, ended.

use super::{
    berth::Route,
    duties::Duties,
    flights::Flights,
    front::{Entered, Front},
    office::Office,
    pipeline::Pipeline,
    rulebook::Rulebook,
    run::{Going, Run},
    stop::Desk,
};
use crate::{
    base::{Clock, keys::Keyring},
    clock::ClockWatch,
    config::{self, Installation},
    deliver::{Letterhead, Pace, Transport},
    store::{Rescued, Store},
};
use anyhow::Context;
use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};

/// How long a permit lives: `MAIL` is never written later.
pub const PERMIT_LIFE: Duration = Duration::from_secs(2);

/// Where the daemon stands, for readiness.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Rescuing and replanning.
    Starting,
    /// At work.
    Running,
    /// The database can't be asked, for this reason.
    DatabaseAway(&'static str),
    /// Finishing what is on the wire.
    Stopping,
}

/// What an engine is made with.
pub struct Means {
    /// Real or virtual.
    pub clock: Arc<dyn Clock>,
    /// Whether the clock is watched.
    pub watch: ClockWatch,
    /// SMTP, or paper.
    pub transport: Arc<dyn Transport>,
    /// Makes bytes and signs them.
    pub letterhead: Arc<Letterhead>,
    /// From the key file.
    pub keys: Arc<Keyring>,
}

/// An engine at its database. The caller holds the installation's lock.
pub struct Engine {
    /// Where everything is.
    pub store: Store,
    /// Policy, workflows and templates in force.
    pub rulebook: Arc<Rulebook>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// For stop links.
    pub keys: Arc<Keyring>,
    /// Rung when something new may be due.
    pub wake: Arc<Notify>,
    /// What the start found of its dead predecessors.
    pub rescued: Rescued,
    desk: Arc<Desk>,
    duties: Duties,
    run: Run,
    stage: watch::Sender<Stage>,
}

impl Engine {
    /// Opens the database, rescues what dead incarnations left, plans anew where the files changed.
    ///
    /// # Errors
    /// When the database can't be opened, is newer, or is damaged.
    pub async fn open(installation: Arc<Installation>, means: Means) -> anyhow::Result<Self> {
        let front = Front::new(&installation, &means);
        let entered = front.enter().await.context("the database can't be opened")?;
        Ok(Self::begin(&front, entered, means))
    }

    /// An engine behind this front, at the database that was entered.
    #[must_use]
    pub fn begin(front: &Front, entered: Entered, means: Means) -> Self {
        let Means { clock, watch, transport, letterhead, keys } = means;
        let Entered { store, node, rescued } = entered;
        let (rulebook, flights, stage) = (Arc::clone(&front.rulebook), Arc::clone(&front.flights), front.stage.clone());
        let wake = Arc::new(Notify::new());
        let settings = &rulebook.installation().config;
        let smtp = &settings.smtp;
        let route = Route::new(transport, Arc::clone(&clock));
        let pace = Arc::new(pace(&smtp.pace, watch, &clock));
        let duties = Duties {
            store: store.clone(),
            clock: Arc::clone(&clock),
            node,
            wake: Arc::clone(&wake),
            flights: Arc::clone(&flights),
            pace: Arc::clone(&pace),
            stage: stage.clone(),
        };
        let pipeline = Arc::new(Pipeline {
            store: store.clone(),
            clock: Arc::clone(&clock),
            rulebook: Arc::clone(&rulebook),
            letterhead,
            keys: Arc::clone(&keys),
            pace,
            flights: Arc::clone(&flights),
            node,
        });
        let run = Run::new(pipeline, route, Arc::clone(&wake), smtp.lanes.get(), settings.limits.claim_rows);
        let desk = front.desk();
        Self { store, rulebook, flights, clock, keys, wake, rescued, desk, duties, run, stage }
    }

    /// Where stops are handed in. Works from now on, whatever the engine does.
    #[must_use]
    pub fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    /// What the business asks of it.
    #[must_use]
    pub fn office(&self) -> Office {
        Office {
            store: self.store.clone(),
            policy: Arc::clone(&self.rulebook.installation().policy),
            replan: self.rulebook.clone(),
            flights: Arc::clone(&self.flights),
            clock: Arc::clone(&self.clock),
            wake: Arc::clone(&self.wake),
            from: self.rulebook.installation().config.mail.from.clone(),
            import_bytes_max: self.rulebook.installation().config.limits.import_bytes,
        }
    }

    /// Receiving domains whose pace is in memory.
    #[must_use]
    pub fn paced_domains(&self) -> usize {
        self.duties.pace.remembered()
    }

    /// Works until told to stop.
    pub async fn run(&self, going: watch::Receiver<Going>) {
        self.stage.send_replace(Stage::Running);
        let mut ending = going.clone();
        let announce = async {
            let _ = ending.wait_for(|going| *going != Going::On).await;
            self.stage.send_replace(Stage::Stopping);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.run.until(going) => {}
            () = self.duties.keep() => {}
            () = announce => {}
        }
    }

    /// Closes the database. The last thing.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// The pace of the wire. Its seconds are real ones, so virtual time has none.
fn pace(settings: &config::Pace, watch: ClockWatch, clock: &Arc<dyn Clock>) -> Pace {
    match watch {
        ClockWatch::On => Pace::new(settings.per_minute, &settings.domains, clock),
        ClockWatch::Off => Pace::new(NonZeroU32::MAX, &BTreeMap::new(), clock),
    }
}

//! A daemon's life: opened, rescued, running, ended.

use super::{
    duties::Duties,
    front::{Entered, Front},
    notice_news::NoticeNews,
    retention::Retention,
    soundness,
};
use crate::{
    base::{Clock, keys::Keyring},
    clock::ClockWatch,
    config::{Installation, Trace},
    engine::{
        berth::Route,
        desk::stop::Desk,
        draw::Draw,
        files::{
            Files, Fitting, Seen,
            in_force::{InForce, Outfit},
        },
        flights::Flights,
        office::Office,
        pipeline::Pipeline,
        recommending::Recommender,
        rulebook::Rulebook,
        run::{Going, Run},
    },
    store::{Lasting, Rescued, Store},
};
use anyhow::Context;
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::{Mutex, Notify, watch};

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
    pub outfit: Outfit,
    /// From the key file.
    pub keys: Arc<Keyring>,
    /// How long the database is to last.
    pub lasting: Lasting,
}

/// Between two looks at what became due by another node's doing.
const LOOK_FOR_OTHERS: Duration = Duration::from_secs(1);

/// An engine at its database. The caller holds the installation's lock.
pub struct Engine {
    /// Where everything is.
    pub store: Store,
    /// The files in force.
    pub in_force: Arc<InForce>,
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
    watch: ClockWatch,
    duties: Duties,
    retention: Retention,
    notice_news: NoticeNews,
    recommender: Recommender,
    run: Run,
    stage: watch::Sender<Stage>,
}

impl Engine {
    /// Opens the database, rescues what dead incarnations left, plans anew where the files changed.
    ///
    /// # Errors
    /// When the database can't be opened, is newer, or is damaged.
    pub async fn open(installation: Arc<Installation>, means: Means) -> anyhow::Result<Self> {
        let front = Front::new(installation, means);
        let entered = front.enter().await.context("the database can't be opened")?;
        Ok(Self::begin(&front, entered))
    }

    /// An engine behind this front, at the database that was entered.
    #[must_use]
    pub fn begin(front: &Front, entered: Entered) -> Self {
        let (clock, keys) = (Arc::clone(&front.clock), Arc::clone(&front.keys));
        let Entered { store, node, rescued } = entered;
        let (in_force, flights, stage) = (Arc::clone(&front.in_force), Arc::clone(&front.flights), front.stage.clone());
        let wake = Arc::clone(&front.wake);
        let route = Route::new(Arc::clone(&clock));
        let duties = Duties {
            store: store.clone(),
            clock: Arc::clone(&clock),
            node,
            wake: Arc::clone(&wake),
            flights: Arc::clone(&flights),
            in_force: Arc::clone(&in_force),
            stage: stage.clone(),
            leads: watch::Sender::new(!store.is_shared()),
            differs: AtomicBool::new(false),
        };
        let retention = Retention {
            store: store.clone(),
            in_force: Arc::clone(&in_force),
            flights: Arc::clone(&flights),
            clock: Arc::clone(&clock),
        };
        let notice_news = NoticeNews {
            store: store.clone(),
            in_force: Arc::clone(&in_force),
            flights: Arc::clone(&flights),
            wake: Arc::clone(&wake),
            clock: Arc::clone(&clock),
        };
        let recommender = Recommender {
            store: store.clone(),
            in_force: Arc::clone(&in_force),
            flights: Arc::clone(&flights),
            wake: Arc::clone(&wake),
            clock: Arc::clone(&clock),
        };
        let draw = Draw::new(store.clone(), Arc::clone(&in_force), Arc::clone(&flights), Arc::clone(&clock));
        let pipeline = Arc::new(Pipeline {
            store: store.clone(),
            clock: Arc::clone(&clock),
            in_force: Arc::clone(&in_force),
            keys: Arc::clone(&keys),
            flights: Arc::clone(&flights),
            node,
        });
        let run = Run::new(pipeline, route, Arc::clone(&wake), draw);
        let desk = front.desk();
        Self {
            store,
            in_force,
            flights,
            clock,
            keys,
            wake,
            rescued,
            desk,
            watch: front.watch,
            duties,
            retention,
            notice_news,
            recommender,
            run,
            stage,
        }
    }

    /// What tells people of changes in the privacy notice.
    #[must_use]
    pub const fn notice_news(&self) -> &NoticeNews {
        &self.notice_news
    }

    /// What recommends, night by night.
    #[must_use]
    pub const fn recommender(&self) -> &Recommender {
        &self.recommender
    }

    /// Where stops are handed in. Works from now on, whatever the engine does.
    #[must_use]
    pub fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    /// The rules in force.
    #[must_use]
    pub fn rulebook(&self) -> Arc<Rulebook> {
        self.in_force.rulebook()
    }

    /// The files in this folder, which left this trace when this engine was made from them.
    #[must_use]
    pub fn files(&self, root: &Path, trace: Trace, fitting: Fitting) -> Files {
        Files {
            root: root.to_owned(),
            store: self.store.clone(),
            in_force: Arc::clone(&self.in_force),
            flights: Arc::clone(&self.flights),
            clock: Arc::clone(&self.clock),
            watch: self.watch,
            wake: Arc::clone(&self.wake),
            fitting,
            seen: Mutex::new(Seen::at_the_start(trace)),
        }
    }

    /// What the business asks of it.
    #[must_use]
    pub fn office(&self) -> Office {
        self.desk.office_over(self.store.clone())
    }

    /// Receiving domains whose pace is in memory.
    #[must_use]
    pub fn paced_domains(&self) -> usize {
        self.in_force.now().pace.remembered()
    }

    /// Works until told to stop.
    pub async fn run(&self, going: watch::Receiver<Going>) {
        if self.store.is_shared()
            && let Err(error) = self.duties.share_the_pace().await
        {
            tracing::warn!(%error, "the other nodes could not be counted: the pace is divided at the next beat");
        }
        self.stage.send_replace(Stage::Running);
        let mut ending = going.clone();
        let announce = async {
            let _ = ending.wait_for(|going| *going != Going::On).await;
            self.stage.send_replace(Stage::Stopping);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            // In this order, so that the same happens again where the same happened before.
            biased;
            () = self.run.until(going) => {}
            () = self.duties.keep() => {}
            () = self.look_for_others() => {}
            // In a box: what it holds is larger than what the others do.
            () = self.alone(|| async {
                let sound = soundness::keep(&self.store, self.retention.clock.as_ref());
                tokio::join!(self.retention.keep(), self.notice_news.keep(), self.nights(), sound);
            }.boxed()) => {}
            () = announce => {}
        }
    }

    /// Does what one node of those that share a database does alone: as long as it is this one. It is cut off where it stands.
    pub async fn alone<'a>(&self, work: impl Fn() -> BoxFuture<'a, ()>) {
        let mut leads = self.duties.leads.subscribe();
        loop {
            let _ = leads.wait_for(|leads| *leads).await;
            tokio::select! {
                biased;
                () = work() => return,
                _ = leads.wait_for(|leads| !*leads) => {}
            }
        }
    }

    /// Whether this is that node now.
    #[must_use]
    pub fn leads(&self) -> bool {
        *self.duties.leads.borrow()
    }

    /// What other nodes plan, nobody here rings for.
    async fn look_for_others(&self) {
        if !self.store.is_shared() {
            std::future::pending::<()>().await;
        }
        loop {
            self.clock.wait_for(LOOK_FOR_OTHERS).await;
            self.wake.notify_one();
        }
    }

    /// On virtual time whoever lets it pass makes the lists: to wait here would be to wait for as long in truth.
    async fn nights(&self) {
        match self.watch {
            ClockWatch::On => self.recommender.keep().await,
            ClockWatch::Off => std::future::pending().await,
        }
    }

    /// Closes the database. The last thing.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

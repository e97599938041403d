//! The files of the installation while the daemon runs: looked at, read anew, and put in force as a whole or not at all.
//!
//! ```text
//!  SIGHUP ────────────┐
//!  comity reload ─────┼─► read all ─► mistakes? ──yes──► nothing changes; told, and shown by `comity status`
//!  two looks that see │                  │no
//!  the same change ───┘      a key that needs a restart, a signing key that can't be read? ──yes──► the same
//!                                        │no
//!                            the new revision stands in the database: nothing is permitted
//!                            the new edition is in force for everybody who asks
//!                            all plans are brought up to it ─► sending goes on
//! ```
//!
//! Promise · When a reload is acknowledged, no message begins any more that only the old files would have sent, and none in
//! words that are no longer in force. What was permitted before and has begun comes to its end as it was.
//!
//! Promise · A process that dies anywhere on this way leaves either the old files in force or the new ones; the next start
//! reads the files anyway, and brings up the plans that are behind.
//!
//! Not promised · That a file is noticed whose length, time and inode stayed the same while its text changed; SIGHUP and
//! `comity reload` read whatever is there.

pub mod in_force;
pub mod catch_up;
mod unsigned;

use self::{
    catch_up::{catch_up, tell_of},
    in_force::{Edition, InForce, Outfit, Trouble},
};
use super::flights::Flights;
use crate::{
    base::Clock,
    clock::ClockWatch,
    config::{self, Installation, LoadError, Trace},
    document::report,
    fault::{self, Point},
    privacy::{Change, material},
    store::{PutInForce, Revision, Store, StoreError},
};
use sd_notify::NotifyState;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::{Mutex, Notify};

/// Between two looks at the files.
pub const LOOK: Duration = Duration::from_secs(2);

/// Makes what messages leave with.
pub type Fitting = Arc<dyn Fn(&Installation) -> anyhow::Result<Outfit> + Send + Sync>;

/// See the module.
pub struct Files {
    /// Where they lie.
    pub root: PathBuf,
    /// Where everything else is.
    pub store: Store,
    /// What they come into.
    pub in_force: Arc<InForce>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// Between the looks.
    pub clock: Arc<dyn Clock>,
    /// Whether the clock is watched.
    pub watch: ClockWatch,
    /// Rung when plans may be due under new files.
    pub wake: Arc<Notify>,
    /// What messages leave with.
    pub fitting: Fitting,
    /// One reload at a time.
    pub seen: Mutex<Seen>,
}

/// What was read last, and with which end.
pub struct Seen {
    in_force: Trace,
    tried: Trace,
    /// The revision that may be in force in the database by this node's doing, and is not here: nobody heard of the commit.
    doubted: Option<String>,
}

impl Seen {
    /// Of files that were read when they left this trace, and are in force.
    #[must_use]
    pub fn at_the_start(trace: Trace) -> Self {
        Self { in_force: trace.clone(), tried: trace, doubted: None }
    }
}

/// Another set of files is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// Its revision.
    pub revision: String,
    /// The files that differ from those in force before.
    pub files: Vec<String>,
    /// `Behind`: the database was away; nothing is sent until it is back and the plans are up to the files.
    pub plans: Plans,
    /// Purposes that are worded anew, with how many people had agreed to them in other words: they get nothing more of them
    /// until they agree again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reworded: BTreeMap<String, u64>,
    /// What matters to people in the new privacy notice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notice: Vec<Change>,
}

/// Whether plans were made by the files in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plans {
    /// All of them.
    UpToDate,
    /// They are still to be brought up to them: nothing is claimed.
    Behind,
}

/// Everything is as it was.
#[derive(Debug, thiserror::Error)]
pub enum NotReloaded {
    /// The files have mistakes, or can't be read.
    #[error("{0}")]
    Load(#[from] LoadError),
    /// Keys that name what was opened at the start.
    #[error("only a new start takes over {}: restart the daemon", .0.join(" and "))]
    NeedsRestart(Vec<&'static str>),
    /// The signing key, the mail server's name or the sender can't be used.
    #[error("{0:#}")]
    Unusable(anyhow::Error),
    /// Nothing can be put in force without it.
    #[error("the database is away: {0}")]
    Database(#[from] StoreError),
}

impl NotReloaded {
    /// One sentence, with the first mistake of several.
    #[must_use]
    pub fn in_brief(&self) -> String {
        let first = match self {
            Self::Load(LoadError::Findings(findings)) => findings.0.first(),
            _ => None,
        };
        first.map_or_else(|| self.to_string(), |first| format!("{self}: {}", report::brief(first)))
    }

    /// All that is to be said, drawn as `comity check` draws it.
    #[must_use]
    pub fn in_full(&self) -> String {
        match self {
            Self::Load(LoadError::Findings(findings)) => {
                format!("{self}\n\n{}", report::draw(findings, report::Canvas::Plain))
            }
            _ => self.to_string(),
        }
    }
}

impl Files {
    /// Looks at the files until dropped, and puts them in force when they have changed and stood still for one look more:
    /// an editor, a copy or a checkout writes them one after the other.
    pub async fn look(&self) {
        let mut changed: Option<Trace> = None;
        loop {
            self.clock.wait_for(LOOK).await;
            self.stay_in_step().await;
            let tried = self.seen.lock().await.tried.clone();
            let now = self.trace(tried.clone()).await;
            if now == tried {
                changed = None;
            } else if changed.replace(now.clone()).is_some_and(|before| before == now) {
                // What came of it is logged, and shown by `comity status`.
                let _ = self.reload().await;
            }
        }
    }

    /// Sees to it that the database says of these files what is true here: a commit whose answer was lost may have put
    /// something else in force, and plans that were not brought up hold everything back. Where the database can't be
    /// asked, whoever sends says so. What another node has put in force stays: nothing is sent from here until these files
    /// are the same.
    async fn stay_in_step(&self) {
        let Ok(known) = self.store.in_force().await else { return };
        let seen = self.seen.lock().await;
        let here = self.in_force.now();
        let is_in_step = known.is_some_and(|Revision { digest, planned_at, .. }| {
            if digest == here.revision() {
                planned_at.is_some()
            } else {
                self.store.is_shared() && seen.doubted.as_ref() != Some(&digest)
            }
        });
        if !is_in_step {
            self.bring_up().await;
        }
    }

    /// Reads the files, and puts them in force if nothing is wrong with them.
    ///
    /// # Errors
    /// Why everything is as it was.
    pub async fn reload(&self) -> Result<Reloaded, NotReloaded> {
        let mut seen = self.seen.lock().await;
        tell_systemd(&[Some(NotifyState::Reloading), NotifyState::monotonic_usec_now().ok()]);
        let reloaded = self.take_over(&mut seen).await;
        tell_systemd(&[Some(NotifyState::Ready)]);
        match &reloaded {
            Ok(Reloaded { revision, files, .. }) => {
                tracing::info!(revision, files = files.join(", "), "the files are in force");
                self.in_force.note_trouble(None);
            }
            Err(why) => self.complain(why),
        }
        reloaded
    }

    async fn take_over(&self, seen: &mut Seen) -> Result<Reloaded, NotReloaded> {
        let before = self.in_force.now();
        let (root, earlier) = (self.root.clone(), seen.tried.clone());
        let reading = tokio::task::spawn_blocking(move || config::load_still(&root, &earlier)).await;
        let (loaded, trace) = reading.map_err(|gone| NotReloaded::Unusable(gone.into()))?;
        let files = trace.since(&seen.in_force, &self.root);
        // Where the files themselves are to blame, only other files are tried again by themselves.
        seen.tried = if matches!(loaded, Err(LoadError::Moving)) { Trace::default() } else { trace.clone() };
        let edition = self.edition(loaded?, &before)?;
        // First in the database, whose permits look there; then for everybody who asks.
        let put = self.store.put_in_force(edition.revision(), edition.published()).await;
        let PutInForce { reworded, .. } = put.inspect_err(|_| {
            seen.tried = Trace::default();
            seen.doubted = Some(edition.revision().to_owned());
        })?;
        seen.doubted = None;
        tell_of(&reworded);
        let notice = material(&before.notice().content.facts, &edition.notice().content.facts);
        for change in &notice {
            tracing::warn!(change = change.sentence(), "the privacy notice has changed in what matters to people");
        }
        fault::point(Point::AfterSwitch);
        let revision = edition.revision().to_owned();
        self.in_force.replace(edition);
        seen.in_force = trace;
        let plans = self.bring_up().await;
        if plans == Plans::Behind {
            // What the old rules have permitted was not taken back, or not all of it.
            self.flights.outlast().await;
        }
        Ok(Reloaded { revision, files, plans, reworded, notice })
    }

    /// What would be in force.
    fn edition(&self, installation: Installation, before: &Edition) -> Result<Edition, NotReloaded> {
        let keys = before.config().needs_restart(&installation.config);
        if !keys.is_empty() {
            return Err(NotReloaded::NeedsRestart(keys));
        }
        let outfit = (self.fitting)(&installation).map_err(NotReloaded::Unusable)?;
        Ok(Edition::new(Arc::new(installation), outfit, &self.clock, self.watch).after(before))
    }

    /// Brings the plans up to what is in force, where they are behind. If the database is away, a later look does it.
    async fn bring_up(&self) -> Plans {
        if let Err(error) = catch_up(&self.store, &self.in_force, &self.flights, &*self.clock).await {
            tracing::error!(%error, "plans are not up to the files in force: nothing is sent until they are");
            return Plans::Behind;
        }
        self.wake.notify_one();
        Plans::UpToDate
    }

    async fn trace(&self, tried: Trace) -> Trace {
        let root = self.root.clone();
        // A look that failed saw nothing, which is no change that stands still.
        tokio::task::spawn_blocking(move || tried.again(&root)).await.unwrap_or_default()
    }

    /// Once for each reason. What a file says stays out of the log: it may be a secret.
    fn complain(&self, why: &NotReloaded) {
        let known = self.in_force.trouble();
        let text = why.in_brief();
        if known.as_ref().is_none_or(|known| known.why != text) {
            tracing::error!(why = text, "the files are not taken over; what was in force stays in force");
            if let NotReloaded::Load(LoadError::Findings(findings)) = why {
                for finding in &findings.0 {
                    tracing::error!(mistake = report::brief(finding), "not taken over");
                }
            }
        }
        let since = known.map_or_else(|| self.clock.now(), |known| known.since);
        self.in_force.note_trouble(Some(Trouble { since, why: text }));
    }
}

/// Nothing where nobody listens.
fn tell_systemd(states: &[Option<NotifyState<'_>>]) {
    let states: Vec<NotifyState<'_>> = states.iter().flatten().cloned().collect();
    let _ = sd_notify::notify(&states);
}

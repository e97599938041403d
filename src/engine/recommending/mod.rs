//! Recommendations, night by night: who agreed, what they bought, their lists, and the records by which they are told.
//!
//! ```text
//!  words of everybody ─► who agreed ─► what they bought ─► lists ─► records ─► trigger, plan, gate … as for any record
//!                                       (gather)           (press)  (night)
//! ```
//!
//! Promise · Only purchases of those whose yes to the policy's purpose holds are opened at all. All lists of a night are made at
//! once, from the same model, and published together under one version: between two nights nothing changes, so that nobody can
//! read a purchase off a change. Whoever has too few good candidates is recommended nothing. Over any crash nobody is recommended
//! something twice in a night, and whoever was missed is asked about on the next.
//!
//! On virtual time nobody waits for the night here: whoever lets the time pass makes the lists at [`nights`].
//!
//! Not promised · That a message leaves: its record is planned, capped and asked by the gate like any other.

mod gather;
mod press;
mod night;
mod auditing;

use super::{
    files::in_force::{Edition, InForce},
    flights::Flights,
};
use crate::{
    base::{Clock, Instant},
    policy::{Policy, Recommending},
    store::{BatchOutcome, Store},
};
pub use auditing::{AuditOrder, Audited};
use chrono::TimeDelta;
pub use night::{Figures, Made};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

/// Between two looks at the clock.
const LOOK: Duration = Duration::from_mins(5);
/// Records that are made in one transaction: a stop must get in between.
const AT_ONCE: usize = 32;

/// See the module.
pub struct Recommender {
    /// Where everything is kept.
    pub store: Store,
    /// What the files say.
    pub in_force: Arc<InForce>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// Rung when somebody is recommended something.
    pub wake: Arc<Notify>,
    /// Between the looks.
    pub clock: Arc<dyn Clock>,
}

/// What a night came to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Published {
    /// What became of it.
    pub outcome: BatchOutcome,
    /// Its version; empty where there is none.
    pub version: String,
    /// How many were recommended something.
    pub people: usize,
    /// What it was measured by.
    pub figures: Figures,
}

impl Recommender {
    /// Makes a batch each night until dropped. What fails is logged, and tried again.
    pub async fn keep(&self) {
        loop {
            self.clock.wait_for(LOOK).await;
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "recommendations could not be made; it is tried again");
            }
        }
    }

    /// Makes tonight's batch, where it is time and there isn't one yet.
    ///
    /// # Errors
    /// The database's, or that the computation ended in the middle.
    pub async fn look(&self) -> anyhow::Result<Option<Published>> {
        let edition = self.in_force.now();
        let Some(rules) = &edition.policy().recommending else { return Ok(None) };
        let last = self.store.last_batch().await?.map(|batch| batch.made_at);
        if last.is_some_and(|last| last >= last_time(rules, &edition, self.clock.now())) {
            return Ok(None);
        }
        self.publish().await
    }

    /// Makes a batch now. `None` where the policy recommends nothing, or another node made one meanwhile.
    ///
    /// # Errors
    /// The database's, or that the computation ended in the middle. Whoever got a record keeps it.
    pub async fn publish(&self) -> anyhow::Result<Option<Published>> {
        let edition = self.in_force.now();
        if edition.policy().recommending.is_none() {
            return Ok(None);
        }
        let last = self.store.last_batch().await?.map_or(0, |batch| batch.id);
        let Made { outcome, version, figures, recommended } = self.make(&edition).await?;
        let mut people = 0;
        let text = serde_json::to_string(&figures)?;
        let Some(batch) = self.store.add_batch(last, version.clone(), outcome, text).await? else { return Ok(None) };
        let mut rest = recommended.into_iter().peekable();
        while rest.peek().is_some() {
            let some = rest.by_ref().take(AT_ONCE).collect();
            let made = self.store.recommend(batch, some, self.in_force.clone()).await?;
            people += made.people;
            self.flights.revoke(&made.open).await;
            self.wake.notify_one();
        }
        if outcome == BatchOutcome::Publishing {
            self.store.end_batch(batch).await?;
        }
        tracing::info!(batch, ?outcome, version, people, "recommendations were made");
        let outcome = if outcome == BatchOutcome::Publishing { BatchOutcome::Published } else { outcome };
        Ok(Some(Published { outcome, version, people, figures }))
    }

    /// What a batch would be now. Nothing is written. `None` where the policy recommends nothing.
    ///
    /// # Errors
    /// The database's, or that the computation ended in the middle.
    pub async fn preview(&self) -> anyhow::Result<Option<Published>> {
        let edition = self.in_force.now();
        if edition.policy().recommending.is_none() {
            return Ok(None);
        }
        let Made { outcome, version, figures, recommended } = self.make(&edition).await?;
        Ok(Some(Published { outcome, version, people: recommended.len(), figures }))
    }

    /// Looks at the lists as they would be made now, with the groups that an auditor brought. Nothing is written. `None` where the
    /// policy recommends nothing; what is missing, where the shop is too small.
    ///
    /// # Errors
    /// The database's, or that the computation ended in the middle.
    pub async fn audit(&self, order: AuditOrder) -> anyhow::Result<Option<Result<Audited, Vec<String>>>> {
        let edition = self.in_force.now();
        if edition.policy().recommending.is_none() {
            return Ok(None);
        }
        let gathered = gather::gather(&self.store, &edition, self.clock.now()).await?;
        let known = auditing::known(&self.store, &order.groups, &gathered.readers).await?;
        let audit = move || auditing::audit(gathered, edition.policy(), known, &order);
        Ok(tokio::task::spawn_blocking(audit).await?)
    }

    /// The work is done beside everything else.
    async fn make(&self, edition: &Arc<Edition>) -> anyhow::Result<Made> {
        let gathered = gather::gather(&self.store, edition, self.clock.now()).await?;
        let edition = Arc::clone(edition);
        Ok(tokio::task::spawn_blocking(move || night::make(gathered, edition.policy())).await?)
    }
}

/// When batches are to be made by this policy: from the one time on, and before the other.
#[must_use]
pub fn nights(policy: &Policy, from: Instant, to: Instant) -> Vec<Instant> {
    let (zone, Some(rules)) = (policy.business.time_zone, &policy.recommending) else { return Vec::new() };
    let days = zone.local(from).date().iter_days();
    let times = days.map(|day| zone.resolve(day.and_time(rules.publish_at)));
    times.skip_while(|at| *at < from).take_while(|at| *at < to).collect()
}

/// The last time by the business's clock at which a batch was to be made.
fn last_time(rules: &Recommending, edition: &Edition, now: Instant) -> Instant {
    let zone = edition.policy().business.time_zone;
    let today = zone.local(now).date().and_time(rules.publish_at);
    let at = zone.resolve(today);
    if at <= now { at } else { zone.resolve(today.checked_sub_signed(TimeDelta::days(1)).unwrap_or(today)) }
}

//! What changed in the privacy notice is told to those whom it concerns, by a workflow, once.
//!
//! Promise · A notice is told of a day after it came into force, so that whoever takes a slip back within that day has told nobody.
//! Each person hears of it once, over any crash, and only of what is theirs. Where no workflow tells of such changes, nobody is
//! told, and what changed until there is one is old news then.
//!
//! Not promised · That everybody hears of it: a stop is a stop, and a message that the gate refuses doesn't leave.

use crate::{
    base::{Clock, CustomerId, Value, value::Fields},
    config::Installation,
    engine::{files::in_force::InForce, flights::Flights},
    privacy::{Change, Facts, material},
    store::{Holder, NewsStand, Store, StoreError, Telling},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

/// Between two looks.
const LOOK: Duration = Duration::from_mins(15);
/// So long a notice is to be in force before anybody is told.
const SECOND_THOUGHTS: Duration = Duration::from_hours(24);
/// People who are told in one transaction: a stop must get in between.
const AT_ONCE: u32 = 32;

/// See the module.
pub struct NoticeNews {
    /// Where it is kept.
    pub store: Store,
    /// What the files say.
    pub in_force: Arc<InForce>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// Rung when somebody is to be told.
    pub wake: Arc<Notify>,
    /// Between the looks.
    pub clock: Arc<dyn Clock>,
}

impl NoticeNews {
    /// Tells until dropped. What fails is logged, and tried again.
    pub async fn keep(&self) {
        loop {
            self.clock.wait_for(LOOK).await;
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "people could not be told what changed in the privacy notice; it is tried again");
            }
        }
    }

    /// Tells everybody who is to be told by now.
    ///
    /// # Errors
    /// The database's. Whoever was told was; the rest hears with the next look.
    pub async fn look(&self) -> Result<(), StoreError> {
        let edition = self.in_force.now();
        let record = record(edition.rulebook.installation());
        loop {
            match self.store.news_stand().await? {
                NewsStand::Nothing => return Ok(()),
                NewsStand::Other { since, .. } if self.clock.now() < since.plus(SECOND_THOUGHTS) => return Ok(()),
                NewsStand::Other { before, notice, .. } => {
                    let (changes, _) = self.changes(before, notice).await?;
                    let is_to_tell = record.is_some() && !changes.is_empty();
                    self.store.begin_news(before, notice, is_to_tell).await?;
                }
                NewsStand::Begun(telling) => self.tell(telling, record.as_ref()).await?,
            }
        }
    }

    async fn changes(&self, before: i64, notice: i64) -> Result<(Vec<Change>, Facts), StoreError> {
        let (before, after) = (self.store.notice_at(before).await?, self.store.notice_at(notice).await?);
        Ok((material(&before.facts, &after.facts), after.facts))
    }

    async fn tell(&self, mut telling: Telling, record: Option<&(String, String)>) -> Result<(), StoreError> {
        let (changes, facts) = self.changes(telling.before, telling.notice).await?;
        let mut people = 0;
        loop {
            let page = match record {
                Some(_) => self.store.holders_after(telling.after, AT_ONCE).await?,
                None => None,
            };
            let Some((holders, last)) = page else {
                let open = self.store.tell_news(telling, Vec::new(), None, self.in_force.clone()).await?;
                self.flights.revoke(&open).await;
                tracing::info!(people, "a change of the privacy notice is told to those whom it concerns");
                return Ok(());
            };
            let told = holders.iter().filter_map(|holder| self.told(holder, &changes, &facts, record?));
            let told: Vec<(CustomerId, String, Fields)> = told.collect();
            people += told.len();
            let open = self.store.tell_news(telling, told, Some(last), self.in_force.clone()).await?;
            self.flights.revoke(&open).await;
            self.wake.notify_one();
            telling.after = last;
        }
    }

    /// The record by which somebody is told. `None`: nothing of it is theirs.
    fn told(
        &self,
        Holder { customer, held }: &Holder,
        changes: &[Change],
        facts: &Facts,
        (kind, field): &(String, String),
    ) -> Option<(CustomerId, String, Fields)> {
        let edition = self.in_force.now();
        let language = customer.language.as_ref().unwrap_or(&edition.policy().business.language);
        let concerning = changes.iter().filter(|change| change.concerns(held, facts));
        let sentences: Vec<String> = concerning.map(|change| change.told(facts, language)).collect();
        let fields = || Fields::from([(field.clone(), Value::Text(sentences.join(" ")))]);
        (!sentences.is_empty()).then(|| (customer.id, kind.clone(), fields()))
    }
}

/// The type of the records by which people are told, and the field that says of what; none where no message would tell.
fn record(installation: &Installation) -> Option<(String, String)> {
    let (kind, field) = installation.policy.notice_record()?;
    let tells = installation.workflows.values().any(|workflow| workflow.trigger.subject() == kind);
    tells.then(|| (kind.to_owned(), field.to_owned()))
}

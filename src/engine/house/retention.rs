//! What is no longer to be kept goes, once a day: fields whose time is over, and those that served only what their person has
//! stopped. What went is counted in the log and in the ledger, and named nowhere.
//!
//! Promise · A field is gone a day after its time at the latest, while the daemon runs. While the clock is in doubt nothing
//! goes: a wrong date would take what can't be brought back.
//!
//! Promise · What a stop takes, it takes a day after it at the earliest, so that whoever takes the stop back has lost nothing.
//!
//! Promise · Whoever was signed up by a form, and is known by nothing else, goes when nobody confirmed it for thirty days.
//!
//! Promise · What a calendar said of a visit that nobody was known for goes after it took place, and a task after it ended, each when
//! the policy's `[retention]` says.
//!
//! Not promised · That it stays away: a file that still names it brings it back, until the next day.

use crate::{
    base::{Clock, CustomerId, Instant, RecordId, Term},
    engine::{files::in_force::InForce, flights::Flights},
    fault::{self, Point},
    ledger::Act,
    policy::{Basis, Policy, Purpose, retention::Kept},
    store::{Forget, Forgotten, KeptCustomer, KeptRecord, Stops, Store, StoreError},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Between two looks whether a day is over.
const LOOK: Duration = Duration::from_mins(15);
/// Between two rounds.
const ROUND: Duration = Duration::from_hours(24);
/// So long a stop is to stand before it takes anything.
const SECOND_THOUGHTS: Duration = Duration::from_hours(24);
/// Rows that are read at once.
const PAGE_ROWS: u32 = 500;
/// Rows that are changed in one transaction: a stop must get in between.
const FORGET_ROWS: usize = 32;

/// See the module.
pub struct Retention {
    /// Where it is kept.
    pub store: Store,
    /// How long it may be.
    pub in_force: Arc<InForce>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// Between the rounds.
    pub clock: Arc<dyn Clock>,
}

impl Retention {
    /// Goes round until dropped. A round that fails is logged, and tried again.
    pub async fn keep(&self) {
        loop {
            self.clock.wait_for(fault::sooner(LOOK)).await;
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "what is no longer to be kept could not be removed; it is tried again");
            }
        }
    }

    /// Goes round, if a day is over.
    ///
    /// # Errors
    /// The database's. What went is gone; the rest goes with the next try.
    pub async fn look(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let looked_at = self.store.looked_at().await?;
        if looked_at.is_some_and(|at| at.plus(ROUND) > now) {
            return Ok(());
        }
        if self.store.halts().await?.iter().any(|halt| halt.cause.doubts_the_time()) {
            tracing::warn!("the clock is in doubt: nothing is removed");
            return Ok(());
        }
        self.unconfirmed().await?;
        let records = self.records(now).await?;
        let customers = self.customers(now).await?;
        let (visits, tasks) = self.besides().await?;
        let fields = records.fields + customers.fields;
        let (records, customers) = (records.rows, customers.rows);
        fault::point(Point::AfterForgetting);
        let gone = (fields + visits + tasks > 0).then_some(Act::Forgot { fields, records, customers, visits, tasks });
        if let Some(act) = &gone {
            tracing::info!(records, customers, visits, tasks, "{}", act.sentence());
        }
        self.store.looked(gone).await
    }

    /// Whoever was signed up and never confirmed it. The ledger has a line about each.
    async fn unconfirmed(&self) -> Result<(), StoreError> {
        let mut all = 0;
        loop {
            let (gone, open) = self.store.forget_unconfirmed().await?;
            self.flights.revoke(&open).await;
            all += gone;
            if gone == 0 {
                break;
            }
        }
        if all > 0 {
            tracing::info!(people = all, "sign-ups that nobody confirmed were removed, with whoever they named");
        }
        Ok(())
    }

    /// Past visits that nobody was known for, and tasks that have ended.
    async fn besides(&self) -> Result<(u64, u64), StoreError> {
        let (mut visits, mut tasks) = (0, 0);
        loop {
            let now = self.clock.now();
            let policy = Arc::clone(self.in_force.now().policy());
            let (terms, zone) = (policy.retention, policy.business.time_zone);
            let over = move |term: Term| move |at| term.end(at, zone) <= now;
            let went = self.store.forget_visits(over(terms.visits_of_nobody)).await?;
            let ended = self.store.forget_tasks(over(terms.tasks)).await?;
            if went + ended == 0 {
                return Ok((visits, tasks));
            }
            (visits, tasks) = (visits + went, tasks + ended);
        }
    }

    async fn records(&self, now: Instant) -> Result<Forgotten, StoreError> {
        let (mut gone, mut after) = (Forgotten::default(), RecordId(0));
        loop {
            let page = self.store.records_kept(after, PAGE_ROWS).await?;
            let policy = Arc::clone(self.in_force.now().policy());
            let those: Vec<_> = page.rows.iter().filter_map(|kept| of_record(&policy, kept, now)).collect();
            for some in those.chunks(FORGET_ROWS) {
                let went = self.store.forget_of_records(some.to_vec(), self.in_force.clone()).await?;
                self.flights.revoke(&went.open).await;
                gone.absorb(went);
            }
            let Some(next) = page.next else { return Ok(gone) };
            after = next;
        }
    }

    async fn customers(&self, now: Instant) -> Result<Forgotten, StoreError> {
        let (mut gone, mut after) = (Forgotten::default(), CustomerId(0));
        loop {
            let page = self.store.customers_kept(after, PAGE_ROWS).await?;
            let policy = Arc::clone(self.in_force.now().policy());
            let those: Vec<_> = page.rows.iter().filter_map(|kept| of_customer(&policy, kept, now)).collect();
            for some in those.chunks(FORGET_ROWS) {
                let went = self.store.forget_of_customers(some.to_vec(), self.in_force.clone()).await?;
                self.flights.revoke(&went.open).await;
                gone.absorb(went);
            }
            let Some(next) = page.next else { return Ok(gone) };
            after = next;
        }
    }
}

fn of_record(policy: &Policy, kept: &KeptRecord, now: Instant) -> Option<Forget<RecordId>> {
    let KeptRecord { record, known_at, stops } = kept;
    let stopped = &stopped(policy, stops, now, Some(*known_at));
    let fields = policy.overdue_of_record(&record.kind, &record.fields, &Kept { since: Some(*known_at), stopped, now });
    (!fields.is_empty()).then_some(Forget { id: record.id, version: record.version, fields })
}

fn of_customer(policy: &Policy, kept: &KeptCustomer, now: Instant) -> Option<Forget<CustomerId>> {
    let KeptCustomer { customer, heard_at, stops } = kept;
    let stopped = &stopped(policy, stops, now, None);
    let fields = policy.overdue_of_customer(&customer.fields, &Kept { since: *heard_at, stopped, now });
    (!fields.is_empty()).then_some(Forget { id: customer.id, version: customer.version, fields })
}

/// What has been stopped for long enough. A word about everything is one about each of which nothing was said. What somebody asked
/// for after it, by a record that became known then, is not stopped: they are asked whether it was they.
fn stopped(policy: &Policy, stops: &Stops, now: Instant, known_at: Option<Instant>) -> BTreeSet<String> {
    let everything = stops.get("").copied().flatten();
    let since = |purpose: &String| stops.get(purpose).copied().unwrap_or(everything);
    let is_stopped = |(key, purpose): &(&String, &Purpose)| {
        let is_asked_for = |at| purpose.basis == Basis::Request && known_at.is_some_and(|known| known > at);
        since(key).is_some_and(|at| at.plus(SECOND_THOUGHTS) <= now && !is_asked_for(at))
    };
    policy.purposes.iter().filter(is_stopped).map(|(key, _)| key.clone()).collect()
}

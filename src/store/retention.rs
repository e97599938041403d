//! What is kept of people: gone through page by page on a connection that can't write, and taken out by the writer where its
//! time is over.
//!
//! Naively, every record and every customer is opened once a day. That costs reading, and the writer nothing where nothing is
//! to go; in return it holds for whatever changed since yesterday: the policy, a visit's date, a stop, an import.
//!
//! Which fields are to go is said by the policy, and by whoever asks; here they only go, if the row is still the one that was
//! looked at. What was planned about it is planned anew in the same transaction.

use super::{
    Store, StoreError,
    book::rows as rows_of,
    cards,
    consents::{consents_of, history_of},
    database::{Link, query, query_as},
    marks,
    plan_rows::instant,
    records,
    replan::Subjects,
    round::Desk,
    sealing::{StoredCustomer, StoredRecord, seal_customer_fields},
    statements::{
        Statement,
        people::CUSTOMER_BY_ID,
        records::RECORD_BY_ID,
        retention::{
            CUSTOMERS_KEPT, FORGET_FIELDS, FORGET_TASKS, FORGET_VISITS, RECORDS_KEPT, TASKS_KEPT, VISITS_KEPT,
        },
    },
    types::{Replan, Rules},
};
use crate::{
    base::{AttemptId, CustomerId, Instant, RecordId},
    fault::{self, Point},
    ledger::Act,
    people::{ConsentState, Customer, consent},
    trigger::{News, Record, Subject},
    workflow::CUSTOMER,
};
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

/// The mark of when all was last gone through.
const LOOKED: &str = "retention";
/// Rows that one transaction clears at most.
const PAGE: i64 = 100;

/// A page of what is kept, and where the next one begins.
#[derive(Clone, Debug)]
pub struct KeptPage<T, Id> {
    /// What could be read.
    pub rows: Vec<T>,
    /// The last id of the page; `None` at the end.
    pub next: Option<Id>,
}

/// A record, and what decides how long it is kept.
#[derive(Clone, Debug)]
pub struct KeptRecord {
    /// It.
    pub record: Record,
    /// When it became known.
    pub known_at: Instant,
    /// What its customer has stopped.
    pub stops: Stops,
}

/// A customer, and what decides how long their fields are kept.
#[derive(Clone, Debug)]
pub struct KeptCustomer {
    /// They.
    pub customer: Customer,
    /// When they were last heard of: a record, a word about a purpose.
    pub heard_at: Option<Instant>,
    /// What they have stopped.
    pub stops: Stops,
}

/// Since when somebody has stopped a purpose, for each that they ever said a word about; `""` for a word about everything.
pub type Stops = BTreeMap<String, Option<Instant>>;

/// Fields that go.
#[derive(Clone, Debug)]
pub struct Forget<Id> {
    /// Whose.
    pub id: Id,
    /// The version that was looked at.
    pub version: i64,
    /// Their names.
    pub fields: BTreeSet<String>,
}

/// What went.
#[derive(Clone, Debug, Default)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct Forgotten {
    /// Fields.
    pub fields: u64,
    /// Records or customers that they were of.
    pub rows: u64,
    /// As in [`super::Applied::open`].
    pub open: Vec<AttemptId>,
}

impl Store {
    /// A page of all records. Cards have no fields, and are left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn records_kept(
        &self,
        after: RecordId,
        limit: u32,
    ) -> Result<KeptPage<KeptRecord, RecordId>, StoreError> {
        let mut reader = self.reader().await?;
        let found = query(RECORDS_KEPT).bind(after.0).bind(limit).fetch_all(&mut reader).await?;
        let (mut rows, mut next, mut stops) = (Vec::new(), None, BTreeMap::new());
        for row in &found {
            let stored = StoredRecord::read(row)?;
            next = Some(stored.id);
            if stored.kind == CUSTOMER {
                continue;
            }
            // What can't be opened can't be cleared either. Whoever looks at it is told elsewhere.
            let Ok(record) = stored.open(&self.inner.keys) else { continue };
            let stops = match stops.entry(record.customer) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(vacant) => {
                    vacant.insert(stops_of(&mut reader, record.customer, row.try_get("said_no")?).await?)
                }
            };
            let stops = stops.clone();
            rows.push(KeptRecord { record, known_at: instant(row, "known_at")?, stops });
        }
        Ok(KeptPage { rows, next })
    }

    /// A page of all customers.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn customers_kept(
        &self,
        after: CustomerId,
        limit: u32,
    ) -> Result<KeptPage<KeptCustomer, CustomerId>, StoreError> {
        let mut reader = self.reader().await?;
        let found = query(CUSTOMERS_KEPT).bind(after.0).bind(limit).fetch_all(&mut reader).await?;
        let (mut rows, mut next) = (Vec::new(), None);
        for row in &found {
            let stored = StoredCustomer::read(row)?;
            next = Some(stored.id);
            let Ok(customer) = stored.open(&self.inner.keys) else { continue };
            let stops = stops_of(&mut reader, customer.id, row.try_get("said_no")?).await?;
            let heard_at = instant(row, "known_at")?.max(instant(row, "said_at")?);
            let heard_at = (heard_at > Instant::from_ms(0)).then_some(heard_at);
            rows.push(KeptCustomer { customer, heard_at, stops });
        }
        Ok(KeptPage { rows, next })
    }

    /// Takes fields out of records. One that has changed since is left for the next time.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn forget_of_records(
        &self,
        those: Vec<Forget<RecordId>>,
        rules: Arc<dyn Rules>,
    ) -> Result<Forgotten, StoreError> {
        self.errand(move |desk| Box::pin(async move { of_records(desk, &those, &*rules.in_force()).await })).await
    }

    /// Takes fields out of customers. One who has changed since is left for the next time.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn forget_of_customers(
        &self,
        those: Vec<Forget<CustomerId>>,
        rules: Arc<dyn Rules>,
    ) -> Result<Forgotten, StoreError> {
        self.errand(move |desk| Box::pin(async move { of_customers(desk, &those, &*rules.in_force()).await })).await
    }

    /// Clears past visits of nobody whose time is over, a page of them. Gives how many.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn forget_visits(
        &self,
        over: impl Fn(Instant) -> bool + Send + Sync + 'static,
    ) -> Result<u64, StoreError> {
        self.errand(move |desk| Box::pin(async move { aged(desk, VISITS_KEPT, FORGET_VISITS, &over).await })).await
    }

    /// Deletes tasks that ended, and whose time is over, a page of them. Gives how many.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn forget_tasks(
        &self,
        over: impl Fn(Instant) -> bool + Send + Sync + 'static,
    ) -> Result<u64, StoreError> {
        self.errand(move |desk| Box::pin(async move { aged(desk, TASKS_KEPT, FORGET_TASKS, &over).await })).await
    }

    /// When all was last gone through.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn looked_at(&self) -> Result<Option<Instant>, StoreError> {
        let at = marks::read(&mut self.reader().await?, LOOKED).await?;
        Ok(at.map(Instant::from_ms))
    }

    /// Notes that all was gone through, and what went, if anything did.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn looked(&self, act: Option<Act>) -> Result<(), StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let now = desk.clock.now();
                marks::set(desk.database.alone().await?, LOOKED, now.ms()).await?;
                act.map_or(Ok(()), |act| desk.note(act))
            })
        })
        .await
    }
}

/// A page of what has been over for long enough.
async fn aged(
    desk: &mut Desk,
    kept: Statement,
    forget: Statement,
    over: &(impl Fn(Instant) -> bool + Sync),
) -> Result<u64, StoreError> {
    let now = desk.clock.now();
    let asked = query_as(kept).bind(now.ms()).bind(PAGE);
    let page: Vec<(i64, i64)> = asked.fetch_all(desk.database.alone().await?).await?;
    let gone: Vec<i64> = page.into_iter().filter(|(_, at)| over(Instant::from_ms(*at))).map(|(id, _)| id).collect();
    if gone.is_empty() {
        return Ok(0);
    }
    let done = query(forget).bind(rows_of(&gone)?).execute(desk.database.alone().await?).await?;
    Ok(done.rows_affected())
}

async fn stops_of(reader: &mut Link, customer: CustomerId, said_no: i64) -> Result<Stops, StoreError> {
    if said_no == 0 {
        return Ok(Stops::new());
    }
    let histories = consents_of(reader, customer).await?;
    let since = |purpose: &String| match consent::fold(&history_of(&histories, purpose)) {
        ConsentState::Withdrawn { at, .. } => Some(at),
        ConsentState::Never | ConsentState::Granted(_) => None,
    };
    Ok(histories.keys().map(|purpose| (purpose.clone(), since(purpose))).collect())
}

async fn of_records(
    desk: &mut Desk,
    those: &[Forget<RecordId>],
    planner: &dyn Replan,
) -> Result<Forgotten, StoreError> {
    let (mut gone, mut subjects) = (Forgotten::default(), Subjects::of(planner));
    for forget in those {
        let asked = query(RECORD_BY_ID).bind(forget.id.0);
        let Some(row) = asked.fetch_optional(desk.database.alone().await?).await? else { continue };
        let held = records::hold(desk, StoredRecord::read(&row)?).await?;
        if held.record.version != forget.version {
            continue;
        }
        let mut wanted = Record { version: held.record.version + 1, ..held.record.clone() };
        wanted.fields.retain(|name, _| !forget.fields.contains(name));
        records::change(desk, &held.external_id, &held.record, &wanted).await?;
        gone.count(held.record.fields.len() - wanted.fields.len());
        subjects.add(Subject { record: wanted, customer: held.customer, news: News::Nothing });
    }
    gone.open = subjects.replan(desk).await?;
    fault::point(Point::BeforeForgettingCommit);
    Ok(gone)
}

async fn of_customers(
    desk: &mut Desk,
    those: &[Forget<CustomerId>],
    planner: &dyn Replan,
) -> Result<Forgotten, StoreError> {
    let mut gone = Forgotten::default();
    for forget in those {
        let asked = query(CUSTOMER_BY_ID).bind(forget.id.0);
        let Some(row) = asked.fetch_optional(desk.database.alone().await?).await? else { continue };
        let stored = StoredCustomer::read(&row)?;
        let key = stored.key(&desk.keys)?;
        let customer = stored.open_by(&key)?;
        if customer.version != forget.version {
            continue;
        }
        let mut fields = customer.fields.clone();
        fields.retain(|name, _| !forget.fields.contains(name));
        query(FORGET_FIELDS)
            .bind(forget.id.0)
            .bind(forget.version)
            .bind(seal_customer_fields(&key, customer.handle, &fields)?)
            .execute(desk.database.alone().await?)
            .await?;
        gone.count(customer.fields.len() - fields.len());
        cards::keep_days(desk, forget.id, &fields).await?;
        gone.open.extend(cards::plan_of(desk, forget.id, News::Nothing, planner).await?);
    }
    Ok(gone)
}

impl Forgotten {
    fn count(&mut self, fields: usize) {
        self.fields += fields as u64;
        self.rows += 1;
    }

    /// Both together.
    pub fn absorb(&mut self, other: Self) {
        self.fields += other.fields;
        self.rows += other.rows;
        self.open.extend(other.open);
    }
}

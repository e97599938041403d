//! Telling people of what changed in the privacy notice: which change is to be told, how far that is, and what somebody has here
//! that it may concern.
//!
//! Whoever is told gets a record, so that the message is planned, capped and asked by the gate like any other. The record is named
//! after the notice and the person, and a page of people is told in one transaction with how far it is: over any crash, each hears
//! of a notice once.

use super::{
    Store, StoreError,
    book::rows,
    consents::{consents_of, history_of},
    customers::{self, Found},
    database::{Link, query, query_as},
    plan_rows::instant,
    records,
    replan::Subjects,
    round::Desk,
    sealing::{StoredCustomer, StoredRecord},
    statements::{
        notice_news::{BEGIN_NEWS, LAST_NEWS, LAST_NOTICE, NOTICE_BY_ID, TOLD_NEWS},
        people::{CUSTOMER_IDS_AFTER, CUSTOMERS_BY_ID},
        records::RECORDS_OF,
    },
    types::{Replan, Rules},
};
use crate::{
    base::{AttemptId, CustomerId, Instant, value::Fields},
    people::{ConsentState, Customer, consent},
    privacy::{Content, Held},
    workflow::CUSTOMER,
};
use std::sync::Arc;

/// Where the telling stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NewsStand {
    /// There is nothing to tell, or not yet.
    Nothing,
    /// Another notice came into force.
    Other {
        /// The row of the one that people know.
        before: i64,
        /// The row of the one in force.
        notice: i64,
        /// Since when.
        since: Instant,
    },
    /// Some were told, and some are left.
    Begun(Telling),
}

/// A telling that has begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Telling {
    /// Its row.
    pub row: i64,
    /// The row of the notice that people know.
    pub before: i64,
    /// The row of the one that they are told of.
    pub notice: i64,
    /// Whoever has a number up to this one was told.
    pub after: CustomerId,
}

/// Somebody, and what they have here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    /// They.
    pub customer: Customer,
    /// What they have.
    pub held: Held,
}

impl Store {
    /// Where the telling stands. The first time, it is noted that people know the notice in force.
    ///
    /// # Errors
    /// When the database can't be asked or written.
    pub async fn news_stand(&self) -> Result<NewsStand, StoreError> {
        self.errand(|desk| Box::pin(stand(desk))).await
    }

    /// A notice by its row.
    ///
    /// # Errors
    /// When the database can't be read, or has no such row.
    pub async fn notice_at(&self, row: i64) -> Result<Content, StoreError> {
        let content: String = query_as(NOTICE_BY_ID).bind(row).fetch_one(&mut self.reader().await?).await?;
        serde_json::from_str(&content).map_err(|error| StoreError::odd("privacy_notices.content", &error.to_string()))
    }

    /// Begins to tell; or, where nobody is to be told, notes that people know the notice in force.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn begin_news(&self, before: i64, notice: i64, is_to_tell: bool) -> Result<(), StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let done_at = (!is_to_tell).then(|| desk.clock.now().ms());
                let asked = query(BEGIN_NEWS).bind(before).bind(notice).bind(done_at);
                asked.execute(desk.database.alone().await?).await?;
                Ok(())
            })
        })
        .await
    }

    /// The next people with what they have here, and the number of the last; `None` where nobody is left. Whoever can't be read is
    /// left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn holders_after(
        &self,
        after: CustomerId,
        limit: u32,
    ) -> Result<Option<(Vec<Holder>, CustomerId)>, StoreError> {
        let mut reader = self.reader().await?;
        let ids: Vec<i64> = query_as(CUSTOMER_IDS_AFTER).bind(after.0).bind(limit).fetch_all(&mut reader).await?;
        let Some(last) = ids.last().copied() else { return Ok(None) };
        let found = query(CUSTOMERS_BY_ID).bind(rows(&ids)?).fetch_all(&mut reader).await?;
        let mut holders = Vec::new();
        for row in &found {
            if let Ok(customer) = StoredCustomer::read(row)?.open(&self.inner.keys) {
                let held = self.held_by(&mut reader, &customer).await?;
                holders.push(Holder { customer, held });
            }
        }
        Ok(Some((holders, CustomerId(last))))
    }

    async fn held_by(&self, reader: &mut Link, customer: &Customer) -> Result<Held, StoreError> {
        let mut held = Held::default();
        let histories = consents_of(&mut *reader, customer.id).await?;
        let agreed =
            |purpose: &&String| matches!(consent::fold(&history_of(&histories, purpose)), ConsentState::Granted(_));
        held.agreed = histories.keys().filter(agreed).cloned().collect();
        held.fields = customer.fields.keys().map(|field| format!("{CUSTOMER}.{field}")).collect();
        for row in query(RECORDS_OF).bind(customer.id.0).fetch_all(reader).await? {
            let stored = StoredRecord::read(&row)?;
            if stored.kind == CUSTOMER {
                continue;
            }
            let Ok(record) = stored.open(&self.inner.keys) else { continue };
            held.fields.extend(record.fields.keys().map(|field| format!("{}.{field}", record.kind)));
            held.records.insert(record.kind);
        }
        Ok(held)
    }

    /// Tells these people, up to this one; `is_last` where nobody is left. Gives what was taken back, as in
    /// [`super::Applied::open`].
    ///
    /// # Errors
    /// When the database can't be written: nobody of them was told.
    pub async fn tell_news(
        &self,
        telling: Telling,
        told: Vec<(CustomerId, String, Fields)>,
        upto: Option<CustomerId>,
        rules: Arc<dyn Rules>,
    ) -> Result<Vec<AttemptId>, StoreError> {
        self.errand(move |desk| Box::pin(async move { tell(desk, telling, told, upto, &*rules.in_force()).await }))
            .await
    }
}

async fn stand(desk: &mut Desk) -> Result<NewsStand, StoreError> {
    let connection = desk.database.alone().await?;
    let Some(last) = query(LAST_NOTICE).fetch_optional(&mut *connection).await? else {
        return Ok(NewsStand::Nothing);
    };
    let (notice, since): (i64, Instant) = (last.try_get("id")?, instant(&last, "since")?);
    let Some(news) = query(LAST_NEWS).fetch_optional(&mut *connection).await? else {
        let now = desk.clock.now();
        let asked = query(BEGIN_NEWS).bind(notice).bind(notice).bind(now.ms());
        asked.execute(desk.database.alone().await?).await?;
        return Ok(NewsStand::Nothing);
    };
    let (before, known): (i64, i64) = (news.try_get("before")?, news.try_get("notice")?);
    if news.try_get::<Option<i64>, _>("done_at")?.is_none() {
        let after = CustomerId(news.try_get("after_customer")?);
        return Ok(NewsStand::Begun(Telling { row: news.try_get("id")?, before, notice: known, after }));
    }
    Ok(if notice == known { NewsStand::Nothing } else { NewsStand::Other { before: known, notice, since } })
}

async fn tell(
    desk: &mut Desk,
    telling: Telling,
    told: Vec<(CustomerId, String, Fields)>,
    upto: Option<CustomerId>,
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    let mut subjects = Subjects::of(planner);
    for (customer, kind, fields) in told {
        let Found::Customer(stored) = customers::by_number(desk, customer).await? else { continue };
        let Ok(customer) = stored.open(&desk.keys) else { continue };
        let name = format!("notice-{}-{}", telling.notice, customer.id);
        let _ = records::put_own(desk, (kind, fields), Some(name), &customer, &mut subjects).await?;
    }
    let open = subjects.replan(desk).await?;
    let (after, done_at) = match upto {
        Some(last) => (last, None),
        None => (telling.after, Some(desk.clock.now().ms())),
    };
    let asked = query(TOLD_NEWS).bind(telling.row).bind(after.0).bind(done_at);
    asked.execute(desk.database.alone().await?).await?;
    Ok(open)
}

//! Customers' cards: what a message is about that is about the customer alone, a birthday, a welcome, a letter of the month.
//!
//! A card is a record of the type `customer` without fields of its own, so that plans, the order of steps and caps "about the
//! same record" hold for it as for a visit. It is made when something may have to be planned, and not before: most
//! customers of a salon never need one.

use super::{
    Store, StoreError,
    book::rows,
    database::{query, query_as},
    replan::replan,
    round::Desk,
    sealing::{StoredCustomer, StoredRecord},
    statements::{
        people::{CUSTOMER_IDS_AFTER, CUSTOMERS_BY_ID, CUSTOMERS_ON, FORGET_DAYS, KEEP_DAY},
        records::{CARDS, MAKE_CARDS},
    },
    types::{Replan, Rules},
};
use crate::{
    base::{AttemptId, CustomerId, Value, civil::MonthDay, value::Fields},
    people::Customer,
    trigger::{News, Record, Subject},
};
use std::{collections::BTreeMap, sync::Arc};

impl Store {
    /// A page of the customers whose field names this day of the year, after `after`.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn customers_on(
        &self,
        field: &str,
        day: MonthDay,
        after: CustomerId,
        limit: usize,
    ) -> Result<Vec<CustomerId>, StoreError> {
        let asked = query_as(CUSTOMERS_ON).bind(field).bind(day.to_string());
        let ids: Vec<i64> = asked
            .bind(after.0)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut self.reader().await?)
            .await?;
        Ok(ids.into_iter().map(CustomerId).collect())
    }

    /// A page of all customers, after `after`.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn customers_after(&self, after: CustomerId, limit: usize) -> Result<Vec<CustomerId>, StoreError> {
        let asked = query_as(CUSTOMER_IDS_AFTER).bind(after.0);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let ids: Vec<i64> = asked.bind(limit).fetch_all(&mut self.reader().await?).await?;
        Ok(ids.into_iter().map(CustomerId).collect())
    }

    /// Plans what is about these customers, as it is now. Gives the attempts that it found open.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn plan_about(
        &self,
        customers: Vec<CustomerId>,
        rules: Arc<dyn Rules>,
    ) -> Result<Vec<AttemptId>, StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let people = open(desk, &customers).await?;
                let people = people.into_iter().map(|customer| (customer, News::Nothing)).collect();
                plan(desk, people, &*rules.in_force()).await
            })
        })
        .await
    }
}

/// Those that can be read: the others keep their plans, and the gate refuses them.
async fn open(desk: &mut Desk, customers: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
    let asked = query(CUSTOMERS_BY_ID).bind(rows(customers)?);
    let mut people = Vec::with_capacity(customers.len());
    for row in asked.fetch_all(desk.database.alone().await?).await? {
        let customer = StoredCustomer::read(&row)?;
        if desk.share.has(customer.mailbox) {
            people.extend(customer.open(&desk.keys));
        }
    }
    Ok(people)
}

/// The same for one whose news it is, in the caller's transaction.
pub(super) async fn plan_of(
    desk: &mut Desk,
    customer: CustomerId,
    news: News,
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    let people = open(desk, &[customer]).await?;
    plan(desk, people.into_iter().map(|customer| (customer, news.clone())).collect(), planner).await
}

/// Plans what is about these customers, in the caller's transaction.
pub(super) async fn plan(
    desk: &mut Desk,
    people: Vec<(Customer, News)>,
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    let ids: Vec<CustomerId> = people.iter().map(|(customer, _)| customer.id).collect();
    let mut cards = cards(desk, &ids).await?;
    let is_new =
        |customer: &Customer, news: &News| !cards.contains_key(&customer.id) && planner.concerns(customer, news);
    let new: Vec<CustomerId> =
        people.iter().filter(|(customer, news)| is_new(customer, news)).map(|(customer, _)| customer.id).collect();
    if !new.is_empty() {
        query(MAKE_CARDS).bind(rows(&new)?).execute(desk.database.alone().await?).await?;
        cards.extend(self::cards(desk, &new).await?);
    }
    let subjects: Vec<Subject> = people
        .into_iter()
        .filter_map(|(customer, news)| Some(Subject { record: cards.remove(&customer.id)?, customer, news }))
        .collect();
    replan(desk, &subjects, planner).await
}

/// A customer's card, made where there is none.
pub(super) async fn card_of(desk: &mut Desk, customer: CustomerId) -> Result<Option<Record>, StoreError> {
    query(MAKE_CARDS).bind(rows(&[customer])?).execute(desk.database.alone().await?).await?;
    Ok(cards(desk, &[customer]).await?.remove(&customer))
}

async fn cards(desk: &mut Desk, customers: &[CustomerId]) -> Result<BTreeMap<CustomerId, Record>, StoreError> {
    if customers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut cards = BTreeMap::new();
    for row in query(CARDS).bind(rows(customers)?).fetch_all(desk.database.alone().await?).await? {
        let card = StoredRecord::read(&row)?.open(&desk.keys)?;
        cards.insert(card.customer, card);
    }
    Ok(cards)
}

/// Keeps the customer's days of the year where they can be found. A whole date stays sealed: nobody needs to find it, and
/// it may be anything, the day of an operation too.
pub(super) async fn keep_days(desk: &mut Desk, customer: CustomerId, fields: &Fields) -> Result<(), StoreError> {
    query(FORGET_DAYS).bind(customer.0).execute(desk.database.alone().await?).await?;
    for (field, value) in fields {
        let Value::MonthDay(day) = value else { continue };
        query(KEEP_DAY)
            .bind(field)
            .bind(day.to_string())
            .bind(customer.0)
            .execute(desk.database.alone().await?)
            .await?;
    }
    Ok(())
}

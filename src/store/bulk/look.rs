//! Who is meant by many references, and what is known of them: a statement for each question, however many there are.

use crate::store::database::{Row, query};
use crate::{
    base::{BlindIndex, CustomerId, RecordId, hex},
    people::{Bars, Suppression, bar::BarEntry},
    store::{
        StoreError, bars,
        book::rows,
        consents::{self, Histories},
        customers::Found,
        round::Desk,
        sealing::{StoredCustomer, StoredRecord},
        statements::bulk::{
            BARS_OF, CONSENTS_OF, CUSTOMERS_AT, CUSTOMERS_CALLED, ERASED_AMONG, LEFT_MAILBOXES, ORDERS_TOLD,
            RECORDS_CALLED, SUPPRESSIONS_AT, TOLD_AMONG,
        },
        suppressions,
    },
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// By what somebody is looked for.
#[derive(Clone, Copy)]
pub enum Sought<'a> {
    /// What the source calls them.
    Name(&'a str),
    /// Their mailbox, which must be one customer's alone.
    Mailbox(BlindIndex),
}

/// Whom it is.
pub enum Known {
    /// As if they were asked for alone.
    Found(Found),
    /// Nobody has this mailbox, but somebody had it before they said that theirs is another.
    Left,
}

#[derive(Serialize)]
struct Name<'a> {
    place: usize,
    name: &'a str,
}

#[derive(Serialize)]
struct Mailbox {
    place: usize,
    mailbox: String,
}

#[derive(Serialize)]
struct Hash {
    place: usize,
    name: String,
}

/// Who each of them is, in their order.
pub async fn whom(desk: &mut Desk, sought: &[Sought<'_>]) -> Result<Vec<Known>, StoreError> {
    let (mut names, mut mailboxes) = (Vec::new(), Vec::new());
    for (place, sought) in sought.iter().enumerate() {
        match sought {
            Sought::Name(name) => names.push(Name { place, name }),
            Sought::Mailbox(mailbox) => mailboxes.push(Mailbox { place, mailbox: hex(&mailbox.0) }),
        }
    }
    let (names, mailboxes) = (rows(&names)?, rows(&mailboxes)?);
    let questions = [
        query(CUSTOMERS_CALLED).bind(names),
        query(CUSTOMERS_AT).bind(mailboxes.clone()),
        query(LEFT_MAILBOXES).bind(mailboxes),
    ];
    let [called, at, left] = desk.database.ask(questions).await?;
    let mut known: Vec<Known> = sought.iter().map(|_| Known::Found(Found::Nobody)).collect();
    for row in &left {
        if let Some(known) = known.get_mut(place(row)?) {
            *known = Known::Left;
        }
    }
    for row in called.iter().chain(&at) {
        let Some(known) = known.get_mut(place(row)?) else { continue };
        *known = Known::Found(match known {
            Known::Left | Known::Found(Found::Nobody) => Found::Customer(Box::new(StoredCustomer::read(row)?)),
            Known::Found(Found::Customer(_) | Found::Several) => Found::Several,
        });
    }
    Ok(known)
}

/// What each of these mailboxes refused, the oldest first, by their places.
pub async fn suppressions(
    desk: &mut Desk,
    mailboxes: &[BlindIndex],
) -> Result<BTreeMap<usize, Vec<Suppression>>, StoreError> {
    let asked = mailboxes.iter().enumerate().map(|(place, mailbox)| Mailbox { place, mailbox: hex(&mailbox.0) });
    let asked = rows(&asked.collect::<Vec<_>>())?;
    let mut found: BTreeMap<usize, Vec<Suppression>> = BTreeMap::new();
    for row in desk.database.rows(query(SUPPRESSIONS_AT).bind(asked)).await? {
        found.entry(place(&row)?).or_default().push(suppressions::read(&row)?);
    }
    Ok(found)
}

/// The places of those names that an erasure took.
pub async fn erased(
    desk: &mut Desk,
    names: impl Iterator<Item = (usize, BlindIndex)>,
) -> Result<BTreeSet<usize>, StoreError> {
    let asked: Vec<Hash> = names.map(|(place, name)| Hash { place, name: hex(&name.0) }).collect();
    if asked.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = desk.database.rows(query(ERASED_AMONG).bind(rows(&asked)?)).await?;
    found.iter().map(place).collect()
}

#[derive(Serialize)]
struct RecordName<'a> {
    place: usize,
    kind: &'a str,
    name: &'a str,
}

/// The records of these types and names, by their places.
pub async fn records<'a>(
    desk: &mut Desk,
    names: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<BTreeMap<usize, StoredRecord>, StoreError> {
    let asked: Vec<RecordName<'_>> =
        names.enumerate().map(|(place, (kind, name))| RecordName { place, kind, name }).collect();
    let found = desk.database.rows(query(RECORDS_CALLED).bind(rows(&asked)?)).await?;
    found.iter().map(|row| Ok((place(row)?, StoredRecord::read(row)?))).collect()
}

/// Those of these records of which a calendar tells that is polled.
pub async fn told(desk: &mut Desk, records: &[RecordId]) -> Result<BTreeSet<RecordId>, StoreError> {
    if records.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = desk.database.rows(query(TOLD_AMONG).bind(rows(records)?)).await?;
    found.iter().map(|row| Ok(RecordId(row.try_get("record")?))).collect()
}

#[derive(Serialize)]
struct OrderName<'a> {
    place: usize,
    shop: &'a str,
    id: &'a str,
}

/// The places of those orders of which the shop itself tells.
pub async fn told_orders<'a>(
    desk: &mut Desk,
    orders: impl Iterator<Item = &'a (String, String)>,
) -> Result<BTreeSet<usize>, StoreError> {
    let asked: Vec<OrderName<'_>> =
        orders.enumerate().map(|(place, (shop, id))| OrderName { place, shop, id }).collect();
    let found = desk.database.rows(query(ORDERS_TOLD).bind(rows(&asked)?)).await?;
    found.iter().map(place).collect()
}

/// What customers said.
#[derive(Default)]
pub struct Words {
    histories: BTreeMap<CustomerId, Histories>,
    bars: BTreeMap<CustomerId, Vec<BarEntry>>,
}

impl Words {
    /// Of these customers.
    pub async fn of(desk: &mut Desk, customers: &[CustomerId]) -> Result<Self, StoreError> {
        let mut words = Self::default();
        if customers.is_empty() {
            return Ok(words);
        }
        let ids = rows(customers)?;
        let questions = [query(CONSENTS_OF).bind(ids.clone()), query(BARS_OF).bind(ids)];
        let [consents, bars] = desk.database.ask(questions).await?;
        for row in &consents {
            let history = words.histories.entry(CustomerId(row.try_get("customer")?)).or_default();
            history.entry(row.try_get("purpose")?).or_default().push(consents::entry(row)?);
        }
        for row in &bars {
            words.bars.entry(CustomerId(row.try_get("customer")?)).or_default().push(bars::entry(row)?);
        }
        Ok(words)
    }

    /// What one of them said, by purpose, and what bars them.
    pub fn said(&self, customer: CustomerId) -> (Histories, Bars) {
        let history = self.histories.get(&customer).cloned().unwrap_or_default();
        (history, Bars::of(self.bars.get(&customer).map_or(&[][..], Vec::as_slice)))
    }
}

fn place(row: &Row) -> Result<usize, StoreError> {
    let place: i64 = row.try_get("place")?;
    usize::try_from(place).map_err(|error| StoreError::odd("a place", &error.to_string()))
}

//! What a web shop calls about: an order as it stands now, a refund, an order that was deleted; in whatever order the calls
//! come, and however often.
//!
//! Each line of an order is as the newest version says that has it; a line that the newest version of all hasn't is cancelled.
//! Refunds are a set: each counts once, whether it came alone or with its order, before or after it. A deleted order is
//! cancelled, whatever else comes. So the same calls come to the same records, in every order.
//!
//! Two versions of one moment are told apart by how far the order has come, then by their digest: shops count in seconds.

mod state;

use super::{
    Store, StoreError, cards,
    customers::{self, Found},
    database::{query, query_as},
    entry,
    orders::{self, OrderRow},
    records::{self, Source},
    replan::Subjects,
    round::Desk,
    statements::shops::{
        ANSWER_CALL, CALL_ANSWERED, FORGET_CALLS, FORGET_SHOP_ORDERS, OLDEST_CALL, PUT_SHOP_ORDER, SHOP_ORDER,
    },
    types::{CustomerRef, Put, PutError, RecordRow, Replan, Rules},
};
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, Value, value::Fields},
    people::Customer,
    policy::OrderStatus,
    trigger::{News, RecordStatus},
};
use serde::{Deserialize, Serialize};
use state::State;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Lines that one transaction takes.
const CHUNK_LINES: usize = 100;
/// A shop calls again for two days; a call is remembered for longer.
const CALLS_FOR: Duration = Duration::from_hours(14 * 24);
/// Of an order that nothing was told of for so long no older version comes any more.
const ORDERS_FOR: Duration = Duration::from_hours(800 * 24);
/// Rows that one transaction forgets.
const FORGET_MAX: i64 = 500;

/// One call of a shop.
#[derive(Clone, Debug)]
pub struct Told {
    /// The shop.
    pub shop: String,
    /// The order's id there.
    pub order: String,
    /// The call's own name, where the shop gives it one.
    pub call: Option<String>,
    /// How its records are made.
    pub frame: Frame,
    /// What it says.
    pub what: Word,
}

/// How the records of an order are made.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Their type.
    pub kind: String,
    /// Their names, but for the place of the line.
    pub prefix: String,
    /// The field that says how a line stands.
    pub status: Option<String>,
    /// All declared fields.
    pub all: Arc<BTreeSet<String>>,
}

impl Frame {
    /// The name of a line's record, by its place from nought.
    #[must_use]
    pub fn name(&self, place: usize) -> String {
        format!("{}:{}", self.prefix, place + 1)
    }

    /// How the record of a line stands. Without a field that says more, only what is paid counts.
    #[must_use]
    pub const fn standing(&self, status: OrderStatus) -> RecordStatus {
        match status {
            OrderStatus::Paid => RecordStatus::Live,
            OrderStatus::Pending | OrderStatus::Refunded if self.status.is_some() => RecordStatus::Live,
            OrderStatus::Pending | OrderStatus::Refunded | OrderStatus::Cancelled => RecordStatus::Cancelled,
        }
    }
}

/// What a call says.
#[derive(Clone, Debug)]
pub enum Word {
    /// How an order stands.
    Order(Box<Version>),
    /// What was refunded: pieces by the line's own id, and the refund's.
    Refund(String, BTreeMap<String, i64>),
    /// The order is no more.
    Deleted,
}

/// An order as it stood at a moment.
#[derive(Clone, Debug)]
pub struct Version {
    /// When, and what tells it from another one of the same moment.
    pub stamp: Stamp,
    /// Whose, with what they agreed to. Its lines stand in [`Self::lines`].
    pub row: OrderRow,
    /// Its lines, by place.
    pub lines: Vec<Line>,
    /// All refunds so far.
    pub refunds: BTreeMap<String, BTreeMap<String, i64>>,
}

/// Which of two versions is newer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// Milliseconds.
    pub at: i64,
    /// How far the order has come.
    pub rank: u8,
    /// Of what the call says.
    pub digest: String,
}

/// A line of a version.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its own id.
    pub id: String,
    /// How many pieces were ordered.
    pub pieces: i64,
    /// How it stands, but for refunds.
    pub status: OrderStatus,
    /// The record. `None` where it can't be taken.
    pub record: Option<RecordRow>,
}

/// What became of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// It is done.
    Done,
    /// It was done before.
    Before,
    /// It was not taken.
    NotTaken(PutError),
}

/// A part of a call that was done.
struct Part {
    heard: Heard,
    open: Vec<AttemptId>,
    /// Where the next part begins.
    next: Option<usize>,
}

impl Store {
    /// Takes what a shop calls about. Names all attempts that were open for what changed.
    ///
    /// # Errors
    /// When the database can't be written; the same call does the rest.
    pub async fn hear_shop(&self, told: Told, rules: Arc<dyn Rules>) -> Result<(Heard, Vec<AttemptId>), StoreError> {
        let told = Arc::new(told);
        let (mut open, mut from) = (Vec::new(), Some(0));
        let mut heard = Heard::Done;
        while let Some(place) = from {
            let (told, rules) = (Arc::clone(&told), Arc::clone(&rules));
            let part = self
                .errand_with_keys(1, move |desk| {
                    Box::pin(async move { hear(desk, &told, place, &*rules.in_force()).await })
                })
                .await?;
            open.extend(part.open);
            heard = part.heard;
            from = part.next;
        }
        Ok((heard, open))
    }

    /// Forgets calls, and orders of which nothing was told for long. With none that old it looks into one index.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn forget_calls(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        let oldest = query_as(OLDEST_CALL).fetch_optional(&mut self.reader().await?).await?;
        if oldest.is_none_or(|oldest: i64| oldest >= now.minus(CALLS_FOR).ms()) {
            return Ok(());
        }
        self.errand(move |desk| {
            Box::pin(async move {
                for (statement, until) in [(FORGET_CALLS, CALLS_FOR), (FORGET_SHOP_ORDERS, ORDERS_FOR)] {
                    let asked = query(statement).bind(now.minus(until).ms()).bind(FORGET_MAX);
                    asked.execute(desk.database.alone().await?).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn hear(desk: &mut Desk, told: &Told, from: usize, planner: &dyn Replan) -> Result<Part, StoreError> {
    let ended = |heard| Ok(Part { heard, open: Vec::new(), next: None });
    if from == 0 && was_answered(desk, told).await? {
        return ended(Heard::Before);
    }
    let (customer, mut state) = load(desk, told).await?;
    let mut open = Vec::new();
    let customer = match whose(desk, told, customer, planner, &mut open).await? {
        Ok(customer) => customer,
        Err(why) => {
            answer(desk, told).await?;
            return ended(Heard::NotTaken(why));
        }
    };
    state.take(&told.what);
    let version = match &told.what {
        Word::Order(version) => Some(&**version),
        Word::Refund(..) | Word::Deleted => None,
    };
    let last = state.lines.len().max(version.map_or(0, |version| version.lines.len()));
    let until = last.min(from + CHUNK_LINES);
    if let Some(customer) = &customer {
        let mut subjects = Subjects::of(planner);
        for place in from..until {
            let line = version.and_then(|version| state.newer(place, version));
            let record = line.and_then(|line| line.record.clone());
            if let Some(row) = row(&told.frame, record, place, state.standing(place)) {
                put(desk, &row, told, customer, &mut subjects).await?;
            }
        }
        open.extend(subjects.replan(desk).await?);
        if let (Some(version), 0) = (version, from) {
            open.extend(agree(desk, customer, &version.row, planner).await?);
        }
    }
    keep(desk, told, customer.map(|customer| customer.id), &state).await?;
    let next = (until < last).then_some(until);
    if next.is_none() {
        answer(desk, told).await?;
    }
    Ok(Part { heard: Heard::Done, open, next })
}

/// Whose order it is: nobody's yet, where a refund came before it. Who became a customer by it stays its customer.
async fn whose(
    desk: &mut Desk,
    told: &Told,
    known: Option<CustomerId>,
    planner: &dyn Replan,
    open: &mut Vec<AttemptId>,
) -> Result<Result<Option<Customer>, PutError>, StoreError> {
    match (known, &told.what) {
        (Some(known), _) => match customers::by_number(desk, known).await? {
            Found::Customer(stored) => Ok(stored.open(&desk.keys).map(Some).map_err(|_| PutError::Unreadable)),
            Found::Nobody | Found::Several => Ok(Err(PutError::UnknownCustomer)),
        },
        (None, Word::Order(version)) => {
            let names = (0..version.lines.len()).map(|place| (&*told.frame.kind, told.frame.name(place)));
            let (customer, is_new) = match orders::whose(desk, &version.row, names).await? {
                Ok(found) => found,
                Err(why) => return Ok(Err(why)),
            };
            if is_new {
                open.extend(cards::plan(desk, vec![(customer.clone(), News::Nothing)], planner).await?);
            }
            Ok(Ok(Some(customer)))
        }
        (None, _) => Ok(Ok(None)),
    }
}

/// The record of a line: what a version says of it, or only how it stands.
fn row(frame: &Frame, record: Option<RecordRow>, place: usize, status: Option<OrderStatus>) -> Option<RecordRow> {
    let status = status?;
    let mut row = record.unwrap_or_else(|| RecordRow {
        kind: frame.kind.clone(),
        external_id: frame.name(place),
        customer: CustomerRef::ExternalId(String::new()),
        fields: Fields::new(),
        untold: Arc::clone(&frame.all),
        left_to_calendars: Arc::default(),
        status: None,
    });
    row.status = Some(frame.standing(status));
    if let Some(field) = &frame.status {
        row.fields.insert(field.clone(), Value::Text(status.word().to_owned()));
    }
    Some(row)
}

async fn put(
    desk: &mut Desk,
    row: &RecordRow,
    told: &Told,
    customer: &Customer,
    subjects: &mut Subjects<'_>,
) -> Result<(), StoreError> {
    // A line that was never taken has nothing that could stand otherwise.
    let says_status_alone = row.fields.len() <= usize::from(told.frame.status.is_some());
    if says_status_alone && !records::is_known(desk, &row.kind, &row.external_id).await? {
        return Ok(());
    }
    // Without a field that says so, another status is one that is newer: that was seen already.
    let source = if told.frame.status.is_some() { Source::Table } else { Source::Calendar };
    let (put, _) = records::put_for(desk, row, customer, source, subjects).await?;
    if let Put::Rejected(why) = put {
        tracing::warn!(shop = told.shop, %why, "a line of an order was not taken");
    }
    Ok(())
}

async fn agree(
    desk: &mut Desk,
    customer: &Customer,
    row: &OrderRow,
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    let mailbox = BlindIndex::of(&desk.keys, &customer.address);
    let mut open = Vec::new();
    for yes in &row.yes {
        open.extend(entry::grant_to(desk, (customer.id, mailbox), yes, &row.source, planner).await?.1);
    }
    Ok(open)
}

async fn was_answered(desk: &mut Desk, told: &Told) -> Result<bool, StoreError> {
    let Some(call) = &told.call else { return Ok(false) };
    let asked = query(CALL_ANSWERED).bind(&told.shop).bind(call);
    Ok(asked.fetch_optional(desk.database.alone().await?).await?.is_some())
}

async fn answer(desk: &mut Desk, told: &Told) -> Result<(), StoreError> {
    let Some(call) = &told.call else { return Ok(()) };
    let asked = query(ANSWER_CALL).bind(&told.shop).bind(call).bind(desk.clock.now().ms());
    asked.execute(desk.database.alone().await?).await?;
    Ok(())
}

async fn load(desk: &mut Desk, told: &Told) -> Result<(Option<CustomerId>, State), StoreError> {
    let asked = query(SHOP_ORDER).bind(&told.shop).bind(&told.order);
    let Some(row) = asked.fetch_optional(desk.database.alone().await?).await? else { return Ok(Default::default()) };
    let state: String = row.try_get("state")?;
    let state = serde_json::from_str(&state).map_err(|why| StoreError::odd("shop_orders.state", &why.to_string()))?;
    Ok((row.try_get::<Option<i64>, _>("customer")?.map(CustomerId), state))
}

async fn keep(desk: &mut Desk, told: &Told, customer: Option<CustomerId>, state: &State) -> Result<(), StoreError> {
    let state = serde_json::to_string(state).map_err(|why| StoreError::odd("shop_orders.state", &why.to_string()))?;
    query(PUT_SHOP_ORDER)
        .bind(&told.shop)
        .bind(&told.order)
        .bind(customer.map(|customer| customer.0))
        .bind(state)
        .bind(desk.clock.now().ms())
        .execute(desk.database.alone().await?)
        .await?;
    Ok(())
}

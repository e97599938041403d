//! What people ask of the business about their own data: the register, and the link by which they see it.
//!
//! ```text
//!  page of preferences ──► request, and the record that asks for a message (as a sign-up does)
//!                               │ planned, capped, asked by the gate
//!  mailbox ◄── one link ◄───────┘
//!  link ──► fresh for an hour from the time it left; open for a quarter of an hour from when it is opened first
//! ```
//!
//! Whoever holds a forwarded message can ask for the link, and gets nothing: it goes to the address. What it opens is there to be
//! seen by whoever reads that mailbox, and by nobody else.

use super::{
    Store, StoreError,
    book::Line,
    customers,
    database::{Link, Row, query, query_as},
    keystore,
    plan_rows::instant,
    records,
    replan::Subjects,
    round::Desk,
    sealing::{name, open_request, parse, seal_request, unwrap},
    statements::people::CONFIRM_DATA,
    statements::requests::{
        ADD_REQUEST, ANSWER_REQUEST, DATA_LINK, LAST_DATA_REQUEST, LAST_REQUESTS, OPEN_CORRECTIONS, OPEN_DATA_LINK,
        OPEN_REQUESTS,
    },
    types::{Replan, Rules},
};
use crate::{
    base::{AttemptId, CustomerId, Handle, Instant, PlanId, value::Fields},
    ledger::Happening,
    people::{AskedVia, RequestKind},
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// A second wish for the link within this time is the first one, clicked twice.
pub const APART: Duration = Duration::from_mins(5);
/// How long the link can be opened, from when its message left.
pub const LINK_FOR: Duration = Duration::from_hours(1);
/// How long what it opened stays open: it is good for one visit.
pub const OPEN_FOR: Duration = Duration::from_mins(15);
/// As much that is to be put right is kept of one person at most; more is in the same words, or nobody's help.
const CORRECTIONS: i64 = 10;
/// As many of the register are shown at most.
const SHOWN: i64 = 1_000;

/// How the link to somebody's data stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkStands {
    /// It was not opened yet.
    Fresh,
    /// It was opened a moment ago.
    Open,
    /// It was opened before, or is too old.
    Over,
}

/// The link of a message that somebody asked for, to see their data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataLink {
    /// Whose.
    pub customer: CustomerId,
    /// The request.
    pub request: i64,
    /// How it stands.
    pub stands: LinkStands,
}

/// A request that doesn't ask for the link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRequest {
    /// Whose.
    pub customer: CustomerId,
    /// For what.
    pub kind: RequestKind,
    /// How it came.
    pub via: AskedVia,
    /// When; never later than now.
    pub at: Instant,
    /// What they wrote.
    pub words: Option<String>,
}

/// A row of the register.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Requested {
    /// It.
    pub row: i64,
    /// Whose: the number that they have here, or had.
    pub customer: CustomerId,
    /// For what.
    pub kind: RequestKind,
    /// When.
    pub at: Instant,
    /// How it came.
    pub via: AskedVia,
    /// What they wrote, until it is answered.
    pub words: Option<String>,
    /// Whether the message with the link to their data left: the next step is theirs.
    pub mailed: bool,
    /// When it was answered.
    pub answered_at: Option<Instant>,
}

impl Store {
    /// Keeps somebody's wish to see their data, and plans the message with the link. Gives what was taken back, as in
    /// [`super::Applied::open`]; `None` where there is no such customer (any more).
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn ask_for_data(
        &self,
        customer: Handle,
        record: (String, Fields),
        rules: Arc<dyn Rules>,
    ) -> Result<Option<Vec<AttemptId>>, StoreError> {
        self.errand(move |desk| Box::pin(async move { ask(desk, customer, record, &*rules.in_force()).await })).await
    }

    /// What the link of this message leads to. `None` where it leads nowhere (any more).
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn data_link(&self, customer: Handle, plan: PlanId) -> Result<Option<DataLink>, StoreError> {
        let now = self.inner.clock.now();
        read(&mut self.reader().await?, customer, plan, now).await
    }

    /// Opens it; on disk when this returns. It gives how it was found: [`LinkStands::Fresh`], where it was opened just now.
    ///
    /// # Errors
    /// When the database can't be written: nothing may be shown.
    pub async fn open_data_link(&self, customer: Handle, plan: PlanId) -> Result<Option<DataLink>, StoreError> {
        self.change(move |desk| Box::pin(open(desk, customer, plan))).await
    }

    /// Keeps that they saw what is kept about them, and that it is right.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn confirm_data(&self, customer: CustomerId, request: i64) -> Result<(), StoreError> {
        self.change(move |desk| {
            Box::pin(async move {
                let now = desk.clock.now();
                let asked = query(CONFIRM_DATA).bind(customer.0).bind(now.ms());
                asked.execute(desk.database.alone().await?).await?;
                desk.enter(now, &[Line::of_customer(customer, Happening::ConfirmedOwnData { row: request })])
            })
        })
        .await
    }

    /// Writes a request into the register, and gives its number; `None` where as much of the same person's is to be put right
    /// already as is kept.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn add_request(&self, request: NewRequest) -> Result<Option<i64>, StoreError> {
        self.errand(move |desk| Box::pin(async move { add_another(desk, &request).await })).await
    }

    /// Notes that a request was answered. `false` where there is no such open one.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn answer_request(&self, request: i64) -> Result<bool, StoreError> {
        self.errand(move |desk| Box::pin(answer(desk, request))).await
    }

    /// The register: what is open, oldest first, or the last ones whatever became of them, newest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn requests(&self, all: bool) -> Result<Vec<Requested>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = if all {
            query(LAST_REQUESTS).bind(SHOWN).fetch_all(&mut reader).await?
        } else {
            query(OPEN_REQUESTS).fetch_all(&mut reader).await?
        };
        rows.iter().map(|row| self.requested(row)).collect()
    }

    fn requested(&self, row: &Row) -> Result<Requested, StoreError> {
        let (customer, at) = (CustomerId(row.try_get("customer")?), instant(row, "at")?);
        let key = || unwrap(&self.inner.keys, customer.0, row.try_get("wrapped").ok()?).ok();
        let words: Option<&[u8]> = row.try_get("words")?;
        let answered_at: Option<i64> = row.try_get("answered_at")?;
        Ok(Requested {
            row: row.try_get("id")?,
            customer,
            kind: parse(row, "kind")?,
            at,
            via: parse(row, "via")?,
            words: words.and_then(|words| open_request(&key()?, customer, at, words).ok()),
            mailed: row.try_get::<i64, _>("mailed")? > 0,
            answered_at: answered_at.map(Instant::from_ms),
        })
    }
}

async fn ask(
    desk: &mut Desk,
    customer: Handle,
    record: (String, Fields),
    planner: &dyn Replan,
) -> Result<Option<Vec<AttemptId>>, StoreError> {
    let Some(stored) = customers::by_handle(desk, customer).await? else { return Ok(None) };
    let now = desk.clock.now();
    let asked = query_as(LAST_DATA_REQUEST).bind(stored.id.0);
    let last: Option<i64> = asked.fetch_one(desk.database.alone().await?).await?;
    if last.is_some_and(|last| Instant::from_ms(last).plus(APART) > now) {
        return Ok(Some(Vec::new()));
    }
    let customer = stored.open(&desk.keys)?;
    let mut subjects = Subjects::of(planner);
    let record = records::put_own(desk, record, None, &customer, &mut subjects).await?;
    let (kind, via, words) = (RequestKind::Access, AskedVia::Page, None);
    add(desk, &NewRequest { customer: customer.id, kind, via, at: now, words }, record.map(|record| record.0)).await?;
    subjects.replan(desk).await.map(Some)
}

async fn add_another(desk: &mut Desk, request: &NewRequest) -> Result<Option<i64>, StoreError> {
    if request.kind == RequestKind::Rectification {
        let asked = query_as(OPEN_CORRECTIONS).bind(request.customer.0);
        let open: i64 = asked.fetch_one(desk.database.alone().await?).await?;
        if open >= CORRECTIONS {
            return Ok(None);
        }
    }
    add(desk, request, None).await.map(Some)
}

/// In the caller's transaction.
pub(super) async fn add(desk: &mut Desk, request: &NewRequest, record: Option<i64>) -> Result<i64, StoreError> {
    let NewRequest { customer, kind, via, at, words } = request;
    let now = desk.clock.now();
    let sealed = match words {
        Some(words) => Some(seal_request(&keystore::of(desk, *customer).await?, *customer, *at, words)?),
        None => None,
    };
    let asked = query_as(ADD_REQUEST).bind(customer.0).bind(name(kind)).bind(at.ms());
    let asked = asked.bind(name(via)).bind(record).bind(sealed).bind(None::<i64>);
    let row = asked.fetch_one(desk.database.alone().await?).await?;
    desk.enter(now, &[Line::of_customer(*customer, Happening::Requested { kind: *kind, via: *via, row })])?;
    Ok(row)
}

async fn answer(desk: &mut Desk, row: i64) -> Result<bool, StoreError> {
    let now = desk.clock.now();
    let asked = query_as(ANSWER_REQUEST).bind(row).bind(now.ms());
    let customer: Option<i64> = asked.fetch_optional(desk.database.alone().await?).await?;
    let Some(customer) = customer else { return Ok(false) };
    desk.enter(now, &[Line::of_customer(CustomerId(customer), Happening::RequestAnswered { row })])?;
    Ok(true)
}

async fn open(desk: &mut Desk, customer: Handle, plan: PlanId) -> Result<Option<DataLink>, StoreError> {
    let now = desk.clock.now();
    let Some(link) = read(desk.database.alone().await?, customer, plan, now).await? else { return Ok(None) };
    if link.stands == LinkStands::Fresh {
        let asked = query(OPEN_DATA_LINK).bind(link.request).bind(now.ms());
        asked.execute(desk.database.alone().await?).await?;
        let opened = Happening::OpenedOwnData { row: link.request };
        desk.enter(now, &[Line { plan: Some(plan), ..Line::of_customer(link.customer, opened) }])?;
    }
    Ok(Some(link))
}

async fn read(
    connection: &mut Link,
    customer: Handle,
    plan: PlanId,
    now: Instant,
) -> Result<Option<DataLink>, StoreError> {
    let asked = query(DATA_LINK).bind(plan.0).bind(customer.0.as_slice());
    let Some(row) = asked.fetch_optional(connection).await? else { return Ok(None) };
    let [opened_at, sent_at] = ["opened_at", "sent_at"].map(|column| row.try_get::<Option<i64>, _>(column));
    let stands = match (sent_at?.map(Instant::from_ms), opened_at?.map(Instant::from_ms)) {
        (Some(sent_at), None) if now < sent_at.plus(LINK_FOR) => LinkStands::Fresh,
        (Some(_), Some(opened_at)) if now < opened_at.plus(OPEN_FOR) => LinkStands::Open,
        // Also where they have another mailbox by now: it went to one that isn't theirs any more.
        _ => LinkStands::Over,
    };
    Ok(Some(DataLink { customer: CustomerId(row.try_get("customer")?), request: row.try_get("id")?, stands }))
}

//! What comes by the API: the rows of one request, all of them or none, in one transaction with the answer that the same
//! request gets when it is sent again.
//!
//! The rows go the way of an import's. Where one is not taken, the others are taken back, and each that failed is named.
//! An answer under an `Idempotency-Key` is kept for a day; a request that failed leaves none, so that it can be mended
//! and sent again under the same one.
//!
//! Invariant: what was done and the answer that says so are in one commit. A crash leaves both or neither.

mod bars;
mod consents;
mod events;
mod limits;
mod whom;

pub use bars::BarRow;
pub use consents::{
    ConsentRow, Evidence, NewYes, PROOF_FIELDS_MAX, PROOF_NAME_MAX, PROOF_TEXT_MAX, Question, Recorded, is_proof_name,
};
pub(super) use consents::{grant_to, keep_evidence};
pub use events::{Event, EventAbout, EventRow};
pub use limits::LimitRow;

use super::{
    Store, StoreError, api_keys, bulk,
    database::{Link, query, query_as},
    products::{self, ProductRow},
    records::{self, Held},
    replan::Subjects,
    round::Desk,
    sealing::fixed,
    statements::api::{ANSWER_GIVEN, FORGET_ANSWERS, KEEP_ANSWER, OLDEST_ANSWER},
    types::{CustomerRow, Put, PutError, RecordRow, Replan, Rules},
};
use crate::{
    base::{AttemptId, Instant},
    fault::{self, Point},
    trigger::RecordStatus,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Rows of one request: what one transaction takes, so that it stays under 20 ms.
pub const ENTRY_ROWS_MAX: usize = 100;
/// Kept answers that one transaction forgets.
const FORGET_MAX: i64 = 1000;

/// One request.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The id of the key that it came with.
    pub key: String,
    /// What it brings.
    pub rows: Rows,
    /// Under what its answer is kept.
    pub repeat: Option<Repeat>,
}

/// The name of an answer, and of what it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// SHA-256 of the `Idempotency-Key`.
    pub name: [u8; 32],
    /// SHA-256 of path and body.
    pub request: [u8; 32],
}

/// What a request brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Customers.
    Customers(Vec<CustomerRow>),
    /// Records of one type.
    Records(Vec<RecordRow>),
    /// Consents and withdrawals.
    Consents(Vec<ConsentRow>),
    /// Objections, restrictions, children.
    Bars(Vec<BarRow>),
    /// What people said about their own limits.
    Limits(Vec<LimitRow>),
    /// Events.
    Events(Vec<Event>),
    /// Products.
    Products(Vec<ProductRow>),
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is new.
    Created,
    /// It was there and differed in these members.
    Changed {
        /// Their names.
        fields: Vec<String>,
    },
    /// It was there and said the same.
    Unchanged,
    /// It is cancelled, and the row says nothing anew about that.
    StaysCancelled,
    /// The yes is on record, and no stop stands against it.
    Granted,
    /// The yes is on record, and counts when the address has confirmed it. It is asked, once in thirty days.
    ToConfirm,
    /// The yes is on record as history, and the person's own no stays, or what else stops messages to them: nothing is sent.
    StaysStopped,
    /// The no, or what stops messages as one does, is on record and holds.
    Stopped,
    /// The person's own limit holds.
    Limited,
    /// The limit, or what stopped messages, holds no more.
    Lifted,
    /// The event is on record, and what follows from it is done.
    Taken,
    /// The event was on record.
    TakenBefore,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It is done: what became of each row.
    Done(Vec<Outcome>),
    /// It was done before, and this was the answer.
    Repeated(Vec<Outcome>),
    /// Nothing was done, because of these rows, by their places.
    Rejected(Vec<(usize, PutError)>),
    /// Nothing was done: another request had this `Idempotency-Key`.
    OtherRequest,
    /// Nothing was done: the key was revoked.
    KeyRevoked,
}

/// See [`Store::enter`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct EntryDone {
    /// What became of it.
    pub entered: Entered,
    /// As in [`super::Applied::open`].
    pub open: Vec<AttemptId>,
}

/// What the rows of a request did so far.
#[derive(Default)]
struct Doing {
    outcomes: Vec<Result<Outcome, PutError>>,
    open: Vec<AttemptId>,
}

impl Store {
    /// Takes all rows of a request, or none.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn enter(&self, entry: Entry, rules: Arc<dyn Rules>) -> Result<EntryDone, StoreError> {
        let keys = match &entry.rows {
            Rows::Customers(rows) => rows.len(),
            // By each of them somebody may come back who was erased.
            Rows::Records(rows) => rows.len(),
            Rows::Consents(_) | Rows::Limits(_) | Rows::Events(_) | Rows::Bars(_) | Rows::Products(_) => 0,
        };
        let entered = self
            .errand_with_keys(keys, move |desk| Box::pin(async move { enter(desk, &entry, &*rules.in_force()).await }));
        entered.await
    }

    /// What a request was answered, where it was taken before.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn answer_given(&self, key: &str, repeat: &Repeat) -> Result<Option<Vec<Outcome>>, StoreError> {
        let given = given(&mut self.reader().await?, key, repeat).await?;
        Ok(given.filter(|(request, _)| *request == repeat.request).map(|(_, outcomes)| outcomes))
    }

    /// Forgets answers that were given before `at`. With none that old it looks into one index and writes nothing.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn forget_answers(&self, at: Instant) -> Result<(), StoreError> {
        let oldest = query_as(OLDEST_ANSWER).fetch_optional(&mut self.reader().await?).await?;
        if oldest.is_none_or(|oldest: i64| oldest >= at.ms()) {
            return Ok(());
        }
        self.errand(move |desk| {
            Box::pin(async move {
                let asked = query(FORGET_ANSWERS).bind(at.ms()).bind(FORGET_MAX);
                asked.execute(desk.database.alone().await?).await?;
                Ok(())
            })
        })
        .await
    }
}

async fn enter(desk: &mut Desk, entry: &Entry, planner: &dyn Replan) -> Result<EntryDone, StoreError> {
    let ended = |entered| Ok(EntryDone { entered, open: Vec::new() });
    let Some(source) = api_keys::take_up(desk, &entry.key).await? else { return ended(Entered::KeyRevoked) };
    if let Some(repeat) = &entry.repeat
        && let Some((request, outcomes)) = given(desk.database.alone().await?, &entry.key, repeat).await?
    {
        return ended(if request == repeat.request { Entered::Repeated(outcomes) } else { Entered::OtherRequest });
    }
    let savepoint = desk.set_savepoint();
    let Doing { outcomes, open } = match &entry.rows {
        Rows::Customers(rows) => put_customers(desk, rows, planner).await?,
        Rows::Records(rows) => put_records(desk, rows, planner).await?,
        Rows::Consents(rows) => consents::take(desk, rows, &source, planner).await?,
        Rows::Bars(rows) => bars::take(desk, rows, &source).await?,
        Rows::Limits(rows) => limits::take(desk, rows).await?,
        Rows::Events(rows) => events::take(desk, rows, &source, planner).await?,
        Rows::Products(rows) => put_products(desk, rows).await?,
    };
    let mut done = Vec::new();
    let mut rejected = Vec::new();
    for (place, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(outcome) => done.push(outcome),
            Err(why) => rejected.push((place, why)),
        }
    }
    if !rejected.is_empty() {
        desk.take_back_to(savepoint);
        return ended(Entered::Rejected(rejected));
    }
    desk.let_stand(savepoint);
    if let Some(repeat) = &entry.repeat {
        keep(desk, &entry.key, repeat, &done).await?;
    }
    fault::point(Point::BeforeEntryCommit);
    Ok(EntryDone { entered: Entered::Done(done), open })
}

/// An answer that was given under this name: to which request, and what became of its rows.
async fn given(
    connection: &mut Link,
    key: &str,
    repeat: &Repeat,
) -> Result<Option<([u8; 32], Vec<Outcome>)>, StoreError> {
    let asked = query(ANSWER_GIVEN).bind(key).bind(repeat.name.as_slice());
    let Some(row) = asked.fetch_optional(connection).await? else { return Ok(None) };
    let answer: String = row.try_get("answer")?;
    let outcomes = serde_json::from_str(&answer).map_err(|_| StoreError::odd("api_answers.answer", &answer))?;
    Ok(Some((fixed(&row, "request")?, outcomes)))
}

async fn keep(desk: &mut Desk, key: &str, repeat: &Repeat, outcomes: &[Outcome]) -> Result<(), StoreError> {
    let answer = serde_json::to_string(outcomes).map_err(|why| StoreError::odd("an answer", &why.to_string()))?;
    query(KEEP_ANSWER)
        .bind(key)
        .bind(repeat.name.as_slice())
        .bind(repeat.request.as_slice())
        .bind(answer)
        .bind(desk.clock.now().ms())
        .execute(desk.database.alone().await?)
        .await?;
    Ok(())
}

async fn put_customers(desk: &mut Desk, rows: &[CustomerRow], planner: &dyn Replan) -> Result<Doing, StoreError> {
    let applied = bulk::put_customers(desk, rows, planner).await?;
    Ok(Doing { outcomes: applied.puts.into_iter().map(outcome).collect(), open: applied.open })
}

async fn put_products(desk: &mut Desk, rows: &[ProductRow]) -> Result<Doing, StoreError> {
    let puts = products::put_of_program(desk, rows).await?;
    Ok(Doing { outcomes: puts.into_iter().map(|put| put.and_then(outcome)).collect(), open: Vec::new() })
}

async fn put_records(desk: &mut Desk, rows: &[RecordRow], planner: &dyn Replan) -> Result<Doing, StoreError> {
    let mut doing = Doing::default();
    let mut subjects = Subjects::of(planner);
    for row in rows {
        doing.outcomes.push(put_record(desk, row, &mut subjects).await?);
    }
    doing.open = subjects.replan(desk).await?;
    Ok(doing)
}

/// Where a calendar would undo it with its next reading, neither a cancellation nor another time is taken.
async fn put_record(
    desk: &mut Desk,
    row: &RecordRow,
    subjects: &mut Subjects<'_>,
) -> Result<Result<Outcome, PutError>, StoreError> {
    let known = match records::find(desk, &row.kind, &row.external_id).await {
        Err(StoreError::Unreadable(_)) => return Ok(Err(PutError::Unreadable)),
        known => known?,
    };
    if let Some(Held { record, .. }) = known {
        let differs = |name: &String| row.fields.get(name).is_some_and(|said| record.fields.get(name) != Some(said));
        let cancels = record.status == RecordStatus::Live && row.status == Some(RecordStatus::Cancelled);
        if (cancels || row.left_to_calendars.iter().any(differs))
            && records::is_told_by_calendar(desk, record.id).await?
        {
            return Ok(Err(PutError::CalendarTells));
        }
    }
    Ok(outcome(records::put_one(desk, row, subjects).await?))
}

fn outcome(put: Put) -> Result<Outcome, PutError> {
    match put {
        Put::Created => Ok(Outcome::Created),
        Put::Changed(fields) => Ok(Outcome::Changed { fields }),
        // The others are said of visits, which calendars alone tell of.
        Put::Unchanged | Put::OfNobody | Put::OfSeveral => Ok(Outcome::Unchanged),
        Put::StaysCancelled => Ok(Outcome::StaysCancelled),
        Put::Rejected(why) => Err(why),
    }
}

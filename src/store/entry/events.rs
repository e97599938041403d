//! Events that one of the business's programs reports: each once, for ever, and only those that something follows from.
//!
//! An event that was taken before changes nothing, but is not answered before what followed from it holds.

use super::{
    Doing, Outcome,
    consents::Evidence,
    whom::{self, Whom},
};
use crate::store::database::query;
use crate::{
    base::{BlindIndex, Instant, RecordId},
    ledger::{EventKind, Happening},
    people::consent::ConsentMethod,
    store::{
        StoreError,
        book::Line,
        records::{self, Held},
        replan::Subjects,
        round::Desk,
        sealing::fixed,
        statements::api::{EVENT, TAKE_EVENT},
        types::{CustomerRef, Put, PutError, RecordRow, Replan},
    },
    trigger::{News, RecordStatus, Subject},
};
use sha2::{Digest, Sha256};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something that the engine acts on.
    Known(EventRow),
    /// Something that policy.toml declares, with `event = true`: workflows act on it.
    Declared(RecordRow),
}

/// What happened to a visit, or what a customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The source's id of it.
    pub external_id: String,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Instant,
    /// To what.
    pub about: EventAbout,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventAbout {
    /// A record, by its type and the source's id.
    Record {
        /// Its type.
        kind: String,
        /// Its id.
        external_id: String,
    },
    /// A customer, and a purpose, or all.
    Customer {
        /// Whose mailbox.
        customer: CustomerRef,
        /// The purpose's key.
        purpose: Option<String>,
    },
}

pub(super) async fn take(
    desk: &mut Desk,
    rows: &[Event],
    source: &str,
    planner: &dyn Replan,
) -> Result<Doing, StoreError> {
    let mut doing = Doing::default();
    let mut subjects = Subjects::of(planner);
    for row in rows {
        let taken = match row {
            Event::Known(row) => take_one(desk, row, source, &mut subjects, &mut doing).await,
            Event::Declared(row) => take_declared(desk, row, &mut subjects).await,
        };
        let outcome = match taken {
            Err(StoreError::Unreadable(_)) => Err(PutError::Unreadable),
            outcome => outcome?,
        };
        doing.outcomes.push(outcome);
    }
    doing.open.extend(subjects.replan(desk).await?);
    Ok(doing)
}

/// The record is the event, and what keeps it from being taken twice.
async fn take_declared(
    desk: &mut Desk,
    row: &RecordRow,
    subjects: &mut Subjects<'_>,
) -> Result<Result<Outcome, PutError>, StoreError> {
    Ok(match records::put_one(desk, row, subjects).await? {
        Put::Created => Ok(Outcome::Taken),
        Put::Rejected(PutError::OtherCustomer) => Err(PutError::OtherEvent),
        Put::Rejected(why) => Err(why),
        _ => Ok(Outcome::TakenBefore),
    })
}

/// Whether an event was taken before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    No,
    Yes,
}

async fn take_one(
    desk: &mut Desk,
    row: &EventRow,
    source: &str,
    subjects: &mut Subjects<'_>,
    doing: &mut Doing,
) -> Result<Result<Outcome, PutError>, StoreError> {
    let digest = digest(desk, row);
    let asked = query(EVENT).bind(source).bind(&row.external_id);
    let known = match asked.fetch_optional(desk.database.alone().await?).await? {
        Some(stored) if fixed(&stored, "digest")? != digest => return Ok(Err(PutError::OtherEvent)),
        Some(_) => Known::Yes,
        None => Known::No,
    };
    let about = match &row.about {
        EventAbout::Record { kind, external_id } => {
            let Some(held) = records::find(desk, kind, external_id).await? else {
                return Ok(Err(PutError::UnknownRecord));
            };
            match of_record(desk, row.kind, held, known, subjects).await? {
                Ok(record) => Some(record),
                Err(why) => return Ok(Err(why)),
            }
        }
        EventAbout::Customer { customer, purpose } => {
            let whom = match Whom::of(desk, customer).await? {
                Ok(whom) => whom,
                Err(why) => return Ok(Err(why)),
            };
            of_customer(desk, row, source, &whom, purpose.as_deref(), known, doing).await?;
            None
        }
    };
    if known == Known::Yes {
        return Ok(Ok(Outcome::TakenBefore));
    }
    query(TAKE_EVENT)
        .bind(source)
        .bind(&row.external_id)
        .bind(row.kind.name())
        .bind(digest.as_slice())
        .bind(row.at.ms())
        .bind(about.map(|record| record.0))
        .execute(desk.database.alone().await?)
        .await?;
    Ok(Ok(Outcome::Taken))
}

async fn of_record(
    desk: &mut Desk,
    kind: EventKind,
    held: Held,
    known: Known,
    subjects: &mut Subjects<'_>,
) -> Result<Result<RecordId, PutError>, StoreError> {
    let (record, customer) = (held.record.id, held.customer.id);
    let cancels = kind == EventKind::RecordCancelled;
    if known == Known::Yes {
        if cancels {
            subjects.add(Subject { record: held.record, customer: held.customer, news: News::Nothing });
        }
        return Ok(Ok(record));
    }
    if cancels {
        let is_live = held.record.status == RecordStatus::Live;
        if is_live && records::is_told_by_calendar(desk, record).await? {
            return Ok(Err(PutError::CalendarTells));
        }
        records::cancel(desk, held, subjects).await?;
    }
    desk.enter(desk.clock.now(), &[Line::of_customer(customer, Happening::Reported { event: kind })])?;
    Ok(Ok(record))
}

async fn of_customer(
    desk: &mut Desk,
    row: &EventRow,
    source: &str,
    whom: &Whom,
    purpose: Option<&str>,
    known: Known,
    doing: &mut Doing,
) -> Result<(), StoreError> {
    // "" stands for all purposes.
    let purpose = purpose.unwrap_or_default();
    let open = match known {
        Known::Yes => whom::revoke(desk, whom, purpose).await?,
        Known::No => {
            let claim = whom::no(desk, purpose, row.at, &format!("api:{source}:{}", row.external_id));
            whom::stop(desk, whom, &claim, ConsentMethod::InPerson, &Evidence::default()).await?.1
        }
    };
    doing.open.extend(open);
    Ok(())
}

/// What an event says. A mailbox is in it as its keyed hash.
fn digest(desk: &Desk, row: &EventRow) -> [u8; 32] {
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    };
    add(row.kind.name().as_bytes());
    add(&row.at.ms().to_be_bytes());
    match &row.about {
        EventAbout::Record { kind, external_id } => {
            add(kind.as_bytes());
            add(external_id.as_bytes());
        }
        EventAbout::Customer { customer, purpose } => {
            match customer {
                CustomerRef::ExternalId(id) => add(id.as_bytes()),
                CustomerRef::Address { address, .. } => add(&BlindIndex::of(&desk.keys, address).0),
            }
            add(purpose.as_deref().unwrap_or_default().as_bytes());
        }
    }
    digest.finalize().into()
}

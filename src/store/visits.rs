//! Visits as calendars tell of them, with their records and plans, changed in one transaction.
//!
//! - A visit whose customer is known is a record like any other, and its plans follow it. One that nobody is known for is
//!   kept, sealed, and looked at again when customers come in.
//! - What its calendar cancelled stays cancelled until the calendar counts a change (`SEQUENCE`): the same or an older
//!   version of the event never brings it back. A visit that only vanished comes back when its calendar shows it again.
//! - A file changes nothing that a calendar tells of, and two calendars don't share a visit.
//! - A visit that is given to another customer is cancelled for the first, and becomes a record of the second's own.

use super::{
    StoreError,
    calendar::{SourceState, Teller, VisitRow, Window},
    customers::{self, Returns},
    database::{Row, query},
    erase, keystore, records,
    replan::Subjects,
    round::Desk,
    sealing::{StoredRecord, parse, seal_visit},
    statements::{
        records::{RECORD_BY_EXTERNAL_ID, RECORD_BY_ID},
        visits::{CHANGE_VISIT, CREATE_VISIT, END_VISIT, MISS_VISITS, SEE_VISIT, VANISHED_VISITS, VISIT},
    },
    types::{Applied, CustomerRef, Put, PutError, RecordRow, Replan},
    whose::{self, Meant},
};
use crate::{
    base::{BlindIndex, CustomerId, Instant, RecordId},
    people::{Customer, Directory},
    trigger::RecordStatus,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// So many complete readings must agree that a visit is gone.
const READINGS_THAT_AGREE: i64 = 2;
/// Visits that one transaction ends, so that it stays short.
const PAGE: i64 = 100;

/// How a visit stands in its calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Live,
    /// The calendar said so.
    Cancelled,
    /// It isn't there any more.
    Vanished,
}

/// A row of `visits`, less its content.
struct Known {
    id: i64,
    source: String,
    record: Option<RecordId>,
    turn: i64,
    sequence: i64,
    state: State,
}

impl Known {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            source: row.try_get("source")?,
            record: row.try_get::<Option<i64>, _>("record")?.map(RecordId),
            turn: row.try_get("turn")?,
            sequence: row.try_get("sequence")?,
            state: parse(row, "state")?,
        })
    }
}

impl Teller {
    fn name(&self) -> &str {
        match self {
            Self::File => "",
            Self::Calendar { name, .. } => name,
        }
    }

    const fn fetch(&self) -> i64 {
        match self {
            Self::File => 0,
            Self::Calendar { fetch, .. } => *fetch,
        }
    }

    /// What keeps it from telling anything about a visit that is known already.
    fn is_refused(&self, known: &Known, row: &VisitRow) -> Option<Put> {
        let is_theirs = known.source != self.name() && !known.source.is_empty();
        match self {
            Self::File if is_theirs => return Some(Put::Rejected(PutError::CalendarTells)),
            Self::File if row.sequence < known.sequence => return Some(Put::Unchanged),
            Self::Calendar { .. } if is_theirs && known.state == State::Live => {
                return Some(Put::Rejected(PutError::OtherCalendar));
            }
            _ => {}
        }
        let rises = row.status == RecordStatus::Live && row.sequence <= known.sequence;
        let may_rise = known.state == State::Vanished && matches!(self, Self::Calendar { .. });
        (rises && known.state != State::Live && !may_rise).then_some(Put::StaysCancelled)
    }
}

/// A chunk of a calendar, in the caller's transaction.
pub(super) async fn put(
    desk: &mut Desk,
    rows: &[VisitRow],
    planner: &dyn Replan,
    directory: &Directory,
) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    let mut subjects = Subjects::of(planner);
    for row in rows {
        applied.puts.push(put_one(desk, row, directory, &mut subjects).await?);
    }
    applied.open = subjects.replan(desk).await?;
    Ok(applied)
}

pub(super) async fn put_one(
    desk: &mut Desk,
    row: &VisitRow,
    directory: &Directory,
    subjects: &mut Subjects<'_>,
) -> Result<Put, StoreError> {
    let teller = &row.teller;
    let known =
        query(VISIT).bind(&row.kind).bind(&row.external_id).fetch_optional(desk.database.alone().await?).await?;
    let known = known.as_ref().map(Known::read).transpose()?;
    match &known {
        // What is cancelled before anybody heard of it concerns nobody.
        None if row.status == RecordStatus::Cancelled => return Ok(Put::Unchanged),
        // The calendar still tells of it. Nobody here may know.
        None if erase::had_name(desk, &row.kind, &row.external_id).await? => return Ok(Put::Unchanged),
        None => {}
        Some(known) => {
            if let Some(refused) = teller.is_refused(known, row) {
                if known.source == teller.name() {
                    query(SEE_VISIT).bind(known.id).bind(teller.fetch()).execute(desk.database.alone().await?).await?;
                }
                return Ok(refused);
            }
        }
    }
    let place = match place(desk, row, known.as_ref(), directory, subjects).await {
        Err(StoreError::Unreadable(_)) => return Ok(Put::Rejected(PutError::Unreadable)),
        place => place?,
    };
    let (put, record) = match &place.whose {
        Place::Customer(customer) => {
            let row = record_row(row, record_name(row, place.turn));
            records::put_for(desk, &row, customer, records::Source::Calendar, subjects).await?
        }
        Place::Nobody(put) => (put.clone(), None),
        Place::Erased => return Ok(Put::Unchanged),
    };
    if let Put::Rejected(_) = put {
        return Ok(put);
    }
    keep(desk, row, known.as_ref(), place.turn, record).await?;
    Ok(put)
}

/// Where a visit belongs.
struct Placed {
    whose: Place,
    turn: i64,
}

enum Place {
    Customer(Box<Customer>),
    Nobody(Put),
    /// Of somebody who was erased since: nobody here may know.
    Erased,
}

/// The customer whose visit it is. Whoever has it already keeps it unless the calendar now names another.
async fn place(
    desk: &mut Desk,
    row: &VisitRow,
    known: Option<&Known>,
    directory: &Directory,
    subjects: &mut Subjects<'_>,
) -> Result<Placed, StoreError> {
    let turn = known.map_or(0, |known| known.turn);
    let holder = match known.and_then(|known| known.record) {
        Some(record) => Some(holder(desk, record).await?),
        None if turn == 0 => namesake(desk, row).await?,
        None => None,
    };
    let found = whose::find(desk, row, directory).await?;
    Ok(match (holder, found) {
        (Some(holder), Meant::Customer(found)) if found.id != holder.customer.id => {
            let whose = Place::Customer(Box::new(found.open(&desk.keys)?));
            records::cancel(desk, holder, subjects).await?;
            Placed { whose, turn: turn_of(desk, row, found.id).await? }
        }
        (Some(holder), _) => Placed { whose: Place::Customer(Box::new(holder.customer)), turn },
        (None, Meant::Customer(found)) => Placed { whose: Place::Customer(Box::new(found.open(&desk.keys)?)), turn },
        (None, Meant::Nobody) => match come_back(desk, row).await? {
            Returns::Back(customer) => Placed { whose: Place::Customer(customer), turn },
            Returns::Erased => Placed { whose: Place::Erased, turn },
            Returns::Unknown => Placed { whose: Place::Nobody(Put::OfNobody), turn },
        },
        (None, Meant::Several) => Placed { whose: Place::Nobody(Put::OfSeveral), turn },
    })
}

/// Somebody who was erased and booked anew: the visit bears their address, and no other of whom that may be said.
async fn come_back(desk: &mut Desk, row: &VisitRow) -> Result<Returns, StoreError> {
    let mut back = None;
    for (address, _) in &row.content.people {
        let erased_at = erase::mailbox_erased_at(desk, BlindIndex::of(&desk.keys, address)).await?;
        if erased_at.is_some() && back.replace(address).is_some() {
            return Ok(Returns::Unknown);
        }
    }
    match back {
        Some(address) => customers::come_back(desk, address, Some(row.starts_at)).await,
        None => Ok(Returns::Unknown),
    }
}

/// What the record of a visit is called: each customer who had it has one of their own.
fn record_name(row: &VisitRow, turn: i64) -> String {
    if turn == 0 { row.external_id.clone() } else { format!("{}#{turn}", row.external_id) }
}

/// The turn at which a customer had this visit before, or else the next one: who gets it back is not told of it as of
/// another visit (promise P4).
async fn turn_of(desk: &mut Desk, row: &VisitRow, customer: CustomerId) -> Result<i64, StoreError> {
    for turn in 0.. {
        let found = query(RECORD_BY_EXTERNAL_ID)
            .bind(&row.kind)
            .bind(record_name(row, turn))
            .fetch_optional(desk.database.alone().await?)
            .await?;
        match found {
            Some(found) if StoredRecord::read(&found)?.customer != customer => {}
            _ => return Ok(turn),
        }
    }
    Ok(0)
}

/// The record that a visit has, with its customer.
async fn holder(desk: &mut Desk, record: RecordId) -> Result<records::Held, StoreError> {
    let row = query(RECORD_BY_ID).bind(record.0).fetch_one(desk.database.alone().await?).await?;
    records::hold(desk, StoredRecord::read(&row)?).await
}

/// A record of the same name that came in by a table: it says whose the visit is.
async fn namesake(desk: &mut Desk, row: &VisitRow) -> Result<Option<records::Held>, StoreError> {
    records::find(desk, &row.kind, &row.external_id).await
}

fn record_row(row: &VisitRow, external_id: String) -> RecordRow {
    RecordRow {
        kind: row.kind.clone(),
        external_id,
        // Not looked at: the customer is known already.
        customer: CustomerRef::ExternalId(String::new()),
        fields: row.content.fields.clone(),
        untold: Arc::clone(&row.content.untold),
        left_to_calendars: Arc::default(),
        status: Some(row.status),
    }
}

async fn keep(
    desk: &mut Desk,
    row: &VisitRow,
    known: Option<&Known>,
    turn: i64,
    record: Option<RecordId>,
) -> Result<(), StoreError> {
    let state = match row.status {
        RecordStatus::Live => State::Live,
        RecordStatus::Cancelled => State::Cancelled,
    };
    let (content, key) = match (record, state) {
        (None, State::Live) => {
            let (id, key) = keystore::of_nobody(desk).await?;
            (Some(seal_visit(&key, &row.kind, &row.external_id, &row.content)?), Some(id))
        }
        _ => (None, None),
    };
    let (record, starts_at, state) = (record.map(|record| record.0), row.starts_at.ms(), super::sealing::name(&state));
    let asked = match known {
        None => query(CREATE_VISIT).bind(&row.kind).bind(&row.external_id).bind(row.teller.name()).bind(record),
        Some(known) => query(CHANGE_VISIT).bind(known.id).bind(row.teller.name()).bind(record).bind(turn),
    };
    let asked = asked.bind(starts_at).bind(row.sequence).bind(state).bind(row.teller.fetch()).bind(content).bind(key);
    asked.execute(desk.database.alone().await?).await?;
    Ok(())
}

/// Counts what a complete reading didn't have.
pub(super) async fn miss(desk: &mut Desk, state: &SourceState, window: Window) -> Result<(), StoreError> {
    query(MISS_VISITS)
        .bind(&state.name)
        .bind(state.fetches)
        .bind(window.after.ms())
        .bind(window.until.ms())
        .execute(desk.database.alone().await?)
        .await?;
    Ok(())
}

/// A page of the visits that were missed often enough: ended, with their records.
pub(super) async fn end_vanished(
    desk: &mut Desk,
    source: &str,
    now: Instant,
    planner: &dyn Replan,
) -> Result<(u64, Applied), StoreError> {
    let rows = query(VANISHED_VISITS)
        .bind(source)
        .bind(now.ms())
        .bind(READINGS_THAT_AGREE)
        .bind(PAGE)
        .fetch_all(desk.database.alone().await?)
        .await?;
    let mut subjects = Subjects::of(planner);
    for row in &rows {
        query(END_VISIT).bind(row.try_get::<i64, _>("id")?).execute(desk.database.alone().await?).await?;
        if let Some(record) = row.try_get::<Option<i64>, _>("record")? {
            match holder(desk, RecordId(record)).await {
                // The gate refuses what can't be read.
                Err(StoreError::Unreadable(_)) => {}
                holder => records::cancel(desk, holder?, &mut subjects).await?,
            }
        }
    }
    let open = subjects.replan(desk).await?;
    Ok((u64::try_from(rows.len()).unwrap_or(u64::MAX), Applied { open, ..Applied::default() }))
}

//! Records as an import gives them, and their plans, changed in the same transaction.
//!
//! A record keeps its customer: one that names another is not taken, because guessing would show one person's visit to
//! another. A record that a polled calendar tells of keeps what calendars tell, and its status, whatever a table says:
//! the calendar is where the salon writes. An event never changes: one that says something else is not taken. See [`super::replan`] for what happens to the plans.

use super::{
    StoreError,
    customers::{self, Found, Returns},
    database::{query, query_as},
    erase, keystore,
    replan::{Subjects, replan},
    round::Desk,
    sealing::{StoredCustomer, StoredRecord, name, random, seal_record_fields},
    statements::{
        people::CUSTOMER_BY_ID,
        records::{CHANGE_RECORD, CREATE_RECORD, RECORD_BY_EXTERNAL_ID, RECORDS_AFTER},
        visits::TELLER_OF_RECORD,
    },
    types::{CustomerRef, Put, PutError, RecordRow, Replan, Replanned, merged},
};
use crate::{
    base::{CustomerId, RecordId, Value, hex, value::Fields},
    people::Customer,
    policy::Nature,
    trigger::{News, Record, RecordStatus, Subject},
    workflow::CUSTOMER,
};
use std::{collections::BTreeSet, sync::Arc};

/// A row of an import, in the caller's transaction.
pub(super) async fn put_one(desk: &mut Desk, row: &RecordRow, subjects: &mut Subjects<'_>) -> Result<Put, StoreError> {
    let stored = match customers::by_reference(desk, &row.customer).await? {
        Found::Nobody => return put_for_one_who_comes_back(desk, row, subjects).await,
        Found::Several => return Ok(Put::Rejected(PutError::AmbiguousCustomer)),
        Found::Customer(stored) => stored,
    };
    let Ok(customer) = stored.open(&desk.keys) else { return Ok(Put::Rejected(PutError::Unreadable)) };
    Ok(put_for(desk, row, &customer, Source::Table, subjects).await?.0)
}

/// Of nobody who is known: of somebody who was erased, where it is new, bears their address and lies after the erasure.
async fn put_for_one_who_comes_back(
    desk: &mut Desk,
    row: &RecordRow,
    subjects: &mut Subjects<'_>,
) -> Result<Put, StoreError> {
    let known = erase::had_name(desk, &row.kind, &row.external_id).await?;
    match &row.customer {
        CustomerRef::Address { address, .. } if !known => {
            let date = row.latest_date(subjects.planner.zone());
            match customers::come_back(desk, address, date).await? {
                Returns::Back(customer) => Ok(put_for(desk, row, &customer, Source::Table, subjects).await?.0),
                Returns::Erased => Ok(Put::Rejected(PutError::Erased)),
                Returns::Unknown => Ok(Put::Rejected(PutError::UnknownCustomer)),
            }
        }
        CustomerRef::ExternalId(name) if erase::had_name(desk, CUSTOMER, name).await? => {
            Ok(Put::Rejected(PutError::Erased))
        }
        _ => Ok(Put::Rejected(if known { PutError::Erased } else { PutError::UnknownCustomer })),
    }
}

/// Where a row comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A file or a program: its row says what it knows, which may be old.
    Table,
    /// A calendar, which counts its changes: that this one is newer was seen already.
    Calendar,
}

/// A record that the daemon makes for this customer, so that a message about it is planned like any other; its number, where there
/// is one now. Under this name it is made once; without one, under a name that no other record has.
pub(super) async fn put_own(
    desk: &mut Desk,
    (kind, fields): (String, Fields),
    name: Option<String>,
    customer: &Customer,
    subjects: &mut Subjects<'_>,
) -> Result<Option<RecordId>, StoreError> {
    let row = RecordRow {
        kind,
        external_id: name.map_or_else(|| random::<16>().map(|bytes| hex(&bytes)), Ok)?,
        // Not looked up: it is this customer's.
        customer: CustomerRef::ExternalId(String::new()),
        fields,
        untold: Arc::default(),
        left_to_calendars: Arc::default(),
        status: None,
    };
    Ok(put_for(desk, &row, customer, Source::Table, subjects).await?.1)
}

/// A record of this customer, whoever the row names, and its number where there is one now.
pub(super) async fn put_for(
    desk: &mut Desk,
    row: &RecordRow,
    customer: &Customer,
    source: Source,
    subjects: &mut Subjects<'_>,
) -> Result<(Put, Option<RecordId>), StoreError> {
    let rejected = |error| Ok((Put::Rejected(error), None));
    let known = query(RECORD_BY_EXTERNAL_ID)
        .bind(&row.kind)
        .bind(&row.external_id)
        .fetch_optional(desk.database.alone().await?)
        .await?;
    let Some(known) = known else {
        if erase::had_name(desk, &row.kind, &row.external_id).await? {
            return rejected(PutError::Erased);
        }
        let record = create(desk, row, customer.id).await?;
        let id = record.id;
        subjects.add(Subject { record, customer: customer.clone(), news: News::Created });
        return Ok((Put::Created, Some(id)));
    };
    let stored = StoredRecord::read(&known)?;
    if stored.customer != customer.id {
        return rejected(PutError::OtherCustomer);
    }
    let Ok(known) = stored.open(&desk.keys) else { return rejected(PutError::Unreadable) };
    let is_told = !row.left_to_calendars.is_empty() && is_told_by_calendar(desk, known.id).await?;
    let id = known.id;
    Ok(match compare(row, known, is_told, source, subjects.planner) {
        Compared::Rejected(why) => (Put::Rejected(why), None),
        Compared::Same { put, known } => {
            subjects.look_again(known, customer);
            (put, Some(id))
        }
        Compared::Changed { names, known, wanted } => {
            change(desk, &row.external_id, &known, &wanted).await?;
            subjects.add(Subject { record: wanted, customer: customer.clone(), news: News::Changed(known.fields) });
            (Put::Changed(names), Some(id))
        }
    })
}

/// What a row makes of a record that is there.
pub(super) enum Compared {
    /// It isn't taken.
    Rejected(PutError),
    /// The record stays as it is.
    Same { put: Put, known: Record },
    /// These fields are others from now on.
    Changed { names: Vec<String>, known: Record, wanted: Record },
}

/// Nothing is written here. `is_told`: a calendar that is polled tells of the record.
pub(super) fn compare(row: &RecordRow, known: Record, is_told: bool, source: Source, planner: &dyn Replan) -> Compared {
    let mut wanted = Record {
        fields: merged(&row.fields, &row.untold, &known.fields),
        status: row.status.unwrap_or(known.status),
        version: known.version + 1,
        ..known.clone()
    };
    if !row.left_to_calendars.is_empty() && is_told {
        let others = wanted.fields.into_iter().filter(|(name, _)| !row.left_to_calendars.contains(name)).collect();
        wanted.fields = merged(&others, &row.left_to_calendars, &known.fields);
        wanted.status = known.status;
    }
    let revives = known.status == RecordStatus::Cancelled && wanted.status == RecordStatus::Live;
    let stays_cancelled = revives && source == Source::Table && !says_it_is_on(&known.fields, &wanted.fields);
    if stays_cancelled {
        wanted.status = RecordStatus::Cancelled;
    }
    planner.outdate(&known, &mut wanted);
    let mut names = changed_fields(&known.fields, &wanted.fields);
    if known.status != wanted.status && !names.iter().any(|field| field == "status") {
        names.push("status".to_owned());
    }
    if names.is_empty() {
        return Compared::Same { put: if stays_cancelled { Put::StaysCancelled } else { Put::Unchanged }, known };
    }
    if planner.nature(&row.kind) == Nature::Event {
        return Compared::Rejected(PutError::OtherEvent);
    }
    Compared::Changed { names, known, wanted }
}

/// Whether a row says anew that a cancelled visit takes place: by another word about its status, or another time. The same
/// row once more, of a file that knows nothing of the cancellation, doesn't.
fn says_it_is_on(known: &Fields, wanted: &Fields) -> bool {
    let is_said = |name: &str, value: Option<&Value>| name == "status" || matches!(value, Some(Value::Datetime(_)));
    changed_fields(known, wanted).iter().any(|name| is_said(name, wanted.get(name)))
}

/// Whether a calendar that is polled tells of this record.
pub(super) async fn is_told_by_calendar(desk: &mut Desk, record: RecordId) -> Result<bool, StoreError> {
    let source: Option<String> =
        query_as(TELLER_OF_RECORD).bind(record.0).fetch_optional(desk.database.alone().await?).await?;
    Ok(source.is_some_and(|source| !source.is_empty()))
}

/// Whether there is a record with this name, whosever it is.
pub(super) async fn is_known(desk: &mut Desk, kind: &str, external_id: &str) -> Result<bool, StoreError> {
    let asked = query(RECORD_BY_EXTERNAL_ID).bind(kind).bind(external_id);
    Ok(asked.fetch_optional(desk.database.alone().await?).await?.is_some())
}

/// A record that a visit has, with its customer.
pub(super) struct Held {
    pub record: Record,
    pub external_id: String,
    pub customer: Customer,
}

/// The record with this name, with its customer.
pub(super) async fn find(desk: &mut Desk, kind: &str, external_id: &str) -> Result<Option<Held>, StoreError> {
    let asked = query(RECORD_BY_EXTERNAL_ID).bind(kind).bind(external_id);
    match asked.fetch_optional(desk.database.alone().await?).await? {
        Some(row) => Ok(Some(hold(desk, StoredRecord::read(&row)?).await?)),
        None => Ok(None),
    }
}

/// Opens a record and its customer.
pub(super) async fn hold(desk: &mut Desk, stored: StoredRecord) -> Result<Held, StoreError> {
    let customer = query(CUSTOMER_BY_ID).bind(stored.customer.0).fetch_one(desk.database.alone().await?).await?;
    let customer = StoredCustomer::read(&customer)?.open(&desk.keys)?;
    Ok(Held { record: stored.open(&desk.keys)?, external_id: stored.external_id, customer })
}

/// Cancels a record, whatever its fields say. One that is cancelled already is looked at all the same: the second
/// cancellation is not answered before the first one holds.
pub(super) async fn cancel(desk: &mut Desk, held: Held, subjects: &mut Subjects<'_>) -> Result<(), StoreError> {
    let Held { mut record, external_id, customer } = held;
    if record.status == RecordStatus::Live {
        let wanted = Record { status: RecordStatus::Cancelled, version: record.version + 1, ..record.clone() };
        change(desk, &external_id, &record, &wanted).await?;
        record = wanted;
    }
    subjects.add(Subject { record, customer, news: News::Nothing });
    Ok(())
}

/// Names of fields that differ, in order.
pub(super) fn changed_fields(known: &Fields, wanted: &Fields) -> Vec<String> {
    let names: BTreeSet<&String> = known.keys().chain(wanted.keys()).collect();
    names.into_iter().filter(|name| known.get(*name) != wanted.get(*name)).cloned().collect()
}

async fn create(desk: &mut Desk, row: &RecordRow, customer: CustomerId) -> Result<Record, StoreError> {
    let status = row.status.unwrap_or(RecordStatus::Live);
    let key = keystore::of(desk, customer).await?;
    let id: i64 = query_as(CREATE_RECORD)
        .bind(&row.kind)
        .bind(&row.external_id)
        .bind(customer.0)
        .bind(seal_record_fields(&key, &row.kind, &row.external_id, &row.fields)?)
        .bind(name(&status))
        .bind(desk.clock.now().ms())
        .fetch_one(desk.database.alone().await?)
        .await?;
    Ok(Record { id: RecordId(id), kind: row.kind.clone(), customer, fields: row.fields.clone(), version: 1, status })
}

/// The record in its next version.
pub(super) async fn change(
    desk: &mut Desk,
    external_id: &str,
    known: &Record,
    wanted: &Record,
) -> Result<(), StoreError> {
    let key = keystore::of(desk, known.customer).await?;
    let done = query(CHANGE_RECORD)
        .bind(known.id.0)
        .bind(known.version)
        .bind(seal_record_fields(&key, &known.kind, external_id, &wanted.fields)?)
        .bind(name(&wanted.status))
        .execute(desk.database.alone().await?)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::odd("records.version", "another version")) }
}

/// A page of all records, planned anew.
pub(super) async fn replan_page(
    desk: &mut Desk,
    after: RecordId,
    limit: i64,
    planner: &dyn Replan,
) -> Result<Replanned, StoreError> {
    let rows = query(RECORDS_AFTER).bind(after.0).bind(limit).fetch_all(desk.database.alone().await?).await?;
    let mut subjects = Vec::new();
    let mut next = None;
    for row in &rows {
        let stored = StoredRecord::read(row)?;
        next = Some(stored.id);
        let customer = query(CUSTOMER_BY_ID).bind(stored.customer.0).fetch_one(desk.database.alone().await?).await?;
        let customer = StoredCustomer::read(&customer)?.open(&desk.keys);
        // One that can't be read keeps its plans; the gate refuses them.
        if let (Ok(record), Ok(customer)) = (stored.open(&desk.keys), customer) {
            subjects.push(Subject { record, customer, news: News::Nothing });
        }
    }
    Ok(Replanned { next, open: replan(desk, &subjects, planner).await? })
}

//! Records of a chunk, whose customers are known.
//!
//! Taken by themselves, in their turn (see [`records::put_one`]): a record of nobody who is known, who may be somebody who comes
//! back, and one whose name a row before it has.

use super::look::{self, Known, Sought};
use crate::store::database::query;
use crate::{
    base::{BlindIndex, DataKey, Instant, RecordId, hex},
    people::Customer,
    store::{
        StoreError,
        book::rows,
        customers::Found,
        records::{self, Compared, Source},
        replan::Subjects,
        round::Desk,
        sealing::{StoredRecord, name, seal_record_fields},
        statements::bulk::{CHANGE_RECORDS, CREATE_RECORDS},
        types::{Applied, CustomerRef, Put, PutError, RecordRow, Replan},
    },
    trigger::{News, Record, RecordStatus, Subject},
};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// A chunk of an import, in the caller's transaction.
pub async fn put(desk: &mut Desk, rows: &[RecordRow], planner: &dyn Replan) -> Result<Applied, StoreError> {
    let seen = look(desk, rows).await?;
    let (mut applied, mut subjects) = (Applied::default(), Subjects::of(planner));
    let (mut gathered, mut names) = (Gathered::default(), HashSet::new());
    for (row, seen) in rows.iter().zip(&seen) {
        let is_first = names.insert((&row.kind, &row.external_id));
        let decided = if is_first { decide(desk, row, seen, &mut gathered, &mut subjects)? } else { None };
        let put = if let Some(put) = decided {
            put
        } else {
            gathered.write(desk, &mut subjects).await?;
            records::put_one(desk, row, &mut subjects).await?
        };
        applied.puts.push(put);
    }
    gathered.write(desk, &mut subjects).await?;
    applied.open = subjects.replan(desk).await?;
    Ok(applied)
}

/// What is known of a row before the first one was taken.
struct Seen {
    whose: Known,
    record: Stands,
}

/// How the record of a row's name stands.
pub enum Stands {
    /// There is none, and none was.
    New,
    /// It went with somebody who was erased.
    Erased,
    /// There is one; and whether a calendar tells of it that is polled.
    There(Box<StoredRecord>, bool),
}

async fn look(desk: &mut Desk, rows: &[RecordRow]) -> Result<Vec<Seen>, StoreError> {
    let sought = rows.iter().map(|row| match &row.customer {
        CustomerRef::ExternalId(name) => Sought::Name(name),
        CustomerRef::Address { address, .. } => Sought::Mailbox(BlindIndex::of(&desk.keys, address)),
    });
    let whose = look::whom(desk, &sought.collect::<Vec<_>>()).await?;
    let stands = stand(desk, &rows.iter().collect::<Vec<_>>()).await?;
    Ok(whose.into_iter().zip(stands).map(|(whose, record)| Seen { whose, record }).collect())
}

/// How the records of these rows' names stand, in their order.
pub async fn stand(desk: &mut Desk, rows: &[&RecordRow]) -> Result<Vec<Stands>, StoreError> {
    let mut known = look::records(desk, rows.iter().map(|row| (&*row.kind, &*row.external_id))).await?;
    let new = rows.iter().enumerate().filter(|(place, _)| !known.contains_key(place));
    let new = new.map(|(place, row)| (place, BlindIndex::of_name(&desk.keys, &row.kind, &row.external_id)));
    let new: Vec<(usize, BlindIndex)> = new.collect();
    let erased = look::erased(desk, new.into_iter()).await?;
    let left_to_calendars =
        known.iter().filter(|(place, _)| rows.get(**place).is_some_and(|row| !row.left_to_calendars.is_empty()));
    let left_to_calendars: Vec<RecordId> = left_to_calendars.map(|(_, record)| record.id).collect();
    let told = look::told(desk, &left_to_calendars).await?;
    let stands = (0..rows.len()).map(|place| match known.remove(&place) {
        Some(record) => {
            let is_told = told.contains(&record.id);
            Stands::There(Box::new(record), is_told)
        }
        None if erased.contains(&place) => Stands::Erased,
        None => Stands::New,
    });
    Ok(stands.collect())
}

/// What becomes of a row; `None` where it is to be taken by itself.
fn decide<'a>(
    desk: &Desk,
    row: &'a RecordRow,
    seen: &Seen,
    gathered: &mut Gathered<'a>,
    subjects: &mut Subjects<'_>,
) -> Result<Option<Put>, StoreError> {
    let stored = match &seen.whose {
        Known::Left | Known::Found(Found::Nobody) => return Ok(None),
        Known::Found(Found::Several) => return Ok(Some(Put::Rejected(PutError::AmbiguousCustomer))),
        Known::Found(Found::Customer(stored)) => stored,
    };
    let Ok(key) = stored.key(&desk.keys) else { return Ok(Some(Put::Rejected(PutError::Unreadable))) };
    let Ok(customer) = stored.open_by(&key) else { return Ok(Some(Put::Rejected(PutError::Unreadable))) };
    gathered.add((row, &seen.record), (&customer, &key), Source::Table, subjects).map(Some)
}

/// What the rows of a chunk change, gathered and written in two statements.
#[derive(Default)]
pub struct Gathered<'a> {
    new: Vec<NewRow<'a>>,
    /// Those whose records they are.
    customers: Vec<(Customer, &'a RecordRow)>,
    changed: Vec<ChangedRow>,
}

#[derive(Serialize)]
struct NewRow<'a> {
    kind: &'a str,
    external_id: &'a str,
    customer: i64,
    fields: String,
    status: String,
}

#[derive(Serialize)]
struct ChangedRow {
    id: RecordId,
    version: i64,
    fields: String,
    status: String,
}

impl<'a> Gathered<'a> {
    /// What becomes of a row of this customer, whose key this is.
    pub fn add(
        &mut self,
        (row, stands): (&'a RecordRow, &Stands),
        (customer, key): (&Customer, &DataKey),
        source: Source,
        subjects: &mut Subjects<'_>,
    ) -> Result<Put, StoreError> {
        let (stored, is_told) = match stands {
            Stands::Erased => return Ok(Put::Rejected(PutError::Erased)),
            Stands::New => {
                let RecordRow { kind, external_id, fields, status, .. } = row;
                let fields = hex(&seal_record_fields(key, kind, external_id, fields)?);
                let status = name(&status.unwrap_or(RecordStatus::Live));
                self.new.push(NewRow { kind, external_id, customer: customer.id.0, fields, status });
                self.customers.push((customer.clone(), row));
                return Ok(Put::Created);
            }
            Stands::There(stored, _) if stored.customer != customer.id => {
                return Ok(Put::Rejected(PutError::OtherCustomer));
            }
            Stands::There(stored, is_told) => (stored, *is_told),
        };
        let Ok(known) = stored.open_by(key) else { return Ok(Put::Rejected(PutError::Unreadable)) };
        Ok(match records::compare(row, known, is_told, source, subjects.planner) {
            Compared::Rejected(why) => Put::Rejected(why),
            Compared::Same { put, known } => {
                subjects.look_again(known, customer);
                put
            }
            Compared::Changed { names, known, wanted } => {
                self.changed.push(ChangedRow {
                    id: known.id,
                    version: known.version,
                    fields: hex(&seal_record_fields(key, &known.kind, &row.external_id, &wanted.fields)?),
                    status: name(&wanted.status),
                });
                let news = News::Changed(known.fields);
                subjects.add(Subject { record: wanted, customer: customer.clone(), news });
                Put::Changed(names)
            }
        })
    }

    /// Writes them all; those that are new are subjects from then on.
    pub async fn write(&mut self, desk: &mut Desk, subjects: &mut Subjects<'_>) -> Result<(), StoreError> {
        let Self { new, customers, changed } = std::mem::take(self);
        if !changed.is_empty() {
            let asked = query(CHANGE_RECORDS).bind(rows(&changed)?);
            desk.database.say(asked.changing(changed.len()));
        }
        if new.is_empty() {
            return Ok(());
        }
        let now: Instant = desk.clock.now();
        let asked = query(CREATE_RECORDS).bind(rows(&new)?).bind(now.ms());
        let mut ids = BTreeMap::new();
        for row in desk.database.rows(asked).await? {
            let name: (String, String) = (row.try_get("kind")?, row.try_get("external_id")?);
            ids.insert(name, RecordId(row.try_get("id")?));
        }
        for (customer, row) in customers {
            let RecordRow { kind, external_id, fields, status, .. } = row;
            let id = ids.get(&(kind.clone(), external_id.clone())).copied();
            let record = Record {
                id: id.ok_or_else(|| StoreError::odd("records", "a row that was not made"))?,
                kind: kind.clone(),
                customer: customer.id,
                fields: fields.clone(),
                version: 1,
                status: status.unwrap_or(RecordStatus::Live),
            };
            subjects.add(Subject { record, customer, news: News::Created });
        }
        Ok(())
    }
}

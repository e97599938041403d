//! Customers as an import gives them: who is who, what changed, and what they agreed to.
//!
//! A row is the customer with its external id; without one, the customer whose mailbox it is, if that is one person's
//! alone. A consent that an import claims is kept as history; it never undoes a person's own no, and what the history
//! holds already is not added again, so that the same file can be read twice.

use super::{
    StoreError, address_changes,
    book::Line,
    cards,
    consents::{NewConsent, position},
    database::{query, query_as},
    erase, keystore,
    replan::replan,
    round::Desk,
    sealing::{StoredCustomer, StoredRecord, random, seal_address, seal_customer_fields},
    statements::{
        people::{
            CHANGE_CUSTOMER, CREATE_CUSTOMER, CUSTOMER_BY_EXTERNAL_ID, CUSTOMER_BY_HANDLE, CUSTOMER_BY_ID,
            CUSTOMERS_BY_MAILBOX, OPEN_FOR_CUSTOMER,
        },
        records::RECORDS_OF,
    },
    stop::{self, OpenRow},
    types::{Applied, ConsentClaim, CustomerRef, CustomerRow, Put, PutError, Replan, merged},
};
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, EmailAddress, Handle, Instant, Zone},
    gate::Reason,
    ledger::Happening,
    people::{ConsentKind, Customer, Language, consent::ConsentMethod},
    trigger::{News, Subject},
    workflow::CUSTOMER,
};
use std::collections::BTreeMap;

/// Somebody whose row changed something, and to what they agreed by it.
pub(super) type Person = (Customer, News);

/// One row of an import, in the caller's transaction. Gives who was meant, with the mailbox that they had before.
pub(super) async fn put_one(
    desk: &mut Desk,
    (place, row): (usize, &CustomerRow),
    planner: &dyn Replan,
    people: &mut Vec<Person>,
    applied: &mut Applied,
) -> Result<Option<(CustomerId, BlindIndex)>, StoreError> {
    let mut meant = None;
    let put = match find(desk, row).await? {
        Found::Nobody if was_erased(desk, row).await? => Put::Rejected(PutError::Erased),
        Found::Nobody => {
            let customer = create(desk, row).await?;
            let Claimed { agreed, .. } = claim_consents(desk, customer.id, place, row, applied).await?;
            people.push((customer, agreed));
            Put::Created
        }
        Found::Customer(stored) => {
            meant = Some((stored.id, stored.mailbox));
            match stored.open(&desk.keys) {
                Ok(known) => {
                    let (put, customer, agreed) = change(desk, &stored, known, place, row, planner, applied).await?;
                    if put != Put::Unchanged {
                        people.push((customer, agreed));
                    }
                    put
                }
                Err(_) => Put::Rejected(PutError::Unreadable),
            }
        }
        Found::Several => Put::Rejected(PutError::AmbiguousCustomer),
    };
    applied.puts.push(put);
    Ok(meant)
}

/// Whether the row would bring somebody back who was erased.
async fn was_erased(desk: &mut Desk, row: &CustomerRow) -> Result<bool, StoreError> {
    let named = match &row.external_id {
        Some(name) => erase::had_name(desk, CUSTOMER, name).await?,
        None => false,
    };
    Ok(named || erase::mailbox_erased_at(desk, BlindIndex::of(&desk.keys, &row.address)).await?.is_some())
}

/// Who answers to a reference.
pub(super) enum Found {
    Nobody,
    Customer(Box<StoredCustomer>),
    Several,
}

async fn find(desk: &mut Desk, row: &CustomerRow) -> Result<Found, StoreError> {
    match &row.external_id {
        Some(external_id) => by_external_id(desk, external_id).await,
        None => by_brought_mailbox(desk, BlindIndex::of(&desk.keys, &row.address)).await,
    }
}

/// Who is meant by a mailbox that the business brings: where nobody has it, whoever had it before they said that theirs is another.
async fn by_brought_mailbox(desk: &mut Desk, mailbox: BlindIndex) -> Result<Found, StoreError> {
    match by_mailbox(desk, mailbox).await? {
        Found::Nobody => address_changes::moved_from(desk, mailbox).await,
        found => Ok(found),
    }
}

/// By the source's id, or by an address that is one customer's alone.
pub(super) async fn by_reference(desk: &mut Desk, reference: &CustomerRef) -> Result<Found, StoreError> {
    match reference {
        CustomerRef::ExternalId(id) => by_external_id(desk, id).await,
        CustomerRef::Address { address, .. } => by_brought_mailbox(desk, BlindIndex::of(&desk.keys, address)).await,
    }
}

pub(super) async fn by_external_id(desk: &mut Desk, external_id: &str) -> Result<Found, StoreError> {
    let row = query(CUSTOMER_BY_EXTERNAL_ID).bind(external_id).fetch_optional(desk.database.alone().await?).await?;
    row.map_or(Ok(Found::Nobody), |row| Ok(Found::Customer(Box::new(StoredCustomer::read(&row)?))))
}

pub(super) async fn by_number(desk: &mut Desk, customer: CustomerId) -> Result<Found, StoreError> {
    let row = query(CUSTOMER_BY_ID).bind(customer.0).fetch_optional(desk.database.alone().await?).await?;
    row.map_or(Ok(Found::Nobody), |row| Ok(Found::Customer(Box::new(StoredCustomer::read(&row)?))))
}

/// By the name that their links bear.
pub(super) async fn by_handle(desk: &mut Desk, handle: Handle) -> Result<Option<StoredCustomer>, StoreError> {
    let asked = query(CUSTOMER_BY_HANDLE).bind(handle.0.as_slice());
    let row = asked.fetch_optional(desk.database.alone().await?).await?;
    row.map(|row| StoredCustomer::read(&row)).transpose()
}

pub(super) async fn by_mailbox(desk: &mut Desk, mailbox: BlindIndex) -> Result<Found, StoreError> {
    let rows = query(CUSTOMERS_BY_MAILBOX).bind(mailbox.0.as_slice()).fetch_all(desk.database.alone().await?).await?;
    match rows.as_slice() {
        [] => Ok(Found::Nobody),
        [row] => Ok(Found::Customer(Box::new(StoredCustomer::read(row)?))),
        _ => Ok(Found::Several),
    }
}

pub(super) async fn create(desk: &mut Desk, row: &CustomerRow) -> Result<Customer, StoreError> {
    let handle = Handle(random()?);
    let (id, key) = keystore::take(desk)?;
    query(CREATE_CUSTOMER)
        .bind(id)
        .bind(handle.0.as_slice())
        .bind(&row.external_id)
        .bind(BlindIndex::of(&desk.keys, &row.address).0.as_slice())
        .bind(seal_address(&key, handle, &row.address)?)
        .bind(seal_customer_fields(&key, handle, &row.fields)?)
        .bind(row.zone.map(Zone::name))
        .bind(row.language.as_ref().map(Language::tag))
        .bind(desk.clock.now().ms())
        .execute(desk.database.alone().await?)
        .await?;
    let id = CustomerId(id);
    cards::keep_days(desk, id, &row.fields).await?;
    Ok(somebody_new(row, id, handle))
}

/// Who a row makes, under this number and name.
pub(super) fn somebody_new(row: &CustomerRow, id: CustomerId, handle: Handle) -> Customer {
    Customer {
        id,
        handle,
        address: row.address.clone(),
        fields: row.fields.clone(),
        zone: row.zone,
        language: row.language.clone(),
        version: 1,
    }
}

async fn change(
    desk: &mut Desk,
    stored: &StoredCustomer,
    known: Customer,
    place: usize,
    row: &CustomerRow,
    planner: &dyn Replan,
    applied: &mut Applied,
) -> Result<(Put, Customer, News), StoreError> {
    let mailbox = BlindIndex::of(&desk.keys, &row.address);
    let brings_an_old_one = mailbox != stored.mailbox && address_changes::has_left(desk, known.id, mailbox).await?;
    let mut wanted = Customer {
        address: if brings_an_old_one { known.address.clone() } else { row.address.clone() },
        fields: merged(&row.fields, &row.untold, &known.fields),
        zone: row.zone.or(known.zone),
        language: row.language.clone().or(known.language.clone()),
        ..known.clone()
    };
    let mut changed = differences(&known, &wanted);
    if !changed.is_empty() {
        write(desk, stored, &wanted, row.zone).await?;
        wanted.version += 1;
        if wanted.fields != known.fields {
            cards::keep_days(desk, known.id, &wanted.fields).await?;
        }
    }
    if wanted.address.mailbox() != known.address.mailbox() || wanted.zone != known.zone {
        // What was permitted was permitted for another mailbox, or for another time of day.
        applied.open.extend(revoke(desk, known.id).await?);
    }
    if wanted.zone != known.zone {
        replan_all_of(desk, &wanted, planner, applied).await?;
    }
    let Claimed { columns, agreed } = claim_consents(desk, known.id, place, row, applied).await?;
    changed.extend(columns);
    Ok((if changed.is_empty() { Put::Unchanged } else { Put::Changed(changed) }, wanted, agreed))
}

pub(super) fn differences(known: &Customer, wanted: &Customer) -> Vec<String> {
    let mut changed = Vec::new();
    if known.address != wanted.address {
        changed.push("email".to_owned());
    }
    if known.zone != wanted.zone {
        changed.push("time_zone".to_owned());
    }
    if known.language != wanted.language {
        changed.push("language".to_owned());
    }
    changed.extend(super::records::changed_fields(&known.fields, &wanted.fields));
    changed
}

/// Who they are from now on; `zone` is a new one of theirs.
pub(super) async fn write(
    desk: &mut Desk,
    stored: &StoredCustomer,
    wanted: &Customer,
    zone: Option<Zone>,
) -> Result<(), StoreError> {
    // A zone that can't be read stays as it stands, unless there is a new one: the gate shows it.
    let zone = zone.map(|zone| zone.name().to_owned()).or(stored.zone.clone());
    let key = stored.key(&desk.keys)?;
    let done = query(CHANGE_CUSTOMER)
        .bind(stored.id.0)
        .bind(stored.version)
        .bind(BlindIndex::of(&desk.keys, &wanted.address).0.as_slice())
        .bind(seal_address(&key, stored.handle, &wanted.address)?)
        .bind(seal_customer_fields(&key, stored.handle, &wanted.fields)?)
        .bind(zone)
        .bind(wanted.language.as_ref().map(Language::tag))
        .bind(desk.clock.now().ms())
        .execute(desk.database.alone().await?)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::odd("customers.version", "another version")) }
}

/// Takes back what is permitted for a customer, and names all that was open.
pub(super) async fn revoke(desk: &mut Desk, customer: CustomerId) -> Result<Vec<AttemptId>, StoreError> {
    let open: Vec<OpenRow> =
        query_as(OPEN_FOR_CUSTOMER).bind(customer.0).fetch_all(desk.database.alone().await?).await?;
    stop::revoke(desk, &open).await
}

/// A civil time without a zone is meant in the customer's: with the zone, due times move.
async fn replan_all_of(
    desk: &mut Desk,
    customer: &Customer,
    planner: &dyn Replan,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    let rows = query(RECORDS_OF).bind(customer.id.0).fetch_all(desk.database.alone().await?).await?;
    let mut subjects = Vec::new();
    for row in &rows {
        // One that can't be read keeps its plans; the gate refuses them. The card is planned with what else changed.
        if let Ok(record) = StoredRecord::read(row)?.open(&desk.keys)
            && record.kind != CUSTOMER
        {
            subjects.push(Subject { record, customer: customer.clone(), news: News::Nothing });
        }
    }
    applied.open.extend(replan(desk, &subjects, planner).await?);
    Ok(())
}

/// What claims of consent changed.
#[derive(Default)]
struct Claimed {
    /// Names of columns.
    columns: Vec<String>,
    /// To what the customer agreed just now.
    agreed: News,
}

/// Adds what the history doesn't hold.
async fn claim_consents(
    desk: &mut Desk,
    customer: CustomerId,
    place: usize,
    row: &CustomerRow,
    applied: &mut Applied,
) -> Result<Claimed, StoreError> {
    let mut changed = Vec::new();
    let mut agreed = BTreeMap::new();
    if row.consents.is_empty() {
        return Ok(Claimed::default());
    }
    let mailbox = BlindIndex::of(&desk.keys, &row.address);
    for claim in &row.consents {
        let (added, against) = claim_consent(desk, customer, mailbox, claim, ConsentMethod::Import).await?;
        if against.is_some() && claim.kind == ConsentKind::Granted && !applied.stay_stopped.contains(&place) {
            applied.stay_stopped.push(place);
        }
        let Some(id) = added else { continue };
        let imported = Happening::ConsentImported { purpose: claim.purpose.clone(), row: id };
        desk.enter(desk.clock.now(), &[Line::of_customer(customer, imported)])?;
        applied.consents += 1;
        changed.push(format!("consent:{}", claim.purpose));
        if claim.kind == ConsentKind::Granted && against.is_none() {
            agreed.insert(claim.purpose.clone(), claim.at);
        }
        if claim.kind == ConsentKind::Withdrawn {
            applied.open.extend(revoke(desk, customer).await?);
        }
    }
    let agreed = if agreed.is_empty() { News::Nothing } else { News::Agreed(agreed) };
    Ok(Claimed { columns: changed, agreed })
}

/// What an address alone may do for whoever has it.
pub(super) enum Returns {
    /// Nobody was erased who had it.
    Unknown,
    /// Somebody was, and this says nothing of what they did since then.
    Erased,
    /// They came back by their own act.
    Back(Box<Customer>),
}

/// Somebody who was erased and comes back by their own act: a booking with their address, of `date` or of no known one. Nobody
/// else is made so. What lies before the erasure was known then, or belonged to it.
pub(super) async fn come_back(
    desk: &mut Desk,
    address: &EmailAddress,
    date: Option<Instant>,
) -> Result<Returns, StoreError> {
    let erased_at = erase::mailbox_erased_at(desk, BlindIndex::of(&desk.keys, address)).await?;
    let Some(erased_at) = erased_at else { return Ok(Returns::Unknown) };
    if date.is_none_or(|date| date <= erased_at) {
        return Ok(Returns::Erased);
    }
    let row = CustomerRow::of_address(address.clone(), None);
    Ok(Returns::Back(Box::new(create(desk, &row).await?)))
}

/// Adds to the history what it doesn't hold yet, and says under which number, and what stood against a yes before.
pub(super) async fn claim_consent(
    desk: &mut Desk,
    customer: CustomerId,
    mailbox: BlindIndex,
    claim: &ConsentClaim,
    method: ConsentMethod,
) -> Result<(Option<i64>, Option<Reason>), StoreError> {
    let ConsentClaim { purpose, kind, at, source, language, expires_at } = claim;
    let position = position(desk.database.alone().await?, customer, mailbox, purpose).await?;
    let (language, expires_at) = (language.as_ref(), *expires_at);
    let row = NewConsent { purpose, kind: *kind, method, at: *at, source, language, expires_at };
    let added = if position.holds(claim, method) { None } else { Some(row.write(desk, customer).await?) };
    Ok((added, position.against))
}

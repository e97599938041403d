//! What the rows of a chunk change, gathered and written in a fixed number of statements.

use crate::store::database::query;
use crate::{
    base::{BlindIndex, CustomerId, DataKey, Handle, Instant, Value, Zone, hex, value::Fields},
    ledger::Happening,
    people::{ConsentKind, Customer, Language, consent::ConsentMethod},
    store::{
        StoreError,
        book::{Line, rows},
        customers::{self, Person},
        kept::Word,
        keystore,
        round::Desk,
        sealing::{StoredCustomer, random, seal_address, seal_customer_fields},
        statements::bulk::{ADD_CONSENTS, CHANGE_CUSTOMERS, CREATE_CUSTOMERS, FORGET_DAYS_OF, KEEP_DAYS},
        types::{ConsentClaim, CustomerRow},
    },
    trigger::News,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Who somebody is that a row tells of.
pub enum Who {
    /// Nobody was known.
    New,
    /// This customer: as they were, and as they are from now on.
    Known(Box<(StoredCustomer, Customer, Customer)>),
}

/// What a row changes.
pub struct Change<'a> {
    pub row: &'a CustomerRow,
    pub mailbox: BlindIndex,
    pub who: Who,
    /// What is added to their history.
    pub claims: Vec<&'a ConsentClaim>,
    /// To what they agree by it.
    pub agreed: News,
}

/// Changes that wait to be written together.
#[derive(Default)]
pub struct Gathered<'a>(Vec<Change<'a>>);

#[derive(Serialize)]
struct NewRow<'a> {
    id: CustomerId,
    handle: String,
    external_id: Option<&'a str>,
    mailbox: String,
    address: String,
    fields: String,
    zone: Option<&'a str>,
    language: Option<&'a str>,
}

#[derive(Serialize)]
struct ChangedRow {
    id: CustomerId,
    version: i64,
    address: String,
    fields: String,
    zone: Option<String>,
    language: Option<String>,
}

#[derive(Serialize)]
struct DayRow {
    field: String,
    day: String,
    customer: CustomerId,
}

#[derive(Serialize)]
struct ConsentRow<'a> {
    customer: CustomerId,
    purpose: &'a str,
    kind: ConsentKind,
    method: ConsentMethod,
    at: Instant,
    source: &'a str,
    language: Option<&'a str>,
    expires_at: Option<Instant>,
}

/// Rows of all statements, as they grow.
#[derive(Default)]
struct Batch<'a> {
    new: Vec<NewRow<'a>>,
    changed: Vec<ChangedRow>,
    /// Whose days of the year are others now.
    days_of: Vec<CustomerId>,
    days: Vec<DayRow>,
    consents: Vec<ConsentRow<'a>>,
}

impl<'a> Gathered<'a> {
    pub fn add(&mut self, change: Change<'a>) {
        self.0.push(change);
    }

    /// Writes them all. Whoever they are is added to `people`, in their order. Gives the keys of those who are new, in theirs.
    pub async fn write(&mut self, desk: &mut Desk, people: &mut Vec<Person>) -> Result<Vec<DataKey>, StoreError> {
        let changes = std::mem::take(&mut self.0);
        let mut own = Vec::new();
        if changes.is_empty() {
            return Ok(own);
        }
        let new = changes.iter().filter(|change| matches!(change.who, Who::New)).count();
        let mut keys = keystore::take_many(desk, new)?.into_iter();
        let mut batch = Batch::default();
        for change in changes {
            let Change { row, mailbox, who, claims, agreed } = change;
            let customer = match who {
                Who::New => {
                    let (id, key) = keys.next().ok_or_else(keystore::nothing_left)?;
                    let customer = customers::somebody_new(row, CustomerId(id), Handle(random()?));
                    batch.new.push(NewRow {
                        id: customer.id,
                        handle: hex(&customer.handle.0),
                        external_id: row.external_id.as_deref(),
                        mailbox: hex(&mailbox.0),
                        address: hex(&seal_address(&key, customer.handle, &row.address)?),
                        fields: hex(&seal_customer_fields(&key, customer.handle, &row.fields)?),
                        zone: row.zone.map(Zone::name),
                        language: row.language.as_ref().map(Language::tag),
                    });
                    batch.keep_days(customer.id, &row.fields);
                    own.push(key);
                    customer
                }
                Who::Known(who) => {
                    let (stored, known, wanted) = *who;
                    batch.change(desk, row, &stored, &known, &wanted)?;
                    wanted
                }
            };
            batch.consents.extend(claims.into_iter().map(|claim| consent(customer.id, claim)));
            people.push((customer, agreed));
        }
        batch.write(desk, people).await?;
        Ok(own)
    }
}

fn consent(customer: CustomerId, claim: &ConsentClaim) -> ConsentRow<'_> {
    let ConsentClaim { purpose, kind, at, source, language, expires_at } = claim;
    ConsentRow {
        customer,
        purpose,
        kind: *kind,
        method: ConsentMethod::Import,
        at: *at,
        source,
        language: language.as_ref().map(Language::tag),
        expires_at: *expires_at,
    }
}

impl Batch<'_> {
    fn keep_days(&mut self, customer: CustomerId, fields: &Fields) {
        for (field, value) in fields {
            if let Value::MonthDay(day) = value {
                self.days.push(DayRow { field: field.clone(), day: day.to_string(), customer });
            }
        }
    }

    /// As [`crate::store::customers::write`], of one whose mailbox and zone stay. Their version counts only where they differ.
    fn change(
        &mut self,
        desk: &Desk,
        row: &CustomerRow,
        stored: &StoredCustomer,
        known: &Customer,
        wanted: &Customer,
    ) -> Result<(), StoreError> {
        if wanted.version == known.version {
            return Ok(());
        }
        let key = stored.key(&desk.keys)?;
        self.changed.push(ChangedRow {
            id: stored.id,
            version: stored.version,
            address: hex(&seal_address(&key, stored.handle, &wanted.address)?),
            fields: hex(&seal_customer_fields(&key, stored.handle, &wanted.fields)?),
            zone: row.zone.map(|zone| zone.name().to_owned()).or_else(|| stored.zone.clone()),
            language: wanted.language.as_ref().map(|language| language.tag().to_owned()),
        });
        if wanted.fields != known.fields {
            self.days_of.push(stored.id);
            self.keep_days(stored.id, &wanted.fields);
        }
        Ok(())
    }

    async fn write(self, desk: &mut Desk, people: &[Person]) -> Result<(), StoreError> {
        let Self { new, changed, days_of, days, consents } = self;
        let now = desk.clock.now();
        if !new.is_empty() {
            desk.database.say(query(CREATE_CUSTOMERS).bind(rows(&new)?).bind(now.ms()).changing(new.len()));
        }
        if !changed.is_empty() {
            let asked = query(CHANGE_CUSTOMERS).bind(rows(&changed)?).bind(now.ms());
            desk.database.say(asked.changing(changed.len()));
        }
        if !days_of.is_empty() {
            desk.database.say(query(FORGET_DAYS_OF).bind(rows(&days_of)?));
        }
        if !days.is_empty() {
            desk.database.say(query(KEEP_DAYS).bind(rows(&days)?));
        }
        if consents.is_empty() {
            return Ok(());
        }
        let mut added = BTreeMap::new();
        for row in desk.database.rows(query(ADD_CONSENTS).bind(rows(&consents)?)).await? {
            let (customer, purpose): (i64, String) = (row.try_get("customer")?, row.try_get("purpose")?);
            added.insert((CustomerId(customer), purpose), row.try_get("id")?);
        }
        let handles: BTreeMap<CustomerId, Handle> =
            people.iter().map(|(customer, _)| (customer.id, customer.handle)).collect();
        let mut lines = Vec::with_capacity(consents.len());
        for ConsentRow { customer, purpose, kind, method, at, .. } in consents {
            let purpose = purpose.to_owned();
            let row = added.remove(&(customer, purpose.clone()));
            let row = row.ok_or_else(|| StoreError::odd("consents", "a row that was not added"))?;
            if kind == ConsentKind::Withdrawn
                && let Some(handle) = handles.get(&customer)
            {
                let (customer, purpose) = (hex(&handle.0), purpose.clone());
                desk.kept.note(Word::Withdrawn { customer, purpose, method, at });
            }
            lines.push(Line::of_customer(customer, Happening::ConsentImported { purpose, row }));
        }
        desk.enter(now, &lines)
    }
}

//! Rows with personal columns, sealed and opened: each value is bound to its table, its column and its row.

mod visits;

pub(super) use visits::{open_visit, seal_visit};

use super::{StoreError, database::Row, entry::Evidence};
use crate::{
    base::{
        BlindIndex, CustomerId, DataKey, EmailAddress, Handle, Instant, PlanId, RecordId, Sealed, Zone, keys::Keyring,
        sealed::NONCE_BYTES, sealed::Unreadable, value::Fields,
    },
    people::{Customer, Language, Tastes},
    trigger::{Record, RecordStatus},
    workflow::CUSTOMER,
};
use serde::{Serialize, de::DeserializeOwned};

const ADDRESS: &str = "customers.address";
const CUSTOMER_FIELDS: &str = "customers.fields";
const RECORD_FIELDS: &str = "records.fields";
const VISIT_CONTENT: &str = "visits.content";
const TASK_WORDS: &str = "tasks.words";
const CONSENT_EVIDENCE: &str = "consent_evidence.content";
const BAR_EVIDENCE: &str = "bars.evidence";
const REQUEST_WORDS: &str = "requests.words";
const NEW_ADDRESS: &str = "address_changes.address";
const TASTES: &str = "tastes.words";

/// A row of `customers` as stored.
#[derive(Clone)]
pub(super) struct StoredCustomer {
    pub id: CustomerId,
    pub handle: Handle,
    /// Their own key, wrapped. `None`: it isn't there (any more).
    pub wrapped: Option<Vec<u8>>,
    pub mailbox: BlindIndex,
    pub address: Vec<u8>,
    pub fields: Vec<u8>,
    pub zone: Option<String>,
    pub language: Option<String>,
    pub version: i64,
}

impl StoredCustomer {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: CustomerId(row.try_get("id")?),
            handle: Handle(fixed(row, "handle")?),
            wrapped: row.try_get("wrapped")?,
            mailbox: BlindIndex(fixed(row, "mailbox")?),
            address: row.try_get("address")?,
            fields: row.try_get("fields")?,
            zone: row.try_get("zone")?,
            language: row.try_get("language")?,
            version: row.try_get("version")?,
        })
    }

    /// What seals all that is theirs.
    pub fn key(&self, keys: &Keyring) -> Result<DataKey, Unreadable> {
        unwrap(keys, self.id.0, self.wrapped.as_deref())
    }

    /// A zone that can't be read is left out here: the gate is shown the stored name and doesn't send.
    pub fn open(&self, keys: &Keyring) -> Result<Customer, Unreadable> {
        self.open_by(&self.key(keys)?)
    }

    /// The same, by their key.
    pub fn open_by(&self, key: &DataKey) -> Result<Customer, Unreadable> {
        let address: String = open(key, ADDRESS, &self.handle.0, &self.address)?;
        Ok(Customer {
            id: self.id,
            handle: self.handle,
            address: EmailAddress::parse(&address).map_err(|_| Unreadable)?,
            fields: open(key, CUSTOMER_FIELDS, &self.handle.0, &self.fields)?,
            zone: self.zone.as_deref().and_then(Zone::parse),
            language: self.language.as_deref().and_then(Language::parse),
            version: self.version,
        })
    }
}

/// A row of `records` as stored.
#[derive(Clone)]
pub(super) struct StoredRecord {
    pub id: RecordId,
    pub kind: String,
    pub external_id: String,
    pub customer: CustomerId,
    /// The customer's own key, wrapped.
    pub wrapped: Option<Vec<u8>>,
    pub fields: Vec<u8>,
    pub status: RecordStatus,
    pub version: i64,
}

impl StoredRecord {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: RecordId(row.try_get("id")?),
            kind: row.try_get("kind")?,
            external_id: row.try_get("external_id")?,
            customer: CustomerId(row.try_get("customer")?),
            wrapped: row.try_get("wrapped")?,
            fields: row.try_get("fields")?,
            status: parse(row, "status")?,
            version: row.try_get("version")?,
        })
    }

    pub fn open(&self, keys: &Keyring) -> Result<Record, Unreadable> {
        if self.kind == CUSTOMER {
            return Ok(self.with(Fields::new()));
        }
        self.open_by(&unwrap(keys, self.customer.0, self.wrapped.as_deref())?)
    }

    /// The same, by their customer's key. A card has no fields of its own, and nothing that could be sealed.
    pub fn open_by(&self, key: &DataKey) -> Result<Record, Unreadable> {
        let row = record_row(&self.kind, &self.external_id);
        let is_card = self.kind == CUSTOMER;
        Ok(self.with(if is_card { Fields::new() } else { open(key, RECORD_FIELDS, &row, &self.fields)? }))
    }

    fn with(&self, fields: Fields) -> Record {
        Record {
            id: self.id,
            kind: self.kind.clone(),
            customer: self.customer,
            fields,
            version: self.version,
            status: self.status,
        }
    }
}

/// What opens all that is one customer's, by table and column.
pub(super) struct Own {
    key: DataKey,
    handle: Handle,
}

impl Own {
    pub fn of(customer: &StoredCustomer, keys: &Keyring) -> Result<Self, Unreadable> {
        Ok(Self { key: customer.key(keys)?, handle: customer.handle })
    }

    /// What is sealed in a row's column. `None`: nothing is; it is a hash, or a key. What doesn't open is `null`.
    pub fn open(&self, table: &str, column: &str, row: &Row) -> Option<serde_json::Value> {
        let (place, of) = match (table, column) {
            ("customers", "address") => (ADDRESS, self.handle.0.to_vec()),
            ("customers", "fields") => (CUSTOMER_FIELDS, self.handle.0.to_vec()),
            ("records", "fields") => {
                let (kind, name): (String, String) = (row.try_get("kind").ok()?, row.try_get("external_id").ok()?);
                if kind == CUSTOMER {
                    return None;
                }
                (RECORD_FIELDS, record_row(&kind, &name))
            }
            ("tasks", "words") => (TASK_WORDS, row.try_get::<i64, _>("plan").ok()?.to_be_bytes().to_vec()),
            ("consent_evidence", "content") => {
                (CONSENT_EVIDENCE, row.try_get::<i64, _>("consent").ok()?.to_be_bytes().to_vec())
            }
            ("bars", "evidence") => {
                let (customer, at) = (row.try_get("customer").ok()?, row.try_get("at").ok()?);
                (BAR_EVIDENCE, moment_row(CustomerId(customer), Instant::from_ms(at)))
            }
            ("requests", "words") => {
                let (customer, at) = (row.try_get("customer").ok()?, row.try_get("at").ok()?);
                (REQUEST_WORDS, moment_row(CustomerId(customer), Instant::from_ms(at)))
            }
            ("tastes", "words") => (TASTES, row.try_get::<i64, _>("customer").ok()?.to_be_bytes().to_vec()),
            ("address_changes", "address") => {
                let (customer, at) = (row.try_get("customer").ok()?, row.try_get("at").ok()?);
                (NEW_ADDRESS, moment_row(CustomerId(customer), Instant::from_ms(at)))
            }
            _ => return None,
        };
        let sealed: &[u8] = row.try_get(column).ok()?;
        Some(open(&self.key, place, &of, sealed).unwrap_or(serde_json::Value::Null))
    }
}

/// A key as it is stored under an id.
pub(super) fn unwrap(keys: &Keyring, id: i64, wrapped: Option<&[u8]>) -> Result<DataKey, Unreadable> {
    DataKey::unwrap(keys, id, wrapped.ok_or(Unreadable)?)
}

pub(super) fn seal_address(key: &DataKey, handle: Handle, address: &EmailAddress) -> Result<Vec<u8>, StoreError> {
    seal(key, ADDRESS, &handle.0, &address.reveal())
}

pub(super) fn seal_customer_fields(key: &DataKey, handle: Handle, fields: &Fields) -> Result<Vec<u8>, StoreError> {
    seal(key, CUSTOMER_FIELDS, &handle.0, fields)
}

pub(super) fn seal_record_fields(
    key: &DataKey,
    kind: &str,
    external_id: &str,
    fields: &Fields,
) -> Result<Vec<u8>, StoreError> {
    seal(key, RECORD_FIELDS, &record_row(kind, external_id), fields)
}

pub(super) fn seal_task(key: &DataKey, plan: PlanId, words: &str) -> Result<Vec<u8>, StoreError> {
    seal(key, TASK_WORDS, &plan.0.to_be_bytes(), &words.to_owned())
}

pub(super) fn open_task(key: &DataKey, plan: PlanId, words: &[u8]) -> Result<String, Unreadable> {
    open(key, TASK_WORDS, &plan.0.to_be_bytes(), words)
}

pub(super) fn seal_evidence(key: &DataKey, consent: i64, evidence: &Evidence) -> Result<Vec<u8>, StoreError> {
    seal(key, CONSENT_EVIDENCE, &consent.to_be_bytes(), evidence)
}

pub(super) fn open_evidence(key: &DataKey, consent: i64, sealed: &[u8]) -> Result<Evidence, Unreadable> {
    open(key, CONSENT_EVIDENCE, &consent.to_be_bytes(), sealed)
}

pub(super) fn seal_bar_evidence(
    key: &DataKey,
    customer: CustomerId,
    at: Instant,
    evidence: &Evidence,
) -> Result<Vec<u8>, StoreError> {
    seal(key, BAR_EVIDENCE, &moment_row(customer, at), evidence)
}

pub(super) fn open_bar_evidence(
    key: &DataKey,
    customer: CustomerId,
    at: Instant,
    sealed: &[u8],
) -> Result<Evidence, Unreadable> {
    open(key, BAR_EVIDENCE, &moment_row(customer, at), sealed)
}

pub(super) fn seal_request(
    key: &DataKey,
    customer: CustomerId,
    at: Instant,
    words: &str,
) -> Result<Vec<u8>, StoreError> {
    seal(key, REQUEST_WORDS, &moment_row(customer, at), &words.to_owned())
}

pub(super) fn open_request(
    key: &DataKey,
    customer: CustomerId,
    at: Instant,
    words: &[u8],
) -> Result<String, Unreadable> {
    open(key, REQUEST_WORDS, &moment_row(customer, at), words)
}

pub(super) fn seal_new_address(
    key: &DataKey,
    customer: CustomerId,
    at: Instant,
    address: &EmailAddress,
) -> Result<Vec<u8>, StoreError> {
    seal(key, NEW_ADDRESS, &moment_row(customer, at), &address.reveal())
}

pub(super) fn open_new_address(
    key: &DataKey,
    customer: CustomerId,
    at: Instant,
    sealed: &[u8],
) -> Result<EmailAddress, Unreadable> {
    let address: String = open(key, NEW_ADDRESS, &moment_row(customer, at), sealed)?;
    EmailAddress::parse(&address).map_err(|_| Unreadable)
}

pub(super) fn seal_tastes(key: &DataKey, customer: CustomerId, tastes: &Tastes) -> Result<Vec<u8>, StoreError> {
    seal(key, TASTES, &customer.0.to_be_bytes(), tastes)
}

pub(super) fn open_tastes(key: &DataKey, customer: CustomerId, words: &[u8]) -> Result<Tastes, Unreadable> {
    open(key, TASTES, &customer.0.to_be_bytes(), words)
}

/// The row's number isn't known before it is written.
fn moment_row(customer: CustomerId, at: Instant) -> Vec<u8> {
    [customer.0.to_be_bytes(), at.ms().to_be_bytes()].concat()
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::NoRandomness)?;
    Ok(bytes)
}

/// A value whose stored name is that of its JSON form: `live`, `granted`, `stopped`.
pub(super) fn parse<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T, StoreError> {
    let name: String = row.try_get(column)?;
    parse_name(column, name)
}

pub(super) fn parse_name<T: DeserializeOwned>(column: &str, name: String) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(name)).map_err(|error| StoreError::odd(column, &error.to_string()))
}

/// The stored name of such a value.
pub(super) fn name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

pub(super) fn fixed<const N: usize>(row: &Row, column: &str) -> Result<[u8; N], StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| StoreError::odd(column, "a value of another length"))
}

fn record_row(kind: &str, external_id: &str) -> Vec<u8> {
    [kind.as_bytes(), b"\0", external_id.as_bytes()].concat()
}

fn seal<T: Serialize + DeserializeOwned>(
    key: &DataKey,
    place: &str,
    row: &[u8],
    value: &T,
) -> Result<Vec<u8>, StoreError> {
    let nonce = random::<NONCE_BYTES>()?;
    Ok(Sealed::seal(key, place, row, nonce, value)?.as_bytes().to_vec())
}

fn open<T: Serialize + DeserializeOwned>(
    key: &DataKey,
    place: &str,
    row: &[u8],
    bytes: &[u8],
) -> Result<T, Unreadable> {
    Sealed::from_bytes(bytes.to_vec()).open(key, place, row)
}

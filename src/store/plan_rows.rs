//! Rows of `plans`, alone or joined with their customer and record.

use super::{
    StoreError,
    sealing::{StoredCustomer, StoredRecord, parse},
    types::{PlanRow, Refusal},
};
use crate::{
    base::{CustomerId, Instant, PlanId, RecordId, keys::Keyring},
    gate::facts::PlanFacts,
    people::Customer,
    trigger::Record,
    workflow::Step,
};
use sqlx::{Row, sqlite::SqliteRow};

/// A plan with all that it is rendered from and decided on.
pub(super) struct Whole {
    pub facts: PlanFacts,
    pub marketing: bool,
    pub record_id: RecordId,
    pub attempts: u32,
    pub expires_at: Instant,
    pub hold: String,
    pub customer: StoredCustomer,
    /// Its version is right even where the rest of the record can't be read.
    pub record_version: i64,
    pub record: Result<StoredRecord, String>,
}

impl Whole {
    pub fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let facts = plan_facts(row)?;
        let customer = StoredCustomer { id: facts.customer, ..StoredCustomer::read(row)? };
        let record_id = RecordId(row.try_get("record")?);
        let record_version = row.try_get("record_version")?;
        let record = stored_record(row, record_id, facts.customer, record_version).map_err(|error| error.to_string());
        Ok(Self {
            marketing: row.try_get::<i64, _>("marketing")? != 0,
            record_id,
            attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
            expires_at: facts.expires_at,
            hold: row.try_get("hold")?,
            customer,
            record_version,
            record,
            facts,
        })
    }

    /// The record, opened; or what is wrong with it, in words.
    pub fn open_record(&self, keys: &Keyring) -> Result<Record, String> {
        self.record.as_ref().map_err(Clone::clone)?.open(keys).map_err(|error| error.to_string())
    }

    /// Both, opened.
    pub fn open(&self, keys: &Keyring) -> Result<(Customer, Record), String> {
        let customer = self.customer.open(keys).map_err(|error| error.to_string())?;
        Ok((customer, self.open_record(keys)?))
    }
}

fn stored_record(
    row: &SqliteRow,
    id: RecordId,
    customer: CustomerId,
    version: i64,
) -> Result<StoredRecord, StoreError> {
    Ok(StoredRecord {
        id,
        kind: row.try_get("kind")?,
        external_id: row.try_get("external_id")?,
        customer,
        fields: row.try_get("record_fields")?,
        status: parse(row, "status")?,
        version,
    })
}

pub(super) fn plan_facts(row: &SqliteRow) -> Result<PlanFacts, StoreError> {
    Ok(PlanFacts {
        id: PlanId(row.try_get("id")?),
        epoch: row.try_get("epoch")?,
        customer: CustomerId(row.try_get("customer")?),
        workflow: row.try_get("workflow")?,
        step: Step(row.try_get("step")?),
        occurrence: row.try_get("occurrence")?,
        purpose: row.try_get("purpose")?,
        due_at: instant(row, "due_at")?,
        expires_at: instant(row, "expires_at")?,
    })
}

pub(super) fn plan_row(row: &SqliteRow) -> Result<PlanRow, StoreError> {
    let refusal: Option<String> = row.try_get("refusal")?;
    Ok(PlanRow {
        facts: plan_facts(row)?,
        record: RecordId(row.try_get("record")?),
        state: parse(row, "state")?,
        next_at: instant(row, "next_at")?,
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        refusal: refusal.map(|text| read_refusal(&text)).transpose()?,
    })
}

pub(super) fn read_refusal(text: &str) -> Result<Refusal, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::odd("plans.refusal", &error.to_string()))
}

pub(super) fn instant(row: &SqliteRow, column: &str) -> Result<Instant, StoreError> {
    Ok(Instant::from_ms(row.try_get(column)?))
}

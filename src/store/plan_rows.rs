//! Rows of `plans`, alone or joined with their customer and record.

use super::{
    StoreError,
    database::Row,
    sealing::{StoredCustomer, StoredRecord, parse},
    types::{PlanRow, Refusal},
};
use crate::{
    base::{CustomerId, Instant, PlanId, RecordId, keys::Keyring, sealed::Unreadable},
    gate::facts::PlanFacts,
    people::{Customer, Snooze, snooze::Snoozed},
    policy::OwnLimits,
    trigger::Record,
    workflow::Step,
};

/// All that a plan is rendered from.
pub(super) struct Whole {
    pub attempts: u32,
    customer: StoredCustomer,
    pub record: StoredRecord,
}

impl Whole {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        let id = CustomerId(row.try_get("customer")?);
        Ok(Self {
            attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
            customer: StoredCustomer { id, ..StoredCustomer::read(row)? },
            record: record_of_plan(row)?,
        })
    }

    /// Both, opened.
    pub fn open(&self, keys: &Keyring) -> Result<(Customer, Record), Unreadable> {
        let key = self.customer.key(keys)?;
        Ok((self.customer.open_by(&key)?, self.record.open_by(&key)?))
    }
}

/// The customer's own limits: the gate is shown what can't be read, and doesn't send.
pub(super) fn own_limits(row: &Row) -> Result<OwnLimits, StoreError> {
    let text: Option<String> = row.try_get("own_limits")?;
    let odd = |error: serde_json::Error| StoreError::odd("customers.own_limits", &error.to_string());
    text.map_or_else(|| Ok(OwnLimits::default()), |text| serde_json::from_str(&text).map_err(odd))
}

/// The silence that the customer asked for. Of what nobody can read, everything: an error is never permission.
pub(super) fn snooze(row: &Row) -> Result<Option<Snooze>, StoreError> {
    let until: Option<i64> = row.try_get("snoozed_until")?;
    let of = || parse(row, "snoozed").unwrap_or(Snoozed::Everything);
    Ok(until.map(|until| Snooze { until: Instant::from_ms(until), of: of() }))
}

/// The record of a plan's row.
pub(super) fn record_of_plan(row: &Row) -> Result<StoredRecord, StoreError> {
    Ok(StoredRecord {
        id: RecordId(row.try_get("record")?),
        kind: row.try_get("kind")?,
        external_id: row.try_get("external_id")?,
        customer: CustomerId(row.try_get("customer")?),
        wrapped: row.try_get("wrapped")?,
        fields: row.try_get("record_fields")?,
        status: parse(row, "status")?,
        version: row.try_get("record_version")?,
    })
}

pub(super) fn plan_facts(row: &Row) -> Result<PlanFacts, StoreError> {
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

pub(super) fn plan_row(row: &Row) -> Result<PlanRow, StoreError> {
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

pub(super) fn instant(row: &Row, column: &str) -> Result<Instant, StoreError> {
    Ok(Instant::from_ms(row.try_get(column)?))
}

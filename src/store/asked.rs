//! What is said of an asked plan, its customer and its record now: read for the gate, or known from the claim where both are
//! one transaction.

use super::{StoreError, database::Row, plan_rows::instant, sealing::fixed, types::Claimed};
use crate::base::{BlindIndex, Instant, PlanId, RecordId};
use serde::Serialize;
use std::collections::BTreeMap;

/// A row of [`ASKED`](super::statements::pipeline::ASKED).
#[derive(Serialize)]
pub(super) struct AskedRow {
    pub plan: PlanId,
    pub epoch: i64,
}

/// Whether what [`Asked`] says was read in this transaction already.
pub(super) enum Known {
    /// It is read.
    Nothing,
    /// By the claim.
    Claimed(BTreeMap<PlanId, Asked>),
}

/// What is said of an asked plan now.
pub(super) struct Asked {
    pub epoch: i64,
    pub record: RecordId,
    pub workflow: String,
    pub purpose: String,
    pub marketing: bool,
    pub expires_at: Instant,
    pub hold: String,
    pub mailbox: BlindIndex,
    /// As stored: what can't be read is for the gate to see.
    pub zone: Option<String>,
    pub customer_version: i64,
    pub record_version: i64,
    /// Messages of this workflow about this record that left, may have left, or are on their way.
    pub about: u32,
}

impl Known {
    pub fn with(self, rows: &[Row]) -> Result<BTreeMap<PlanId, Asked>, StoreError> {
        match self {
            Self::Nothing => rows.iter().map(|row| Ok((PlanId(row.try_get("id")?), Asked::read(row)?))).collect(),
            Self::Claimed(mut plans) => {
                for row in rows {
                    if let Some(asked) = plans.get_mut(&PlanId(row.try_get("plan")?)) {
                        asked.about = number(row, "about")?;
                    }
                }
                Ok(plans)
            }
        }
    }
}

impl Asked {
    /// Whether customer and record are those that the draft was made from.
    pub fn is_as_drafted(&self, claimed: &Claimed) -> bool {
        claimed.versions().is_none_or(|versions| versions == (self.customer_version, self.record_version))
    }

    /// From a row of [`CLAIMED`](super::statements::claims::CLAIMED), which doesn't say what left about the record.
    pub fn of_claim(row: &Row) -> Result<Self, StoreError> {
        Self::of(row, ("version", "record_version"), 0)
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        Self::of(row, ("customer_version", "record_version"), number(row, "about")?)
    }

    fn of(row: &Row, (customer, record): (&str, &str), about: u32) -> Result<Self, StoreError> {
        Ok(Self {
            about,
            epoch: row.try_get("epoch")?,
            record: RecordId(row.try_get("record")?),
            workflow: row.try_get("workflow")?,
            purpose: row.try_get("purpose")?,
            marketing: row.try_get::<i64, _>("marketing")? != 0,
            expires_at: instant(row, "expires_at")?,
            hold: row.try_get("hold")?,
            mailbox: BlindIndex(fixed(row, "mailbox")?),
            zone: row.try_get("zone")?,
            customer_version: row.try_get(customer)?,
            record_version: row.try_get(record)?,
        })
    }
}

fn number(row: &Row, column: &str) -> Result<u32, StoreError> {
    Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(u32::MAX))
}

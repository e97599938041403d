//! The values a field may hold, in the types that `policy.toml` declares.

use super::{
    civil::{CivilTime, MonthDay},
    recommended::Recommended,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A field's value. Amounts are in the currency's minor unit, so that no cent is ever rounded away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Free text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// An amount in minor units (cents).
    Money {
        /// Cents, pence, …
        minor: i64,
        /// ISO 4217, such as `EUR`.
        currency: String,
    },
    /// A civil date and time, with its zone if the source named one.
    Datetime(CivilTime),
    /// A civil date.
    Date(NaiveDate),
    /// A day of the year without a year: a birthday.
    MonthDay(MonthDay),
    /// What is recommended, in the order in which it is shown.
    Products(Vec<Recommended>),
}

/// A thing's fields by name. Ordered, because order reaches pages, logs and digests.
pub type Fields = BTreeMap<String, Value>;

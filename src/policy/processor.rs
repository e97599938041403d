//! Somebody outside the business who works on customers' data for it: a mail provider, a host. GDPR 28 wants a contract
//! with each, 13(1)(e) that people are told, and 30 that it stands in the records.

use super::{Country, Phrase};
use chrono::NaiveDate;

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Processor {
    /// The company.
    pub name: String,
    /// Where it sits.
    pub country: Country,
    /// What it does with the data.
    pub purpose: Phrase,
    /// The day of the contract.
    pub contract: NaiveDate,
    /// What protects the data where the country's law doesn't.
    pub safeguard: Option<String>,
}

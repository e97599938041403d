//! Somebody outside the business who works on customers' data for it: a mail provider, a host. GDPR 28 wants a contract
//! with each, 13(1)(e) that people are told, and 30 that it stands in the records.

use super::Country;
use crate::people::Language;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Processor {
    /// The company.
    pub name: String,
    /// Where it sits.
    pub country: Country,
    /// What it does with the data, in the policy's own language.
    pub purpose: String,
    /// The same in others.
    pub translations: BTreeMap<Language, String>,
    /// The day of the contract.
    pub contract: NaiveDate,
    /// What protects the data where the country's law doesn't.
    pub safeguard: Option<String>,
}

impl Processor {
    /// What it does, in this language, else in the policy's own.
    #[must_use]
    pub fn purpose_in(&self, language: &Language) -> &str {
        self.translations.get(language).unwrap_or(&self.purpose)
    }
}

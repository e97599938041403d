//! Words that people read, in the policy's own language and in others.

use crate::people::Language;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Phrase {
    own: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    others: BTreeMap<Language, String>,
}

impl Phrase {
    /// In the policy's own language, and in others.
    #[must_use]
    pub const fn new(own: String, others: BTreeMap<Language, String>) -> Self {
        Self { own, others }
    }

    /// In the policy's own language.
    #[must_use]
    pub fn own(&self) -> &str {
        &self.own
    }

    /// In this language, else in the policy's own.
    #[must_use]
    pub fn in_language(&self, language: &Language) -> &str {
        self.others.get(language).unwrap_or(&self.own)
    }
}

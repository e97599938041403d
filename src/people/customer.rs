//! A customer: the person written to.

use crate::base::{CustomerId, EmailAddress, Handle, Zone, value::Fields};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A language by its BCP 47 primary tag: `en`, `fr`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Language(String);

impl Language {
    /// From a tag such as `fr`, `fr-FR` or `FR`; the region is dropped.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        let valid = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_lowercase());
        valid.then_some(Self(primary))
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One customer, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Row id.
    pub id: CustomerId,
    /// Name in links.
    pub handle: Handle,
    /// Where to write.
    pub address: EmailAddress,
    /// What `policy.toml` declares under `[customer.fields]`.
    pub fields: Fields,
    /// The customer's own zone, where known.
    pub zone: Option<Zone>,
    /// The customer's own language, where known.
    pub language: Option<Language>,
    /// Counts changes: a draft made from an older version is rendered again.
    pub version: i64,
}

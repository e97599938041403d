//! By which rules products are recommended: `[recommendations]` of `policy.toml`.
//!
//! Only those who agreed to its purpose are recommended anything, and only their purchases are looked at.

use super::{Phrase, Policy, RecordType, WrittenBy};
use crate::base::Term;
use chrono::NaiveTime;
use std::collections::BTreeSet;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recommending {
    /// The purpose that customers agree to: a yes to it covers that their purchases are looked at.
    pub purpose: String,
    /// When the lists of everybody are made, each night by the business's clock.
    pub publish_at: NaiveTime,
    /// So many different customers stand behind every pair of products and every product that is shown.
    pub k: u32,
    /// So many good candidates there must be, or nothing is recommended.
    pub at_least: usize,
    /// So many products a message has at most.
    pub show: usize,
    /// How long after the last one a customer is recommended something again, at the earliest.
    pub every: Term,
    /// A product that was bought in the last so many days isn't recommended again yet.
    pub rest_days: u16,
    /// Categories that say too much of a person: never counted, never recommended, never named.
    pub sensitive_categories: BTreeSet<String>,
    /// What the owner favours, in the order of their names.
    pub values: Vec<FavouredValue>,
    /// Makers that are the shop itself: the audit looks at how much they are favoured.
    pub own_brands: BTreeSet<String>,
    /// What a batch must keep to before it is published.
    pub gates: GateLimits,
}

/// What a batch must keep to, in per cent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GateLimits {
    /// Of its share of the purchases, so much an own brand may have of what is shown.
    pub own_brands: u16,
    /// By so much of a category's prices people may be led to dearer things.
    pub steer: u16,
    /// Of all lists, one product may stand in so many.
    pub product: u16,
}

impl Default for GateLimits {
    /// What held on two real shops, with room for chance.
    fn default() -> Self {
        Self { own_brands: 170, steer: 3, product: 80 }
    }
}

/// Something that the owner favours: seasonal, made near by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FavouredValue {
    /// Its name in the catalogue.
    pub name: String,
    /// What customers read.
    pub title: Phrase,
    /// What a score is multiplied by, in per cent.
    pub weight: u16,
}

/// What the daemon recommends in a field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Recommends {
    /// What else could please them.
    Discoveries,
    /// Time for more of what they bought?
    Repeats,
}

impl Recommends {
    /// Of a field that is written by this.
    #[must_use]
    pub const fn by(written_by: WrittenBy) -> Option<Self> {
        match written_by {
            WrittenBy::Discoveries => Some(Self::Discoveries),
            WrittenBy::Repeats => Some(Self::Repeats),
            _ => None,
        }
    }
}

impl RecordType {
    /// The fields that hold what is recommended, by name.
    pub fn recommended(&self) -> impl Iterator<Item = (&str, Recommends)> {
        self.fields.iter().filter_map(|(name, field)| Some((name.as_str(), Recommends::by(field.written_by)?)))
    }
}

impl Policy {
    /// The record types by which something is recommended.
    pub fn recommending_records(&self) -> impl Iterator<Item = (&str, &RecordType)> {
        let records = self.records.iter().map(|(kind, record)| (kind.as_str(), record));
        records.filter(|(_, record)| record.recommended().next().is_some())
    }
}

/// Between which numbers each key lies.
pub mod limits {
    /// `k`.
    pub const K: (i64, i64) = (5, 1_000);
    /// `at_least`.
    pub const AT_LEAST: (i64, i64) = (1, 10);
    /// `show`.
    pub const SHOW: (i64, i64) = (1, 10);
    /// `rest_days`.
    pub const REST_DAYS: (i64, i64) = (0, 730);
    /// `own_brands` among the gates, in per cent.
    pub const OWN_BRANDS: (i64, i64) = (100, 1_000);
    /// `steer`, in per cent.
    pub const STEER: (i64, i64) = (0, 50);
    /// `product`, in per cent.
    pub const PRODUCT: (i64, i64) = (10, 100);
    /// `weight`, in per cent: no score is moved by more than twice, up or down.
    pub const WEIGHT: (i64, i64) = (50, 200);
}

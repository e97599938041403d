//! A rehearsal's nights: what each batch of recommendations came to, and why one came to nothing.

use crate::{
    base::{Instant, Zone},
    engine::recommending::Figures,
    store::{BatchOutcome, BatchRow},
};
use serde::Serialize;

/// A batch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Night {
    /// When.
    #[serde(skip)]
    pub instant: Instant,
    /// When, in UTC.
    pub at: String,
    /// When, by the business's clock, to the minute.
    pub local: String,
    /// What became of it.
    pub outcome: BatchOutcome,
    /// Another one where any list is another; empty where there are none.
    pub version: String,
    /// Customers who agreed.
    pub agreed: usize,
    /// Of them, those with enough good candidates.
    pub lists: usize,
    /// Of them, those for whom it was time: they are recommended something.
    pub people: u64,
    /// What withheld it, or what is missing, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
}

impl Night {
    /// As the store keeps it.
    ///
    /// # Errors
    /// When its figures can't be read.
    pub fn read(row: BatchRow, zone: Zone) -> anyhow::Result<Self> {
        let figures: Figures = serde_json::from_str(&row.figures)?;
        let broken = figures.gates.into_iter().filter(|gate| !gate.holds).map(|gate| gate.sentence);
        Ok(Self {
            instant: row.made_at,
            at: row.made_at.to_string(),
            local: zone.local(row.made_at).format("%Y-%m-%dT%H:%M").to_string(),
            outcome: row.outcome,
            version: row.version,
            agreed: figures.agreed,
            lists: figures.lists,
            people: row.people,
            because: match row.outcome {
                BatchOutcome::Publishing | BatchOutcome::Published => Vec::new(),
                BatchOutcome::TooSmall => figures.missing,
                BatchOutcome::Withheld => broken.collect(),
            },
        })
    }

    /// What became of it, in a word or two.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self.outcome {
            BatchOutcome::Publishing => "broke off",
            BatchOutcome::Published => "published",
            BatchOutcome::TooSmall => "too small a shop",
            BatchOutcome::Withheld => "withheld",
        }
    }
}

/// The nights of all shares of the customers: each has made all lists, and told of them to its own. Where two made other lists of
/// one night, both are here.
#[must_use]
pub fn joined(shares: impl IntoIterator<Item = Vec<Night>>) -> Vec<Night> {
    let mut all: Vec<Night> = Vec::new();
    for night in shares.into_iter().flatten() {
        match all.iter_mut().find(|other| Night { people: night.people, ..(*other).clone() } == night) {
            Some(other) => other.people += night.people,
            None => all.push(night),
        }
    }
    all.sort();
    all
}

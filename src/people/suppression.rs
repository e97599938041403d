//! Suppression: a no that belongs to a mailbox, whoever's name is on it.
//!
//! Consent is each person's; a stop acts on the mailbox that received the message, so that two customers with one
//! mailbox are not asked to click twice.

use crate::base::Instant;
use serde::{Deserialize, Serialize};

/// Why a mailbox is not written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressionReason {
    /// Somebody clicked stop.
    Stopped,
    /// The server said that there is no such mailbox.
    NoSuchMailbox,
    /// The operator's word.
    Operator,
}

/// One row: for one purpose, or for all.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Suppression {
    /// The row, for the explanation.
    pub id: i64,
    /// The purpose's key, or all purposes.
    pub purpose: Option<String>,
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
    pub at: Instant,
}

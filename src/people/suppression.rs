//! Suppression: a no that belongs to a mailbox, whoever's name is on it.
//!
//! Consent is each person's; a stop acts on the mailbox that received the message, so that two customers with one
//! mailbox are not asked to click twice.

use super::ConsentState;
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
    /// Whoever had it was erased. They come back by their own act.
    Erased,
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

impl Suppression {
    /// Whether it forbids messages of a purpose to somebody who said this about it.
    ///
    /// A stop belongs to the mailbox, so that two customers with one mailbox are not asked to click twice. What outweighs it
    /// is a later yes that came through the mailbox itself, and that only for whoever gave it. Nothing outweighs a mailbox
    /// that is gone, or the operator's word. Whoever was erased and came back says yes by a confirmation, too. One that is dated in the future by a wrong clock counts.
    #[must_use]
    pub fn forbids(&self, purpose: &str, consent: ConsentState) -> bool {
        self.purpose.as_ref().is_none_or(|of| of == purpose)
            && !(matches!(self.reason, SuppressionReason::Stopped | SuppressionReason::Erased)
                && consent.is_own_yes_after(self.at))
    }
}

//! Consent: an append-only history per customer and purpose. What holds now is the fold of it, by [`fold`] alone.
//!
//! Invariant: there is no stored state beside the history that could disagree with it. After a "no", only the person's
//! own act counts as a new yes; imports and clerks can't override it.

use crate::base::{Instant, WordingDigest};
use serde::{Deserialize, Serialize};

/// Yes or no.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentKind {
    /// The person agreed.
    Granted,
    /// The person said no.
    Withdrawn,
}

/// How a consent came to be known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentMethod {
    /// A column of an import, vouched for by the business.
    Import,
    /// The one-click header or the button behind a stop link.
    OneClick,
    /// Staff, on the person's word.
    InPerson,
    /// A form of the business's own, on its site or its till.
    Form,
    /// A sheet of paper that the business keeps.
    Paper,
    /// A call.
    Telephone,
}

impl ConsentMethod {
    /// The ways that the business itself may vouch for, as the API writes them.
    pub const VOUCHED: [(&'static str, Self); 4] =
        [("form", Self::Form), ("paper", Self::Paper), ("in-person", Self::InPerson), ("telephone", Self::Telephone)];

    /// For after "agreed" or a comma.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Import => "as an import says",
            Self::OneClick => "by the link in a message",
            Self::InPerson => "in person",
            Self::Form => "by a form",
            Self::Paper => "on paper",
            Self::Telephone => "by telephone",
        }
    }

    /// Whether the person acted through the mailbox itself: the only way back after a no.
    #[must_use]
    pub const fn is_own_act(self) -> bool {
        matches!(self, Self::OneClick)
    }
}

/// One row of the history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsentEntry {
    /// The row, which a clearance names as its evidence.
    pub id: i64,
    /// Yes or no.
    pub kind: ConsentKind,
    /// When.
    pub at: Instant,
    /// How.
    pub method: ConsentMethod,
    /// To which words: those in force then. None where it wasn't asked for, or where nobody knows.
    pub wording: Option<WordingDigest>,
}

/// What holds now for one customer and purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentState {
    /// Nobody ever asked.
    Never,
    /// Agreed, by this row, at this time.
    Granted {
        /// The evidence.
        row: i64,
        /// When.
        at: Instant,
    },
    /// Said no, by this row, at this time.
    Withdrawn {
        /// The evidence.
        row: i64,
        /// When.
        at: Instant,
    },
}

/// Folds a history, oldest first, into what holds now.
#[must_use]
pub fn fold(history: &[ConsentEntry]) -> ConsentState {
    history.iter().fold(ConsentState::Never, |state, entry| match (state, entry.kind) {
        (ConsentState::Withdrawn { .. }, ConsentKind::Granted) if !entry.method.is_own_act() => state,
        (_, ConsentKind::Granted) => ConsentState::Granted { row: entry.id, at: entry.at },
        (_, ConsentKind::Withdrawn) => ConsentState::Withdrawn { row: entry.id, at: entry.at },
    })
}

/// To which words the yes was given that a state rests on.
#[must_use]
pub fn agreed_to(history: &[ConsentEntry], state: ConsentState) -> Option<WordingDigest> {
    let ConsentState::Granted { row, .. } = state else { return None };
    history.iter().find(|entry| entry.id == row)?.wording
}

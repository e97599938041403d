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
    /// The page of preferences, behind a link in a message. It takes a no at any time, and a yes where no no stands.
    PreferencePage,
    /// The person took back their last word, on the page that had just taken it: what held before it holds again.
    Undone,
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
            Self::PreferencePage => "on the page of preferences",
            Self::Undone => "by taking their last word back",
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
///
/// A word that was taken back leaves what held before it: the same evidence, as old as it is. It is no new yes.
#[must_use]
pub fn fold(history: &[ConsentEntry]) -> ConsentState {
    let start = (ConsentState::Never, ConsentState::Never);
    let (_, now) = history.iter().fold(start, |(before, state), entry| match (state, entry.kind) {
        _ if entry.method == ConsentMethod::Undone => (before, before),
        (ConsentState::Withdrawn { .. }, ConsentKind::Granted) if !entry.method.is_own_act() => (state, state),
        (_, ConsentKind::Granted) => (state, ConsentState::Granted { row: entry.id, at: entry.at }),
        (_, ConsentKind::Withdrawn) => (state, ConsentState::Withdrawn { row: entry.id, at: entry.at }),
    });
    now
}

/// To which words the yes was given that a state rests on.
#[must_use]
pub fn agreed_to(history: &[ConsentEntry], state: ConsentState) -> Option<WordingDigest> {
    let ConsentState::Granted { row, .. } = state else { return None };
    history.iter().find(|entry| entry.id == row)?.wording
}

#[cfg(test)]
mod tests {
    use super::{ConsentKind::*, *};

    fn history(said: &[(ConsentKind, ConsentMethod)]) -> Vec<ConsentEntry> {
        let entry = |(&(kind, method), id): (&(ConsentKind, ConsentMethod), i64)| ConsentEntry {
            id,
            kind,
            at: Instant::from_ms(id),
            method,
            wording: None,
        };
        said.iter().zip(1..).map(entry).collect()
    }

    fn folded(said: &[(ConsentKind, ConsentMethod)]) -> ConsentState {
        fold(&history(said))
    }

    #[test]
    fn a_no_that_was_taken_back_leaves_the_yes_as_old_as_it_was() {
        let yes = (Granted, ConsentMethod::Form);
        let no = (Withdrawn, ConsentMethod::PreferencePage);
        let back = (Granted, ConsentMethod::Undone);
        assert_eq!(folded(&[yes, no, back]), ConsentState::Granted { row: 1, at: Instant::from_ms(1) });
        assert_eq!(folded(&[no, back]), ConsentState::Never);
        // The first no is not taken back by the second's end.
        assert_eq!(folded(&[yes, no, no, back]), ConsentState::Withdrawn { row: 2, at: Instant::from_ms(2) });
        // One word is taken back once.
        assert_eq!(folded(&[yes, no, back, no]), ConsentState::Withdrawn { row: 4, at: Instant::from_ms(4) });
    }

    #[test]
    fn a_yes_that_was_taken_back_was_never_given() {
        let yes = (Granted, ConsentMethod::PreferencePage);
        assert_eq!(folded(&[yes, (Withdrawn, ConsentMethod::Undone)]), ConsentState::Never);
    }

    #[test]
    fn a_page_of_preferences_turns_nothing_on_after_a_no() {
        let said = [(Withdrawn, ConsentMethod::OneClick), (Granted, ConsentMethod::PreferencePage)];
        assert_eq!(folded(&said), ConsentState::Withdrawn { row: 1, at: Instant::from_ms(1) });
    }
}

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
    /// The button behind the link of a confirmation, which was mailed to the address for nothing else.
    Confirmed,
}

impl ConsentMethod {
    /// The ways that the business itself may vouch for, as the API and `comity consent` write them.
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
            Self::Confirmed => "by the link of a confirmation",
        }
    }

    /// Whether the person acted through the mailbox itself, beyond doubt: the only way back after a no. Links of ordinary
    /// messages don't suffice, for messages are forwarded.
    #[must_use]
    pub const fn is_own_act(self) -> bool {
        matches!(self, Self::Confirmed)
    }

    /// Whether anybody could have done it who knows the address, or holds a message that was forwarded.
    #[must_use]
    pub const fn shows_no_mailbox(self) -> bool {
        matches!(self, Self::Form | Self::PreferencePage)
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
    /// Until when, exclusive, where the person agreed for a time.
    pub expires_at: Option<Instant>,
}

/// What holds now for one customer and purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsentState {
    /// Nobody ever asked.
    Never,
    /// Agreed.
    Granted(Grant),
    /// Said no, by this row, at this time.
    Withdrawn {
        /// The evidence.
        row: i64,
        /// When.
        at: Instant,
    },
}

impl ConsentState {
    /// Whether the person said yes from the mailbox itself after this moment: what outweighs a no before it.
    #[must_use]
    pub fn is_own_yes_after(self, at: Instant) -> bool {
        matches!(self, Self::Granted(grant) if grant.method.is_own_act() && grant.at > at)
    }
}

/// A yes, as far as what may rest on it depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The evidence.
    pub row: i64,
    /// When.
    pub at: Instant,
    /// How.
    pub method: ConsentMethod,
    /// To which words.
    pub wording: Option<WordingDigest>,
    /// Until when, exclusive, where the person agreed for a time.
    pub expires_at: Option<Instant>,
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
        (_, ConsentKind::Granted) => (state, ConsentState::Granted(Grant::by(entry))),
        (_, ConsentKind::Withdrawn) => (state, ConsentState::Withdrawn { row: entry.id, at: entry.at }),
    });
    now
}

impl Grant {
    const fn by(entry: &ConsentEntry) -> Self {
        Self { row: entry.id, at: entry.at, method: entry.method, wording: entry.wording, expires_at: entry.expires_at }
    }
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
            expires_at: None,
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
        let ConsentState::Granted(grant) = folded(&[yes, no, back]) else { panic!("nothing holds") };
        assert_eq!((grant.row, grant.at), (1, Instant::from_ms(1)));
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

    #[test]
    fn after_a_no_only_a_confirmation_is_a_yes() {
        let no = (Withdrawn, ConsentMethod::OneClick);
        let mut tried = 0;
        for (_, method) in ConsentMethod::VOUCHED {
            assert!(matches!(folded(&[no, (Granted, method)]), ConsentState::Withdrawn { row: 1, .. }), "{method:?}");
            tried += 1;
        }
        assert_eq!(tried, 4);
        let confirmed = [no, (Granted, ConsentMethod::Confirmed)];
        assert!(matches!(folded(&confirmed), ConsentState::Granted(Grant { row: 2, .. })));
    }
}

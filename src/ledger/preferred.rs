//! What a customer changed on the page of preferences, for the ledger. A stop and an own limit have lines of their own.

use crate::{
    base::Zone,
    gate::sentence::day,
    people::{Language, Snooze, snooze::Snoozed},
};
use serde::{Deserialize, Serialize};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preferred {
    /// They switched a purpose on.
    On {
        /// The purpose.
        purpose: String,
        /// The row of the consent history.
        row: i64,
    },
    /// They took back what they had just said about a purpose.
    TookBack {
        /// The purpose; `""` for all.
        purpose: String,
        /// The row of the consent history.
        row: i64,
    },
    /// They want silence until a day, or no more.
    Snooze(Option<Snooze>),
    /// They are written to in this language, or in the business's.
    Language(Option<Language>),
    /// They said something about what is recommended to them. What it is stands with them alone.
    Tastes,
}

impl Preferred {
    /// The sentence, with days by the calendar of `zone`.
    #[must_use]
    pub fn sentence(&self, zone: Zone) -> String {
        match self {
            Self::On { purpose, row } => {
                format!("Switched \"{purpose}\" on, on the page of preferences (row {row}).")
            }
            Self::TookBack { purpose, row } if purpose.is_empty() => {
                format!("Took back what they had just said about everything (row {row}).")
            }
            Self::TookBack { purpose, row } => {
                format!("Took back what they had just said about \"{purpose}\" (row {row}).")
            }
            Self::Snooze(None) => "Ended the silence that they had asked for.".to_owned(),
            Self::Snooze(Some(Snooze { until, of })) => {
                let of = match of {
                    Snoozed::Marketing => "nothing but what they arranged",
                    Snoozed::Everything => "nothing at all",
                };
                format!("Wants to hear {of} until {}.", day(*until, zone))
            }
            Self::Language(None) => "Is written to in the business's language from now on.".to_owned(),
            Self::Language(Some(language)) => format!("Is written to in the language \"{language}\" from now on."),
            Self::Tastes => "Said what they want more of, or don't want to be recommended.".to_owned(),
        }
    }
}

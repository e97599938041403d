//! What people of the business do to the installation, where it is about no message: so that it stands in the ledger, too.

use crate::base::Instant;
use serde::{Deserialize, Serialize};

/// One act. Pauses, limits, approvals and tasks have entries of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A file was imported.
    Imported {
        /// Customers, a record type, or a calendar.
        what: String,
        /// Rows that were new.
        new: u64,
        /// Rows that changed what was known.
        changed: u64,
    },
    /// A key of the API was made.
    KeyMade {
        /// Its name.
        name: String,
    },
    /// A key of the API was revoked.
    KeyRevoked {
        /// Its name.
        name: String,
    },
    /// A key was made that signs links from then on.
    LinkKeyMade {
        /// Its number.
        number: u32,
    },
    /// Wrote what analysts get, with tokens in place of people.
    ExportedPseudonymous {
        /// How many people are in it.
        people: u64,
    },
    /// Every key of the key store was wrapped anew.
    Rewrapped {
        /// The number of the key that wraps them from then on.
        number: u32,
        /// How many.
        keys: u64,
    },
    /// An older database was put in the place of the last: what people said since then holds again.
    Replayed {
        /// How many words.
        words: u64,
    },
    /// The database is an older one, and sending went on by a person's word.
    WentOn {
        /// When the lost one showed the last sign of life.
        came_to: Instant,
        /// Whether what was due by then is never sent.
        skips: bool,
    },
    /// A calendar was taken at its word, although it lacked much.
    Believed {
        /// Its name.
        calendar: String,
    },
    /// Data that are no longer to be kept were removed.
    Forgot {
        /// Fields.
        fields: u64,
        /// Records that they were of.
        records: u64,
        /// Customers that they were of.
        customers: u64,
        /// Past visits that nobody was known for.
        #[serde(default, skip_serializing_if = "is_none")]
        visits: u64,
        /// Tasks that had ended.
        #[serde(default, skip_serializing_if = "is_none")]
        tasks: u64,
    },
    /// A visit was said to be this customer's.
    Settled {
        /// The visit.
        visit: i64,
    },
}

impl Act {
    /// What was done.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Imported { what, new, changed } => {
                format!("A file of \"{what}\" was imported: {new} new, {changed} changed.")
            }
            Self::KeyMade { name } => format!("A key of the API was made for \"{name}\"."),
            Self::KeyRevoked { name } => format!("The key of the API for \"{name}\" was revoked."),
            Self::LinkKeyMade { number } => format!("Links are signed with another key, number {number}."),
            Self::ExportedPseudonymous { people } => {
                format!("The operator exported what analysts get: {people} people, with tokens in place of them.")
            }
            Self::Rewrapped { number, keys } => {
                format!("Customers' keys ({keys}) were wrapped anew, with key number {number}.")
            }
            Self::Replayed { words } => format!(
                "The database did not know {words} stops, objections and erasures that were kept outside it: they hold."
            ),
            Self::WentOn { skips: true, .. } => {
                "An older database was restored: messages that may have left are not sent again, and sending goes on."
                    .to_owned()
            }
            Self::WentOn { skips: false, .. } => {
                "An older database was restored: sending goes on, also of messages that may have left.".to_owned()
            }
            Self::Believed { calendar } => format!("The calendar \"{calendar}\" was taken at its word."),
            Self::Forgot { fields, records, customers, visits, tasks } => {
                let besides = match (visits, tasks) {
                    (0, 0) => String::new(),
                    (visits, tasks) => {
                        format!(" Of {visits} past visits of nobody what was said of them, and {tasks} tasks.")
                    }
                };
                format!(
                    "What is no longer to be kept was removed: {fields} fields, of {records} records and {customers} customers.{besides}"
                )
            }
            Self::Settled { visit } => format!("Somebody of the business said that visit {visit} is theirs."),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

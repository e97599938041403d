//! What the business's own programs may report: the events that the engine acts on, and no others.

use serde::{Deserialize, Serialize};

/// One kind of event. The names are those of the API and of the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum EventKind {
    /// What the record stands for is off: its messages don't leave.
    #[serde(rename = "record.cancelled")]
    RecordCancelled,
    /// The customer came.
    #[serde(rename = "record.kept")]
    RecordKept,
    /// The customer didn't come.
    #[serde(rename = "record.missed")]
    RecordMissed,
    /// The customer said no, at the counter or on the telephone.
    #[serde(rename = "customer.stopped")]
    CustomerStopped,
}

impl EventKind {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::RecordCancelled, Self::RecordKept, Self::RecordMissed, Self::CustomerStopped];

    /// As the API writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordCancelled => "record.cancelled",
            Self::RecordKept => "record.kept",
            Self::RecordMissed => "record.missed",
            Self::CustomerStopped => "customer.stopped",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it says, in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::RecordCancelled => "The business reported that it is off.",
            Self::RecordKept => "The business reported that the customer came.",
            Self::RecordMissed => "The business reported that the customer didn't come.",
            Self::CustomerStopped => "The business reported that the customer wants no more messages.",
        }
    }
}

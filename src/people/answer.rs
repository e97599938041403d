//! What a customer says about a visit: the three answers that a reminder asks for.

use serde::{Deserialize, Serialize};

/// One answer. The names are those of `policy.toml`, of workflows, of links and of the record's field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// "I'm coming".
    Coming,
    /// "I can't come".
    CantCome,
    /// "Another time": they would like to come, but not then.
    AnotherTime,
}

impl Answer {
    /// All, in the order in which they are asked.
    pub const ALL: [Self; 3] = [Self::Coming, Self::CantCome, Self::AnotherTime];

    /// As files and links write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coming => "coming",
            Self::CantCome => "cant-come",
            Self::AnotherTime => "another-time",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.name() == name)
    }

    /// In the customer's words, for sentences.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Coming => "I'm coming",
            Self::CantCome => "I can't come",
            Self::AnotherTime => "another time",
        }
    }
}

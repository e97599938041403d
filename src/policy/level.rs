//! How much a workflow may do to people: the level of its impact assessment.

use serde::{Deserialize, Serialize};

/// See [`mod@crate::privacy::assess`] for the rule by which it is found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Little.
    Low,
    /// Something: look at it now and then.
    #[default]
    Medium,
    /// Much: somebody answers for it by name.
    High,
}

impl Level {
    /// All, from the lowest.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// As `policy.toml` writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

//! A snooze: nothing until a day, by the person's own word.
//!
//! Who says "not before September" means the letters and offers, and hardly the reminder of the visit that they have
//! arranged for Thursday. So that is what a snooze holds, unless they say that it is everything.

use crate::base::Instant;
use serde::{Deserialize, Serialize};

/// One.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Snooze {
    /// The first moment at which messages may leave again.
    pub until: Instant,
    /// Which messages it holds.
    pub of: Snoozed,
}

/// Which messages a snooze holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Snoozed {
    /// All that rests on a yes. What the customer arranged, such as a visit, is still written about.
    Marketing,
    /// Everything.
    Everything,
}

impl Snooze {
    /// Whether it holds a message at this moment: marketing, or what was arranged.
    #[must_use]
    pub fn holds(self, is_marketing: bool, now: Instant) -> bool {
        now < self.until && (is_marketing || self.of == Snoozed::Everything)
    }
}

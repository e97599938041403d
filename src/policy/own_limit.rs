//! A customer's own limits: "at most one a month", over everything or for one purpose, as the person said it.
//!
//! They hold beside the caps of the policy, and all of them together, so that whichever is stricter wins. A limit on a
//! purpose always counts that purpose's messages; the one over everything counts, and is obeyed, as the caps over
//! everything are. Windows are those of the policy's caps, up to a year.
//!
//! Example: the policy lets four messages out in 7 days, Anna wants one in a calendar month. In November she gets one.
//!
//! Messages are counted by mailbox, as everywhere: of two customers who share one, each has limits of their own, and what
//! went to the other counts.

use super::cap::{Cap, Same, Unit, Window};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, num::NonZeroU32, slice, time::Duration};

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLimit {
    /// The purpose's key; `""` for everything together.
    pub purpose: String,
    /// How many messages.
    pub at_most: NonZeroU32,
    /// In which window.
    pub per: Window,
}

/// What a person wants of their own limits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// This one, in place of the one that they had for the same purpose.
    Limit(OwnLimit),
    /// None for this purpose; `""` for everything together.
    None(String),
}

/// All of one customer: for each purpose at most one, and one over everything.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<OwnLimit>", into = "Vec<OwnLimit>")]
pub struct OwnLimits(BTreeMap<String, Cap>);

impl OwnLimit {
    /// So many messages are no limit any more.
    pub const AT_MOST_MAX: u32 = 1_000;
    /// A window reaches no further.
    pub const REACH_MAX: Duration = Window::Calendar(Unit::Year).reach();

    const fn cap(&self) -> Cap {
        Cap { at_most: self.at_most, per: self.per, same: Same::Mailbox }
    }
}

impl OwnLimits {
    /// The one on this purpose, or with `""` the one over everything.
    #[must_use]
    pub fn of(&self, purpose: &str) -> &[Cap] {
        self.0.get(purpose).map_or(&[], slice::from_ref)
    }

    /// No message counts under any of them that is older than this.
    #[must_use]
    pub fn reach(&self) -> Duration {
        self.0.values().map(|cap| cap.per.reach()).max().unwrap_or_default()
    }

    /// Those that the person has after they said this.
    #[must_use]
    pub fn after(&self, wish: &Wish) -> Self {
        let mut limits = self.clone();
        match wish {
            Wish::Limit(limit) => limits.0.insert(limit.purpose.clone(), limit.cap()),
            Wish::None(purpose) => limits.0.remove(purpose),
        };
        limits
    }

    /// What to say to have them for this purpose as they are.
    #[must_use]
    pub fn wish_for(&self, purpose: &str) -> Wish {
        self.iter().find(|limit| limit.purpose == purpose).map_or_else(|| Wish::None(purpose.to_owned()), Wish::Limit)
    }

    /// One by one, the one over everything first.
    pub fn iter(&self) -> impl Iterator<Item = OwnLimit> + '_ {
        self.0.iter().map(|(purpose, Cap { at_most, per, .. })| OwnLimit {
            purpose: purpose.clone(),
            at_most: *at_most,
            per: *per,
        })
    }
}

impl Wish {
    /// The purpose that it is about; `""` for everything together.
    #[must_use]
    pub fn purpose(&self) -> &str {
        match self {
            Self::Limit(OwnLimit { purpose, .. }) | Self::None(purpose) => purpose,
        }
    }
}

impl From<Vec<OwnLimit>> for OwnLimits {
    fn from(limits: Vec<OwnLimit>) -> Self {
        Self(limits.into_iter().map(|limit| (limit.purpose.clone(), limit.cap())).collect())
    }
}

impl From<OwnLimits> for Vec<OwnLimit> {
    fn from(limits: OwnLimits) -> Self {
        limits.iter().collect()
    }
}

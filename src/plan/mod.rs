//! Plans: the messages that we intend, each with a due time and an expiry.
//!
//! A journey is a list of dated plans, each asked anew at its own time. When a record changes, [`reconcile()`] compares
//! the plans that should be with those that are, in the same transaction as the change.

pub mod reach;
pub mod reconcile;
pub mod schedule;

pub use reach::{Reach, reach};
pub use reconcile::{Change, Existing, Gone, Left, abandon, reconcile};
pub use schedule::{Planned, schedule};

use serde::{Deserialize, Serialize};

/// Where a plan stands. The names are those of the column `plans.state`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanState {
    /// Waits for its time.
    Planned,
    /// A node works on it.
    Leased,
    /// Permitted, on its way to the wire or on it.
    Sending,
    /// The server took it. Ended.
    Sent,
    /// The owner got it instead of the customer, in a rehearsal. Ended: it isn't sent when the rehearsal is over, either.
    Rehearsed,
    /// A person of the business was given the task that it is. Ended.
    Given,
    /// The server refused it for good. Ended.
    Rejected,
    /// We refused it. Ended, with the reason; where that is that the files no longer have it, it may live again with them.
    Refused,
    /// The record changed. Ended, but may live again if it changes back before anything left.
    Void,
    /// Nobody knows whether it arrived. Ended.
    Uncertain,
    /// It went into another message, together with others. Ended.
    Merged,
}

impl PlanState {
    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Leased => "leased",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Rehearsed => "rehearsed",
            Self::Given => "given",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Void => "void",
            Self::Uncertain => "uncertain",
            Self::Merged => "merged",
        }
    }

    /// From the column.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Planned,
            Self::Leased,
            Self::Sending,
            Self::Sent,
            Self::Rehearsed,
            Self::Given,
            Self::Rejected,
            Self::Refused,
            Self::Void,
            Self::Uncertain,
            Self::Merged,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }

    /// Ended, for good or until the record changes back.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        !matches!(self, Self::Planned | Self::Leased | Self::Sending)
    }
}

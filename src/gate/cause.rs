//! Why a person's yes is missing.

use crate::base::Instant;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Why a workflow sends nothing, although it plans.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DraftCause {
    /// Nobody has said yes.
    NeverApproved,
    /// Its file, its template or a partial is another one than the one that was approved.
    Changed {
        /// When the other one was approved.
        approved_at: Instant,
    },
    /// The yes was taken back.
    Withdrawn {
        /// When.
        at: Instant,
    },
    /// It should have been looked at again.
    ReviewDue {
        /// By the end of this day.
        by: NaiveDate,
    },
}

/// Why what goes to many people waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunCause {
    /// Nobody has said yes.
    NeverApproved,
    /// The workflow is another one than the one that somebody said yes to.
    Changed {
        /// When they did.
        approved_at: Instant,
    },
    /// The yes was for fewer people.
    Grown {
        /// When it was said.
        approved_at: Instant,
        /// For how many.
        people: u32,
    },
}

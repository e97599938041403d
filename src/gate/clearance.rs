//! The proof of a `Send`.

use super::facts::Facts;
use crate::base::{Instant, PlanId};

/// That the gate said yes, to this plan, under this claim, on these facts.
///
/// Invariant: made by [`super::decide`] alone, used once, never stored, never cloned.
#[derive(Debug)]
pub struct Clearance {
    plan: PlanId,
    epoch: i64,
    evidence: Evidence,
    approval: Option<i64>,
    decided_at: Instant,
}

/// The row that the permission rests on (promise P1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A row of the consent history.
    Consent(i64),
    /// A live record, at this version.
    Contract {
        /// The record.
        record: i64,
        /// Its version.
        version: i64,
    },
    /// A sale, at which they could say no: a live record, at this version.
    Sale {
        /// The record.
        record: i64,
        /// Its version.
        version: i64,
    },
}

impl Clearance {
    /// Only the gate may call this.
    pub(super) fn new(facts: &Facts, evidence: Evidence, approval: Option<i64>) -> Self {
        Self { plan: facts.plan.id, epoch: facts.plan.epoch, evidence, approval, decided_at: facts.now }
    }

    /// The plan that may leave.
    #[must_use]
    pub const fn plan(&self) -> PlanId {
        self.plan
    }

    /// The claim under which it may.
    #[must_use]
    pub const fn epoch(&self) -> i64 {
        self.epoch
    }

    /// What the permission rests on.
    #[must_use]
    pub const fn evidence(&self) -> Evidence {
        self.evidence
    }

    /// The row of a person's yes, where it needed one.
    #[must_use]
    pub const fn approval(&self) -> Option<i64> {
        self.approval
    }

    /// When the gate was asked.
    #[must_use]
    pub const fn decided_at(&self) -> Instant {
        self.decided_at
    }
}

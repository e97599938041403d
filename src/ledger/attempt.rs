//! An attempt: the permission to send, on disk.

use crate::{
    base::{AttemptId, BootTime, PlanId},
    gate::Clearance,
};

/// That the permission is on disk. The transport requires it, by value: one attempt, one transaction on the wire.
///
/// Invariant: `store` alone makes one, after its commit; `tests/tidy.rs` has the file's name.
#[derive(Debug)]
pub struct Attempt {
    id: AttemptId,
    clearance: Clearance,
    valid_until: BootTime,
}

impl Attempt {
    /// For the store, after the commit.
    #[must_use]
    pub fn committed(id: AttemptId, clearance: Clearance, valid_until: BootTime) -> Self {
        Self { id, clearance, valid_until }
    }

    /// The row.
    #[must_use]
    pub const fn id(&self) -> AttemptId {
        self.id
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> PlanId {
        self.clearance.plan()
    }

    /// What the gate said.
    #[must_use]
    pub const fn clearance(&self) -> &Clearance {
        &self.clearance
    }

    /// `MAIL` is never written after this, by the boot clock.
    #[must_use]
    pub const fn valid_until(&self) -> BootTime {
        self.valid_until
    }
}

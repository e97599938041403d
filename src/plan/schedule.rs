//! Which plans an occurrence calls for: pure arithmetic of due times and expiries.

use crate::{base::Instant, workflow::Step};

/// A plan that should exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which step.
    pub step: Step,
    /// [`Occurrence::key`].
    pub occurrence: String,
    /// When it should leave.
    pub due_at: Instant,
    /// When it is too late: the next step's due time, for the last one the visit itself.
    pub expires_at: Instant,
}

//! What changes among a record's plans when the record changes.

use super::{PlanState, Planned};
use crate::{
    base::{Instant, PlanId},
    workflow::Step,
};

/// A plan of this record and workflow that exists already, whatever its occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Row id.
    pub id: PlanId,
    /// Its step.
    pub step: Step,
    /// Its occurrence's key.
    pub occurrence: String,
    /// Where it stands.
    pub state: PlanState,
    /// Whether an attempt of it ever reached an intent: the message may have arrived.
    pub left: Left,
    /// When it was made due.
    pub due_at: Instant,
    /// When it expires.
    pub expires_at: Instant,
}

/// Whether a message may have reached the customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// No attempt got so far.
    No,
    /// Accepted, uncertain, or on the wire at this moment, at this time.
    Yes(Instant),
}

/// One change, for the store to apply in the record's transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new plan.
    Create(Planned),
    /// A new plan that ends at once, because it was due before the visit was known.
    CreateRefused(Planned),
    /// An open plan whose due time or expiry moved.
    Retime(PlanId, Planned),
    /// An open plan that no longer applies.
    Void(PlanId),
    /// A voided plan that applies again, under a new epoch: nothing of it ever left.
    Revive(PlanId, Planned),
}

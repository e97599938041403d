//! What the gate will want to know about a plan, beyond what it wants to know about every plan: a question that most plans
//! never ask isn't put to the database for them.

use super::{Wants, approval};
use crate::{
    base::PlanId,
    workflow::{Trigger, Workflow},
};

/// For a message of this workflow.
#[must_use]
pub fn wants(workflow: &Workflow, plan: PlanId) -> Wants {
    Wants { topics: approval::topics(workflow, plan), later: matches!(workflow.trigger, Trigger::Absent(_)) }
}

//! What the gate will want to know about a plan, beyond what it wants to know about every plan: a question that most plans
//! never ask isn't put to the database for them.

use super::{Wants, approval, facts::PlanFacts};
use crate::{
    base::Zone,
    workflow::{Trigger, Workflow},
};
use std::sync::Arc;

/// For a message of this workflow, among all, of a business in this zone.
#[must_use]
pub fn wants<'a>(
    workflow: &Workflow,
    plan: &PlanFacts,
    all: impl Iterator<Item = &'a Arc<Workflow>>,
    zone: Zone,
) -> Wants {
    Wants {
        topics: approval::topics(workflow, plan, zone),
        later: matches!(workflow.trigger, Trigger::Absent(_)),
        arrivals: workflow.exit_on.iter().cloned().collect(),
        ahead: all.filter(|other| other.priority > workflow.priority).map(|other| other.name.clone()).collect(),
    }
}

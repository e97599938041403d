//! The steps of a workflow: when each is asked for, and what it says.

use super::{Condition, Offset, Step};
use crate::base::{Source, Term};

/// One step.
#[derive(Debug)]
pub struct StepRule {
    /// Its name, for ever: a step that is renamed is another message.
    pub name: Step,
    /// When it is asked for.
    pub at: StepAt,
    /// The folder under `templates/mail`, of a message.
    pub template: String,
    /// What it asks of a person of the business in place of a message.
    pub task: Option<Task>,
    /// Asked besides the workflow's own, at hand-off.
    pub only_if: Option<Condition>,
    /// How long after its time it is worth sending. `None`: until the trigger's own rule ends it.
    pub cancel_after: Option<Term>,
}

/// `Call {{customer.first_name}}`: what a person of the business does. Nothing is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task {
    /// Its name among the templates: `task/lead-nurturing/call`.
    pub name: String,
    /// The words as they stand in the workflow's file, all that is before them blank: what is found in them is found there.
    pub words: Source,
}

/// When a step is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StepAt {
    /// So far from the trigger's anchor.
    Anchor(Offset),
    /// So long after the step before it, the first after the anchor.
    Wait(Offset),
    /// At a date of the record.
    Field(String),
}

/// Whether steps wait for each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// Each has a time of its own, and ends when the next one comes: reminders of one visit.
    #[default]
    Independent,
    /// Each waits until the one before it has ended, and keeps its distance to it: a journey.
    Kept,
}

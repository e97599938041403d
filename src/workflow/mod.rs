//! One promise to the customer, one file: `workflows/*.toml` as a type.

pub mod condition;
pub mod cron;
pub mod offset;
pub mod oversight;
pub mod form;
pub mod parse;
pub mod step;
pub mod trigger;

pub use condition::Condition;
pub use cron::Cron;
pub use offset::{Offset, Side};
pub use oversight::{Approval, Holdout, Oversight};
pub use step::{Order, StepAt, StepRule, Task};
pub use trigger::{CUSTOMER, DateOf, LeapDay, Moment, Trigger, WhoseClock, Yes};

use crate::{base::Term, people::Answer, policy::Cap};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// One workflow.
#[derive(Debug)]
pub struct Workflow {
    /// The file's name without `.toml`.
    pub name: String,
    /// The purpose's key in the policy. Frozen on each plan.
    pub purpose: String,
    /// The folder under `templates/mail`, for the steps that name none of their own.
    pub template: String,
    /// What people keep in hand about it.
    pub oversight: Oversight,
    /// What sets it off.
    pub trigger: Trigger,
    /// The steps, in the order of their times.
    pub steps: Vec<StepRule>,
    /// Whether they wait for each other.
    pub order: Order,
    /// How long after its time a step is worth sending, where it doesn't say so itself; `None` leaves it to the trigger.
    pub expires: Option<Term>,
    /// Caps of this workflow alone.
    pub caps: Vec<Cap>,
    /// Asked when the plan is made due and again at hand-off. Of a workflow about customers, this is its audience.
    pub only_if: Option<Condition>,
    /// Once this holds, nothing more is sent.
    pub exit_when: Option<Condition>,
    /// Nor once the customer has a new record of one of these types.
    pub exit_on: BTreeSet<String>,
    /// Whether its messages go before those of others, where a cap has room for one.
    pub priority: Priority,
    /// What to do with a message that falls into quiet hours.
    pub if_quiet: IfQuiet,
    /// What to do when the server's answer to the final dot was lost.
    pub if_uncertain: IfUncertain,
    /// Whether a visit that moves after a reminder left gets a message that says so.
    pub if_moved: IfMoved,
    /// Whether its messages ask the customer for an answer.
    pub asks: Asks,
    /// The answers after which it writes no more about this visit.
    pub ends_on: BTreeSet<Answer>,
    /// SHA-256 of the file, its template and the partials, the first 16 hexadecimal digits: what is approved.
    pub revision: String,
}

impl Workflow {
    /// A step of it by its name.
    #[must_use]
    pub fn step(&self, name: &Step) -> Option<&StepRule> {
        self.steps.iter().find(|step| step.name == *name)
    }

    /// The template of a step: its own, or the workflow's.
    #[must_use]
    pub fn template_of(&self, step: &Step) -> &str {
        self.step(step).map_or(&self.template, |step| &step.template)
    }

    /// The task that a step gives a person, if it gives one.
    #[must_use]
    pub fn task_of(&self, step: &Step) -> Option<&Task> {
        self.step(step)?.task.as_ref()
    }

    /// All tasks that it gives.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.steps.iter().filter_map(|step| step.task.as_ref())
    }

    /// All templates that it may use.
    #[must_use]
    pub fn templates(&self) -> BTreeSet<&str> {
        self.steps.iter().map(|step| step.template.as_str()).chain([self.template.as_str()]).collect()
    }

    /// All its conditions.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let of_steps = self.steps.iter().filter_map(|step| step.only_if.as_ref());
        self.only_if.iter().chain(&self.exit_when).chain(of_steps)
    }
}

/// `priority`. Of equals, the one that is due first goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Priority {
    /// After the others.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Before the others.
    High,
}

/// `if_quiet`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfQuiet {
    /// Wait for the end of the quiet hours.
    #[default]
    Later,
    /// Leave before they begin; where that is past, wait.
    Earlier,
    /// Don't send it.
    Refuse,
}

/// `if_uncertain`. A message whose fate is unknown may have arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfUncertain {
    /// Never twice: the default, and the only choice for marketing.
    #[default]
    Leave,
    /// Once more, with the same Message-ID and only if the message is the same to the byte.
    SendAgain,
}

/// `if_moved`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfMoved {
    /// One message says so: the default.
    #[default]
    Tell,
    /// Nothing beyond the reminders for the new date.
    Silent,
}

/// `answers`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// Nothing.
    #[default]
    Nothing,
    /// "I'm coming", "I can't come", "another time": a link for each.
    ForAnAnswer,
}

/// A step by its canonical name: `-24h`, `-1d at 09:00`, or `moved#3` for the message about the record's third version.
/// It doesn't change when a workflow gains another step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Step(pub String);

impl Step {
    /// The message that says that a visit moved, for one version of the record.
    #[must_use]
    pub fn moved(record_version: i64) -> Self {
        Self(format!("moved#{record_version}"))
    }

    /// True for a message that says that a visit moved.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.0.starts_with("moved#")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

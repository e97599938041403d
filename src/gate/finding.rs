//! What one rule answers: no objection, not before then, or never.

use super::{Reason, Rule};
use crate::base::Instant;
use serde::{Deserialize, Serialize};

/// What one rule found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Its answer.
    pub outcome: Outcome,
    /// What it saw.
    pub reason: Reason,
}

/// A rule's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// No objection.
    Pass,
    /// Not before then.
    Hold(Until),
    /// Never.
    Refuse,
}

/// When a hold would end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// At this instant, exactly, unless another rule holds then.
    At(Instant),
    /// When something happens that has no date.
    When(Event),
}

/// What a hold without a date waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The halt is lifted.
    HaltLifted,
    /// The step on the wire has ended.
    StepEnded,
    /// Somebody has said yes.
    Approved,
}

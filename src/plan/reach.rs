//! How far from an occurrence its messages lie: what comes round must be planned so long ahead.

use crate::workflow::{Side, StepAt, Workflow, offset::Distance};
use std::time::Duration;

/// How far ahead everything is planned, besides the distance of a workflow's own steps: a daemon that is off for a day
/// finds what it should send.
const AHEAD: Duration = Duration::from_hours(36);
const DAY: Duration = Duration::from_hours(24);

/// How far from an occurrence its messages lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    /// How long before it the first one must be planned.
    pub ahead: Duration,
    /// How long before it one may be planned: a day is drawn when it comes into reach anywhere on earth, and then for all.
    pub horizon: Duration,
    /// How long after it one may still be due.
    pub after: Duration,
}

/// See [`Reach`].
#[must_use]
pub fn reach(workflow: &Workflow) -> Reach {
    let (mut before, mut after) = (Duration::ZERO, Duration::ZERO);
    for step in &workflow.steps {
        let (offset, waits) = match &step.at {
            StepAt::Anchor(offset) => (offset, false),
            StepAt::Wait(offset) => (offset, true),
            StepAt::Field(_) => continue,
        };
        let distance = match offset.distance {
            Distance::Absolute(span) => span,
            Distance::Civil { days, .. } => DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX)),
        };
        match (offset.side, waits) {
            (Side::Before, _) => before = before.max(distance),
            (Side::After, true) => after = after.saturating_add(distance),
            (Side::After, false) => after = after.max(distance),
        }
    }
    let ahead = before.saturating_add(AHEAD);
    Reach { ahead, horizon: ahead.saturating_add(4 * DAY), after: after.saturating_add(2 * DAY) }
}

//! Quiet hours: would it disturb, by the wall clock of the person who would be disturbed?
//!
//! The window is half open in the customer's zone: at its first moment it is quiet, at its last no longer. Inside it,
//! `if_quiet` decides: `refuse` drops the message, `later` waits for the end. `earlier` waits too: its plan was due
//! before the quiet hours, so what is still here missed that and is late already.
//!
//! A zone that can't be read refuses, with or without quiet hours in the policy: whoever doesn't know what time it is
//! where a person lives doesn't know what time to write about either (promise P8).

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, Until};
use crate::workflow::IfQuiet;

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let (outcome, reason) = match &facts.zone {
        Err(name) => (Outcome::Refuse, Reason::ZoneUnknown { name: name.clone() }),
        Ok(_) if rules.gives_a_task(facts) => (Outcome::Pass, Reason::NothingIsSent),
        Ok(zone) => {
            let hours = rules.policy.quiet_hours_of(&facts.plan.purpose);
            match hours.and_then(|hours| hours.around(facts.now, *zone)) {
                None => (Outcome::Pass, Reason::NotQuiet),
                Some((_, until)) => (inside(rules, until), Reason::Quiet { until }),
            }
        }
    };
    Finding { rule: Rule::QuietHours, outcome, reason }
}

fn inside(rules: &Rules<'_>, until: crate::base::Instant) -> Outcome {
    match rules.workflow.map(|workflow| workflow.if_quiet) {
        Some(IfQuiet::Refuse) => Outcome::Refuse,
        Some(IfQuiet::Later | IfQuiet::Earlier) | None => Outcome::Hold(Until::At(until)),
    }
}

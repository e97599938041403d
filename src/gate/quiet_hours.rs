//! Quiet hours: would it disturb, by the wall clock of the person who would be disturbed?
//!
//! The window is half open in the customer's zone: at its first moment it is quiet, at its last no longer. Inside it,
//! `if_quiet` decides: `refuse` drops the message, `later` waits for the end. `earlier` waits too: its plan was due
//! before the quiet hours, so what is still here missed that and is late already.
//!
//! Whoever has asked for something a moment ago is awake, and waits for the answer: it comes at any hour.
//!
//! A zone that can't be read refuses, with or without quiet hours in the policy: whoever doesn't know what time it is
//! where a person lives doesn't know what time to write about either (promise P8).

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, Until, consent::asked_since};
use crate::workflow::IfQuiet;
use std::time::Duration;

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let (outcome, reason) = match &facts.zone {
        Err(name) => (Outcome::Refuse, Reason::ZoneUnknown { name: name.clone() }),
        Ok(_) if rules.gives_a_task(facts) => (Outcome::Pass, Reason::NothingIsSent),
        Ok(_) if is_waited_for(facts, rules) => (Outcome::Pass, Reason::JustAsked),
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

/// Whoever signed up looks for the question for so long.
const WAITED_FOR: Duration = Duration::from_mins(15);

fn is_waited_for(facts: &Facts, rules: &Rules<'_>) -> bool {
    let basis = rules.policy.purposes.get(&facts.plan.purpose).map(|purpose| purpose.basis);
    basis.is_some_and(|basis| asked_since(facts, basis, facts.now.minus(WAITED_FOR)))
}

fn inside(rules: &Rules<'_>, until: crate::base::Instant) -> Outcome {
    match rules.workflow.map(|workflow| workflow.if_quiet) {
        Some(IfQuiet::Refuse) => Outcome::Refuse,
        Some(IfQuiet::Later | IfQuiet::Earlier) | None => Outcome::Hold(Until::At(until)),
    }
}

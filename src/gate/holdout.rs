//! Holdout: is this customer in the part of the audience that gets nothing, for comparison?
//!
//! Whoever wants to know whether a workflow helps leaves a part of its audience alone, drawn by chance, and looks at how
//! both parts do. Who is in it is a keyed hash of customer and workflow: the same at every occurrence, on every machine, and
//! independent of the part of any other workflow. Only marketing has one, and only where the privacy notice says so.
//!
//! This rule decides last, after every refusal and every hold: those who are left out must be like those who were written
//! to, so nobody counts among them who would have got nothing anyway, or nothing yet.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let holdout = rules.workflow.and_then(|workflow| workflow.oversight.holdout);
    let (outcome, reason) = match holdout.filter(|holdout| holdout.holds_out(facts.draw)) {
        None => (Outcome::Pass, Reason::NotHeldOut),
        Some(holdout) => (Outcome::Refuse, Reason::HeldOut { percent: holdout.percent() }),
    };
    Finding { rule: Rule::Holdout, outcome, reason }
}

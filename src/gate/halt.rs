//! Halt: is sending halted, by the operator or by the engine?
//!
//! Any halt holds everything, whatever brought it about, until somebody or something lifts it. It has no date, so it is
//! the longest hold of all. A plan that expires meanwhile is refused when it is asked again; but while the *clock* is
//! what is doubted, nobody can say that anything expired: see [`super::decide`].
//!
//! What remains of the halt of a restored database, where a person chose not to write twice: what was due by the moment to which
//! the lost one had come may have left, and never leaves again; be it planned before that or anew.

use super::{Facts, Finding, Outcome, Reason, Rule, Until, finding::Event};

pub(super) fn ask(facts: &Facts) -> Finding {
    let skipped_to = facts.skipped_to.filter(|to| facts.plan.due_at <= *to);
    let (outcome, reason) = match (&facts.halt, skipped_to) {
        (Some(halt), _) => {
            (Outcome::Hold(Until::When(Event::HaltLifted)), Reason::Halted { cause: halt.cause, since: halt.since })
        }
        (None, Some(came_to)) => (Outcome::Refuse, Reason::MayHaveLeft { came_to }),
        (None, None) => (Outcome::Pass, Reason::Running),
    };
    Finding { rule: Rule::Halt, outcome, reason }
}

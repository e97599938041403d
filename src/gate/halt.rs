//! Halt: is sending halted, by the operator or by the engine?
//!
//! Any halt holds everything, whatever brought it about, until somebody or something lifts it. It has no date, so it is
//! the longest hold of all. A plan that expires meanwhile is refused when it is asked again; but while the *clock* is
//! what is doubted, nobody can say that anything expired: see [`super::decide`].

use super::{Facts, Finding, Outcome, Reason, Rule, Until, finding::Event};

pub(super) fn ask(facts: &Facts) -> Finding {
    let (outcome, reason) = match &facts.halt {
        None => (Outcome::Pass, Reason::Running),
        Some(halt) => {
            (Outcome::Hold(Until::When(Event::HaltLifted)), Reason::Halted { cause: halt.cause, since: halt.since })
        }
    };
    Finding { rule: Rule::Halt, outcome, reason }
}

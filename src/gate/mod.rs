//! The gate: may this message leave now? Pure, total, and asked last.
//!
//! [`decide`] looks at the facts, which the store read inside the permit transaction, and at the rules of the policy
//! and the workflow. Every rule speaks, in a fixed order, each from its own file; then the strictest wins:
//!
//! - a refusal before a hold, the first rule's refusal before a later one's;
//! - of holds the longest, and one without a date before one with a date;
//! - a dated hold that would end when the plan has expired is a refusal now: waiting couldn't help.
//!
//! Example: at 21:00 a reminder for a visit at 07:30 meets quiet hours until 08:00. Each rule but one has no objection;
//! quiet hours would hold it for longer than it lives; the verdict is "refuse", with both moments.
//!
//! Promise: `decide` answers for all facts, the same facts get the same answer, and where a fact is missing, damaged or
//! contradicts another one, the answer isn't `Send` (promise P8). The moment that a hold names is exact: one
//! millisecond before it the same facts are still held by the same rule, at it they no longer are.
//!
//! Two exceptions to "the strictest wins". Who is left out of a workflow for comparison is refused only where nothing else
//! objects, not even a hold: those who are compared must be those who would have been written to. And while the halt says
//! that the *clock* is in doubt, no refusal counts that rests on the time, for it would be final and might be wrong. Held
//! messages lose nothing.
//!
//! A step may give a person a task in place of a message: it is asked about alike, for whoever said no isn't called either.
//! Only quiet hours, caps, and the approval of single messages and large runs have no word in it: nothing is sent, it takes
//! no place under a cap, and a person reads it anyway.
//!
//! Invariant: only `decide` makes a [`Clearance`]. It isn't `Clone`, isn't stored, and isn't made for a preview:
//! without asking the gate there is no message.
//!
//! Invariant: the path to `Send` makes no text: each reason on it is plain numbers.

mod halt;
mod restriction;
mod objection;
mod minor;
mod suppression;
pub mod consent;
mod snooze;
mod relevance;
mod sequence;
mod quiet_hours;
mod frequency;
pub mod approval;
mod holdout;
pub mod ceiling;
mod priority;
mod wants;

pub mod rule;
pub mod cause;
pub mod clearance;
pub mod facts;
pub mod finding;
pub mod reason;
pub mod sentence;
pub mod choice;

pub use cause::{DraftCause, RunCause};
pub use clearance::Clearance;
pub use facts::{Ahead, Arrival, Besides, Facts, Halt, Slot, Topic, Wants};
pub use finding::{Finding, Outcome, Until};
pub use reason::Reason;
pub use rule::Rule;
pub use wants::wants;

use crate::{base::Instant, policy::Policy, workflow::Workflow};

/// Asks every rule, in order, and lets the strictest win.
pub fn decide(facts: &Facts, rules: &Rules<'_>) -> Decision {
    let findings = vec![
        halt::ask(facts),
        restriction::ask(facts, rules),
        objection::ask(facts, rules),
        minor::ask(facts, rules),
        suppression::ask(facts, rules),
        consent::ask(facts, rules),
        snooze::ask(facts, rules),
        relevance::ask(facts, rules),
        sequence::ask(facts, rules),
        quiet_hours::ask(facts, rules),
        frequency::ask(facts, rules),
        approval::ask(facts, rules),
        holdout::ask(facts, rules),
    ];
    let clock_is_sound = facts.halt.as_ref().is_none_or(|halt| !halt.cause.doubts_the_time());
    let verdict = refusal(&findings, clock_is_sound)
        .or_else(|| hold(&findings, facts.plan.expires_at, clock_is_sound))
        .or_else(|| held_out(&findings))
        .unwrap_or_else(|| send(facts, &findings));
    Decision { verdict, findings }
}

/// The refusal that counts: the first, but "no live record" only where no other rule says more exactly why.
fn refusal(findings: &[Finding], clock_is_sound: bool) -> Option<Verdict> {
    findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Refuse && finding.rule != Rule::Holdout)
        .filter(|finding| clock_is_sound || !finding.reason.rests_on_the_time())
        .min_by_key(|finding| finding.reason == Reason::NoLiveRecord)
        .map(|finding| Verdict::Refuse { rule: finding.rule, reason: finding.reason.clone() })
}

/// The refusal of the last rule, where it is the only objection.
fn held_out(findings: &[Finding]) -> Option<Verdict> {
    let finding = findings.iter().find(|finding| finding.rule == Rule::Holdout)?;
    (finding.outcome == Outcome::Refuse).then(|| Verdict::Refuse { rule: finding.rule, reason: finding.reason.clone() })
}

/// The longest hold, or the refusal that it comes to when it would outlast the plan.
fn hold(findings: &[Finding], expires_at: Instant, clock_is_sound: bool) -> Option<Verdict> {
    let held = findings.iter().filter_map(|finding| match finding.outcome {
        Outcome::Hold(until) => Some((until, finding)),
        Outcome::Pass | Outcome::Refuse => None,
    });
    // The first of the longest, so that the same facts always name the same rule.
    let (until, longest) = held.reduce(|a, b| if end_of(b.0) > end_of(a.0) { b } else { a })?;
    let rule = longest.rule;
    Some(match until {
        Until::At(at) if at >= expires_at && clock_is_sound => {
            Verdict::Refuse { rule, reason: Reason::HoldOutlastsPlan { rule, until: at, expires_at } }
        }
        _ => Verdict::Hold { rule, reason: longest.reason.clone(), until },
    })
}

const fn end_of(until: Until) -> Instant {
    match until {
        Until::At(at) => at,
        Until::When(_) => Instant::NEVER,
    }
}

/// Nobody objects. Without a row that the permission rests on there is still no clearance (promise P1).
fn send(facts: &Facts, findings: &[Finding]) -> Verdict {
    match findings.iter().find_map(consent::evidence) {
        Some(evidence) => Verdict::Send(Clearance::new(facts, evidence, findings.iter().find_map(approval::row))),
        None => Verdict::Refuse { rule: Rule::Consent, reason: Reason::NeverAgreed },
    }
}

/// What the gate answers: the verdict, and what each rule found.
#[derive(Debug)]
#[must_use = "a verdict that nobody reads is a message that nobody explained"]
pub struct Decision {
    /// What to do.
    pub verdict: Verdict,
    /// Every rule's finding, in the gate's order.
    pub findings: Vec<Finding>,
}

impl Decision {
    /// What speaks against its going along with others in one message, a refusal before a hold. Quiet hours and caps do not:
    /// they are asked of that one.
    #[must_use]
    pub fn objection_to_going_along(&self) -> Option<&Finding> {
        let asked_of_it = |finding: &&Finding| !matches!(finding.rule, Rule::QuietHours | Rule::Frequency);
        let objections = self.findings.iter().filter(asked_of_it).filter(|finding| finding.outcome != Outcome::Pass);
        objections.min_by_key(|finding| finding.outcome != Outcome::Refuse)
    }
}

/// Send, hold or refuse.
#[derive(Debug)]
pub enum Verdict {
    /// It may leave, by this proof.
    Send(Clearance),
    /// Not yet: by this rule, until then.
    Hold {
        /// The rule that holds longest.
        rule: Rule,
        /// Why.
        reason: Reason,
        /// When it would be allowed.
        until: Until,
    },
    /// Never.
    Refuse {
        /// The rule that refused first.
        rule: Rule,
        /// Why.
        reason: Reason,
    },
}

impl Rules<'_> {
    /// Whether the plan gives a person of the business a task, and sends nothing.
    fn gives_a_task(&self, facts: &Facts) -> bool {
        self.workflow.is_some_and(|workflow| workflow.task_of(&facts.plan.step).is_some())
    }
}

/// What the gate measures the facts against. `None` where the plan names a workflow or purpose that is gone.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The plan's workflow, if it still exists.
    pub workflow: Option<&'a Workflow>,
}

//! The gate: may this message leave now? Pure, total, and asked last.
//!
//! `decide` looks at the facts, which the store read inside the permit transaction, and at the rules of the policy
//! and the workflow. Every rule speaks, in a fixed order, each from its own file; then the strictest wins: a refusal
//! before a hold, a longer hold before a shorter one. A hold that would outlast the plan is a refusal.
//!
//! Invariant: only `decide` makes a [`Clearance`]. It isn't `Clone`, isn't stored, and isn't made for a preview:
//! without asking the gate there is no message.

pub mod clearance;
pub mod facts;
pub mod reason;

pub use clearance::Clearance;
pub use facts::{Facts, Halt, Slot};
pub use reason::{Finding, Outcome, Reason, Rule, Until};

use crate::{policy::Policy, workflow::Workflow};

/// What the gate answers: the verdict, and what each rule found.
#[derive(Debug)]
#[must_use = "a verdict that nobody reads is a message that nobody explained"]
pub struct Decision {
    /// What to do.
    pub verdict: Verdict,
    /// Every rule's finding, in the gate's order.
    pub findings: Vec<Finding>,
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

/// What the gate measures the facts against. `None` where the plan names a workflow or purpose that is gone.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The plan's workflow, if it still exists.
    pub workflow: Option<&'a Workflow>,
}

//! What must hold: of each step by itself, and of all that can follow.

use super::{
    state::*,
    steps::{Action, Model, is_open},
};
use std::fmt;

/// What is promised. The numbers are those of the design.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Promise {
    Stop,
    Once,
    IntentFirst,
    UncertainIsTrue,
    TheLivingAreLeft,
    OverIsOver,
    OneAtATime,
    Ends,
}

/// Those that one step can break.
pub const OF_A_STEP: [Promise; 7] = [
    Promise::Stop,
    Promise::Once,
    Promise::IntentFirst,
    Promise::UncertainIsTrue,
    Promise::TheLivingAreLeft,
    Promise::OverIsOver,
    Promise::OneAtATime,
];

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "P2: no MAIL FROM after an acknowledged stop",
            Self::Once => "P4: nobody is written to twice for one occurrence",
            Self::IntentFirst => "the intent is durable before the body's first byte",
            Self::UncertainIsTrue => "uncertain only where the server may have seen the dot",
            Self::TheLivingAreLeft => "a live owner's attempt is never rescued",
            Self::OverIsOver => "an epoch that is over changes nothing",
            Self::OneAtATime => "of a plan one attempt is open at a time",
            Self::Ends => "P6: every plan ends in one receipt or one reason",
        })
    }
}

impl Promise {
    /// Whether this step keeps it.
    pub fn is_kept(self, model: &Model, before: &State, action: Action, after: &State) -> bool {
        match self {
            Self::Stop => no_mail_after_a_stop(before, action),
            Self::Once => once(model, after),
            Self::IntentFirst => intent_first(before, action),
            Self::UncertainIsTrue => uncertain_is_true(before, after),
            Self::TheLivingAreLeft => the_living_are_left(before, action, after),
            Self::OverIsOver => over_is_over(before, action, after),
            Self::OneAtATime => one_at_a_time(before, action),
            // Not a step's.
            Self::Ends => true,
        }
    }
}

/// Once an unsubscribe or a cancelled appointment has been answered, no SMTP transaction begins for it.
fn no_mail_after_a_stop(before: &State, action: Action) -> bool {
    let Action::Mail { lane } = action else { return true };
    let Lane::Beginning(attempt) = before.lanes[usize::from(lane)] else { return true };
    let plan = before.attempts[usize::from(attempt)].plan;
    let concerns = |order: &Order| order.cause == Cause::Stop || (plan == 0 && before.cancelled);
    !before.orders.iter().any(|order| order.stage == Stage::Acknowledged && concerns(order))
}

/// One body with its dot that the server may have taken; and one more where nobody knows, and the workflow says so.
fn once(model: &Model, after: &State) -> bool {
    (0..).zip(&after.plans).all(|(plan, row)| {
        let is_uncertain = |of: &Attempt| of.plan == plan && of.state == AttemptState::Uncertain;
        let repeats = model.bounds.if_uncertain == IfUncertain::SendAgain && after.attempts.iter().any(is_uncertain);
        row.arrived <= 1 + u8::from(repeats)
    })
}

fn intent_first(before: &State, action: Action) -> bool {
    let Action::Body { lane } = action else { return true };
    let attempt = before.lanes[usize::from(lane)].attempt();
    attempt.is_none_or(|attempt| before.attempts[usize::from(attempt)].intent == Intent::Durable)
}

/// The dot is written, or the intent is durable and its owner lost: it alone would know.
fn uncertain_is_true(before: &State, after: &State) -> bool {
    before.attempts.iter().zip(&after.attempts).all(|(was, is)| {
        let news = is.state == AttemptState::Uncertain && was.state != is.state;
        let lost = is.intent == Intent::Durable && is_lost(before.node(is.node));
        !news || is.dot == Dot::Written || lost
    })
}

fn the_living_are_left(before: &State, action: Action, after: &State) -> bool {
    let rescues = matches!(action, Action::Rescue { .. } | Action::Begin { .. });
    let untouched = |was: &Attempt, is: &Attempt| was == is || is_lost(before.node(was.node));
    !rescues || before.attempts.iter().zip(&after.attempts).all(|(was, is)| untouched(was, is))
}

/// Dead, or silent for so long that it counts as dead.
fn is_lost(node: Node) -> bool {
    node.life == Life::Dead || node.silent >= LEASE
}

/// A claim that was taken back since moves neither its plan nor another's attempt.
fn over_is_over(before: &State, action: Action, after: &State) -> bool {
    let (Action::Permit { lane } | Action::Release { lane } | Action::Close { lane }) = action else { return true };
    let (plan, turn) = match before.lanes[usize::from(lane)] {
        Lane::Drafting(claim) | Lane::Judged(claim, _) => (claim.plan, claim.turn),
        Lane::Ended(attempt, _) => {
            let row = before.attempts[usize::from(attempt)];
            (row.plan, row.turn)
        }
        _ => return true,
    };
    let at = usize::from(plan);
    let is_over = before.plans[at].turn != turn;
    !is_over || (before.plans[at] == after.plans[at] && before.attempts.len() == after.attempts.len())
}

/// What the database would refuse is not even asked of it.
fn one_at_a_time(before: &State, action: Action) -> bool {
    let Action::Permit { lane } = action else { return true };
    let (Lane::Drafting(claim) | Lane::Judged(claim, _)) = before.lanes[usize::from(lane)] else { return true };
    let row = before.plans[usize::from(claim.plan)];
    !(row.turn == claim.turn && is_open(before, claim.plan))
}

/// What a world without faults, and customers who say nothing more, may do.
pub const fn is_healed(action: Action) -> bool {
    !matches!(
        action,
        Action::Crash { .. }
            | Action::Freeze { .. }
            | Action::Release { .. }
            | Action::LosePermission { .. }
            | Action::End { receipt: Receipt::Deferred | Receipt::Rejected | Receipt::Uncertain, .. }
            | Action::Stop { .. }
            | Action::Cancel { .. }
            | Action::Rebook
    )
}

//! What follows from a receipt: done, again later, or given up.

use super::rulebook::Rulebook;
use crate::{
    base::Instant,
    fault::{self, seam},
    ledger::{Receipt, receipt::NotBegun, retry},
    policy::Basis,
    store::{Claimed, Next},
    workflow::IfUncertain,
};
use std::time::Duration;

/// How long a plan rests whose facts changed faster than it could be drafted.
pub const UNSETTLED_WAIT: Duration = Duration::from_secs(5);

/// What becomes of the plan after this receipt.
#[must_use]
pub fn next(receipt: &Receipt, claimed: &Claimed, rulebook: &Rulebook, now: Instant, roll: u32) -> Next {
    let again = || {
        again_at(now, claimed.attempts.saturating_add(1), claimed.plan.expires_at, roll)
            .map_or(Next::GiveUp, Next::RetryAt)
    };
    match receipt {
        // The server asked us to come again, or nothing can have arrived, or the route is halted and the plan with it.
        // A mistake of ours is not made again at once, either.
        Receipt::Deferred { .. }
        | Receipt::Aborted { .. }
        | Receipt::RouteRefused { .. }
        | Receipt::NotBegun(NotBegun::OtherLetter) => again(),
        // Nothing was written: the gate is asked anew at once, and knows why.
        Receipt::NotBegun(_) => Next::RetryAt(now),
        // It may have arrived, and a second one does no harm.
        Receipt::Uncertain if may_repeat(claimed, rulebook) => again(),
        // An end. It may have arrived, too: don't write twice.
        Receipt::Accepted(_) | Receipt::Rehearsed(_) | Receipt::Rejected { .. } | Receipt::Uncertain => Next::Done,
    }
}

/// As [`retry::next_at`], unless a proof has no time for that.
#[must_use]
pub fn again_at(now: Instant, attempts_so_far: u32, expires_at: Instant, roll: u32) -> Option<Instant> {
    let at = retry::next_at(now, attempts_so_far, expires_at, roll)?;
    let wait = Duration::from_millis(u64::try_from(at.ms_since(now)).unwrap_or_default());
    Some(now.plus(fault::span("retry", wait)))
}

/// A service message whose workflow says so may go out once more.
fn may_repeat(claimed: &Claimed, rulebook: &Rulebook) -> bool {
    let Some(workflow) = rulebook.workflow(&claimed.plan.workflow) else { return false };
    let service = rulebook.basis(&claimed.plan.purpose) == Some(Basis::Contract);
    service && workflow.if_uncertain == IfUncertain::SendAgain && claimed.uncertain_digest.is_none()
}

/// A number in 0..=999, for spreading retries.
#[must_use]
pub fn roll() -> u32 {
    seam::roll().unwrap_or_else(|| getrandom::u32().unwrap_or_default() % 1000)
}

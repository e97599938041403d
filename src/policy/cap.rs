//! A cap: at most so many messages in a rolling window.
//!
//! Rolling seven days are 168 hours, whatever the wall clock does. At each instant `t`, the messages in `(t - per, t]`
//! are at most `at_most`.

use crate::base::Instant;
use std::{num::NonZeroU32, time::Duration};

/// `{ at_most = 4, per = "7 days" }`. Zero is not a cap: who wants to send nothing deletes the workflow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cap {
    /// How many.
    pub at_most: NonZeroU32,
    /// In a rolling window of this length.
    pub per: Duration,
}

impl Cap {
    /// When one more message fits, given the times of those that count, in any order: `now` if it fits at once.
    #[must_use]
    pub fn opens_at(&self, counted: impl Iterator<Item = Instant> + Clone, now: Instant) -> Instant {
        let start = now.minus(self.per);
        let inside = counted.filter(|at| *at > start);
        let limit = usize::try_from(self.at_most.get()).unwrap_or(usize::MAX);
        // Counted before it is collected: nearly always it fits, and then nothing is allocated.
        if inside.clone().count() < limit {
            return now;
        }
        let mut inside: Vec<Instant> = inside.collect();
        inside.sort_unstable();
        // The window opens when the oldest that must go has left it: at its time plus the window, exactly.
        inside.get(inside.len() - limit).map_or(now, |oldest| oldest.plus(self.per))
    }
}

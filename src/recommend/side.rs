//! Computes parts of a whole side by side, and gives them back in their order.
//!
//! Invariant: no part knows which thread computes it, so the result is the same with one thread and with many.

use std::{
    num::NonZeroUsize,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// So many items are taken at a time.
const PART: usize = 32;

/// Works on `0..total` by parts, each thread with tools of its own, and returns what each part gave, in order.
pub fn side_by_side<Tools, T: Send>(
    hands: NonZeroUsize,
    total: usize,
    tools: impl Fn() -> Tools + Sync,
    work: impl Fn(&mut Tools, Range<usize>) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let one_hand = || {
        let (mut tools, mut done) = (tools(), Vec::new());
        loop {
            let start = next.fetch_add(PART, Ordering::Relaxed);
            if start >= total {
                return done;
            }
            done.push((start, work(&mut tools, start..total.min(start + PART))));
        }
    };
    let mut parts = thread::scope(|scope| {
        let others: Vec<_> = (1..hands.get()).map(|_| scope.spawn(one_hand)).collect();
        let mut parts = one_hand();
        for other in others {
            match other.join() {
                Ok(more) => parts.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    parts.sort_unstable_by_key(|(start, _)| *start);
    parts.into_iter().map(|(_, part)| part).collect()
}

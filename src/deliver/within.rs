//! Work within a limit, by our clock.
//!
//! The work is polled first and the wait is made only when the work has to wait: most answers of a near server are
//! there at once, and then no timer is touched.

use crate::base::{Clock, instant::Wait};
use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

/// The limit passed first. Whoever gets this has dropped the work halfway.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimedOut;

/// One limit for all of the work.
pub async fn within<F: Future>(clock: &dyn Clock, limit: Duration, work: F) -> Result<F::Output, TimedOut> {
    within_each(clock, || ((), limit), work).await.map_err(|()| TimedOut)
}

/// Work of several stages, each with its own limit: `stage` names the one that the work is in. The limit begins anew
/// with each stage; the error names the stage whose limit passed.
pub async fn within_each<F: Future, S: Copy + PartialEq>(
    clock: &dyn Clock,
    stage: impl Fn() -> (S, Duration),
    work: F,
) -> Result<F::Output, S> {
    let mut work = pin!(work);
    let mut waiting: Option<(S, Wait<'_>)> = None;
    poll_fn(|cx| {
        if let Poll::Ready(output) = work.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        let (now_in, limit) = stage();
        if waiting.as_ref().is_none_or(|(since, _)| *since != now_in) {
            waiting = Some((now_in, clock.wait_for(limit)));
        }
        match &mut waiting {
            Some((_, wait)) => wait.as_mut().poll(cx).map(|()| Err(now_in)),
            None => Poll::Pending,
        }
    })
    .await
}

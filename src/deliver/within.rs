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

#[cfg(test)]
mod tests {
    use super::{TimedOut, within, within_each};
    use crate::base::{
        BootTime, Clock, Instant,
        instant::{Standstill, Wait},
    };
    use std::{
        cell::Cell,
        future::{pending, poll_fn, ready},
        sync::Mutex,
        task::Poll,
        time::Duration,
    };

    /// Ends each wait at its second look, and writes down how long it would have been.
    #[derive(Default)]
    struct Impatient(Mutex<Vec<u64>>);

    impl Clock for Impatient {
        fn now(&self) -> Instant {
            Instant::from_ms(0)
        }

        fn boot(&self) -> BootTime {
            BootTime(0)
        }

        fn wait_until(&self, _at: Instant) -> Wait<'_> {
            Box::pin(pending())
        }

        fn wait_for(&self, span: Duration) -> Wait<'_> {
            self.0.lock().unwrap().push(span.as_secs());
            let mut looks = 0;
            Box::pin(poll_fn(move |cx| {
                looks += 1;
                cx.waker().wake_by_ref();
                if looks > 1 { Poll::Ready(()) } else { Poll::Pending }
            }))
        }

        fn stand_still(&self) -> Standstill {
            Standstill::none()
        }
    }

    #[tokio::test]
    async fn work_that_is_done_at_once_waits_for_nothing() {
        let clock = Impatient::default();
        assert_eq!(within(&clock, Duration::from_secs(1), ready(7)).await, Ok(7));
        assert!(clock.0.lock().unwrap().is_empty());
        assert_eq!(within(&clock, Duration::from_secs(1), pending::<()>()).await, Err(TimedOut));
    }

    #[tokio::test]
    async fn each_stage_has_its_own_limit() {
        let clock = Impatient::default();
        let looks = Cell::new(0_u64);
        let work = poll_fn(|_| {
            looks.set(looks.get() + 1);
            Poll::<()>::Pending
        });
        // Three stages of one look each, then one that lasts.
        let stage = || (looks.get().min(4), Duration::from_secs(looks.get()));
        assert_eq!(within_each(&clock, stage, work).await, Err(4));
        assert_eq!(*clock.0.lock().unwrap(), [1, 2, 3, 4]);
    }
}

//! Listening to a server that may have fallen silent: a network that swallows what is sent says nothing.
//!
//! A statement may take long, and a server that is gone takes for ever. So whoever has waited for [`PATIENCE`] knocks by a
//! link of its own: as long as somebody opens, the server is there and is waited for; where nobody does, or after
//! [`KNOCKS`] of them, the link is given up, and whoever waited hears that the server can't be reached.
//!
//! Invariant: a link that was left in the middle of an answer is never asked again: what it says next belongs to a
//! question that nobody remembers.

use crate::{base::Clock, clock::SystemClock, store::StoreError};
use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long an answer is waited for before somebody knocks.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often: a server that takes callers, and says nothing to the one who asked it a minute ago, has lost him.
const KNOCKS: u32 = 30;

/// Whether the server takes callers.
pub(in crate::store) type Knock = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// See the module. One for each link.
pub(in crate::store) struct Ear {
    knock: Knock,
    is_left: AtomicBool,
}

impl Ear {
    pub fn new(knock: Knock) -> Arc<Self> {
        Arc::new(Self { knock, is_left: AtomicBool::new(false) })
    }

    /// Whether somebody went away in the middle of an answer, or is in the middle of one.
    pub fn is_left(&self) -> bool {
        self.is_left.load(Ordering::Acquire)
    }

    /// The answer, where one comes.
    pub async fn hear<T>(&self, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        self.hear_within(KNOCKS, answer).await
    }

    /// The answer to what may take as long as it likes, while somebody opens.
    pub async fn hear_out<T>(&self, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        self.hear_within(u32::MAX, answer).await
    }

    async fn hear_within<T>(&self, knocks: u32, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        // Whoever drops this before the answer leaves it as it is.
        if self.is_left.swap(true, Ordering::AcqRel) {
            return Err(silent());
        }
        let heard = self.wait(knocks, answer).await?;
        self.is_left.store(false, Ordering::Release);
        Ok(heard)
    }

    async fn wait<T>(&self, knocks: u32, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        let mut answer = pin!(answer);
        for _ in 0..knocks {
            tokio::select! {
                biased;
                heard = &mut answer => return Ok(heard),
                () = SystemClock.wait_for(PATIENCE) => {}
            }
            tokio::select! {
                biased;
                heard = &mut answer => return Ok(heard),
                is_there = (self.knock)() => if !is_there { break },
            }
        }
        Err(silent())
    }

    /// The same for rows, each of which is waited for.
    pub fn hear_all<'a, T: Send + 'a>(
        self: &'a Arc<Self>,
        rows: BoxStream<'a, Result<T, StoreError>>,
    ) -> BoxStream<'a, Result<T, StoreError>> {
        let next = |rows: Option<BoxStream<'a, Result<T, StoreError>>>| async {
            let mut rows = rows?;
            match self.hear(rows.next()).await {
                Ok(row) => row.map(|row| (row, Some(rows))),
                Err(error) => Some((Err(error), None)),
            }
        };
        stream::unfold(Some(rows), next).boxed()
    }
}

fn silent() -> StoreError {
    StoreError::Unreachable { what: "it doesn't answer any more".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::future::pending;

    fn ear(is_there: bool) -> Arc<Ear> {
        Ear::new(Arc::new(move || async move { is_there }.boxed()))
    }

    #[tokio::test]
    async fn a_silent_server_is_left_and_its_link_not_asked_again() {
        let ear = ear(false);
        assert!(matches!(ear.hear(async { 1 }).await, Ok(1)));
        assert!(!ear.is_left());
        assert!(matches!(ear.hear(pending::<()>()).await, Err(StoreError::Unreachable { .. })));
        assert!(ear.is_left());
        assert!(matches!(ear.hear(async { 1 }).await, Err(StoreError::Unreachable { .. })), "whose answer is it?");
    }

    #[tokio::test]
    async fn one_that_takes_callers_is_waited_for() {
        let ear = ear(true);
        let slow = SystemClock.wait_for(PATIENCE + Duration::from_millis(300));
        assert!(ear.hear(slow).await.is_ok());
        assert!(ear.hear(async {}).await.is_ok());
    }

    #[tokio::test]
    async fn whoever_goes_away_in_the_middle_leaves_a_link_that_is_not_asked_again() {
        let ear = ear(true);
        assert!(ear.hear(pending::<()>()).now_or_never().is_none());
        assert!(ear.is_left());
        let mut rows = ear.hear_all(stream::iter([Ok(1)]).boxed());
        assert!(matches!(rows.next().await, Some(Err(StoreError::Unreachable { .. }))));
        assert!(rows.next().await.is_none());
    }
}

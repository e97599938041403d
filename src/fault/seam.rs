//! Where a simulation stands between the store and its database: in front of each statement, and in place of chance.
//!
//! A simulation runs the engine on one thread and wants the same run from the same seed. SQLite answers from threads of
//! its own, in whatever order the machine likes; so a simulation has every statement answered on the spot, with nothing
//! else under way. And before each one it may let others go first, let the database fail, or end everything.
//!
//! Several nodes of a simulation share one database in files, on one thread; what a server would do between them, [`Shared`] does.
//! The store takes such a database for one on a server then, so that all runs that is there for other nodes.
//!
//! It stands on the thread that put it there, and on no other: daemons never have one, and a release build can't.

use crate::base::instant::Wait;
use futures_util::future::BoxFuture;
use std::{any::Any, future::Future, sync::Arc};

/// What stands there.
pub trait Seam: Send + Sync {
    /// Before a statement of this name. What it waits for happens first.
    fn before(&self, statement: &'static str) -> Wait<'static>;
    /// Whether the statement before which it just waited fails.
    fn fails(&self) -> bool;
    /// A number in 0..=999, in place of chance.
    fn roll(&self) -> u32;
    /// What this node shares with others, where it does.
    fn shared(&self) -> Option<Arc<dyn Shared>> {
        None
    }
}

/// What a server does between nodes.
pub trait Shared: Send + Sync {
    /// From where this node works: nobody else does.
    fn home(&self) -> String;
    /// A turn among the transactions of all nodes.
    fn turn(&self) -> BoxFuture<'static, Turn>;
    /// What time it is by the clock that all nodes go by.
    fn time(&self) -> i64;
    /// Whether this node does what one node does alone.
    fn leads(&self) -> bool;
}

/// It ends when this is dropped.
pub type Turn = Box<dyn Any + Send + Sync>;

#[cfg(debug_assertions)]
mod sewn {
    use super::Seam;
    use std::{
        cell::RefCell,
        future::Future,
        pin::pin,
        sync::Arc,
        task::{Context, Poll, Wake, Waker},
        thread::{self, Thread},
    };

    thread_local! {
        static SEAM: RefCell<Option<Arc<dyn Seam>>> = const { RefCell::new(None) };
    }

    /// Puts it on this thread, or takes it away.
    pub fn put(seam: Option<Arc<dyn Seam>>) {
        SEAM.with_borrow_mut(|here| *here = seam);
    }

    pub fn here() -> Option<Arc<dyn Seam>> {
        SEAM.with_borrow(Clone::clone)
    }

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// Waits with this thread. What is waited for goes on in others.
    pub fn wait<F: Future>(work: F) -> F::Output {
        let mut work = pin!(work);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(done) => return done,
                Poll::Pending => thread::park(),
            }
        }
    }
}

#[cfg(debug_assertions)]
pub use sewn::put;

/// Whether a simulation runs on this thread.
#[must_use]
pub fn is_here() -> bool {
    #[cfg(debug_assertions)]
    return sewn::here().is_some();
    #[cfg(not(debug_assertions))]
    return false;
}

/// What this node shares with others, in a simulation of several.
#[must_use]
pub fn shared() -> Option<Arc<dyn Shared>> {
    #[cfg(debug_assertions)]
    return sewn::here().and_then(|seam| seam.shared());
    #[cfg(not(debug_assertions))]
    return None;
}

/// A number in place of chance, in a simulation.
#[must_use]
pub fn roll() -> Option<u32> {
    #[cfg(debug_assertions)]
    return sewn::here().map(|seam| seam.roll());
    #[cfg(not(debug_assertions))]
    return None;
}

/// A statement of the simulation's database that was made to fail.
#[derive(Clone, Copy, Debug)]
pub struct MadeToFail;

/// Puts a question to the database: as it is; or, in a simulation, when the simulation lets it, and answered on the spot.
///
/// # Errors
/// When the simulation says that it fails. It was not put then.
#[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "release builds hold no faults"))]
pub async fn ask<F: Future>(statement: &'static str, question: F) -> Result<F::Output, MadeToFail> {
    #[cfg(debug_assertions)]
    if let Some(seam) = sewn::here() {
        seam.before(statement).await;
        return if seam.fails() { Err(MadeToFail) } else { Ok(sewn::wait(question)) };
    }
    Ok(question.await)
}

//! What the workers are about to do: claimed plans, leased to this incarnation, in due order.
//!
//! Only a convenience in memory: every row in it is leased on disk, and is rescued if this process dies.

use crate::{base::instant::Standstill, store::Claimed};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};
use tokio::sync::Semaphore;

/// One claimed plan. Virtual time stands still as long as it exists.
pub(super) struct Job {
    /// The plan.
    pub claimed: Claimed,
    /// Dropped when its receipt is on disk.
    pub still: Standstill,
}

/// Fed by the loop, emptied by the workers.
pub(super) struct Queue {
    jobs: Mutex<VecDeque<Job>>,
    there: Semaphore,
}

impl Queue {
    /// Empty.
    pub const fn new() -> Self {
        Self { jobs: Mutex::new(VecDeque::new()), there: Semaphore::const_new(0) }
    }

    /// Puts a job at the end.
    pub fn push(&self, job: Job) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
        self.there.add_permits(1);
    }

    /// The next job, if there is one now.
    pub fn next_now(&self) -> Option<Job> {
        self.there.try_acquire().ok()?.forget();
        self.pop()
    }

    /// The next job, when there is one; `None` when the queue is closed and empty.
    pub async fn next(&self) -> Option<Job> {
        if let Ok(permit) = self.there.acquire().await {
            permit.forget();
        }
        self.pop()
    }

    /// Jobs that nobody has taken.
    pub fn waiting(&self) -> usize {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// No more jobs will come.
    pub fn close(&self) {
        self.there.close();
    }

    fn pop(&self) -> Option<Job> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

//! What people say of messages before they leave, by the door.

use super::Door;
use crate::{
    base::PlanId,
    engine::office::{
        approval::{Answered, Order},
        approvals::{self, Pending, Reading, Taken, Word},
        runs::{PendingRun, RunReading, RunWord},
    },
    store::Kept,
};
use chrono::NaiveDate;

impl Door {
    /// Takes a yes to a workflow, or the end of one.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn approve(&self, order: &Order) -> anyhow::Result<Answered> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/approve", &serde_json::to_string(order)?).await,
            Self::Own(own) => Ok(own.office.approve(order.clone()).await?),
        }
    }

    /// The messages that wait for a person and are due within so many days.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn pending(&self, days: u64) -> anyhow::Result<Vec<Pending>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/approvals/within", &days.to_string()).await,
            Self::Own(own) => own.office.pending(approvals::days(days)).await,
        }
    }

    /// How one of them reads.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn reading(&self, plan: PlanId) -> anyhow::Result<Option<Reading>> {
        match self {
            Self::Daemon(client) => client.answer("GET", &format!("/approvals/{plan}"), "").await,
            Self::Own(own) => own.office.reading(plan).await,
        }
    }

    /// Takes a person's word about one of them.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn judge(&self, word: &Word) -> anyhow::Result<Taken> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/approvals", &serde_json::to_string(word)?).await,
            Self::Own(own) => own.office.judge(word.clone()).await,
        }
    }

    /// The runs that wait for a person and are due within so many days.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn runs(&self, days: u64) -> anyhow::Result<Vec<PendingRun>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/runs/within", &days.to_string()).await,
            Self::Own(own) => Ok(own.office.runs(approvals::days(days)).await?),
        }
    }

    /// How one of them looks.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn run(&self, workflow: &str, day: NaiveDate) -> anyhow::Result<Option<RunReading>> {
        match self {
            Self::Daemon(client) => client.answer("GET", &format!("/runs/{workflow}/{day}"), "").await,
            Self::Own(own) => own.office.run(workflow, day).await,
        }
    }

    /// Takes a person's word about one of them.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn judge_run(&self, word: &RunWord) -> anyhow::Result<Taken> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/runs", &serde_json::to_string(word)?).await,
            Self::Own(own) => Ok(own.office.judge_run(word.clone()).await?),
        }
    }

    /// So many of the words that were said last, the oldest first.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn words(&self, last: u32) -> anyhow::Result<Vec<Kept>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/approvals/history", &last.to_string()).await,
            Self::Own(own) => Ok(own.office.store.words(last).await?),
        }
    }
}

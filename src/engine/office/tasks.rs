//! Tasks for people of the business: what is to be done, and who did it.
//!
//! Whoever said no, cancelled, or did what a journey waited for is not called either: whenever somebody looks, the gate is
//! asked anew about each task, and one that it would refuse by now is withdrawn before anybody reads it.

use super::Office;
use crate::{
    base::{CustomerId, Instant, PlanId},
    ledger::TaskEnd,
    store::{OpenTask, Queued, StoreError, Those},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A task that is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number.
    pub task: i64,
    /// What to do.
    pub words: String,
    /// About whom.
    pub customer: CustomerId,
    /// Their mailbox, masked.
    pub mailbox: String,
    /// The step that it is, as `comity explain` knows it.
    pub plan: PlanId,
    /// Of which workflow.
    pub workflow: String,
    /// Which step of it.
    pub step: String,
    /// Since when.
    pub given_at: Instant,
    /// Until when it is of use.
    pub expires_at: Instant,
}

/// What somebody says about a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskWord {
    /// What became of it.
    pub how: TaskEnd,
    /// Who.
    pub who: String,
}

impl Office {
    /// What is to be done, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn tasks(&self) -> Result<Vec<Task>, StoreError> {
        let open = self.store.open_tasks().await?;
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let mut open: BTreeMap<PlanId, OpenTask> = open.into_iter().map(|task| (task.plan, task)).collect();
        let rulebook = self.in_force.now().rulebook.clone();
        let mut tasks = Vec::new();
        for Queued { claimed, is_refused, .. } in self.store.queue(Those::Given, rulebook, |_| None).await? {
            let plan = &claimed.plan;
            let Some(OpenTask { task, words, given_at, .. }) = open.remove(&plan.id) else { continue };
            let Some((customer, _)) = claimed.content.as_ref().ok().filter(|_| !is_refused) else {
                self.store.end_task(task, TaskEnd::Withdrawn, String::new()).await?;
                continue;
            };
            tasks.push(Task {
                task,
                words,
                customer: customer.id,
                mailbox: customer.address.masked(),
                plan: plan.id,
                workflow: plan.workflow.clone(),
                step: plan.step.to_string(),
                given_at,
                expires_at: plan.expires_at,
            });
        }
        tasks.sort_by_key(|task| task.task);
        Ok(tasks)
    }

    /// Takes a person's word about a task. `false` where none of this number is to be done.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_task(&self, task: i64, TaskWord { how, who }: TaskWord) -> Result<bool, StoreError> {
        self.store.end_task(task, how, who).await
    }
}

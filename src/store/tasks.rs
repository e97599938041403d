//! Tasks: what people of the business do in place of a message.
//!
//! The gate gives one as it lets a message go, in the permit transaction; its plan ends with that. Nothing is sent, so there
//! is no attempt, and no place under a cap is taken. Whether it is still to be done is asked anew whenever somebody looks.

use super::{
    Store, StoreError,
    book::{Line, rows},
    database::{Row, query, query_as},
    keystore,
    on_paper::Leaving,
    permit::PermitAsk,
    plan_rows::instant,
    round::Desk,
    sealing::{name, open_task, seal_task, unwrap},
    statements::{
        pipeline::WAKE_STEPS,
        tasks::{END_TASK, GIVE, OPEN_TASKS, TASK_OF_PLAN, TO_GIVEN},
    },
    types::{Claimed, Decide, Permission},
    writer::Message,
};
use crate::{
    base::{CustomerId, Instant, NodeId, PlanId},
    ledger::{Happening, TaskEnd},
};
use std::sync::Arc;

/// Tasks that are looked at: more than anybody does.
pub(super) const TASKS_MAX: i64 = 500;

/// A task that is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenTask {
    /// Its number.
    pub task: i64,
    /// The step of a journey that it is.
    pub plan: PlanId,
    /// What to do.
    pub words: String,
    /// Since when.
    pub given_at: Instant,
}

/// A plan that the gate let go, and that is a task.
pub(super) struct Given {
    pub plan: PlanId,
    pub epoch: i64,
    pub customer: CustomerId,
    pub words: String,
}

/// Gives them, ends their plans, and lets the steps after them go on.
pub(super) async fn give(desk: &mut Desk, given: &[Given], now: Instant) -> Result<(), StoreError> {
    if given.is_empty() {
        return Ok(());
    }
    let mut lines = Vec::new();
    for Given { plan, epoch, customer, words, .. } in given {
        desk.database.say(query(TO_GIVEN).bind(plan.0).bind(*epoch).changing(1));
        let sealed = seal_task(&keystore::of(desk, *customer).await?, *plan, words)?;
        let task: i64 =
            query_as(GIVE).bind(plan.0).bind(sealed).bind(now.ms()).fetch_one(desk.database.alone().await?).await?;
        lines.push(Line::of_plan(*customer, *plan, Happening::Given { task }));
    }
    let ended: Vec<PlanId> = given.iter().map(|given| given.plan).collect();
    desk.database.say(query(WAKE_STEPS).bind(rows(&ended)?).bind(now.ms()));
    desk.enter(now, &lines)
}

impl Store {
    /// Asks the gate about a plan that is a task, in these words. It is never permitted: where the gate lets it go, it is
    /// given, and has ended.
    ///
    /// # Errors
    /// As [`Self::permit`]'s.
    pub async fn give(
        &self,
        node: NodeId,
        claimed: Arc<Claimed>,
        decide: Arc<dyn Decide>,
        words: String,
    ) -> Result<Permission, StoreError> {
        let ask = PermitAsk { node, claimed, decide, leaving: Leaving::AsTask(words) };
        self.ask(&self.inner.ordinary, |reply| Message::Permit(ask, reply)).await
    }

    /// The tasks that are to be done, the oldest first.
    ///
    /// # Errors
    /// When the database or a task can't be read.
    pub async fn open_tasks(&self) -> Result<Vec<OpenTask>, StoreError> {
        let found = query(OPEN_TASKS).bind(TASKS_MAX).fetch_all(&mut self.reader().await?).await?;
        let open = found.iter().map(|row| {
            let plan = PlanId(row.try_get("plan")?);
            let words = self.task_words(row, plan)?;
            Ok(OpenTask { task: row.try_get("id")?, plan, words, given_at: instant(row, "given_at")? })
        });
        open.collect()
    }

    /// What a plan gave a person to do.
    ///
    /// # Errors
    /// When the database or the task can't be read.
    pub async fn task_of(&self, plan: PlanId) -> Result<Option<String>, StoreError> {
        let asked = query(TASK_OF_PLAN).bind(plan.0);
        let row = asked.fetch_optional(&mut self.reader().await?).await?;
        row.map(|row| self.task_words(&row, plan)).transpose()
    }

    fn task_words(&self, row: &Row, plan: PlanId) -> Result<String, StoreError> {
        let key = unwrap(&self.inner.keys, row.try_get("customer")?, row.try_get("wrapped")?)?;
        Ok(open_task(&key, plan, row.try_get("words")?)?)
    }

    /// Ends a task. `false` where none of this number is to be done.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn end_task(&self, task: i64, how: TaskEnd, who: String) -> Result<bool, StoreError> {
        self.change(move |desk| Box::pin(async move { end(desk, task, how, &who).await })).await
    }
}

async fn end(desk: &mut Desk, task: i64, how: TaskEnd, who: &str) -> Result<bool, StoreError> {
    let now = desk.clock.now();
    let ended: Option<(i64, i64)> = query_as(END_TASK)
        .bind(task)
        .bind(name(&how))
        .bind(now.ms())
        .bind(who)
        .fetch_optional(desk.database.alone().await?)
        .await?;
    let Some((plan, customer)) = ended else { return Ok(false) };
    let line =
        Line::of_plan(CustomerId(customer), PlanId(plan), Happening::TaskEnded { task, how, who: who.to_owned() });
    desk.enter(now, &[line])?;
    Ok(true)
}

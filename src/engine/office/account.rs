//! What is known about a message or a customer, for `comity explain`.

use super::Office;
use crate::{
    base::{CustomerId, PlanId},
    ledger::{Entry, Happening, Shown},
    plan::PlanState,
    policy::OwnLimits,
    store::{About, Kept, PlanRow, StoreError},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is known about one customer, or one message of theirs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// The customer's row.
    pub customer: CustomerId,
    /// The address, masked; none where only a message was asked about.
    pub mailbox: Option<String>,
    /// How much they want to hear of us at most; none where that can't be read.
    pub own_limits: Option<OwnLimits>,
    /// Their messages, the next due last.
    pub plans: Vec<PlanAccount>,
    /// What happened, oldest first.
    pub entries: Vec<Entry>,
    /// The messages that a ruling counted, by what never changes about them. They are of this mailbox, and need not be of
    /// this customer.
    pub counted: Vec<CountedPlan>,
    /// What people said about these messages before they left, or so that they didn't.
    pub words: Vec<Kept>,
}

/// One message, as far as it came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanAccount {
    /// Its number.
    pub plan: PlanId,
    /// Which workflow.
    pub workflow: String,
    /// Which step of it.
    pub step: String,
    /// For which visit.
    pub occurrence: String,
    /// Where it stands.
    pub state: PlanState,
}

/// What never changes about a message that was counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CountedPlan {
    /// Its number.
    pub plan: PlanId,
    /// Which step of its workflow.
    pub step: String,
    /// The customer's id in its source, where it has one.
    pub customer: Option<String>,
    /// What it was about, by its id in its source.
    pub record: String,
}

impl Office {
    /// What is known about a message, by its number, or about customers, by `@` and the number here, the source's id
    /// or the address. Several
    /// accounts where several customers share a mailbox; none where nobody is known.
    ///
    /// # Errors
    /// The database's.
    pub async fn explain(&self, about: &str) -> Result<Vec<Account>, StoreError> {
        if let Some(row) = self.plan(about).await? {
            self.store.note_look(row.facts.customer, Shown::History).await?;
            return Ok(vec![self.account(About::Plan(row.facts.id), row.facts.customer, None, &[row]).await?]);
        }
        let mut accounts = vec![];
        for customer in self.named(about).await? {
            self.store.note_look(customer.id, Shown::History).await?;
            let plans = self.store.plans_of(customer.id).await?;
            let mailbox = Some(customer.address.masked());
            accounts.push(self.account(About::Customer(customer.id), customer.id, mailbox, &plans).await?);
        }
        Ok(accounts)
    }

    async fn plan(&self, about: &str) -> Result<Option<PlanRow>, StoreError> {
        match about.parse() {
            Ok(number) => self.store.plan(PlanId(number)).await,
            Err(_) => Ok(None),
        }
    }

    async fn account(
        &self,
        about: About,
        customer: CustomerId,
        mailbox: Option<String>,
        plans: &[PlanRow],
    ) -> Result<Account, StoreError> {
        let mut entries = self.store.history(about).await?;
        // Who looked is told to the customer. Whoever looks would see little else after some time.
        entries.retain(|entry| !matches!(entry.happening, Happening::LookedUp { .. }));
        let counted = self.counted(&entries).await?;
        let ids: Vec<PlanId> = plans.iter().map(|plan| plan.facts.id).collect();
        let rows = entries.iter().filter_map(|entry| entry.happening.word()).collect();
        let words = self.store.words_about(&ids, &rows).await?;
        let own_limits = match self.store.own_limits(customer).await {
            Err(StoreError::Odd { .. }) => None,
            limits => Some(limits?),
        };
        Ok(Account {
            customer,
            mailbox,
            own_limits,
            plans: plans.iter().map(plan_account).collect(),
            entries,
            counted,
            words,
        })
    }

    /// What a person knows the messages by that these rulings counted.
    async fn counted(&self, entries: &[Entry]) -> Result<Vec<CountedPlan>, StoreError> {
        let rulings = entries.iter().filter_map(|entry| entry.happening.ruling());
        let plans: BTreeSet<PlanId> = rulings.flat_map(|ruling| ruling.counted()).map(|one| one.plan).collect();
        let mut counted = vec![];
        for plan in plans {
            if let (Some(row), Some(names)) = (self.store.plan(plan).await?, self.store.names(plan).await?) {
                let step = row.facts.step.to_string();
                counted.push(CountedPlan { plan, step, customer: names.customer, record: names.record });
            }
        }
        Ok(counted)
    }
}

fn plan_account(row: &PlanRow) -> PlanAccount {
    PlanAccount {
        plan: row.facts.id,
        workflow: row.facts.workflow.clone(),
        step: row.facts.step.to_string(),
        occurrence: row.facts.occurrence.clone(),
        state: row.state,
    }
}

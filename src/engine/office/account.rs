//! What is known about a message or a customer, for `comity explain`.

use super::{super::desk::recommended::products, Office};
use crate::{
    base::{CustomerId, Ground, PlanId, Recommended},
    ledger::{Entry, Happening, Shown},
    people::Language,
    plan::PlanState,
    policy::{OwnLimits, Policy},
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
    /// What it recommends, each with the sentence that its reader reads, and what its place is made of.
    #[serde(default)]
    pub recommended: Vec<String>,
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
        let mut told = Vec::new();
        for plan in plans {
            told.push(self.plan_account(plan).await?);
        }
        Ok(Account { customer, mailbox, own_limits, plans: told, entries, counted, words })
    }

    async fn plan_account(&self, row: &PlanRow) -> Result<PlanAccount, StoreError> {
        Ok(PlanAccount {
            plan: row.facts.id,
            workflow: row.facts.workflow.clone(),
            step: row.facts.step.to_string(),
            occurrence: row.facts.occurrence.clone(),
            state: row.state,
            recommended: self.recommended_by(row).await?,
        })
    }

    /// What a message recommends, where it does.
    async fn recommended_by(&self, row: &PlanRow) -> Result<Vec<String>, StoreError> {
        let policy = self.policy();
        let recommends = |kind: &str| policy.recommending_records().any(|(of, _)| of == kind);
        let workflow =
            self.in_force.rulebook().workflow(&row.facts.workflow).map(|known| known.trigger.subject().to_owned());
        let customers = match workflow {
            Some(kind) if recommends(&kind) => self.store.find_customers(&BTreeSet::from([row.facts.customer])).await?,
            _ => return Ok(Vec::new()),
        };
        let Some(customer) = customers.into_values().next() else { return Ok(Vec::new()) };
        let asked = self.store.asked(customer.handle, row.facts.id).await?;
        let language = customer.language.unwrap_or_else(|| policy.business.language.clone());
        let told =
            asked.map(|asked| products(&asked.record).map(|product| line(product, &policy, &language)).collect());
        Ok(told.unwrap_or_default())
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

/// A product, why, and what its place is made of: for the business, which sees all that somebody bought.
fn line(product: &Recommended, policy: &Policy, language: &Language) -> String {
    let of = |ground: &Ground| match ground {
        Ground::Bought(named) => format!("\"{}\"", named.name),
        Ground::OtherPurchases => "what else they bought".to_owned(),
        Ground::Again => "that they bought it before".to_owned(),
        Ground::Popular => "how it sells".to_owned(),
        Ground::Values => "what is favoured".to_owned(),
    };
    let parts: Vec<String> =
        product.parts.iter().map(|share| format!("{} % {}", share.percent, of(&share.of))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{}: {}{parts}", product.name, policy.reason(&product.because, language))
}

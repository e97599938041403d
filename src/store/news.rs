//! What happened since the owner heard last: answers, stops, and messages that failed.

use super::{
    Store, StoreError,
    book::rows,
    database::{query, query_as},
    plan_rows::{Whole, instant, plan_facts},
    sealing::parse,
    statements::notices::{ANSWERS_SINCE, ANSWERS_TOLD, FAILED_SINCE, STOPS_SINCE},
};
use crate::{
    base::{CustomerId, Instant, PlanId, sealed::Unreadable},
    gate::facts::PlanFacts,
    ledger::Receipt,
    people::{Answer, Customer},
    trigger::Record,
};

/// What is read of each kind: more than a mail shows.
const NEWS_MAX: i64 = 500;

/// An answer with what it is about.
#[derive(Clone, Debug)]
pub struct AnswerTold {
    /// Its row.
    pub id: i64,
    /// What was said.
    pub answer: Answer,
    /// When.
    pub at: Instant,
    /// The message whose link was used. Its occurrence is the visit at the date that it was about.
    pub plan: PlanFacts,
    /// Of which type the visit is.
    pub kind: String,
    /// What the source calls the visit.
    pub record_name: String,
    /// Who said so, and the visit as it stands now; an error where they can't be opened.
    pub content: Result<(Customer, Record), Unreadable>,
}

/// A message that was refused, or that may have arrived.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Whose.
    pub customer: CustomerId,
    /// Which.
    pub plan: PlanId,
    /// What the server said.
    pub receipt: Option<Receipt>,
}

impl Store {
    /// Answers by their rows, with what they are about.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn answers_told(&self, answers: &[i64]) -> Result<Vec<AnswerTold>, StoreError> {
        let mut reader = self.reader().await?;
        let found = query(ANSWERS_TOLD).bind(rows(answers)?).fetch_all(&mut reader).await?;
        let mut told = vec![];
        for row in &found {
            let whole = Whole::read(row)?;
            told.push(AnswerTold {
                id: row.try_get("answer_id")?,
                answer: parse(row, "answer")?,
                at: instant(row, "answered_at")?,
                plan: plan_facts(row)?,
                content: whole.open(&self.inner.keys),
                kind: whole.record.kind,
                record_name: whole.record.external_id,
            });
        }
        Ok(told)
    }

    /// The last word about each visit, where it was said since then.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn answers_since(&self, since: Instant) -> Result<Vec<AnswerTold>, StoreError> {
        let ids: Vec<i64> =
            query_as(ANSWERS_SINCE).bind(since.ms()).bind(NEWS_MAX).fetch_all(&mut self.reader().await?).await?;
        self.answers_told(&ids).await
    }

    /// Who clicked stop since then, and from which purpose: each mailbox by one of its customers.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn stops_since(&self, since: Instant) -> Result<Vec<(Option<CustomerId>, String)>, StoreError> {
        let mut reader = self.reader().await?;
        let found = query(STOPS_SINCE).bind(since.ms()).bind(NEWS_MAX).fetch_all(&mut reader).await?;
        found
            .iter()
            .map(|row| Ok((row.try_get::<Option<i64>, _>("customer")?.map(CustomerId), row.try_get("purpose")?)))
            .collect()
    }

    /// Messages that were refused since then, or that may have arrived.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn failed_since(&self, since: Instant) -> Result<Vec<Failed>, StoreError> {
        let mut reader = self.reader().await?;
        let found = query(FAILED_SINCE).bind(since.ms()).bind(NEWS_MAX).fetch_all(&mut reader).await?;
        found
            .iter()
            .map(|row| {
                let receipt: Option<String> = row.try_get("receipt")?;
                Ok(Failed {
                    customer: CustomerId(row.try_get("customer")?),
                    plan: PlanId(row.try_get("plan")?),
                    receipt: receipt.and_then(|receipt| serde_json::from_str(&receipt).ok()),
                })
            })
            .collect()
    }
}

//! Batches of recommendations: what each was, and the records by which people are recommended something.

use super::{
    Store, StoreError,
    customers::{self, Found},
    database::{Row, query, query_as},
    plan_rows::instant,
    records,
    replan::Subjects,
    round::Desk,
    sealing::{name, parse},
    statements::recommending::{ADD_BATCH, BATCHES_AFTER, COUNT_BATCH, END_BATCH, LAST_BATCH},
    tastes::tastes_of,
    types::{Replan, Rules},
};
use crate::{
    base::{AttemptId, CustomerId, Instant, value::Fields},
    people::Tastes,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What became of a batch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchOutcome {
    /// Its records are being made; or the daemon ended in the middle, and the next batch goes on.
    Publishing,
    /// All its records are made.
    Published,
    /// The shop is too small yet.
    TooSmall,
    /// A gate of the audit withheld it.
    Withheld,
}

/// A batch.
#[derive(Clone, PartialEq, Debug)]
pub struct BatchRow {
    /// Its row.
    pub id: i64,
    /// When it was made.
    pub made_at: Instant,
    /// Another one where any list is another.
    pub version: String,
    /// What became of it.
    pub outcome: BatchOutcome,
    /// What it was measured by, as JSON.
    pub figures: String,
    /// How many were recommended something.
    pub people: u64,
}

impl BatchRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            made_at: instant(row, "made_at")?,
            version: row.try_get("version")?,
            outcome: parse(row, "outcome")?,
            figures: row.try_get("figures")?,
            people: u64::try_from(row.try_get::<i64, _>("people")?).unwrap_or_default(),
        })
    }
}

/// Some of a batch, made.
#[derive(Debug)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct BatchPart {
    /// How many of them got a record.
    pub people: usize,
    /// What was taken back, as in [`super::Applied::open`].
    pub open: Vec<AttemptId>,
}

/// What somebody is recommended.
#[derive(Clone, PartialEq, Debug)]
pub struct Recommendation {
    /// Whose.
    pub customer: CustomerId,
    /// The type of its record.
    pub kind: String,
    /// The record's fields.
    pub fields: Fields,
    /// What they had said when it was made. By another word since then it isn't theirs any more.
    pub tastes: Tastes,
}

impl Store {
    /// The last batch.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn last_batch(&self) -> Result<Option<BatchRow>, StoreError> {
        let row = query(LAST_BATCH).fetch_optional(&mut self.reader().await?).await?;
        row.as_ref().map(BatchRow::read).transpose()
    }

    /// The batches after that one, the oldest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn batches_after(&self, batch: i64) -> Result<Vec<BatchRow>, StoreError> {
        let rows = query(BATCHES_AFTER).bind(batch).fetch_all(&mut self.reader().await?).await?;
        rows.iter().map(BatchRow::read).collect()
    }

    /// Enters the batch that follows this one (0: that is the first), and gives its row. `None` where another one follows it already:
    /// a second node made it meanwhile.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn add_batch(
        &self,
        last: i64,
        version: String,
        outcome: BatchOutcome,
        figures: String,
    ) -> Result<Option<i64>, StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let now = desk.clock.now().ms();
                let done_at = (outcome != BatchOutcome::Publishing).then_some(now);
                let asked = query_as(ADD_BATCH).bind(now).bind(version).bind(name(&outcome));
                asked.bind(figures).bind(done_at).bind(last).fetch_optional(desk.database.alone().await?).await
            })
        })
        .await
    }

    /// Makes the records of some of a batch: of those that are this database's to write to, see [`super::Share`].
    ///
    /// # Errors
    /// When the database can't be written: none of them was made.
    pub async fn recommend(
        &self,
        batch: i64,
        some: Vec<Recommendation>,
        rules: Arc<dyn Rules>,
    ) -> Result<BatchPart, StoreError> {
        self.errand(move |desk| Box::pin(async move { recommend(desk, batch, some, &*rules.in_force()).await })).await
    }

    /// All records of a batch are made.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn end_batch(&self, batch: i64) -> Result<(), StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let asked = query(END_BATCH).bind(batch).bind(desk.clock.now().ms());
                asked.execute(desk.database.alone().await?).await?;
                Ok(())
            })
        })
        .await
    }
}

async fn recommend(
    desk: &mut Desk,
    batch: i64,
    some: Vec<Recommendation>,
    planner: &dyn Replan,
) -> Result<BatchPart, StoreError> {
    let mut subjects = Subjects::of(planner);
    let mut people = 0;
    let keys = Arc::clone(&desk.keys);
    for Recommendation { customer, kind, fields, tastes } in some {
        // Whoever was erased in the meantime is nobody.
        let Found::Customer(stored) = customers::by_number(desk, customer).await? else { continue };
        if !desk.share.has(stored.mailbox) {
            continue;
        }
        // They said something while the lists were made: the next night obeys it.
        if tastes_of(desk.database.alone().await?, customer, &keys).await? != tastes {
            continue;
        }
        let Ok(customer) = stored.open(&desk.keys) else { continue };
        let name = format!("batch-{batch}-{}", customer.id);
        let _ = records::put_own(desk, (kind, fields), Some(name), &customer, &mut subjects).await?;
        people += 1;
    }
    let asked = query(COUNT_BATCH).bind(batch).bind(i64::try_from(people).unwrap_or(i64::MAX));
    asked.execute(desk.database.alone().await?).await?;
    Ok(BatchPart { people, open: subjects.replan(desk).await? })
}

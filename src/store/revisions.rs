//! The set of files in force, as the database knows it, and the words in which it asks people.
//!
//! A revision comes into force in one step, and from then on nothing is permitted that was drafted under another. The
//! plans follow page by page; until all are up to it ([`Store::adopt`]) nothing is permitted at all, because the times in
//! plans are made by rules, too. Both stand in the database and not in memory, so that a crash in between is made good by
//! the next start, and so that several daemons over one database can't send by different rules.

use super::{
    Store, StoreError,
    book::rows,
    database::{Row, query, query_as},
    import::CHUNK_ROWS,
    plan_rows::instant,
    privacy, records,
    round::Desk,
    statements::revisions::{ADOPT, AGREED_OTHERWISE, IN_FORCE, PUT_IN_FORCE, REWORD},
    types::{Replanned, Rules},
};
use crate::{
    base::{Instant, RecordId},
    privacy::Notice,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// A set of files in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its digest: `Installation::revision`.
    pub digest: String,
    /// Since when.
    pub in_force_at: Instant,
    /// When all plans were up to it; `None`: not yet.
    pub planned_at: Option<Instant>,
}

/// In which words people are asked for a purpose.
#[derive(Clone, Debug, Serialize)]
pub struct PurposeWording {
    /// The purpose's key.
    pub purpose: String,
    /// What a yes to them is a yes to, in hexadecimal.
    pub digest: String,
    /// Title, promise and their translations, as JSON.
    pub content: String,
}

/// What a set of files says to people, and is kept.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// In which words they are asked.
    pub wordings: Vec<PurposeWording>,
    /// What they are told about their data.
    pub notice: Option<Notice>,
}

/// What is in force then.
#[derive(Clone, Debug)]
pub struct PutInForce {
    /// The set of files.
    pub revision: Revision,
    /// Purposes that are worded anew, with how many people agreed to them in other words: they get nothing more of them.
    pub reworded: BTreeMap<String, u64>,
}

impl Revision {
    /// Of a row of [`IN_FORCE`].
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let planned_at: Option<i64> = row.try_get("planned_at")?;
        Ok(Self {
            digest: row.try_get("revision")?,
            in_force_at: instant(row, "in_force_at")?,
            planned_at: planned_at.map(Instant::from_ms),
        })
    }
}

impl Store {
    /// The set of files in force. `None` before the first start.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn in_force(&self) -> Result<Option<Revision>, StoreError> {
        let row = query(IN_FORCE).fetch_optional(&mut self.reader().await?).await?;
        row.as_ref().map(Revision::read).transpose()
    }

    /// Puts a set of files in force, with what they say to people: from its commit on, no draft of another is
    /// permitted, and none at all until its plans are up to it. What is permitted already goes its way.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn put_in_force(&self, revision: &str, published: Published) -> Result<PutInForce, StoreError> {
        let revision = revision.to_owned();
        self.change(move |desk| Box::pin(async move { put_in_force(desk, &revision, &published).await })).await
    }

    /// A page of all records, planned anew: for new workflows or a new policy. `after` is the answer before, `None` at
    /// the beginning.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn replan_all(
        &self,
        after: Option<RecordId>,
        limit: usize,
        rules: Arc<dyn Rules>,
    ) -> Result<Replanned, StoreError> {
        let after = after.unwrap_or(RecordId(i64::MIN));
        let limit = i64::try_from(limit.min(CHUNK_ROWS)).unwrap_or(i64::MAX);
        self.errand(move |desk| {
            Box::pin(async move { records::replan_page(desk, after, limit, &*rules.in_force()).await })
        })
        .await
    }

    /// Notes that all plans are up to the revision in force.
    ///
    /// # Errors
    /// When the database can't be written, or another revision is in force.
    pub async fn adopt(&self, revision: &str) -> Result<(), StoreError> {
        let revision = revision.to_owned();
        self.change(move |desk| Box::pin(async move { adopt(desk, &revision).await })).await
    }
}

async fn put_in_force(desk: &mut Desk, revision: &str, published: &Published) -> Result<PutInForce, StoreError> {
    let now = desk.clock.now();
    if let Some(notice) = &published.notice {
        privacy::keep(desk, notice, now).await?;
    }
    let connection = desk.database.alone().await?;
    query(PUT_IN_FORCE).bind(revision).bind(now.ms()).execute(&mut *connection).await?;
    let mut reworded = BTreeMap::new();
    let others = query(REWORD).bind(rows(&published.wordings)?).bind(now.ms()).fetch_all(&mut *connection).await?;
    for row in others {
        let (purpose, digest): (String, String) = (row.try_get("purpose")?, row.try_get("digest")?);
        let people = query_as(AGREED_OTHERWISE).bind(&purpose).bind(digest);
        let people: i64 = people.fetch_one(&mut *connection).await?;
        if people > 0 {
            reworded.insert(purpose, u64::try_from(people).unwrap_or_default());
        }
    }
    let revision = Revision::read(&query(IN_FORCE).fetch_one(connection).await?)?;
    Ok(PutInForce { revision, reworded })
}

async fn adopt(desk: &mut Desk, revision: &str) -> Result<(), StoreError> {
    let now = desk.clock.now();
    let adopt = query(ADOPT).bind(revision).bind(now.ms());
    match adopt.execute(desk.database.alone().await?).await?.rows_affected() {
        1 => Ok(()),
        _ => Err(StoreError::NotInForce(revision.to_owned())),
    }
}

//! What people say about messages before they leave: a yes, or that it holds no more.
//!
//! A yes wakes what waited for it, a page at a time. A withdrawal works as a halt does: its row and the revocation of what
//! was permitted are one transaction, and it names every attempt that has no receipt yet, for the engine to take back or to
//! wait for before it is acknowledged (promise P2).

use super::{
    Store, StoreError,
    book::rows,
    conversation::{Conversation, Query},
    plan_rows::instant,
    round::Desk,
    sealing::{name, parse},
    statements::{
        approvals::{COUNT_UNAPPROVED, LAST_WORDS, OPEN_FOR_WORKFLOW, SAY, WAKE_APPROVED, WAKE_MESSAGE},
        records::OPEN_FOR_PLANS,
    },
    stop::{self, OpenRow},
};
use crate::{
    base::{AttemptId, PlanId},
    gate::{
        Topic,
        facts::{Said, Word},
    },
};
use serde::Serialize;
use sqlx::{Row, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet};

/// Plans that one transaction wakes, so that it stays short.
const WAKE_MAX: i64 = 1000;

/// A word to be kept.
#[derive(Clone, Debug)]
pub struct NewWord {
    /// About what.
    pub topic: Topic,
    /// Which.
    pub said: Said,
    /// What was seen when it was said.
    pub seen: String,
    /// By whom.
    pub who: String,
}

/// A word that was kept, with whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spoken {
    /// As the gate sees it.
    pub word: Word,
    /// Whose.
    pub who: String,
}

/// A row of [`LAST_WORDS`].
#[derive(Serialize)]
struct TopicRow<'a> {
    workflow: &'a str,
    /// 0 for the workflow as a whole.
    plan: PlanId,
}

impl<'a> TopicRow<'a> {
    fn of(topic: &'a Topic) -> Self {
        match topic {
            Topic::Workflow(workflow) => Self { workflow, plan: PlanId(0) },
            Topic::Message { workflow, plan } => Self { workflow, plan: *plan },
        }
    }
}

impl Store {
    /// Keeps a word. A yes makes due what waited for it; anything else takes back what was permitted, and names what was
    /// open.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn say(&self, word: NewWord) -> Result<Vec<AttemptId>, StoreError> {
        let (said, topic) = (word.said, word.topic.clone());
        let open = self.change(move |desk| Box::pin(async move { keep(desk, &word).await })).await?;
        if let (Said::Approved, Topic::Workflow(workflow)) = (said, topic) {
            self.wake_approved(&workflow).await?;
        }
        Ok(open)
    }

    /// Has the gate asked again about all that waits for a yes, of one workflow, or with `""` of all.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn wake_approved(&self, workflow: &str) -> Result<(), StoreError> {
        // So many pages and no more: what is asked again may be held again at once.
        let waiting: u64 = self.unapproved().await?.into_values().sum();
        for _ in 0..waiting.div_ceil(WAKE_MAX.unsigned_abs()) {
            let workflow = workflow.to_owned();
            self.errand(move |desk| Box::pin(async move { wake(desk, &workflow).await })).await?;
        }
        Ok(())
    }

    /// The last words about these.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn last_words(&self, topics: &BTreeSet<Topic>) -> Result<BTreeMap<Topic, Spoken>, StoreError> {
        let of: Vec<TopicRow<'_>> = topics.iter().map(TopicRow::of).collect();
        let found = sqlx::query(LAST_WORDS.sqlite).bind(rows(&of)?).fetch_all(&mut *self.reader().await?).await?;
        found.iter().map(spoken).collect()
    }

    /// How many messages wait for a yes, by workflow.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn unapproved(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let counted: Vec<(String, i64)> =
            sqlx::query_as(COUNT_UNAPPROVED.sqlite).fetch_all(&mut *self.reader().await?).await?;
        Ok(counted.into_iter().map(|(workflow, plans)| (workflow, plans.unsigned_abs())).collect())
    }
}

/// The last words about these, as the gate sees them, inside a permit transaction. Without topics nothing is asked.
pub(super) async fn last_words(
    database: &mut Conversation,
    topics: &BTreeSet<Topic>,
) -> Result<BTreeMap<Topic, Word>, StoreError> {
    if topics.is_empty() {
        return Ok(BTreeMap::new());
    }
    let of: Vec<TopicRow<'_>> = topics.iter().map(TopicRow::of).collect();
    let found = database.rows(Query::of(LAST_WORDS).text(rows(&of)?)).await?;
    found.iter().map(|row| spoken(row).map(|(topic, spoken)| (topic, spoken.word))).collect()
}

fn spoken(row: &SqliteRow) -> Result<(Topic, Spoken), StoreError> {
    let workflow = row.try_get("workflow")?;
    let topic = match row.try_get("plan")? {
        0 => Topic::Workflow(workflow),
        plan => Topic::Message { workflow, plan: PlanId(plan) },
    };
    let word = Word {
        row: row.try_get("id")?,
        said: parse(row, "said")?,
        seen: row.try_get("seen")?,
        at: instant(row, "at")?,
    };
    Ok((topic, Spoken { word, who: row.try_get("who")? }))
}

async fn keep(desk: &mut Desk, NewWord { topic, said, seen, who }: &NewWord) -> Result<Vec<AttemptId>, StoreError> {
    let TopicRow { workflow, plan } = TopicRow::of(topic);
    let now = desk.clock.now();
    sqlx::query(SAY.sqlite)
        .bind(workflow)
        .bind(plan.0)
        .bind(name(said))
        .bind(seen)
        .bind(who)
        .bind(now.ms())
        .execute(desk.database.alone().await?)
        .await?;
    if let Topic::Message { .. } = topic {
        let wake = sqlx::query(WAKE_MESSAGE.sqlite).bind(plan.0).bind(now.ms()).bind(name(said));
        wake.execute(desk.database.alone().await?).await?;
    }
    let open: Vec<OpenRow> = match (said, topic) {
        (Said::Approved, _) => return Ok(Vec::new()),
        (_, Topic::Workflow(workflow)) => {
            sqlx::query_as(OPEN_FOR_WORKFLOW.sqlite).bind(workflow).fetch_all(desk.database.alone().await?).await?
        }
        (_, Topic::Message { plan, .. }) => {
            let open = sqlx::query_as(OPEN_FOR_PLANS.sqlite).bind(rows(&[plan])?);
            open.fetch_all(desk.database.alone().await?).await?
        }
    };
    stop::revoke(desk, &open).await
}

async fn wake(desk: &mut Desk, workflow: &str) -> Result<(), StoreError> {
    let now = desk.clock.now();
    sqlx::query(WAKE_APPROVED.sqlite)
        .bind(now.ms())
        .bind(WAKE_MAX)
        .bind(workflow)
        .execute(desk.database.alone().await?)
        .await?;
    Ok(())
}

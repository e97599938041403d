//! What people say about messages before they leave: a yes, or that it holds no more.
//!
//! A yes wakes what waited for it, a page at a time. A withdrawal works as a halt does: its row and the revocation of what
//! was permitted are one transaction, and it names every attempt that has no receipt yet, for the engine to take back or to
//! wait for before it is acknowledged (promise P2).

use super::{
    Store, StoreError,
    book::{self, rows},
    conversation::Conversation,
    database::{Row, query, query_as},
    plan_rows::instant,
    round::Desk,
    sealing::{name, parse},
    statements::{
        approvals::{
            COUNT_UNAPPROVED, LAST_WORDS, OPEN_FOR_RUN, OPEN_FOR_WORKFLOW, SAY, WAKE_APPROVED, WAKE_MESSAGE, WORDS,
            WORDS_BY_ROW, WORDS_OF_PLANS,
        },
        records::OPEN_FOR_PLANS,
    },
    stop::{self, OpenRow},
};
use crate::{
    base::{AttemptId, PlanId},
    fault::{self, Point},
    gate::{
        Topic,
        facts::{Run, Said, Word},
    },
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
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

/// A word as it stands in the book of those that were said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// About which workflow.
    pub workflow: String,
    /// About one message of it alone.
    pub message: Option<PlanId>,
    /// About what it sends on one day.
    pub day: Option<NaiveDate>,
    /// What.
    #[serde(flatten)]
    pub word: Word,
    /// Whose.
    pub who: String,
}

impl Kept {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let (plan, day): (i64, String) = (row.try_get("plan")?, row.try_get("day")?);
        Ok(Self {
            workflow: row.try_get("workflow")?,
            message: (plan != 0).then_some(PlanId(plan)),
            day: day.parse().ok(),
            word: word(row)?,
            who: row.try_get("who")?,
        })
    }
}

/// A row of [`LAST_WORDS`].
#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct TopicRow {
    workflow: String,
    /// 0 where it is not about one message.
    plan: PlanId,
    /// '' where it is not about a run.
    day: String,
}

impl TopicRow {
    fn of(topic: &Topic) -> Self {
        let (workflow, plan, day) = match topic {
            Topic::Workflow(workflow) => (workflow, PlanId(0), String::new()),
            Topic::Message { workflow, plan } => (workflow, *plan, String::new()),
            Topic::Run(run) => (&run.workflow, PlanId(0), run.day.to_string()),
        };
        Self { workflow: workflow.clone(), plan, day }
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
        fault::point(Point::AfterApprovalCommit);
        match (said, topic) {
            (Said::Approved, Topic::Workflow(workflow)) => self.wake_approved(&workflow).await?,
            (said, Topic::Run(run)) => self.wake_run(&run, said).await?,
            _ => {}
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
        let asked = query(LAST_WORDS).bind(topic_rows(topics)?);
        spoken(topics, &asked.fetch_all(&mut self.reader().await?).await?)
    }

    /// So many of the words that were said last, the oldest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn words(&self, limit: u32) -> Result<Vec<Kept>, StoreError> {
        let found = query(WORDS).bind(limit).fetch_all(&mut self.reader().await?).await?;
        found.iter().rev().map(Kept::read).collect()
    }

    /// The words about these messages by themselves, and those in these rows, in the order in which they were said.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn words_about(&self, plans: &[PlanId], rows: &BTreeSet<i64>) -> Result<Vec<Kept>, StoreError> {
        let mut kept: BTreeMap<i64, Kept> = BTreeMap::new();
        let rows: Vec<&i64> = rows.iter().collect();
        for (statement, of) in [(WORDS_OF_PLANS, book::rows(plans)?), (WORDS_BY_ROW, book::rows(&rows)?)] {
            for row in &query(statement).bind(of).fetch_all(&mut self.reader().await?).await? {
                kept.insert(row.try_get("id")?, Kept::read(row)?);
            }
        }
        Ok(kept.into_values().collect())
    }

    /// How many messages wait for a yes, by workflow.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn unapproved(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let counted: Vec<(String, i64)> = query_as(COUNT_UNAPPROVED).fetch_all(&mut self.reader().await?).await?;
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
    let found = database.rows(query(LAST_WORDS).bind(topic_rows(topics)?)).await?;
    let spoken = spoken(topics, &found)?;
    Ok(spoken.into_iter().map(|(topic, spoken)| (topic, spoken.word)).collect())
}

fn topic_rows(topics: &BTreeSet<Topic>) -> Result<String, StoreError> {
    rows(&topics.iter().map(TopicRow::of).collect::<Vec<_>>())
}

/// What was said about each of these, as far as anything was.
fn spoken(topics: &BTreeSet<Topic>, found: &[Row]) -> Result<BTreeMap<Topic, Spoken>, StoreError> {
    let topics: BTreeMap<TopicRow, &Topic> = topics.iter().map(|topic| (TopicRow::of(topic), topic)).collect();
    let mut said = BTreeMap::new();
    for row in found {
        let about = TopicRow {
            workflow: row.try_get("workflow")?,
            plan: PlanId(row.try_get("plan")?),
            day: row.try_get("day")?,
        };
        if let Some(topic) = topics.get(&about) {
            said.insert((*topic).clone(), Spoken { word: word(row)?, who: row.try_get("who")? });
        }
    }
    Ok(said)
}

fn word(row: &Row) -> Result<Word, StoreError> {
    let (id, seen) = (row.try_get("id")?, row.try_get("seen")?);
    Ok(Word { row: id, said: parse(row, "said")?, seen, at: instant(row, "at")? })
}

async fn keep(desk: &mut Desk, NewWord { topic, said, seen, who }: &NewWord) -> Result<Vec<AttemptId>, StoreError> {
    let TopicRow { workflow, plan, day } = TopicRow::of(topic);
    let now = desk.clock.now();
    query(SAY)
        .bind(workflow)
        .bind(plan.0)
        .bind(day)
        .bind(name(said))
        .bind(seen)
        .bind(who)
        .bind(now.ms())
        .execute(desk.database.alone().await?)
        .await?;
    if let Topic::Message { .. } = topic {
        let wake = query(WAKE_MESSAGE).bind(plan.0).bind(now.ms()).bind(name(said));
        wake.execute(desk.database.alone().await?).await?;
    }
    fault::point(Point::BeforeApprovalCommit);
    let open: Vec<OpenRow> = match (said, topic) {
        (Said::Approved, _) => return Ok(Vec::new()),
        (_, Topic::Workflow(workflow)) => {
            query_as(OPEN_FOR_WORKFLOW).bind(workflow).fetch_all(desk.database.alone().await?).await?
        }
        (_, Topic::Run(Run { workflow, from, until, .. })) => {
            let open = query_as(OPEN_FOR_RUN).bind(workflow).bind(from.ms()).bind(until.ms());
            open.fetch_all(desk.database.alone().await?).await?
        }
        (_, Topic::Message { plan, .. }) => {
            let open = query_as(OPEN_FOR_PLANS).bind(rows(&[plan])?);
            open.fetch_all(desk.database.alone().await?).await?
        }
    };
    stop::revoke(desk, &open).await
}

async fn wake(desk: &mut Desk, workflow: &str) -> Result<(), StoreError> {
    let now = desk.clock.now();
    query(WAKE_APPROVED).bind(now.ms()).bind(WAKE_MAX).bind(workflow).execute(desk.database.alone().await?).await?;
    Ok(())
}

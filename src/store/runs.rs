//! Runs: how far what a workflow sends on one day reaches, and what people say of it.
//!
//! The gate wants to know two numbers, inside the permit transaction. The people of a run, planned and written to, are
//! counted up to one more than need no yes, by an index: a run of a hundred thousand costs no more than one of fifty. The
//! people whom it was permitted to write to stand in a row of their own, which each lot of permissions adds to; within a
//! lot each decision sees those before it.
//!
//! Not promised · That a failed attempt whose message then moved to another day counts for both days.

use super::{
    Store, StoreError,
    book::rows,
    conversation::Conversation,
    database::{Place, Query, Row, query, query_as},
    plan_rows::instant,
    round::Desk,
    sealing::name,
    statements::approvals::{COUNT_PERMITTED, RUN_AMONG, RUN_PEOPLE, RUN_PERMITTED, RUNS, UNAPPROVED_SINCE, WAKE_RUN},
};
use crate::{
    base::{CustomerId, Instant},
    gate::{
        Topic,
        facts::{Run, RunFacts, Said, Word},
    },
};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Plans that one transaction wakes, so that it stays short.
const WAKE_MAX: u32 = 1000;

/// What a lot of decisions knows of the runs that it is about.
#[derive(Default)]
pub(super) struct Runs {
    known: BTreeMap<Run, Known>,
}

struct Known {
    people: u32,
    permitted: u32,
    among: BTreeSet<CustomerId>,
    /// People whom this lot adds.
    added: u32,
}

/// A row of [`COUNT_PERMITTED`].
#[derive(Serialize)]
struct AddedRow<'a> {
    workflow: &'a str,
    day: NaiveDate,
    people: u32,
}

/// A row of [`RUNS`].
#[derive(Serialize)]
struct RunRow<'a> {
    workflow: &'a str,
    day: NaiveDate,
    from: Instant,
    until: Instant,
}

/// How a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunStands {
    /// People whom it would write to or has written to.
    pub people: u32,
    /// Of whom so many still wait, for their time or for a yes.
    pub waiting: u32,
    /// Messages that are not under way.
    pub planned: u32,
    /// When its first message is due.
    pub first_due_at: Instant,
    /// When its last one is.
    pub last_due_at: Instant,
}

impl Runs {
    /// Reads what is known of the runs among the topics. `plans` are the asked ones, as rows.
    pub async fn read(database: &mut Conversation, topics: &BTreeSet<Topic>, plans: &str) -> Result<Self, StoreError> {
        let mut known = BTreeMap::new();
        for topic in topics {
            let Topic::Run(run) = topic else { continue };
            let of = |query: Query| query.bind(run.workflow.clone()).bind(run.from.ms()).bind(run.until.ms());
            let [people, permitted, among] = database
                .ask([
                    of(query(RUN_PEOPLE)).bind(i64::from(run.above) + 1),
                    query(RUN_PERMITTED).bind(run.workflow.clone()).bind(run.day.to_string()),
                    of(query(RUN_AMONG).bind(plans.to_owned())),
                ])
                .await?;
            let number = |row: Option<&_>| row.map_or(Ok(0), |row| count(row, 0));
            let among = among.iter().map(|row| Ok(CustomerId(row.try_get(0)?)));
            let of_run = Known {
                people: number(people.first())?,
                permitted: number(permitted.first())?,
                among: among.collect::<Result<_, StoreError>>()?,
                added: 0,
            };
            known.insert(run.clone(), of_run);
        }
        Ok(Self { known })
    }

    /// What the gate sees of a run, for one customer.
    pub fn facts(&self, run: &Run, customer: CustomerId, word: Option<Word>) -> Option<RunFacts> {
        let Known { people, permitted, among, .. } = self.known.get(run)?;
        Some(RunFacts { people: *people, permitted: *permitted, among: among.contains(&customer), word })
    }

    /// A message about these topics was permitted.
    pub fn take(&mut self, topics: &[Topic], customer: CustomerId) {
        for topic in topics {
            let Topic::Run(run) = topic else { continue };
            let Some(known) = self.known.get_mut(run) else { continue };
            if known.among.insert(customer) {
                known.permitted = known.permitted.saturating_add(1);
                known.added += 1;
            }
        }
    }

    /// Has the additions kept.
    pub fn keep(&self, database: &mut Conversation) -> Result<(), StoreError> {
        let added = self.known.iter().filter(|(_, known)| known.added > 0);
        let added: Vec<AddedRow<'_>> =
            added.map(|(run, known)| AddedRow { workflow: &run.workflow, day: run.day, people: known.added }).collect();
        if !added.is_empty() {
            database.say(query(COUNT_PERMITTED).bind(rows(&added)?));
        }
        Ok(())
    }
}

impl Store {
    /// How these runs stand. One that nobody is in is missing.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn runs(&self, runs: &BTreeSet<Run>) -> Result<BTreeMap<Run, RunStands>, StoreError> {
        let of: Vec<RunRow<'_>> = runs
            .iter()
            .map(|run| RunRow { workflow: &run.workflow, day: run.day, from: run.from, until: run.until })
            .collect();
        let found = query(RUNS).bind(rows(&of)?).fetch_all(&mut self.reader().await?).await?;
        let mut stands = BTreeMap::new();
        for row in &found {
            let (workflow, day): (String, String) = (row.try_get("workflow")?, row.try_get("day")?);
            let Some(run) = runs.iter().find(|run| run.workflow == workflow && run.day.to_string() == day) else {
                continue;
            };
            let of_run = RunStands {
                people: count(row, "people")?,
                waiting: count(row, "waiting")?,
                planned: count(row, "planned")?,
                first_due_at: instant(row, "first_due_at")?,
                last_due_at: instant(row, "last_due_at")?,
            };
            stands.insert(run.clone(), of_run);
        }
        Ok(stands)
    }

    /// When the earliest message was due that waits for a yes, by workflow.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn unapproved_since(&self) -> Result<BTreeMap<String, Instant>, StoreError> {
        let found: Vec<(String, i64)> = query_as(UNAPPROVED_SINCE).fetch_all(&mut self.reader().await?).await?;
        Ok(found.into_iter().map(|(workflow, due_at)| (workflow, Instant::from_ms(due_at))).collect())
    }

    /// Has the gate asked again about a run of which this was said.
    pub(super) async fn wake_run(&self, run: &Run, said: Said) -> Result<(), StoreError> {
        let planned = self.runs(&BTreeSet::from([run.clone()])).await?.get(run).map_or(0, |stands| stands.planned);
        // So many pages and no more: what is asked again may be held again at once.
        for _ in 0..planned.div_ceil(WAKE_MAX) {
            let run = run.clone();
            self.errand(move |desk| Box::pin(async move { wake(desk, &run, said).await })).await?;
        }
        Ok(())
    }
}

async fn wake(desk: &mut Desk, run: &Run, said: Said) -> Result<(), StoreError> {
    let now = desk.clock.now();
    query(WAKE_RUN)
        .bind(&run.workflow)
        .bind(run.from.ms())
        .bind(run.until.ms())
        .bind(now.ms())
        .bind(WAKE_MAX)
        .bind(name(&said))
        .execute(desk.database.alone().await?)
        .await?;
    Ok(())
}

fn count(row: &Row, column: impl Place) -> Result<u32, StoreError> {
    Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(u32::MAX))
}

//! Runs that wait for a person: what a workflow would send on one day to more people than it may by itself.
//!
//! A run is named by its workflow and its day, `spring-news@2027-03-01`; and whoever approves it names what they saw of it as
//! well, `spring-news@2027-03-01-51-4f2a9c01`: how many people, and the beginning of the workflow's revision. Where the
//! workflow is another one by now, or the run reaches further than that yes would cover, nothing is kept.

use super::{
    Office,
    approvals::{self, Taken},
};
use crate::{
    base::Instant,
    engine::{files::in_force::Edition, house::key_file, wording},
    gate::{
        Reason, RunCause, Topic,
        approval::{Seen, covers, run_of, too_many},
        facts::{Run, Said},
    },
    store::{NewWord, Queued, RunStands, Spoken, StoreError, Those},
    workflow::{Approval, Workflow},
};
use anyhow::Context;
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// So much of a revision tells two of one workflow apart.
const REVISION_CHARS: usize = 8;
/// Days between two runs.
const DAY: Duration = Duration::from_hours(24);

/// A run that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRun {
    /// Its name.
    pub run: String,
    /// How many people, and the beginning of the workflow's revision.
    pub code: String,
    /// Which workflow.
    pub workflow: String,
    /// Which day.
    pub day: NaiveDate,
    /// People whom it would write to or has written to.
    pub people: u32,
    /// Of whom so many wait.
    pub waiting: u32,
    /// When the first message is due.
    pub first_due_at: Instant,
    /// When the last one is.
    pub last_due_at: Instant,
    /// Why it waits.
    pub waits: Reason,
}

/// A run as a person looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReading {
    /// The run.
    pub pending: PendingRun,
    /// One of its messages: the first that would leave.
    pub example: Option<approvals::Reading>,
    /// How many messages were looked at.
    pub looked_at: usize,
    /// What else would keep some of those from leaving at their time, and how many.
    pub objections: Vec<Objection>,
}

/// What keeps some messages of a run from leaving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Why, of the first of them.
    pub reason: Reason,
    /// How many.
    pub messages: usize,
}

/// What somebody says about a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunWord {
    /// Which workflow.
    pub workflow: String,
    /// Which day.
    pub day: NaiveDate,
    /// What they saw; nothing for a rejection.
    pub seen: Option<SeenRun>,
    /// Who.
    pub who: String,
}

/// What somebody saw who approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRun {
    /// How many people it would write to.
    pub people: u32,
    /// The beginning of the workflow's revision.
    pub revision: String,
}

impl Office {
    /// The runs that wait for a person, of those due within this time, in the order of their days.
    ///
    /// # Errors
    /// The database's.
    pub async fn runs(&self, within: Duration) -> Result<Vec<PendingRun>, StoreError> {
        let edition = self.in_force.now();
        let now = self.clock.now();
        let since = self.store.unapproved_since().await?;
        let mut runs = BTreeSet::new();
        for workflow in with_large_runs(&edition) {
            let mut at = since.get(&workflow.name).copied().unwrap_or(now).min(now);
            while at <= now.plus(within) {
                runs.extend(run_of(workflow, at, edition.policy().business.time_zone));
                at = at.plus(DAY);
            }
        }
        let mut pending = self.look(&edition, runs).await?;
        pending.sort_by(|one, other| (one.day, &one.workflow).cmp(&(other.day, &other.workflow)));
        Ok(pending)
    }

    /// How one of them looks.
    ///
    /// # Errors
    /// The database's, or the key file can't be read.
    pub async fn run(&self, workflow: &str, day: NaiveDate) -> anyhow::Result<Option<RunReading>> {
        let edition = self.in_force.now();
        let Some(run) = named(&edition, workflow, day) else { return Ok(None) };
        let Some(pending) = self.look(&edition, BTreeSet::from([run.clone()])).await?.pop() else { return Ok(None) };
        let keys = key_file::load(&edition.config().data).context("the key file can't be read")?;
        let queued = self.store.queue(Those::OfRun(run), edition.rulebook.clone(), |_| None).await?;
        let example = queued.iter().find(|queued| approvals::objections(queued).next().is_none()).or(queued.first());
        let draft = |queued: &Queued| wording::draft(&queued.claimed, &edition.rulebook, &keys);
        let mut besides: BTreeMap<String, Objection> = BTreeMap::new();
        for reason in queued.iter().filter_map(|queued| approvals::objections(queued).next()) {
            let objection = || Objection { reason: reason.clone(), messages: 0 };
            besides.entry(reason.name()).or_insert_with(objection).messages += 1;
        }
        Ok(Some(RunReading {
            pending,
            example: example.and_then(|queued| approvals::reading(queued, draft(queued))),
            looked_at: queued.len(),
            objections: besides.into_values().collect(),
        }))
    }

    /// Takes a person's word about a run. A rejection returns when no message of it can begin any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn judge_run(&self, RunWord { workflow, day, seen, who }: RunWord) -> Result<Taken, StoreError> {
        let edition = self.in_force.now();
        let (Some(run), Some(workflow)) = (named(&edition, &workflow, day), edition.rulebook.workflow(&workflow))
        else {
            return Ok(Taken::NoMessage);
        };
        let stands = self.store.runs(&BTreeSet::from([run.clone()])).await?;
        let Some(stands) = stands.get(&run).filter(|stands| stands.waiting > 0) else { return Ok(Taken::NoMessage) };
        let (said, seen) = match seen {
            None => (Said::Rejected, String::new()),
            Some(SeenRun { people, revision }) => {
                // A yes to more people than there are would be one to people whom nobody knows yet.
                let seen = Seen { people: people.min(stands.people), revision: workflow.revision.clone() };
                let is_read = revision.len() == REVISION_CHARS && workflow.revision.starts_with(&revision);
                if !is_read || seen.covers() < stands.people {
                    return Ok(Taken::OtherWords);
                }
                (Said::Approved, seen.to_string())
            }
        };
        let open = self.store.say(NewWord { topic: Topic::Run(run), said, seen, who }).await?;
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(Taken::Kept)
    }

    /// Those of these runs that wait.
    async fn look(&self, edition: &Edition, runs: BTreeSet<Run>) -> Result<Vec<PendingRun>, StoreError> {
        let stand = self.store.runs(&runs).await?;
        let words = self.store.last_words(&runs.into_iter().map(Topic::Run).collect()).await?;
        let pending = stand.into_iter().filter_map(|(run, stands)| {
            let workflow = edition.rulebook.workflow(&run.workflow)?;
            let word = words.get(&Topic::Run(run.clone()));
            let waits = too_many(&run, missing(workflow, &run, &stands, word)?);
            let revision: String = workflow.revision.chars().take(REVISION_CHARS).collect();
            Some(PendingRun {
                run: run.to_string(),
                code: format!("{}-{revision}", stands.people),
                people: stands.people,
                waiting: stands.waiting,
                first_due_at: stands.first_due_at,
                last_due_at: stands.last_due_at,
                waits,
                day: run.day,
                workflow: run.workflow,
            })
        });
        Ok(pending.collect())
    }
}

/// What a run lacks, if somebody has to say something: also where it will lack it only when more have been written to.
fn missing(workflow: &Workflow, run: &Run, stands: &RunStands, spoken: Option<&Spoken>) -> Option<RunCause> {
    let word = spoken.map(|spoken| &spoken.word);
    if stands.people <= run.above || stands.waiting == 0 || word.is_some_and(|word| word.said == Said::Rejected) {
        return None;
    }
    match covers(workflow, word) {
        Ok((seen, word)) => {
            (stands.people > seen.covers()).then_some(RunCause::Grown { approved_at: word.at, people: seen.people })
        }
        Err(why) => Some(why),
    }
}

fn with_large_runs(edition: &Edition) -> impl Iterator<Item = &Workflow> {
    let workflows = edition.rulebook.installation().workflows.values().map(AsRef::as_ref);
    workflows.filter(|workflow: &&Workflow| matches!(workflow.oversight.approval, Approval::Above(_)))
}

/// The run of a workflow on a day, where large ones need a yes.
fn named(edition: &Edition, workflow: &str, day: NaiveDate) -> Option<Run> {
    let zone = edition.policy().business.time_zone;
    run_of(edition.rulebook.workflow(workflow)?, zone.resolve(day.and_time(NaiveTime::MIN)), zone)
}

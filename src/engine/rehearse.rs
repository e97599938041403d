//! A rehearsal: the same engine over a database of its own, on virtual time and on paper. Who would get what, when,
//! and why not.

pub mod paper;
pub mod specimens;
pub mod scribe;
pub mod timeline;
pub mod nights;
pub mod tally;
pub mod difference;

use self::{nights::Night, paper::Paper, scribe::Stack, specimens::Specimens};
use super::{
    files::in_force::Outfit,
    house::lifecycle::{Engine, Means},
};
use crate::{
    base::{Clock, Instant, PlanId, Zone, keys::Keyring},
    clock::{ClockWatch, VirtualClock},
    config::Installation,
    gate::{Reason, Rule},
    ledger::{Entry, Happening, Receipt},
    store::{Lasting, Share, Store, StoreError, Told},
};
use serde::Serialize;
use std::{convert::Infallible, sync::Arc};

/// Messages decided at a time: nobody waits for a wire, so it is done in large lots.
const CLAIM_ROWS: usize = 1_000;
/// Of each kind so many are written out, where a rehearsal is asked for its verdicts alone.
const SPECIMENS: usize = 50;
/// Entries of the ledger read at a time.
const PAGE: usize = 1000;

/// One line of the report: one message that left on paper, or didn't.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Which message. Two shares of the customers may number theirs alike.
    pub plan: PlanId,
    /// Of which share it is.
    #[serde(skip)]
    pub share: usize,
    /// When.
    #[serde(skip)]
    pub instant: Instant,
    /// When, in UTC.
    pub at: String,
    /// When, by the business's clock, to the minute.
    pub local: String,
    /// The customer's id in its source, else its row.
    pub customer: String,
    /// The record's id in its source.
    pub record: String,
    /// Which workflow.
    pub workflow: String,
    /// Which step.
    pub step: String,
    /// For which purpose.
    pub purpose: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The subject of what left, or the words of a task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The rule that decided against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Why, as a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Why, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It left.
    Sent,
    /// It is a task, and a person was given it.
    Given,
    /// It waits.
    Held,
    /// It never leaves.
    Refused,
    /// Its record changed.
    Voided,
    /// It went into another message, which is counted by itself.
    Merged,
    /// It left, and nobody knows whether it arrived; or the server would not have it.
    Failed,
}

/// An engine on paper, and the stack that it writes to.
pub struct Rehearsal {
    /// The engine.
    pub engine: Engine,
    /// Its clock.
    pub clock: Arc<VirtualClock>,
    stack: Arc<Stack>,
    begins_after: Begins,
    share: usize,
}

/// What is older than the rehearsal, by the last of its rows.
#[derive(Clone, Copy)]
struct Begins {
    entry: i64,
    batch: i64,
}

impl Begins {
    async fn now(store: &Store) -> Result<Self, StoreError> {
        let batch = store.last_batch().await?.map(|batch| batch.id);
        Ok(Self { entry: store.last_entry().await?, batch: batch.unwrap_or_default() })
    }
}

/// Which messages of a rehearsal are written out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// All that would leave.
    All,
    /// The first of each kind; of the others the verdict alone is known. See [`specimens`].
    Specimens,
}

impl Rehearsal {
    /// Over the database in the installation's data directory, which must be the rehearsal's own.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn open(
        mut installation: Installation,
        keys: Arc<Keyring>,
        from: Instant,
        written: Written,
    ) -> anyhow::Result<Self> {
        installation.config.limits.claim_rows = CLAIM_ROWS;
        let clock = VirtualClock::starting_at(from);
        let paper = Arc::new(Paper::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let stack = Arc::new(Stack::of(match written {
            Written::All => Specimens::default(),
            Written::Specimens => Specimens::of_each_kind(SPECIMENS),
        }));
        let means = Means {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            watch: ClockWatch::Off,
            outfit: Outfit { stack: Some(Arc::clone(&stack)), ..Outfit::on(paper, &installation)? },
            keys,
            lasting: Lasting::ForNow,
        };
        let installation = Arc::new(installation);
        let engine = Engine::open(installation, means).await?;
        let begins_after = Begins::now(&engine.store).await?;
        Ok(Self { engine, clock, stack, begins_after, share: 0 })
    }

    /// From now on it is of these customers alone, and its lines say so by this number.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_to(&mut self, share: Share, number: usize) -> Result<(), StoreError> {
        self.engine.store.keep_to(share).await?;
        self.share = number;
        Ok(())
    }

    /// Lets time pass up to here first. What happens until then is not reported.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_at(&mut self, at: Instant) -> anyhow::Result<()> {
        timeline::drive(&self.engine, &self.clock, at, vec![], |nothing: Infallible| async move { match nothing {} })
            .await?;
        self.begins_after = Begins::now(&self.engine.store).await?;
        Ok(())
    }

    /// How many messages were left unwritten.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        self.stack.specimens.spared()
    }

    /// What the recommendations of each night came to.
    ///
    /// # Errors
    /// The database's, or that the figures of a night can't be read.
    pub async fn nights(&self) -> anyhow::Result<Vec<Night>> {
        let zone = self.engine.rulebook().policy().business.time_zone;
        let rows = self.engine.store.batches_after(self.begins_after.batch).await?;
        rows.into_iter().map(|row| Night::read(row, zone)).collect()
    }

    /// What happened, in order, from the ledger itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn report(&self) -> Result<Vec<Line>, StoreError> {
        let mut lines = Vec::new();
        self.tell(|line| lines.push(line)).await?;
        Ok(lines)
    }

    /// The same, line by line: there may be more than anybody wants to keep.
    ///
    /// # Errors
    /// The database's.
    pub async fn tell(&self, mut hear: impl FnMut(Line)) -> Result<(), StoreError> {
        let zone = self.engine.rulebook().policy().business.time_zone;
        let mut after = self.begins_after.entry;
        loop {
            let page = self.engine.store.told_after(after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (_, told) in page {
                let (Some(plan), Some(what)) = (told.entry.plan, outcome(&told.entry)) else { continue };
                let subject = match what.0 {
                    Outcome::Sent => self.stack.subject(plan),
                    Outcome::Given => self.engine.store.task_of(plan).await?,
                    _ => None,
                };
                hear(Line { share: self.share, ..line(told, plan, what, subject, zone) });
            }
        }
    }
}

type What = (Outcome, Option<(Rule, Reason)>);

fn outcome(entry: &Entry) -> Option<What> {
    Some(match &entry.happening {
        Happening::Received { receipt: Receipt::Accepted(_) | Receipt::Rehearsed(_), .. } => (Outcome::Sent, None),
        Happening::Received { receipt: Receipt::Rejected { .. } | Receipt::Uncertain, .. } => (Outcome::Failed, None),
        Happening::Given { .. } => (Outcome::Given, None),
        Happening::Held { rule, reason, .. } => (Outcome::Held, Some((*rule, reason.clone()))),
        Happening::Refused { rule, reason, .. } => (Outcome::Refused, Some((*rule, reason.clone()))),
        Happening::Voided => (Outcome::Voided, None),
        Happening::Merged { .. } => (Outcome::Merged, None),
        _ => return None,
    })
}

fn line(told: Told, plan: PlanId, (outcome, decided): What, subject: Option<String>, zone: Zone) -> Line {
    let Told { entry, names, workflow, step, purpose } = told;
    let (rule, reason) = decided.unzip();
    Line {
        plan,
        share: 0,
        instant: entry.at,
        at: entry.at.to_string(),
        local: zone.local(entry.at).format("%Y-%m-%dT%H:%M").to_string(),
        customer: match names.customer {
            Some(name) => name,
            None => entry.customer.map(|customer| format!("#{customer}")).unwrap_or_default(),
        },
        record: names.record,
        workflow,
        step: step.to_string(),
        purpose,
        subject,
        because: reason.as_ref().map(|reason| reason.sentence(zone)),
        outcome,
        rule,
        reason,
    }
}

//! A rehearsal: the same engine over a database of its own, on virtual time and on paper. Who would get what, when,
//! and why not.

use super::{
    in_force::Outfit,
    lifecycle::{Engine, Means},
    paper::{Paper, Sheet},
    timeline,
};
use crate::{
    base::{Clock, Instant, PlanId, keys::Keyring},
    clock::{ClockWatch, VirtualClock},
    config::Installation,
    gate::{Reason, Rule},
    ledger::{Entry, Happening, Receipt},
    store::{PlanNames, PlanRow, Store, StoreError},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

/// Entries of the ledger read at a time.
const PAGE: usize = 1000;

/// One line of the report: one message that left on paper, or didn't.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Which message.
    pub plan: PlanId,
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
    /// The subject of what left.
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
    /// It waits.
    Held,
    /// It never leaves.
    Refused,
    /// Its record changed.
    Voided,
    /// It left, and nobody knows whether it arrived; or the server would not have it.
    Failed,
}

/// An engine on paper, and the stack that it writes to.
pub struct Rehearsal {
    /// The engine.
    pub engine: Engine,
    /// Its clock.
    pub clock: Arc<VirtualClock>,
    sheets: Arc<Mutex<Vec<Sheet>>>,
    begins_after: i64,
}

impl Rehearsal {
    /// Over the database in the installation's data directory, which must be the rehearsal's own.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn open(installation: Arc<Installation>, keys: Arc<Keyring>, from: Instant) -> anyhow::Result<Self> {
        let clock = VirtualClock::starting_at(from);
        let paper = Paper::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let sheets = paper.sheets();
        let means = Means {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            watch: ClockWatch::Off,
            outfit: Outfit::on(Arc::new(paper), &installation)?,
            keys,
        };
        let engine = Engine::open(installation, means).await?;
        let begins_after = engine.store.last_entry().await?;
        Ok(Self { engine, clock, sheets, begins_after })
    }

    /// Lets time pass up to here first. What happens until then is not reported.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_at(&mut self, at: Instant) -> anyhow::Result<()> {
        timeline::drive(&self.engine, &self.clock, at, vec![], |nothing: Infallible| async move { match nothing {} })
            .await?;
        self.begins_after = self.engine.store.last_entry().await?;
        Ok(())
    }

    /// What happened, in order, from the ledger itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn report(&self) -> Result<Vec<Line>, StoreError> {
        let sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let subjects = sheets.into_iter().map(|sheet| (sheet.plan, sheet.subject)).collect();
        report(&self.engine.store, &self.engine, self.begins_after, &subjects).await
    }
}

/// The lines of all entries after one. Subjects are known to whoever carried the messages.
///
/// # Errors
/// The database's.
pub async fn report(
    store: &Store,
    engine: &Engine,
    mut after: i64,
    subjects: &BTreeMap<PlanId, String>,
) -> Result<Vec<Line>, StoreError> {
    let mut names = Names { store, plans: BTreeMap::new() };
    let mut lines = Vec::new();
    loop {
        let page = store.entries_after(after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(lines) };
        after = *last;
        for (_, entry) in &page {
            let Some(plan) = entry.plan else { continue };
            if let Some(what) = outcome(entry) {
                lines.push(names.line(engine, entry, plan, what, subjects.get(&plan)).await?);
            }
        }
    }
}

type What = (Outcome, Option<(Rule, Reason)>);

fn outcome(entry: &Entry) -> Option<What> {
    Some(match &entry.happening {
        Happening::Received { receipt: Receipt::Accepted(_) | Receipt::Rehearsed(_), .. } => (Outcome::Sent, None),
        Happening::Received { receipt: Receipt::Rejected { .. } | Receipt::Uncertain, .. } => (Outcome::Failed, None),
        Happening::Held { rule, reason, .. } => (Outcome::Held, Some((*rule, reason.clone()))),
        Happening::Refused { rule, reason, .. } => (Outcome::Refused, Some((*rule, reason.clone()))),
        Happening::Voided => (Outcome::Voided, None),
        _ => return None,
    })
}

/// Plans and what their sources call them, read once each.
struct Names<'a> {
    store: &'a Store,
    plans: BTreeMap<PlanId, Option<(PlanRow, PlanNames)>>,
}

impl Names<'_> {
    async fn line(
        &mut self,
        engine: &Engine,
        entry: &Entry,
        plan: PlanId,
        (outcome, decided): What,
        subject: Option<&String>,
    ) -> Result<Line, StoreError> {
        if !self.plans.contains_key(&plan) {
            let both = self.store.plan(plan).await?.zip(self.store.names(plan).await?);
            self.plans.insert(plan, both);
        }
        let (row, names) = self.plans.get(&plan).and_then(Option::as_ref).map(|(row, names)| (row, names)).unzip();
        let facts = row.map(|row| &row.facts);
        let zone = engine.rulebook().policy().business.time_zone;
        let (rule, reason) = decided.unzip();
        Ok(Line {
            plan,
            instant: entry.at,
            at: entry.at.to_string(),
            local: zone.local(entry.at).format("%Y-%m-%dT%H:%M").to_string(),
            customer: match names.and_then(|names| names.customer.clone()) {
                Some(name) => name,
                None => entry.customer.map(|customer| format!("#{customer}")).unwrap_or_default(),
            },
            record: names.map(|names| names.record.clone()).unwrap_or_default(),
            workflow: facts.map(|facts| facts.workflow.clone()).unwrap_or_default(),
            step: facts.map(|facts| facts.step.to_string()).unwrap_or_default(),
            purpose: facts.map(|facts| facts.purpose.clone()).unwrap_or_default(),
            subject: subject.filter(|_| outcome == Outcome::Sent).cloned(),
            because: reason.as_ref().map(|reason| reason.sentence(zone)),
            outcome,
            rule,
            reason,
        })
    }
}

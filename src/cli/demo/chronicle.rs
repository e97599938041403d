//! What happened in the demo, read from the ledger as it grows.

use crate::{
    base::{CustomerId, Instant, PlanId, Zone},
    gate::Reason,
    ledger::{Entry, Happening, Receipt},
    store::{Store, StoreError},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Entries read at a time.
const PAGE: usize = 1000;

/// One thing that people want to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// When.
    pub at: Instant,
    /// Whose, by the id in the business's own file.
    pub customer: String,
    /// What.
    pub what: What,
}

/// What it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A message left.
    Sent(PlanId),
    /// A message waits, for this reason.
    Held(String),
    /// A message will never leave: the reason's name, and its sentence.
    Refused(String, String),
    /// A visit changed, and its message with it.
    Voided,
    /// A message was lost on its way.
    Failed,
    /// Somebody pressed stop.
    Stopped,
}

/// The counts of `--json`. Each is a number of messages, but for `stopped`, which counts customers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Planned, ever.
    pub planned: u64,
    /// Taken by the mail server.
    pub sent: u64,
    /// Held at least once, whatever became of them.
    pub held: u64,
    /// Refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Dropped with their visit's change and not brought back.
    pub voided: u64,
    /// Of unknown fate, or refused by the mail server.
    pub failed: u64,
    /// Customers who pressed stop.
    pub stopped: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Chronicle {
    read_to: i64,
    planned: BTreeSet<PlanId>,
    held: BTreeSet<PlanId>,
    voided: BTreeSet<PlanId>,
    names: BTreeMap<CustomerId, String>,
    owners: BTreeMap<PlanId, String>,
    counts: Counts,
    stopped: BTreeSet<String>,
    told: usize,
    /// Everything so far, oldest first.
    pub beats: Vec<Beat>,
}

impl Chronicle {
    /// Reads what is new.
    ///
    /// # Errors
    /// The database's.
    pub async fn catch_up(&mut self, store: &Store, zone: Zone) -> Result<(), StoreError> {
        loop {
            let page = store.entries_after(self.read_to, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            self.read_to = *last;
            for (_, entry) in &page {
                let customer = self.customer(store, entry).await?;
                let beat = self.note(entry, &customer, zone).map(|what| Beat { at: entry.at, customer, what });
                self.beats.extend(beat);
            }
        }
    }

    /// What was not yet told.
    pub fn untold(&mut self) -> Vec<Beat> {
        let from = std::mem::replace(&mut self.told, self.beats.len());
        self.beats.iter().skip(from).cloned().collect()
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            planned: count(&self.planned),
            held: count(&self.held),
            voided: count(&self.voided),
            stopped: count(&self.stopped),
            ..self.counts.clone()
        }
    }

    /// Who pressed stop.
    #[must_use]
    pub const fn stopped(&self) -> &BTreeSet<String> {
        &self.stopped
    }

    fn note(&mut self, entry: &Entry, customer: &str, zone: Zone) -> Option<What> {
        let plan = entry.plan;
        self.owners.extend(plan.map(|plan| (plan, customer.to_owned())));
        match &entry.happening {
            Happening::Planned { .. } => {
                self.planned.extend(plan);
                None
            }
            Happening::Revived { .. } => {
                self.voided.retain(|voided| Some(*voided) != plan);
                None
            }
            Happening::Voided => {
                self.voided.extend(plan);
                Some(What::Voided)
            }
            Happening::Held { reason, .. } => {
                self.held.extend(plan);
                Some(What::Held(reason.sentence(zone)))
            }
            Happening::Refused { reason, .. } => {
                // A reminder that was already too late when its visit became known is planned and refused in one.
                self.planned.extend(plan);
                let name = name_of(reason);
                *self.counts.refused.entry(name.clone()).or_default() += 1;
                Some(What::Refused(name, reason.sentence(zone)))
            }
            Happening::Received { receipt: Receipt::Accepted(_), .. } => {
                self.counts.sent += 1;
                plan.map(What::Sent)
            }
            Happening::Received { receipt: Receipt::Rejected { .. } | Receipt::Uncertain, .. } => {
                self.counts.failed += 1;
                Some(What::Failed)
            }
            Happening::Stopped { .. } => {
                self.stopped.insert(customer.to_owned());
                Some(What::Stopped)
            }
            _ => None,
        }
    }

    /// The id by which the business knows an entry's customer. A customer's first entry is about a plan, which names both.
    async fn customer(&mut self, store: &Store, entry: &Entry) -> Result<String, StoreError> {
        let Some(customer) = entry.customer else { return Ok(String::new()) };
        if let (None, Some(plan)) = (self.names.get(&customer), entry.plan) {
            let name = store.names(plan).await?.and_then(|names| names.customer);
            self.names.insert(customer, name.unwrap_or_else(|| format!("#{customer}")));
        }
        Ok(self.names.get(&customer).cloned().unwrap_or_else(|| format!("#{customer}")))
    }

    /// Whose a plan is.
    #[must_use]
    pub fn owner(&self, plan: PlanId) -> String {
        self.owners.get(&plan).cloned().unwrap_or_default()
    }
}

/// The reason's name as JSON has it: `suppressed`, `known-too-late`.
fn name_of(reason: &Reason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

fn count<T>(set: &BTreeSet<T>) -> u64 {
    u64::try_from(set.len()).unwrap_or(u64::MAX)
}

//! Messages that a person reads before each leaves: which wait, how they read, and what the person says.
//!
//! A message is named by its number and by its words: `31-4f2a9c01`, of which the second part is the beginning of its
//! digest. Whoever approves names both, so that nobody says yes to words that changed since they were read; and the gate
//! looks at the digest again at hand-off. A rejection is of the message, however it reads.

use super::Office;
use crate::{
    base::{CustomerId, Instant, PlanId, hex},
    deliver::digest,
    engine::{files::in_force::Edition, house::key_file, wording},
    gate::{Finding, Outcome, Reason, Rule, Topic, facts::Said},
    render::Draft,
    store::{NewWord, Queued, StoreError, Those},
    workflow::Approval,
};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// So much of a digest tells two texts of one message apart.
const CODE_CHARS: usize = 8;

/// A message that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its number.
    pub plan: PlanId,
    /// The beginning of its digest; empty where it can't be rendered.
    pub code: String,
    /// Which workflow.
    pub workflow: String,
    /// To whom.
    pub customer: CustomerId,
    /// Their mailbox, masked.
    pub mailbox: String,
    /// When it should leave.
    pub due_at: Instant,
    /// When it is too late.
    pub expires_at: Instant,
    /// Its subject, or why there is none.
    pub subject: String,
    /// Why it waits.
    pub waits: Reason,
    /// What else would keep it from leaving at its time.
    pub objections: Vec<Reason>,
}

/// How a message reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The message.
    pub pending: Pending,
    /// Its text.
    pub text: String,
    /// Its HTML.
    pub html: String,
}

/// What somebody says about a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Which.
    pub plan: PlanId,
    /// The beginning of the digest of what they read; none for a rejection.
    pub code: Option<String>,
    /// Who.
    pub who: String,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    /// It is kept, and holds.
    Kept,
    /// No message of this number waits for a person.
    NoMessage,
    /// It reads otherwise now.
    OtherWords,
}

/// So many days from now.
#[must_use]
pub const fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

impl Office {
    /// The messages that wait for a person and are due within this time, in due order.
    ///
    /// # Errors
    /// The database's, or the key file can't be read.
    pub async fn pending(&self, within: Duration) -> anyhow::Result<Vec<Pending>> {
        let until = self.clock.now().plus(within);
        let found = self.read(|workflows| Those::Until(workflows, until)).await?;
        Ok(found.into_iter().map(|reading| reading.pending).collect())
    }

    /// How one of them reads.
    ///
    /// # Errors
    /// As [`Self::pending`].
    pub async fn reading(&self, plan: PlanId) -> anyhow::Result<Option<Reading>> {
        Ok(self.read(|workflows| Those::One(workflows, plan)).await?.pop())
    }

    /// Takes a person's word about one of them. A rejection returns when the message can't begin any more.
    ///
    /// # Errors
    /// As [`Self::pending`].
    pub async fn judge(&self, Word { plan, code, who }: Word) -> anyhow::Result<Taken> {
        let read = read_by_person(&self.in_force.now());
        let row = self.store.plan(plan).await?;
        let Some(row) = row.filter(|row| !row.state.is_ended() && read.contains(&row.facts.workflow)) else {
            return Ok(Taken::NoMessage);
        };
        let (said, seen) = match code {
            None => (Said::Rejected, String::new()),
            Some(code) => match self.queued(|workflows| Those::One(workflows, plan)).await?.pop() {
                None => return Ok(Taken::NoMessage),
                Some(queued) => match queued.claimed.words.map(|words| hex(&words)) {
                    Some(seen) if code.len() == CODE_CHARS && seen.starts_with(&code) => (Said::Approved, seen),
                    _ => return Ok(Taken::OtherWords),
                },
            },
        };
        let topic = Topic::Message { workflow: row.facts.workflow, plan };
        let open = self.store.say(NewWord { topic, said, seen, who }).await?;
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(Taken::Kept)
    }

    /// How many messages are due and wait for a person, alone or with their run.
    pub(super) async fn unread(&self, edition: &Edition) -> Result<u64, StoreError> {
        let waiting = self.store.unapproved().await?.into_iter();
        let is_read = |workflow: &str| {
            let workflow = edition.rulebook.workflow(workflow);
            workflow.is_some_and(|of| matches!(of.oversight.approval, Approval::Each | Approval::Above(_)))
        };
        Ok(waiting.filter(|(workflow, _)| is_read(workflow)).map(|(_, waiting)| waiting).sum())
    }

    async fn queued(&self, those: impl FnOnce(BTreeSet<String>) -> Those) -> anyhow::Result<Vec<Queued>> {
        let edition = self.in_force.now();
        let workflows = read_by_person(&edition);
        if workflows.is_empty() {
            return Ok(Vec::new());
        }
        let keys = key_file::load(&edition.config().data).context("the key file can't be read")?;
        let words = |claimed: &_| wording::words(claimed, &edition.rulebook, &keys);
        Ok(self.store.queue(those(workflows), edition.rulebook.clone(), words).await?)
    }

    async fn read(&self, those: impl FnOnce(BTreeSet<String>) -> Those) -> anyhow::Result<Vec<Reading>> {
        let edition = self.in_force.now();
        let keys = key_file::load(&edition.config().data).context("the key file can't be read")?;
        let waits = |finding: &Finding| finding.rule == Rule::Approval && matches!(finding.outcome, Outcome::Hold(_));
        let queued = self.queued(those).await?.into_iter().filter(|queued| queued.findings.iter().any(waits));
        Ok(queued
            .filter_map(|queued| reading(&queued, wording::draft(&queued.claimed, &edition.rulebook, &keys)))
            .collect())
    }
}

/// The workflows whose messages a person reads.
fn read_by_person(edition: &Edition) -> BTreeSet<String> {
    let workflows = edition.rulebook.installation().workflows.values();
    let each = workflows.filter(|workflow| workflow.oversight.approval == Approval::Each);
    each.map(|workflow| workflow.name.clone()).collect()
}

/// A message of the queue as a person reads it.
pub(super) fn reading(queued: &Queued, draft: Result<Draft, String>) -> Option<Reading> {
    let Queued { claimed, findings, .. } = queued;
    let waits = findings.iter().find(|finding| finding.rule == Rule::Approval)?;
    let mailbox = claimed.content.as_ref().map_or_else(|_| String::new(), |(customer, _)| customer.address.masked());
    let (subject, text, html, code) = match draft {
        Ok(draft) => {
            let code = hex(&digest(&draft)).chars().take(CODE_CHARS).collect();
            (draft.subject, draft.text, draft.html, code)
        }
        Err(why) => (why, String::new(), String::new(), String::new()),
    };
    let plan = &claimed.plan;
    let pending = Pending {
        plan: plan.id,
        code,
        workflow: plan.workflow.clone(),
        customer: plan.customer,
        mailbox,
        due_at: plan.due_at,
        expires_at: plan.expires_at,
        subject,
        waits: waits.reason.clone(),
        objections: objections(queued).cloned().collect(),
    };
    Some(Reading { pending, text, html })
}

/// What else than a missing yes is against a message.
pub(super) fn objections(queued: &Queued) -> impl Iterator<Item = &Reason> {
    let others = queued.findings.iter().filter(|finding| finding.rule != Rule::Approval);
    others.filter(|finding| finding.outcome != Outcome::Pass).map(|finding| &finding.reason)
}

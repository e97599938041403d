//! Approving a workflow: a person's yes to its files as they stand, and the end of it.
//!
//! The yes is given to what was seen: whoever gives it names the revision that they read, and where the daemon works by
//! other files nothing is kept. Withdrawing asks no question: it is a pause of one workflow.

use super::Office;
use crate::{
    engine::files::in_force::Edition,
    gate::{
        DraftCause, Reason, Topic, approval,
        facts::{Said, Word},
    },
    policy::{Level, Policy},
    privacy::assess,
    store::{NewWord, StoreError},
    workflow::{Approval, Workflow},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What somebody says about a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its name.
    pub workflow: String,
    /// What they say.
    pub said: Said,
    /// The revision of its files as they read them; none for a withdrawal.
    pub revision: Option<String>,
    /// Who.
    pub who: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
    /// It is kept, and holds.
    Kept {
        /// The revision of the workflow.
        revision: String,
        /// How many of its messages waited for it.
        waiting: u64,
    },
    /// There is no such workflow.
    NoWorkflow,
    /// It says `approval = "none"`.
    NeedsNone,
    /// It says `approval = "each"`.
    EachByItself,
    /// It says `approval = { above = … }`.
    LargeRunsAlone,
    /// The files that were read are not those in force.
    OtherFiles,
    /// Its impact assessment is above the policy's level, and nobody has signed it as it stands.
    NeedsAssessment {
        /// Its level.
        level: Level,
    },
    /// Its `review_by` is past: a yes alone is no review.
    ReviewIsDue {
        /// By the end of this day.
        by: NaiveDate,
    },
}

/// A workflow whose messages wait for somebody's yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its name.
    pub workflow: String,
    /// Why it is a draft.
    pub why: DraftCause,
    /// How many of its messages are due and wait.
    pub waiting: u64,
}

impl Office {
    /// Takes a yes to a workflow, or the end of one. When it returns, no message of a workflow without a yes begins.
    ///
    /// # Errors
    /// The database's.
    pub async fn approve(&self, Order { workflow, said, revision, who }: Order) -> Result<Answered, StoreError> {
        let edition = self.in_force.now();
        let Some(workflow) = edition.rulebook.workflow(&workflow) else { return Ok(Answered::NoWorkflow) };
        match workflow.oversight.approval {
            Approval::None => return Ok(Answered::NeedsNone),
            Approval::Each => return Ok(Answered::EachByItself),
            Approval::Above(_) => return Ok(Answered::LargeRunsAlone),
            Approval::Workflow => {}
        }
        if said == Said::Approved {
            if revision.as_ref() != Some(&workflow.revision) {
                return Ok(Answered::OtherFiles);
            }
            if let Err(DraftCause::ReviewDue { by }) = self.stands(workflow, edition.policy(), None) {
                return Ok(Answered::ReviewIsDue { by });
            }
            let assessment = assess(edition.policy(), workflow, &edition.rulebook.installation().flows);
            if assessment.needs_signature(edition.policy()) && self.store.signature(&assessment).await?.is_none() {
                return Ok(Answered::NeedsAssessment { level: assessment.level });
            }
        }
        let waiting = self.store.unapproved().await?.remove(&workflow.name).unwrap_or_default();
        let topic = Topic::Workflow(workflow.name.clone());
        let open = self.store.say(NewWord { topic, said, seen: workflow.revision.clone(), who }).await?;
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(Answered::Kept { revision: workflow.revision.clone(), waiting })
    }

    /// The workflows that are drafts now, by name.
    pub(super) async fn drafts(&self, edition: &Edition) -> Result<Vec<Draft>, StoreError> {
        let workflows = edition.rulebook.installation().workflows.values();
        let topics: BTreeSet<Topic> =
            workflows.clone().map(|workflow| Topic::Workflow(workflow.name.clone())).collect();
        let words = self.store.last_words(&topics).await?;
        let mut waiting = self.store.unapproved().await?;
        let draft = |workflow: &Workflow| {
            let word = words.get(&Topic::Workflow(workflow.name.clone())).map(|spoken| &spoken.word);
            let why = self.stands(workflow, edition.policy(), word);
            let waiting = waiting.remove(&workflow.name).unwrap_or_default();
            why.err().map(|why| Draft { workflow: workflow.name.clone(), why, waiting })
        };
        Ok(workflows.map(AsRef::as_ref).filter_map(draft).collect())
    }

    fn stands(&self, workflow: &Workflow, policy: &Policy, word: Option<&Word>) -> Result<Reason, DraftCause> {
        approval::of_workflow(workflow, word, policy.business.time_zone.local(self.clock.now()).date())
    }
}

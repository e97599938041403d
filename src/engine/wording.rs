//! From a claimed plan to its draft: everything that a message needs to know about itself.

use super::rulebook::Rulebook;
use crate::{
    base::{
        keys::Keyring,
        token::{Link, LinkPurpose, message_id},
    },
    config::Mode,
    deliver::digest,
    people::{Answer, Customer},
    render::{Draft, Snapshot},
    store::Claimed,
    trigger::{self, Occurrence, Record},
    workflow::{Approval, Asks, Workflow},
};

/// Whether a person reads the message before it leaves.
#[must_use]
pub fn is_read(claimed: &Claimed, rulebook: &Rulebook) -> bool {
    let workflow = rulebook.workflow(&claimed.plan.workflow);
    workflow.is_some_and(|workflow| workflow.oversight.approval == Approval::Each)
}

/// The digest of the draft, where a person reads it before it leaves.
#[must_use]
pub fn words(claimed: &Claimed, rulebook: &Rulebook, keys: &Keyring) -> Option<[u8; 32]> {
    if !is_read(claimed, rulebook) {
        return None;
    }
    draft(claimed, rulebook, keys).ok().map(|draft| digest(&draft))
}

/// What a message is about.
pub struct Matter<'a> {
    /// To whom.
    pub customer: &'a Customer,
    /// About what.
    pub record: &'a Record,
    /// By which rules.
    pub workflow: &'a Workflow,
    /// On what occasion.
    pub occurrence: Occurrence,
}

/// What a message is about, as far as it still stands.
///
/// # Errors
/// What is missing, as a sentence for the ledger.
pub fn matter<'a>(claimed: &'a Claimed, rulebook: &'a Rulebook) -> Result<Matter<'a>, String> {
    let plan = &claimed.plan;
    let (customer, record) = claimed.content.as_ref().map_err(Clone::clone)?;
    let workflow = rulebook
        .workflow(&plan.workflow)
        .ok_or_else(|| format!("the workflow {} is not in the installation any more", plan.workflow))?;
    let occurrence = rulebook
        .recall(plan, record, customer)
        .ok_or_else(|| format!("the {} is not as it was {}", record.kind, workflow.trigger))?;
    Ok(Matter { customer, record, workflow, occurrence })
}

/// The draft, or why there can be none: template, line and name, never a value.
///
/// # Errors
/// What is missing, as a sentence for the ledger.
pub fn draft(claimed: &Claimed, rulebook: &Rulebook, keys: &Keyring) -> Result<Draft, String> {
    let installation = rulebook.installation();
    let config = &installation.config;
    let plan = &claimed.plan;
    let Matter { customer, record, workflow, occurrence } = matter(claimed, rulebook)?;
    let link = Link {
        customer: customer.handle,
        purpose: plan.purpose.clone(),
        plan: plan.id,
        // Fixed by the plan, so that the message is the same to the byte on every attempt.
        issued_at: plan.due_at,
    };
    // A rehearsal's links reach the owner, who will press them: they must change nothing for the customer.
    let (stop, answer) = match config.mode {
        Mode::Rehearsal => (LinkPurpose::Rehearsed, LinkPurpose::RehearsedAnswer),
        Mode::Unsaid | Mode::Live => (LinkPurpose::Stop, LinkPurpose::Answer),
    };
    let stop_url = format!("{}/u/{}", config.web.public_url, link.sign(keys, stop));
    let answer_urls = (workflow.asks == Asks::ForAnAnswer).then(|| {
        let token = link.sign(keys, answer);
        let url = |answer: Answer| (answer, format!("{}/a/{}/{token}", config.web.public_url, answer.name()));
        Answer::ALL.into_iter().map(url).collect()
    });
    let snapshot = Snapshot {
        policy: &installation.policy,
        workflow,
        templates: &installation.templates,
        purpose: &plan.purpose,
        customer,
        record,
        occurrence: &occurrence,
        plan: plan.id,
        step: &plan.step,
        due_at: plan.due_at,
        previous: claimed.told_before.as_deref().and_then(trigger::start_in),
        stop_url: &stop_url,
        answer_urls: answer_urls.as_ref(),
        message_id: &message_id(keys, plan.id, config.mail.from.domain()),
    };
    snapshot.draft().map_err(|error| error.to_string())
}

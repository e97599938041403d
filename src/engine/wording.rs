//! From a claimed plan to its draft: everything that a message needs to know about itself.

use super::rulebook::Rulebook;
use crate::{
    base::{
        civil::CivilTime,
        keys::Keyring,
        token::{Link, LinkPurpose, message_id},
    },
    config::Mode,
    deliver::digest,
    gate::facts::PlanFacts,
    people::{Answer, Customer},
    policy::Request,
    render::{Draft, RenderError, Setting, Snapshot, scope::OwnUrls},
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
    let (customer, record) = claimed.content.as_ref().map_err(Clone::clone)?;
    matter_of(&claimed.plan, customer, record, rulebook)
}

fn matter_of<'a>(
    plan: &PlanFacts,
    customer: &'a Customer,
    record: &'a Record,
    rulebook: &'a Rulebook,
) -> Result<Matter<'a>, String> {
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
    filled(claimed, rulebook, keys, |snapshot| snapshot.draft())
}

/// What the plan asks of a person of the business, where it is a task; or why nobody can say it.
#[must_use]
pub fn task(claimed: &Claimed, rulebook: &Rulebook, keys: &Keyring) -> Option<Result<String, String>> {
    let task = rulebook.workflow(&claimed.plan.workflow)?.task_of(&claimed.plan.step)?;
    let words = filled(claimed, rulebook, keys, |snapshot| snapshot.task(task));
    // Nobody is to call a customer for a rehearsal.
    let is_rehearsal = rulebook.installation().config.mode == Mode::Rehearsal;
    Some(words.map(|words| if is_rehearsal { format!("(Rehearsal: not to be done.) {words}") } else { words }))
}

fn filled<T>(
    claimed: &Claimed,
    rulebook: &Rulebook,
    keys: &Keyring,
    make: impl FnOnce(Snapshot<'_>) -> Result<T, RenderError>,
) -> Result<T, String> {
    let config = &rulebook.installation().config;
    let plan = &claimed.plan;
    let (customer, record) = claimed.content.as_ref().map_err(Clone::clone)?;
    let link = Link {
        customer: customer.handle,
        purpose: plan.purpose.clone(),
        plan: plan.id,
        // Fixed by the plan, so that the message is the same to the byte on every attempt.
        issued_at: plan.due_at,
    };
    // A rehearsal's links reach the owner, who will press them: they must change nothing for the customer.
    let is_rehearsed = config.mode == Mode::Rehearsal;
    let or_rehearsed = |act| if is_rehearsed { LinkPurpose::Rehearsed } else { act };
    let [stop, preferences] = [LinkPurpose::Stop, LinkPurpose::Preferences].map(or_rehearsed);
    let answer = if is_rehearsed { LinkPurpose::RehearsedAnswer } else { LinkPurpose::Answer };
    let confirm = rulebook.policy().answers(&plan.purpose).map(|request| match request {
        Request::SignUp => ("confirm", or_rehearsed(LinkPurpose::Confirm)),
        Request::Data => ("my-data", or_rehearsed(LinkPurpose::MyData)),
        Request::Address => ("address", or_rehearsed(LinkPurpose::Address)),
    });
    let asks = rulebook.workflow(&plan.workflow).is_some_and(|workflow| workflow.asks == Asks::ForAnAnswer);
    let public = &config.web.public_url;
    let preferences = link.sign(keys, preferences);
    let urls = OwnUrls {
        stop: format!("{public}/u/{}", link.sign(keys, stop)),
        why: format!("{public}/why/{preferences}"),
        recommended: format!("{public}/recommended/{preferences}"),
        privacy: format!("{public}/privacy"),
        preferences: format!("{public}/preferences/{preferences}"),
        confirm: confirm.map(|(page, act)| format!("{public}/{page}/{}", link.sign(keys, act))),
        answers: asks.then(|| {
            let token = link.sign(keys, answer);
            let url = |answer: Answer| (answer, format!("{public}/a/{}/{token}", answer.name()));
            Answer::ALL.into_iter().map(url).collect()
        }),
    };
    let envelope = Envelope {
        customer,
        urls: &urls,
        message_id: &message_id(keys, plan.id, config.mail.from.domain()),
        previous: claimed.told_before.as_deref().and_then(trigger::start_in),
    };
    let pieces = claimed.parts.iter().map(|part| {
        let (_, record) = part.content.as_ref().map_err(Clone::clone)?;
        envelope.with(rulebook, &part.plan, record, Setting::Within, |snapshot| snapshot.piece())
    });
    let pieces = pieces.collect::<Result<Vec<_>, _>>()?;
    let setting = if rulebook.gathers(&claimed.plan) { Setting::Gathering(&pieces) } else { Setting::Alone };
    envelope.with(rulebook, plan, record, setting, make)
}

/// What a message has in common with those that go into it.
struct Envelope<'a> {
    customer: &'a Customer,
    urls: &'a OwnUrls,
    message_id: &'a str,
    previous: Option<CivilTime>,
}

impl Envelope<'_> {
    /// What is made from a plan's snapshot.
    fn with<T>(
        &self,
        rulebook: &Rulebook,
        plan: &PlanFacts,
        record: &Record,
        setting: Setting<'_>,
        make: impl FnOnce(Snapshot<'_>) -> Result<T, RenderError>,
    ) -> Result<T, String> {
        let installation = rulebook.installation();
        let Matter { workflow, occurrence, .. } = matter_of(plan, self.customer, record, rulebook)?;
        let snapshot = Snapshot {
            policy: &installation.policy,
            workflow,
            templates: &installation.templates,
            purpose: &plan.purpose,
            customer: self.customer,
            record,
            occurrence: &occurrence,
            plan: plan.id,
            step: &plan.step,
            due_at: plan.due_at,
            setting,
            previous: self.previous,
            urls: self.urls,
            message_id: self.message_id,
        };
        make(snapshot).map_err(|error| error.to_string())
    }
}

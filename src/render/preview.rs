//! A message as it would look, filled with the template's sample: for eyes, never for the wire.

use super::{
    calendar::Entry,
    content::Content,
    draft::Draft,
    error::RenderError,
    scope::{OwnUrls, Scope},
    templates::Templates,
};
use crate::{
    base::{
        CustomerId, Instant, PlanId,
        civil::{CivilTime, days_before},
    },
    people::{Answer, Language},
    policy::Policy,
    workflow::{Asks, Step, Workflow},
};

/// Which message to show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Occasion<'a> {
    /// The workflow's first step.
    First,
    /// This step.
    Step(&'a Step),
    /// The message that says that the visit moved, here by a day unless the sample has a `previous`.
    Move,
}

/// The draft that the sample makes, in this language or else in the template's own. It is addressed to the business
/// itself; its link stops nothing.
///
/// # Errors
/// As of any draft.
pub fn preview(
    policy: &Policy,
    workflow: &Workflow,
    templates: &Templates,
    language: &Language,
    occasion: Occasion<'_>,
    public_url: &str,
) -> Result<Draft, RenderError> {
    let template = match occasion {
        Occasion::First => {
            let first = workflow.steps.iter().find(|step| step.task.is_none());
            first.map_or(workflow.template.as_str(), |step| &step.template)
        }
        Occasion::Step(step) => workflow.template_of(step),
        Occasion::Move => &workflow.template,
    };
    let none = || RenderError::NoTemplate(template.to_owned());
    let set = templates.set(template).ok_or_else(none)?;
    let variant = templates.variant(template, language).ok_or_else(none)?;
    let subject = workflow.trigger.subject();
    let record = set.sample.get(subject);
    let ahead = workflow.trigger.date().filter(|_| workflow.trigger.is_ahead());
    let start = record.zip(ahead).and_then(|(record, date)| CivilTime::parse(record.get(&date.field)?.as_str()?));
    let mut sample = set.sample.clone();
    if let (Occasion::Move, Some(names), Some(start)) = (occasion, sample.as_object_mut(), start) {
        let previous = CivilTime { local: days_before(start.local, 1), zone: start.zone };
        names.entry("previous").or_insert_with(|| previous.to_string().into());
        names.insert("moved".to_owned(), true.into());
    }
    let answer_url = |answer: Answer| (answer, format!("{public_url}/a/{}/preview", answer.name()));
    let urls = OwnUrls {
        stop: format!("{public_url}/u/preview"),
        preferences: format!("{public_url}/preferences/preview"),
        why: format!("{public_url}/why/preview"),
        recommended: format!("{public_url}/recommended/preview"),
        privacy: format!("{public_url}/privacy"),
        confirm: Some(format!("{public_url}/confirm/preview")),
        answers: (workflow.asks == Asks::ForAnAnswer).then(|| Answer::ALL.into_iter().map(answer_url).collect()),
    };
    let scope = Scope::of_sample(policy, &workflow.purpose, &variant.language, &urls, &sample)?;
    let content = Content::fill(templates, variant, &scope)?;
    let calendar = start.map(|start| Entry {
        business: &policy.business,
        record: (subject, 0),
        version: 0,
        starts_at: start.at(policy.business.time_zone),
        minutes: record.and_then(|record| record.get(Entry::MINUTES)?.as_i64()),
        written_at: Instant::default(),
    });
    Ok(Draft {
        plan: PlanId(0),
        customer: CustomerId(0),
        to: policy.business.reply_to.clone(),
        subject: content.subject,
        html: content.html,
        text: content.text,
        calendar: calendar.map(|entry| entry.text()).transpose()?,
        stop_url: urls.stop,
        purpose: workflow.purpose.clone(),
        workflow: workflow.name.clone(),
        message_id: format!("<preview@{}>", policy.business.reply_to.domain()),
        language: variant.language.clone(),
    })
}

//! The one thing a draft is made from: everything about one message, at one moment, unchangeable.

use super::{
    calendar::Entry,
    content::{self, Content},
    draft::Draft,
    error::RenderError,
    scope::{OwnUrls, Scope},
    templates::Templates,
};
use crate::{
    base::{Instant, PlanId, Value, civil::CivilTime},
    people::Customer,
    policy::Policy,
    trigger::{Occurrence, Record},
    workflow::{Step, Task, Workflow},
};

/// The line above the signature.
const SIGNATURE: &str = "-- ";

/// What a message says as a part of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its subject.
    pub title: String,
    /// Its text above the signature: the line `-- ` (RFC 3676 4.3), below which who writes and how to stop stand.
    pub text: String,
}

/// How a message stands to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<'a> {
    /// It says what it says, alone.
    Alone,
    /// It goes into another: `merged` is true.
    Within,
    /// Others go into it: `messages`.
    Gathering(&'a [Piece]),
}

/// All that a message depends on.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The plan's workflow.
    pub workflow: &'a Workflow,
    /// All templates.
    pub templates: &'a Templates,
    /// The purpose, frozen when the message was planned.
    pub purpose: &'a str,
    /// To whom.
    pub customer: &'a Customer,
    /// About what.
    pub record: &'a Record,
    /// The occurrence that the record gives rise to now.
    pub occurrence: &'a Occurrence,
    /// The plan.
    pub plan: PlanId,
    /// The plan's step.
    pub step: &'a Step,
    /// When the plan is due: the calendar entry's date of writing, the same on every attempt.
    pub due_at: Instant,
    /// How it stands to others.
    pub setting: Setting<'a>,
    /// The civil start that the customer was told before, where the visit moved.
    pub previous: Option<CivilTime>,
    /// Where its own links lead.
    pub urls: &'a OwnUrls,
    /// `<…@…>`.
    pub message_id: &'a str,
}

impl Snapshot<'_> {
    /// Fills the template. The language is the customer's if the template speaks it, else the template's own.
    ///
    /// # Errors
    /// Says what is missing in which template; never a value.
    pub fn draft(&self) -> Result<Draft, RenderError> {
        let wanted = self.customer.language.as_ref().unwrap_or(&self.policy.business.language);
        let name = self.workflow.template_of(self.step);
        let variant = self.templates.variant(name, wanted).ok_or_else(|| RenderError::NoTemplate(name.to_owned()))?;
        let scope = Scope::of(self, &variant.language)?;
        let Content { subject, html, text } = Content::fill(self.templates, variant, &scope)?;
        Ok(Draft {
            plan: self.plan,
            customer: self.customer.id,
            to: self.customer.address.clone(),
            subject,
            html,
            text,
            // What is past, or comes round, is nothing to keep in a calendar.
            calendar: self.workflow.trigger.is_ahead().then(|| self.calendar().text()).transpose()?,
            stop_url: self.urls.stop.clone(),
            purpose: self.purpose.to_owned(),
            workflow: self.workflow.name.clone(),
            message_id: self.message_id.to_owned(),
            language: variant.language.clone(),
        })
    }

    /// What it says as a part of another.
    ///
    /// # Errors
    /// As of a draft.
    pub fn piece(&self) -> Result<Piece, RenderError> {
        let Draft { subject, text, .. } = Snapshot { setting: Setting::Within, ..*self }.draft()?;
        let body: Vec<&str> = text.lines().take_while(|line| *line != SIGNATURE).collect();
        Ok(Piece { title: subject, text: body.join("\n").trim().to_owned() })
    }

    /// What the step asks of a person of the business, in the business's language, on one line.
    ///
    /// # Errors
    /// As [`Self::draft`].
    pub fn task(&self, task: &Task) -> Result<String, RenderError> {
        let scope = Scope::of(self, &self.policy.business.language)?;
        content::line(self.templates.plain(), &task.name, &scope)
    }

    fn calendar(&self) -> Entry<'_> {
        let minutes = match self.record.fields.get(Entry::MINUTES) {
            Some(Value::Integer(minutes)) => Some(*minutes),
            _ => None,
        };
        let declared = self.policy.records.get(&self.record.kind).and_then(|kind| kind.fields.get(Entry::MINUTES));
        Entry {
            minutes: minutes.filter(|_| declared.is_some_and(|field| field.purposes.allow(self.purpose))),
            business: &self.policy.business,
            record: (&self.record.kind, self.record.id.0),
            version: self.record.version,
            starts_at: self.occurrence.starts_at(),
            written_at: self.due_at,
        }
    }
}

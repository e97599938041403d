//! Which field flows into which message, and for which purpose: what the policy promises, read from the files themselves.
//!
//! The templates, the conditions and the triggers are walked when they are loaded; what stands here is what that walk found.
//! A field that flows nowhere is a field that nobody needs to keep.

use super::{Part, calendar::Entry, compile::Reads};
use crate::{
    policy::{Basis, Field, OrderPart, Policy, RecordType, WrittenBy, cap::Same},
    workflow::{Condition, Moment, StepAt, Trigger, Workflow},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A field, or the address, in one workflow's messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Flow {
    /// `customer.first_name`; `customer.email` is the address itself, and `purchase` alone that there is one.
    pub field: String,
    /// Whether the policy calls it sensitive.
    pub sensitive: bool,
    /// Its category in the fideslang taxonomy, where the policy names one.
    pub category: Option<String>,
    /// The workflow.
    pub workflow: String,
    /// Where it stands there.
    pub places: BTreeSet<Place>,
    /// What the messages are for.
    pub purpose: String,
    /// On which ground.
    pub basis: Option<Basis>,
}

impl Flow {
    /// What is to be said of the field beside its name, if anything.
    pub fn marks(&self) -> impl Iterator<Item = &str> {
        let whole = (!self.field.contains('.')).then_some("that there is one");
        whole.into_iter().chain(self.sensitive.then_some("sensitive")).chain(self.category.as_deref())
    }
}

/// What a field does for a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// It says where the message goes.
    Recipient,
    /// It says when.
    Trigger,
    /// It says whether.
    Condition,
    /// It says which messages a cap counts together.
    Cap,
    /// People read it in the subject.
    Subject,
    /// People read it in the body, HTML or text.
    Body,
    /// It stands in the calendar file.
    Attachment,
    /// A person of the business reads it in a task.
    Task,
    /// It says what is recommended.
    Recommendation,
}

impl Place {
    /// One word for a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::Trigger => "trigger",
            Self::Condition => "condition",
            Self::Cap => "cap",
            Self::Subject => "subject",
            Self::Body => "body",
            Self::Attachment => "attachment",
            Self::Task => "task",
            Self::Recommendation => "recommendation",
        }
    }
}

/// The address: no declared field, and in every message.
const ADDRESS: &str = "customer.email";

/// All flows of an installation, by workflow and field.
#[must_use]
pub fn flows<'a>(policy: &Policy, workflows: impl Iterator<Item = &'a Workflow>, reads: &Reads) -> Vec<Flow> {
    let mut flows = vec![];
    for workflow in workflows {
        for (field, places) in places(policy, workflow, reads) {
            let declared = policy.field(&field);
            flows.push(Flow {
                sensitive: declared.is_some_and(|field| field.sensitive),
                category: declared.and_then(|field| field.category.clone()),
                workflow: workflow.name.clone(),
                places,
                purpose: workflow.purpose.clone(),
                basis: policy.purposes.get(&workflow.purpose).map(|purpose| purpose.basis),
                field,
            });
        }
    }
    flows
}

/// The declared fields that flow nowhere, and tell nobody apart: `customer.phone`.
#[must_use]
pub fn unused(policy: &Policy, flows: &[Flow]) -> Vec<String> {
    let mut used: BTreeSet<String> = flows.iter().map(|flow| flow.field.clone()).collect();
    // They say whose a visit is.
    let matching = [&policy.matching.first_name, &policy.matching.last_name, &policy.matching.telephone];
    used.extend(matching.into_iter().flatten().map(|field| format!("customer.{field}")));
    let records = policy.records.iter().map(|(kind, record)| (kind.as_str(), &record.fields));
    let things = std::iter::once(("customer", &policy.customer)).chain(records);
    let imported = |(_, field): &(&String, &Field)| field.written_by == WrittenBy::Imports;
    let names = things
        .flat_map(|(thing, fields)| fields.iter().filter(imported).map(move |(field, _)| format!("{thing}.{field}")));
    names.filter(|name| !used.contains(name)).collect()
}

/// Where each field stands in one workflow's messages.
fn places(policy: &Policy, workflow: &Workflow, reads: &Reads) -> BTreeMap<String, BTreeSet<Place>> {
    let mut places: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    let mut add = |field: String, place| {
        places.entry(field).or_default().insert(place);
    };
    add(ADDRESS.to_owned(), Place::Recipient);
    for (field, place) in deciding(policy, workflow) {
        add(field, place);
    }
    for field in recommending(policy, workflow) {
        add(field, Place::Recommendation);
    }
    let date = workflow.trigger.reads();
    if workflow.trigger.is_ahead() {
        if let Some(date) = &date {
            add(date.clone(), Place::Attachment);
        }
        let minutes = format!("{}.{}", workflow.trigger.subject(), Entry::MINUTES);
        if policy.field(&minutes).is_some_and(|field| field.purposes.allow(&workflow.purpose)) {
            add(minutes, Place::Attachment);
        }
    }
    let in_tasks = reads.tasks.get(&workflow.name).into_iter().flatten();
    for name in in_tasks.filter(|name| policy.field(name).is_some()) {
        add(name.clone(), Place::Task);
    }
    for part in Part::ALL {
        let place = if part == Part::Subject { Place::Subject } else { Place::Body };
        let names = reads.parts.get(&(workflow.name.clone(), part)).into_iter().flatten();
        for name in names.filter(|name| policy.field(name).is_some()) {
            add(name.clone(), place);
        }
        // What a visit that moved shows of the time before.
        if let Some(date) = &date
            && reads.parts.get(&(workflow.name.clone(), part)).is_some_and(|names| names.contains("previous"))
        {
            add(date.clone(), place);
        }
    }
    places
}

/// What is looked at of people's orders where a workflow recommends something.
fn recommending(policy: &Policy, workflow: &Workflow) -> Vec<String> {
    const READ: [OrderPart; 5] =
        [OrderPart::Product, OrderPart::Name, OrderPart::Category, OrderPart::Time, OrderPart::Status];
    let recommends = |kind: &str| policy.recommending_records().any(|(of, _)| of == kind);
    let orders = policy.order_record().filter(|_| recommends(workflow.trigger.subject()));
    let fields = orders.into_iter().flat_map(|orders| {
        READ.into_iter().filter_map(move |part| Some(format!("{}.{}", orders.kind, orders.field(part)?.0)))
    });
    fields.collect()
}

/// What says when a workflow's messages leave, and whether.
fn deciding(policy: &Policy, workflow: &Workflow) -> Vec<(String, Place)> {
    let subject = workflow.trigger.subject();
    let mut deciding = vec![];
    deciding.extend(workflow.trigger.reads().map(|date| (date, Place::Trigger)));
    if let Trigger::On(Moment::Created { record } | Moment::Changed { record }) = &workflow.trigger {
        deciding.push((record.clone(), Place::Trigger));
    }
    for step in &workflow.steps {
        if let StepAt::Field(field) = &step.at {
            deciding.push((format!("{subject}.{field}"), Place::Trigger));
        }
    }
    deciding.extend(workflow.conditions().flat_map(Condition::reads).map(|field| (field, Place::Condition)));
    deciding.extend(workflow.exit_on.iter().map(|kind| (kind.clone(), Place::Condition)));
    let of_purpose = policy.purposes.get(&workflow.purpose).into_iter().flat_map(|purpose| &purpose.caps);
    let caps = workflow.caps.iter().chain(of_purpose).chain(&policy.caps.all).chain(&policy.caps.all_marketing);
    deciding.extend(caps.filter_map(|cap| match &cap.same {
        Same::Field(field) if field.kind == subject => Some((field.to_string(), Place::Cap)),
        Same::Field(_) | Same::Mailbox | Same::Record => None,
    }));
    if let Some(sale) = policy.purposes.get(&workflow.purpose).and_then(|purpose| purpose.sale.as_ref()) {
        let opt_out = format!("{}.{}", sale.at.kind, sale.opt_out_offered);
        deciding.extend([sale.at.to_string(), opt_out].map(|field| (field, Place::Condition)));
    }
    let answer = policy.records.get(subject).and_then(RecordType::answer_field);
    if let Some(answer) = answer.filter(|_| !workflow.ends_on.is_empty()) {
        deciding.push((format!("{subject}.{answer}"), Place::Condition));
    }
    deciding
}

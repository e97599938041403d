//! What a template or a condition may read (promise P5): the declared fields that may serve one purpose.

use super::{Basis, Field, Policy};
use crate::document::{Complaint, did_you_mean};
use std::collections::BTreeMap;

/// The things in reach of one workflow, and its purpose.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// The purpose's key.
    pub purpose: &'a str,
    things: BTreeMap<&'a str, &'a BTreeMap<String, Field>>,
    is_marketing: bool,
    /// Whether the messages carry links for an answer.
    pub answers: AnswerLinks,
    /// Whether the messages carry the link that confirms a sign-up.
    pub confirms: ConfirmLink,
    /// Whether the messages are made of others.
    pub gathers: Gathers,
}

/// Whether messages carry the link that confirms a sign-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfirmLink {
    /// They do: they ask whether it was the person who signed up.
    Carried,
    /// They don't.
    None,
}

/// Whether a workflow's messages carry links for an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerLinks {
    /// They do.
    Carried,
    /// They don't.
    None,
}

/// Whether a workflow's messages are made of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gathers {
    /// They say what other messages would have said.
    Messages,
    /// They say something of their own.
    Nothing,
}

impl<'a> Scope<'a> {
    /// Customer and record, for a purpose. A record type that isn't declared has no fields.
    #[must_use]
    pub fn of(policy: &'a Policy, purpose: &'a str, record: &'a str) -> Self {
        let mut things = BTreeMap::from([("customer", &policy.customer)]);
        if let Some(kind) = policy.records.get(record) {
            things.insert(record, &kind.fields);
        }
        let basis = policy.purposes.get(purpose).map(|purpose| purpose.basis);
        let is_marketing = basis.is_some_and(Basis::is_marketing);
        let confirms = if basis == Some(Basis::Request) { ConfirmLink::Carried } else { ConfirmLink::None };
        Self { purpose, things, is_marketing, answers: AnswerLinks::None, confirms, gathers: Gathers::Nothing }
    }

    /// The same for messages that ask for an answer.
    #[must_use]
    pub fn with_answers(self) -> Self {
        Self { answers: AnswerLinks::Carried, ..self }
    }

    /// The same for messages that are made of others.
    #[must_use]
    pub fn with_messages(self) -> Self {
        Self { gathers: Gathers::Messages, ..self }
    }

    /// Whether the purpose rests on consent.
    #[must_use]
    pub const fn is_marketing(&self) -> bool {
        self.is_marketing
    }

    /// The names of the things: `customer` and the record's type.
    pub fn things(&self) -> impl Iterator<Item = &'a str> + Clone + '_ {
        self.things.keys().copied()
    }

    /// Whether this is the name of a thing.
    #[must_use]
    pub fn has(&self, thing: &str) -> bool {
        self.things.contains_key(thing)
    }

    /// A field, if it is declared and may serve the purpose.
    ///
    /// # Errors
    /// Says which it isn't.
    pub fn field(&self, thing: &str, name: &str) -> Result<&'a Field, Complaint> {
        let fields = self.things.get(thing).copied();
        let Some(field) = fields.and_then(|fields| fields.get(name)) else {
            let known = fields.into_iter().flat_map(BTreeMap::keys).map(String::as_str);
            return Err(Complaint {
                message: format!("`{thing}` has no field `{name}`"),
                label: "undeclared field".into(),
                help: did_you_mean(name, known)
                    .or_else(|| Some(format!("declare it in policy.toml, or write a field of `{thing}`"))),
            });
        };
        if field.sensitive && self.is_marketing {
            return Err(Complaint::new(
                format!("`{thing}.{name}` is sensitive, and the purpose `{}` is marketing", self.purpose),
                "never for marketing",
                "leave it out: what is sensitive serves no marketing, whatever anybody agreed to",
            ));
        }
        if !field.purposes.allow(self.purpose) {
            return Err(Complaint::new(
                format!("`{thing}.{name}` may not serve the purpose `{}`", self.purpose),
                "not for this purpose",
                format!("leave it out, or add \"{}\" to its purposes in policy.toml", self.purpose),
            ));
        }
        Ok(field)
    }

    /// The names of a thing's fields that may serve the purpose, for suggestions.
    pub fn fields(&self, thing: &str) -> impl Iterator<Item = (&'a str, &'a Field)> + '_ {
        let fields = self.things.get(thing).copied().into_iter().flatten();
        fields.filter(|(_, field)| field.purposes.allow(self.purpose)).map(|(name, field)| (name.as_str(), field))
    }
}

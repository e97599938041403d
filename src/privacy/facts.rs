//! What the business does with people's data, as its files say it: the one model behind the privacy notice, the record of
//! processing and the impact assessments, so that they can't tell different things.

use super::caps::{self, Reach};
use crate::{
    base::Term,
    people::{Language, Means},
    policy::{
        Basis, Cap, Country, Field, Phrase, Policy, Practice, Processor, Purpose, Request, WrittenBy,
        field::FieldPurposes,
    },
    render::Flow,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// See the module. All that follows from the files, and nothing of any person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Who answers for it.
    pub controller: Controller,
    /// What it writes, by the purposes' keys.
    pub purposes: BTreeMap<String, Serves>,
    /// What it keeps, by the fields' whole names: `customer.first_name`.
    pub data: BTreeMap<String, Datum>,
    /// What people read for a record, where the policy says it, by the records' names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub records: BTreeMap<String, Phrase>,
    /// By what entries of its calendar are known to be somebody's.
    pub searched_for: Vec<Means>,
    /// What else people must be told of.
    pub practices: BTreeSet<Practice>,
    /// Who else works on the data, by the file's names.
    pub processors: BTreeMap<String, Helps>,
}

/// The controller (GDPR 4(7)).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Controller {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub postal_address: String,
    /// A mailbox that a person reads.
    pub mailbox: String,
    /// Pages that say how to reach it.
    pub pages: Vec<String>,
    /// Whom to ask about data.
    pub officer: Option<String>,
    /// Where to complain.
    pub authority: Option<String>,
}

/// A purpose.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Serves {
    /// Its title.
    pub title: Phrase,
    /// What is promised.
    pub promise: Phrase,
    /// The ground.
    pub basis: Basis,
    /// What it answers, where its ground is that somebody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Request>,
    /// How long a yes holds.
    pub consent_lasts: Option<Term>,
    /// Whether a yes by a form holds only when the address has confirmed it.
    pub double_opt_in: bool,
    /// What is read for it, by the fields' whole names; of a record alone, that there is one.
    pub reads: BTreeSet<String>,
    /// How many messages there may be.
    pub caps: Vec<(Reach, Cap)>,
}

/// A kind of data.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Datum {
    /// What people read for it, where the policy says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Phrase>,
    /// The purposes that it may serve. None: all.
    pub purposes: Option<BTreeSet<String>>,
    /// How long it is kept.
    pub keep: Option<Term>,
    /// Whether the policy calls it sensitive.
    pub sensitive: bool,
    /// Its category in the fideslang taxonomy.
    pub category: Option<String>,
    /// Who writes it.
    pub written_by: WrittenBy,
}

/// A processor (GDPR 28).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Helps {
    /// The company.
    pub name: String,
    /// Where it sits.
    pub country: Country,
    /// What it does.
    pub purpose: Phrase,
    /// The day of the contract.
    pub contract: NaiveDate,
    /// What protects the data, where the country's law doesn't.
    pub safeguard: Option<String>,
}

impl Facts {
    /// Of a policy, and of what the workflows and templates read.
    #[must_use]
    pub fn of(policy: &Policy, flows: &[Flow]) -> Self {
        let business = &policy.business;
        let records = policy.records.iter().map(|(kind, record)| (kind.as_str(), &record.fields));
        let things = std::iter::once(("customer", &policy.customer)).chain(records);
        let named = |(thing, fields): (&str, _)| {
            let fields: &BTreeMap<String, Field> = fields;
            fields.iter().map(|(name, field)| (format!("{thing}.{name}"), Datum::of(field))).collect::<Vec<_>>()
        };
        Self {
            controller: Controller {
                name: business.name.clone(),
                postal_address: business.postal_address.clone(),
                mailbox: business.reply_to.reveal().clone(),
                pages: business.links.contact.clone(),
                officer: business.data_protection_officer.clone(),
                authority: business.supervisory_authority.clone(),
            },
            purposes: policy.purposes.iter().map(|(key, purpose)| serves(policy, key, purpose, flows)).collect(),
            data: things.flat_map(named).collect(),
            records: policy.records.iter().filter_map(|(kind, it)| Some((kind.clone(), it.title.clone()?))).collect(),
            searched_for: policy.matching.by.clone(),
            practices: business.privacy_notice_names.clone(),
            processors: policy.processors.iter().map(|(key, it)| (key.clone(), Helps::of(it))).collect(),
        }
    }

    /// What people read for a field, by its whole name, or for a record, where the policy says it.
    #[must_use]
    pub fn title_of(&self, name: &str, language: &Language) -> Option<&str> {
        let of_field = self.data.get(name).and_then(|datum| datum.title.as_ref());
        let title = of_field.or_else(|| self.records.get(name))?;
        Some(title.in_language(language))
    }
}

fn serves(policy: &Policy, key: &str, purpose: &Purpose, flows: &[Flow]) -> (String, Serves) {
    let words = |own: &str, of: fn(&crate::policy::Wording) -> &String| {
        let others = purpose.translations.iter().map(|(language, words)| (language.clone(), of(words).clone()));
        Phrase::new(own.to_owned(), others.collect())
    };
    let reads = flows.iter().filter(|flow| flow.purpose == key).map(|flow| flow.field.clone());
    let serves = Serves {
        title: words(&purpose.title, |words| &words.title),
        promise: words(&purpose.promise, |words| &words.promise),
        basis: purpose.basis,
        answers: policy.answers(key),
        consent_lasts: purpose.consent_lasts,
        double_opt_in: purpose.double_opt_in,
        reads: reads.collect(),
        caps: caps::of(policy, key, &[]),
    };
    (key.to_owned(), serves)
}

impl Datum {
    fn of(field: &Field) -> Self {
        Self {
            title: field.title.clone(),
            purposes: match &field.purposes {
                FieldPurposes::All => None,
                FieldPurposes::Only(named) => Some(named.clone()),
            },
            keep: field.keep,
            sensitive: field.sensitive,
            category: field.category.clone(),
            written_by: field.written_by,
        }
    }
}

impl Helps {
    fn of(processor: &Processor) -> Self {
        Self {
            name: processor.name.clone(),
            country: processor.country.clone(),
            purpose: processor.purpose.clone(),
            contract: processor.contract,
            safeguard: processor.safeguard.clone(),
        }
    }
}

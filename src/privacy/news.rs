//! What of a new privacy notice concerns one person, and what they read of it.
//!
//! Whoever is told of what is none of theirs stops reading. So a change of what a message reads is told to those who get that
//! message, one of what is kept to those of whom it is kept, and only what is done with everybody's data to everybody.

use super::{change::Change, facts::Facts, news_words, told::name_of, words};
use crate::{people::Language, policy::Basis};
use std::collections::BTreeSet;

/// What somebody has here.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Held {
    /// The purposes that they agreed to.
    pub agreed: BTreeSet<String>,
    /// The fields that are kept of them, by their whole names.
    pub fields: BTreeSet<String>,
    /// The types of their records.
    pub records: BTreeSet<String>,
}

impl Change {
    /// Whether it concerns who has this.
    #[must_use]
    pub fn concerns(&self, held: &Held, facts: &Facts) -> bool {
        match self {
            Self::NewPurpose(purpose) | Self::OtherBasis(purpose) | Self::Reads { purpose, .. } => {
                is_served(purpose, held, facts)
            }
            Self::NewData(field) | Self::KeptLonger(field) => held.fields.contains(field),
            Self::NewProcessor(_) | Self::NewPractice(_) => true,
        }
    }

    /// What they read of it.
    #[must_use]
    pub fn told(&self, facts: &Facts, language: &Language) -> String {
        let say = news_words::of(language.tag());
        let title = |purpose: &String| facts.purposes.get(purpose).map(|serves| serves.title.in_language(language));
        match self {
            Self::NewPurpose(purpose) => {
                let promise = facts.purposes.get(purpose).map(|serves| serves.promise.in_language(language));
                fill(say.new_purpose, &[title(purpose).unwrap_or(purpose), promise.unwrap_or_default()])
            }
            Self::OtherBasis(purpose) => fill(say.other_basis, &[title(purpose).unwrap_or(purpose)]),
            Self::Reads { purpose, field } => {
                fill(say.reads, &[title(purpose).unwrap_or(purpose), &quoted(field, facts, language)])
            }
            Self::NewData(field) => fill(say.new_data, &[&quoted(field, facts, language)]),
            Self::KeptLonger(field) => fill(say.kept_longer, &[&quoted(field, facts, language)]),
            Self::NewProcessor(name) => fill(say.new_processor, &[name]),
            Self::NewPractice(practice) => words::of(language.tag()).practice(*practice).to_owned(),
        }
    }
}

/// Whether messages of this purpose may come to them, as far as that can be said without asking the gate.
fn is_served(purpose: &str, held: &Held, facts: &Facts) -> bool {
    let Some(serves) = facts.purposes.get(purpose) else { return false };
    match serves.basis {
        Basis::Consent => held.agreed.contains(purpose),
        // Whoever asks is told when they ask.
        Basis::Request => false,
        Basis::Contract | Basis::SoftOptIn => {
            let mut read = serves.reads.iter().map(|field| field.split('.').next().unwrap_or(field));
            read.any(|thing| held.records.contains(thing))
        }
    }
}

fn quoted(field: &str, facts: &Facts, language: &Language) -> String {
    let name = name_of(facts, field, words::of(language.tag()), language);
    fill(news_words::of(language.tag()).quoted, &[&name])
}

/// Puts each word where the next `{}` stands.
fn fill(sentence: &str, with: &[&str]) -> String {
    with.iter().fold(sentence.to_owned(), |sentence, word| sentence.replacen("{}", word, 1))
}

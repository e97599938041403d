//! What of a new privacy notice matters to people: by rule, and not by how it is worded.
//!
//! A purpose that is new or rests on another ground, data that are new, read for another purpose or kept for longer, and a
//! company that is new or sits elsewhere: these change what is done with people's data. Another title, fewer data, a lower
//! cap or our own better words don't.

use super::facts::{Datum, Facts};
use crate::{
    base::{Instant, Term, Zone},
    policy::Practice,
};
use serde::{Deserialize, Serialize};

/// One change that matters.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Something else is written.
    NewPurpose(String),
    /// It is written on another ground.
    OtherBasis(String),
    /// It reads something else.
    Reads {
        /// The purpose.
        purpose: String,
        /// The field.
        field: String,
    },
    /// Something else is kept.
    NewData(String),
    /// It is kept for longer.
    KeptLonger(String),
    /// Somebody else works on the data, or from another country.
    NewProcessor(String),
    /// People are to be told of something else.
    NewPractice(Practice),
}

/// What changed, if anything did that matters.
#[must_use]
pub fn material(before: &Facts, after: &Facts) -> Vec<Change> {
    let mut changes = Vec::new();
    for (key, now) in &after.purposes {
        let Some(then) = before.purposes.get(key) else {
            changes.push(Change::NewPurpose(key.clone()));
            continue;
        };
        if then.basis != now.basis {
            changes.push(Change::OtherBasis(key.clone()));
        }
        let reads = now.reads.difference(&then.reads);
        changes.extend(reads.map(|field| Change::Reads { purpose: key.clone(), field: field.clone() }));
    }
    for (field, now) in &after.data {
        match before.data.get(field) {
            None => changes.push(Change::NewData(field.clone())),
            Some(then) if is_longer(then, now) => changes.push(Change::KeptLonger(field.clone())),
            Some(_) => {}
        }
    }
    for (key, now) in &after.processors {
        let same = before.processors.get(key).is_some_and(|then| then.name == now.name && then.country == now.country);
        if !same {
            changes.push(Change::NewProcessor(now.name.clone()));
        }
    }
    changes.extend(after.practices.difference(&before.practices).map(|practice| Change::NewPractice(*practice)));
    changes
}

fn is_longer(then: &Datum, now: &Datum) -> bool {
    // From any day on: months and days are compared by where they end.
    let end = |keep: Option<Term>| keep.map_or(Instant::NEVER, |keep| keep.end(Instant::from_ms(0), Zone::UTC));
    end(now.keep) > end(then.keep)
}

impl Change {
    /// What changed, for the business.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NewPurpose(purpose) => format!("`{purpose}` is a new purpose."),
            Self::OtherBasis(purpose) => format!("`{purpose}` rests on another ground."),
            Self::Reads { purpose, field } => format!("`{purpose}` reads `{field}` now."),
            Self::NewData(field) => format!("`{field}` is kept now."),
            Self::KeptLonger(field) => format!("`{field}` is kept for longer."),
            Self::NewProcessor(name) => format!("{name} works on the data now, or from another country."),
            Self::NewPractice(Practice::Holdouts) => "Some are left out by lot now.".to_owned(),
            Self::NewPractice(Practice::NetworkPrefix) => {
                "The beginning of the network address is kept with a yes now.".to_owned()
            }
        }
    }
}

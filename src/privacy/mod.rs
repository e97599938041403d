//! What people are told about their data: the privacy notice, made from the files that decide what is done with them.
//!
//! What · [`Facts`] is all that the policy, the workflows and the templates say about data: who answers for them, for which
//! purposes and on which ground, what is kept, for how long and who else sees it. A [`Notice`] is those facts, and what they
//! are in plain words in each language that our pages speak. Its version is the digest of both.
//!
//! Promise · Nothing stands in it that a person wrote beside the files, so that it can't say one thing while they do
//! another: a template that reads one field more is another version. A version is kept as people read it, with the day on
//! which it came into force.
//!
//! Not promised · That it is all that the law wants of a business: it knows what passes through here, and nothing of the
//! till, the paper file and the web site. Lawyers know better; `comity notice` prints it for them.

pub mod assess;
pub mod caps;
pub mod change;
pub mod facts;
pub mod markdown;
pub mod news;
pub mod news_words;
pub mod ropa;
pub mod told;
pub mod words;

pub use assess::{Assessment, assess};
pub use change::{Change, material};
pub use facts::Facts;
pub use markdown::markdown;
pub use news::Held;
pub use ropa::ropa;
pub use told::{Line, Section, Told};

use crate::{base::hex, people::Language, policy::Policy, render::Flow};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Hexadecimal digits of a version: enough to name one of a few.
const VERSION_CHARS: usize = 12;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Its version.
    pub version: String,
    /// What it says.
    pub content: Content,
}

/// What a notice says: kept as it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Content {
    /// The facts.
    pub facts: Facts,
    /// What people read, by the language's tag.
    pub told: BTreeMap<String, Told>,
}

impl Notice {
    /// Of a policy, and of what the workflows and templates read.
    #[must_use]
    pub fn of(policy: &Policy, flows: &[Flow]) -> Self {
        let facts = Facts::of(policy, flows);
        let told = words::ALL.into_iter().filter_map(|words| {
            let language = Language::parse(words.tag)?;
            Some((words.tag.to_owned(), told::told(&facts, words, &language)))
        });
        let content = Content { told: told.collect(), facts };
        Self { version: content.version(), content }
    }
}

impl Content {
    /// As people read it, in this language if it is there, else in English, else in any.
    #[must_use]
    pub fn in_language(&self, tag: &str) -> Option<&Told> {
        self.told.get(tag).or_else(|| self.told.get(words::of(tag).tag)).or_else(|| self.told.values().next())
    }

    /// One text for one content: maps are in the order of their keys, and nothing in it is a float.
    #[must_use]
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn version(&self) -> String {
        hex(Sha256::digest(self.canonical()).iter().take(VERSION_CHARS / 2))
    }
}

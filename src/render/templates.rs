//! The templates of an installation: compiled once, in every language, and handed to the renderer.
//!
//! A template is a folder `templates/mail/<name>/` with `subject.hbs`, `body.html.hbs`, `body.txt.hbs` and
//! `sample.json`. The folder itself is written in the business's language; other languages stand in folders by their
//! tag (`fr/`) with the same three files. What several templates share stands in `templates/partials/<name>.hbs` and is
//! written `{{> name}}`.
//!
//! # What a template may read
//!
//! | name | what |
//! |---|---|
//! | `customer.<field>` | the customer's declared fields that may serve the workflow's purpose |
//! | `appointment.<field>` | the record's, under the name of its type |
//! | `business.name`, `.postal_address`, `.reply_to` | who writes |
//! | `purpose.title`, `.promise` | what the customer agreed to, in their language |
//! | `stop_url` | one click, and no more of this purpose |
//! | `preferences_url`, `why_url` | what they get, to change it; and why this one came |
//! | `privacy_url` | the privacy notice, which is everybody's |
//! | `confirm_url` | where a sign-up is confirmed, or one's own data is shown; there if the purpose has `basis = "request"` |
//! | `answers.coming_url`, `.cant_come_url`, `.another_time_url` | where the customer says whether they come; there if the workflow says `answers = true` |
//! | `moved` | true when the message says that the visit moved |
//! | `previous` | the civil start that the customer was told before; there only if `moved` |
//! | `merged` | true when the message goes into a digest, with others: no greeting of its own then |
//! | `messages` | in a digest: a list, each with `title` and `text`, for `{{#each messages}}` |
//! | `language` | the tag of the language the template is written in |
//!
//! A declared field without a value isn't there: `{{#if}}` may ask for it, anything else refuses the message, because a
//! hole ("Dear ,") is worse than none. Helpers: [`helpers::NAMES`]. Anything else does not load.

use super::{Part, helpers};
use crate::people::{Answer, Language};
use handlebars::Handlebars;
use std::{collections::BTreeMap, fmt};

/// What the link of an answer is called under `answers`.
#[must_use]
pub const fn answer_name(answer: Answer) -> &'static str {
    match answer {
        Answer::Coming => "coming_url",
        Answer::CantCome => "cant_come_url",
        Answer::AnotherTime => "another_time_url",
    }
}

/// All templates, compiled once.
pub struct Templates {
    registry: Handlebars<'static>,
    plain: Handlebars<'static>,
    sets: BTreeMap<String, TemplateSet>,
}

/// One template in all its languages.
#[derive(Clone, Debug)]
pub struct TemplateSet {
    /// The folder itself.
    pub own: Variant,
    /// Its folders by language.
    pub translations: BTreeMap<Language, Variant>,
    /// `sample.json`: what `comity preview` fills it with.
    pub sample: serde_json::Value,
}

/// One template in one language: the names of its parts in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The language it is written in: dates and plurals follow it.
    pub language: Language,
    /// The subject's name in the registry. Nothing is escaped in it. It was compiled without the line end that editors put
    /// at the end of a file: the subject is one line, and a line end in it comes from data.
    pub subject: String,
    /// The HTML body's.
    pub html: String,
    /// The text body's. Nothing is escaped in it.
    pub text: String,
}

impl Variant {
    /// A part's name.
    #[must_use]
    pub fn part(&self, part: Part) -> &str {
        match part {
            Part::Subject => &self.subject,
            Part::Html => &self.html,
            Part::Text => &self.text,
        }
    }
}

impl Templates {
    /// From a registry in which every part named by the sets is compiled. Strict mode, our helpers and the escaping are
    /// set here, so that no registry comes without them.
    #[must_use]
    pub fn new(mut registry: Handlebars<'static>, sets: BTreeMap<String, TemplateSet>) -> Self {
        registry.set_strict_mode(true);
        helpers::register(&mut registry);
        registry.register_escape_fn(handlebars::html_escape);
        let mut plain = registry.clone();
        plain.register_escape_fn(handlebars::no_escape);
        Self { registry, plain, sets }
    }

    /// The compiled parts; values are escaped for HTML.
    #[must_use]
    pub const fn registry(&self) -> &Handlebars<'static> {
        &self.registry
    }

    /// The same parts; values stay as they are, for subject and text.
    #[must_use]
    pub const fn plain(&self) -> &Handlebars<'static> {
        &self.plain
    }

    /// A template by its folder.
    #[must_use]
    pub fn set(&self, name: &str) -> Option<&TemplateSet> {
        self.sets.get(name)
    }

    /// The template in this language, or else in its own.
    #[must_use]
    pub fn variant(&self, name: &str, language: &Language) -> Option<&Variant> {
        self.sets.get(name).map(|set| set.translations.get(language).unwrap_or(&set.own))
    }

    /// All templates by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TemplateSet)> {
        self.sets.iter().map(|(name, set)| (name.as_str(), set))
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("sets", &self.sets).finish_non_exhaustive()
    }
}

//! The notice as people read it: headings and lines, which a page, a terminal or a file lays out.

use super::{
    caps::{self, Reach},
    facts::{Datum, Facts, Helps, Serves},
    words::Words,
};
use crate::{
    base::Term,
    people::Language,
    policy::{Basis, Cap, Request},
    render::{Speech, colon},
};
use serde::{Deserialize, Serialize};

/// A notice in one language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Told {
    /// Its heading.
    pub title: String,
    /// What it says, part by part.
    pub sections: Vec<Section>,
}

/// A part of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What stands under it.
    pub lines: Vec<Line>,
}

/// What stands under a heading.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// A heading of its own.
    Heading(String),
    /// A sentence or more.
    Said(String),
    /// A word, and what is said of it.
    Item(String, String),
    /// The address of a page.
    Link(String),
}

fn item(word: &str, rest: impl Into<String>) -> Line {
    Line::Item(word.to_owned(), rest.into())
}

fn said(sentence: &str) -> Line {
    Line::Said(sentence.to_owned())
}

/// The facts, in these words.
#[must_use]
pub fn told(facts: &Facts, words: &Words, language: &Language) -> Told {
    let part = |heading: &str, lines: Vec<Line>| Section { heading: heading.to_owned(), lines };
    let sections = vec![
        part(words.who, who(facts, words)),
        part(words.purposes, purposes(facts, words, language)),
        part(words.data, data(facts, words, language)),
        part(words.others, others(facts, words, language)),
        part(words.never, never(facts, words)),
        part(words.rights, rights(facts, words)),
    ];
    Told { title: words.title.to_owned(), sections }
}

fn who(facts: &Facts, words: &Words) -> Vec<Line> {
    let controller = &facts.controller;
    let mut lines = vec![
        item(&controller.name, controller.postal_address.clone()),
        item(words.mailbox, format!("{}. {}", controller.mailbox, words.person)),
    ];
    lines.extend(controller.officer.iter().map(|officer| item(words.officer, officer.clone())));
    lines.extend(controller.pages.iter().map(|page| Line::Link(page.clone())));
    lines
}

/// What every message reads.
const RECIPIENT: &str = "customer.email";

fn purposes(facts: &Facts, words: &Words, language: &Language) -> Vec<Line> {
    let mut lines = vec![said(words.each)];
    let common = common(facts);
    lines.extend(most(&common, words));
    for serves in facts.purposes.values() {
        lines.push(Line::Heading(serves.title.in_language(language).to_owned()));
        lines.push(said(serves.promise.in_language(language)));
        lines.push(item(words.ground, ground(serves, words)));
        // That each message goes to the address stands where it is said what is kept.
        let read = serves.reads.iter().filter(|name| *name != RECIPIENT);
        let names: Vec<String> = read.map(|name| name_of(facts, name, words, language)).collect();
        if !names.is_empty() {
            lines.push(item(words.read, names.join(", ")));
        }
        let own: Vec<(Reach, Cap)> = serves.caps.iter().filter(|cap| !common.contains(cap)).cloned().collect();
        lines.extend(most(&own, words));
    }
    lines
}

/// The caps over several purposes that each of these obeys: said once, they are read.
fn common(facts: &Facts) -> Vec<(Reach, Cap)> {
    let obeys = |serves: &Serves, reach: Reach| match reach {
        Reach::All => true,
        Reach::Marketing | Reach::Ceiling => serves.basis.is_marketing(),
        Reach::Purpose | Reach::Workflow => false,
    };
    let mut common: Vec<(Reach, Cap)> = Vec::new();
    for cap in facts.purposes.values().flat_map(|serves| &serves.caps) {
        let mut all = facts.purposes.values().filter(|serves| obeys(serves, cap.0)).peekable();
        let is_common = all.peek().is_some() && all.all(|serves| serves.caps.contains(cap));
        if is_common && !common.contains(cap) {
            common.push(cap.clone());
        }
    }
    common
}

fn most(caps: &[(Reach, Cap)], words: &Words) -> Option<Line> {
    let one = |(reach, cap): &(Reach, Cap)| {
        let (of, most) = caps::said(*reach, cap, words.tag);
        format!("{of}{} {most}", colon(words.tag))
    };
    let said: Vec<String> = caps.iter().map(one).collect();
    (!said.is_empty()).then(|| item(words.most, said.join("; ")))
}

fn ground(serves: &Serves, words: &Words) -> String {
    let [contract, consent, sign_up, sale, data, address] = words.grounds;
    let mut ground = match (serves.basis, serves.answers) {
        (Basis::Contract, _) => contract,
        (Basis::Consent, _) => consent,
        (Basis::Request, Some(Request::Data)) => data,
        (Basis::Request, Some(Request::Address)) => address,
        (Basis::Request, Some(Request::SignUp) | None) => sign_up,
        (Basis::SoftOptIn, _) => sale,
    }
    .to_owned();
    let mut add = |sentence: &str| {
        ground.push(' ');
        ground.push_str(sentence);
    };
    if let Some(lasts) = serves.consent_lasts {
        add(&words.lasts.replace("{}", &term(lasts, words)));
    }
    if serves.double_opt_in {
        add(words.confirmed);
    }
    ground
}

/// As it stands before what is said of it: a title begins with a capital there.
fn heading_of(facts: &Facts, field: &str, words: &Words, language: &Language) -> String {
    let name = name_of(facts, field, words, language);
    let mut letters = name.chars();
    match (facts.title_of(field, language), letters.next()) {
        (Some(_), Some(first)) => first.to_uppercase().chain(letters).collect(),
        _ => name,
    }
}

/// Its title, else the names that the files give: `starts at (appointment)`.
pub(super) fn name_of(facts: &Facts, field: &str, words: &Words, language: &Language) -> String {
    let spoken = |name: &str| name.replace('_', " ");
    let record = |name: &str| facts.title_of(name, language).map_or_else(|| spoken(name), str::to_owned);
    match (facts.title_of(field, language), field.split_once('.')) {
        (_, None) => words.that_there_is.replace("{}", &record(field)),
        (Some(title), _) => title.to_owned(),
        (None, Some(("customer", name))) => spoken(name),
        (None, Some((kind, name))) => format!("{} ({})", spoken(name), record(kind)),
    }
}

fn data(facts: &Facts, words: &Words, language: &Language) -> Vec<Line> {
    let mut lines = vec![said(words.kept)];
    lines.extend(words.always.iter().map(|(word, rest)| item(word, *rest)));
    // What the same is said of is said together.
    let mut kinds: Vec<(String, String)> = Vec::new();
    for (name, datum) in &facts.data {
        let rest = of_datum(facts, name, datum, words, language);
        match kinds.iter_mut().find(|(_, said)| *said == rest) {
            Some((names, _)) => *names = format!("{names}, {}", name_of(facts, name, words, language)),
            None => kinds.push((heading_of(facts, name, words, language), rest)),
        }
    }
    lines.extend(kinds.into_iter().map(|(names, rest)| item(&names, rest)));
    if !facts.searched_for.is_empty() {
        let all = facts.searched_for.iter().map(|means| words.means(*means));
        lines.push(said(&words.searched.replace("{}", &all.collect::<Vec<_>>().join(", "))));
    }
    lines
}

fn of_datum(facts: &Facts, name: &str, datum: &Datum, words: &Words, language: &Language) -> String {
    let serves = match &datum.purposes {
        None => words.for_all.to_owned(),
        Some(keys) => {
            let title = |key: &String| facts.purposes.get(key).map(|serves| serves.title.in_language(language));
            words.for_these.replace("{}", &keys.iter().filter_map(title).collect::<Vec<_>>().join(", "))
        }
    };
    let [of_record, of_customer] = words.keep;
    let kept = if name.starts_with("customer.") { of_customer } else { of_record };
    let keep = match datum.keep {
        Some(keep) => kept.replace("{}", &term(keep, words)),
        None => words.keep_on.to_owned(),
    };
    let sensitive = datum.sensitive.then_some(words.sensitive);
    [serves.as_str(), keep.as_str()].into_iter().chain(sensitive).collect::<Vec<_>>().join("; ")
}

/// How long, in the largest unit that the file names.
pub(super) fn term(term: Term, words: &Words) -> String {
    let [hour, day, month] = words.terms;
    let (count, [one, many]) = match term {
        Term::Exact(span) => (span.as_secs().div_ceil(3_600), hour),
        Term::Days(days) => (u64::from(days), day),
        Term::Months(months) => (u64::from(months), month),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

fn others(facts: &Facts, words: &Words, language: &Language) -> Vec<Line> {
    if facts.processors.is_empty() {
        return vec![said(words.nobody), said(words.providers)];
    }
    let mut lines = vec![said(words.processors)];
    lines.extend(facts.processors.values().map(|helps| {
        let word = format!("{} ({})", helps.name, helps.country.name_in(words.tag));
        item(&word, of_processor(helps, words, language))
    }));
    lines.push(said(words.providers));
    lines
}

fn of_processor(helps: &Helps, words: &Words, language: &Language) -> String {
    let day = Speech::of(language).map_or_else(|| helps.contract.to_string(), |speech| speech.date(helps.contract));
    let contract = words.contract.replace("{}", &day);
    let safeguard = helps.safeguard.as_ref().map(|safeguard| words.safeguard.replace("{}", safeguard));
    let purpose = helps.purpose.in_language(language).to_owned();
    [purpose, contract].into_iter().chain(safeguard).collect::<Vec<_>>().join("; ")
}

fn never(facts: &Facts, words: &Words) -> Vec<Line> {
    let mut lines: Vec<Line> = words.nevers.iter().map(|sentence| said(sentence)).collect();
    lines.extend(facts.practices.iter().map(|practice| said(words.practice(*practice))));
    lines
}

/// What is open to people today. Whoever builds another way in changes these lines and their words.
fn rights(facts: &Facts, words: &Words) -> Vec<Line> {
    let mut lines: Vec<Line> = words.in_each_message.iter().map(|(word, rest)| item(word, *rest)).collect();
    if facts.purposes.values().any(|serves| serves.answers == Some(Request::Data)) {
        lines.push(item(words.by_link.0, words.by_link.1));
    }
    let (word, rest) = words.by_letter;
    lines.push(item(word, rest.replace("{}", &facts.controller.mailbox)));
    lines.push(item(words.complain, facts.controller.authority.as_deref().unwrap_or(words.any_authority)));
    lines
}

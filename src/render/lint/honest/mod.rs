//! Honesty: what a message may not do to whoever reads it, found before the first one leaves.
//!
//! ```text
//!  templates ─► press ─► Galley ─► Page ─┬─► wording   no fake answer, no pressure, no countdown without a date
//!  policy, sample ─┘  one for each       ├─► shown     stop link, sender and reason, where everyone sees them
//!                     supposition        ├─► alike     HTML and text say the same
//!                                        ├─► links     only to the business; the same for everyone; nothing fetched
//!                                        └─► prices    none in a service message; the same for everyone
//! ```
//!
//! A template is read under several [suppositions](suppose) about its conditions, so that what stands behind an `{{else}}`
//! is read too. Each is printed as a [galley](galley), with the policy's words and the sample's values, where each letter
//! still knows file and line; of that, a [page](page) is what a reader sees. A rule looks at pages and says a
//! [fault](fault::Dishonest).
//!
//! # What is not promised
//!
//! Words are compared with [lists](vocabulary): who wants to press people can do it in words that stand in none. The lists
//! keep honest people from what has become a habit of the trade, and what is named there is there because no honest
//! message needs it. What the business's data say on the day is not read: a record's title may say anything.
//!
//! Invariant: every finding here keeps the installation from loading, as any other does. There are no warnings, because
//! nobody reads them twice; what honest people need is allowed by a line in `policy.toml`, or by another word.

mod amounts;
mod fault;
mod galley;
mod layout;
mod line;
mod markup;
mod page;
mod phrases;
mod press;
mod rules;
mod style;
mod suppose;
mod vocabulary;

use self::{
    fault::Dishonest,
    markup::Token,
    page::Page,
    press::Manuscript,
    style::{Look, Sheet},
};
use crate::{
    base::{Findings, Source},
    people::Language,
    policy::{Policy, Scope},
    render::{
        Part, TemplateSet, Variant,
        compile::{Compiled, add},
    },
};
use rules::{alike, links, prices, shown, wording};
use serde_json::Value as Json;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Largest message in bytes, all its parts: Gmail cuts off at 102 kB.
const BYTES_MAX: usize = 100_000;

/// Whether the names in a template are all right. Where they aren't, something is missing from what is read, and nobody
/// is blamed for that twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) enum Names {
    Sound,
    Broken,
}

/// What a tag opens.
pub(super) enum Opens {
    /// Nothing: it is a declaration, or closes itself.
    Nothing,
    /// An element that is shown, as far as its own style says.
    Shown,
    /// One that isn't.
    Hidden,
}

/// What a tag opens; `tag` is what stands between `<` and `>`.
pub(super) fn opens(tag: &str) -> Opens {
    let html = format!("<{tag}>");
    match markup::tokens(&html).first() {
        Some(Token::Open(tag)) if !tag.is_empty => {
            let look = Look::default().inside(tag, &html, &Sheet::default(), &[]);
            if look.is_seen() { Opens::Shown } else { Opens::Hidden }
        }
        _ => Opens::Nothing,
    }
}

/// What the reading of one workflow's messages needs.
#[derive(Clone, Copy)]
pub(in crate::render) struct Desk<'a> {
    pub scope: &'a Scope<'a>,
    pub policy: &'a Policy,
    pub compiled: &'a BTreeMap<String, Compiled<'a>>,
    pub sample: &'a Json,
    /// What the workflow's conditions ask of the customer.
    pub asked: &'a BTreeSet<String>,
    pub names: Names,
}

/// One message under one supposition.
struct Letter {
    subject: Page,
    html: Page,
    text: Page,
}

impl Letter {
    fn pages(&self) -> [&Page; 3] {
        [&self.subject, &self.html, &self.text]
    }

    fn bodies(&self) -> [&Page; 2] {
        [&self.html, &self.text]
    }
}

/// Where faults are written down.
struct Reader<'a> {
    desk: Desk<'a>,
    language: &'a Language,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    fn blame(&mut self, page: &Page, at: &Range<usize>, fault: &Dishonest) {
        let (source, span) = page.galley.origin(at).unwrap_or((&page.file, 0..0));
        add(self.findings, source, span, fault.complaint());
    }

    fn blame_origin(&mut self, origin: &(Source, Range<usize>), fault: &Dishonest) {
        add(self.findings, &origin.0, origin.1.clone(), fault.complaint());
    }

    /// What is missing is missing at the end.
    fn blame_end(&mut self, page: &Page, fault: &Dishonest) {
        let end = page.file.text.trim_end().len();
        add(self.findings, &page.file, end..end, fault.complaint());
    }

    fn is_marketing(&self) -> bool {
        self.desk.scope.is_marketing()
    }

    /// What the message is about, in the policy's word.
    fn record(&self) -> String {
        self.desk.scope.things().find(|thing| *thing != "customer").unwrap_or("record").to_owned()
    }
}

/// Reads a template in all its languages.
pub(in crate::render) fn read(desk: Desk<'_>, set: &TemplateSet, findings: &mut Findings) {
    let own = variant(desk, &set.own, findings);
    for other in set.translations.values() {
        let amounts = variant(desk, other, findings);
        compare(desk, &own, other, &amounts, findings);
    }
}

/// Reads it in one language, and gives the amounts that it names.
fn variant(desk: Desk<'_>, variant: &Variant, findings: &mut Findings) -> BTreeSet<String> {
    let manuscript = Manuscript {
        scope: desk.scope,
        compiled: desk.compiled,
        policy: desk.policy,
        language: &variant.language,
        sample: desk.sample,
    };
    let mut reader = Reader { desk, language: &variant.language, findings };
    let is_whole = Part::ALL.iter().all(|part| desk.compiled.contains_key(variant.part(*part)));
    let mut musts = shown::Musts::default();
    let mut differences = alike::Differences::default();
    let mut amounts = BTreeSet::new();
    suppose::each(|supposition| {
        let mut met = BTreeSet::new();
        let [subject, html, text] = Part::ALL.map(|part| {
            let name = variant.part(part);
            let (galley, asked) = press::print(manuscript, name, part, supposition);
            met.extend(asked);
            let file = desk.compiled.get(name).map(|compiled| compiled.source.clone());
            Page::read(galley, part, file.unwrap_or_else(|| Source::new(name, "")))
        });
        let letter = Letter { subject, html, text };
        wording::read(&letter, &mut reader);
        links::read(&letter, &mut reader);
        amounts.extend(prices::read(&letter, &mut reader));
        is_small(&letter, &mut reader);
        if desk.names == Names::Sound && is_whole {
            shown::read(&letter, &mut musts, &mut reader);
            alike::read(&letter, &mut differences);
        }
        met
    });
    musts.finish(&mut reader);
    differences.finish(&mut reader);
    amounts
}

/// Compares the amounts that a template names in its languages.
fn compare(
    desk: Desk<'_>,
    own: &BTreeSet<String>,
    other: &Variant,
    amounts: &BTreeSet<String>,
    findings: &mut Findings,
) {
    if let Some(compiled) = desk
        .compiled
        .get(&other.text)
        .filter(|_| own != amounts && desk.names == Names::Sound && desk.scope.is_marketing())
    {
        let list = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            let named: Vec<&str> = one.difference(other).map(String::as_str).collect();
            if named.is_empty() { "nothing of the kind".to_owned() } else { named.join(", ") }
        };
        let fault = Dishonest::LanguagePrices { here: list(amounts, own), there: list(own, amounts) };
        add(findings, compiled.source, 0..0, fault.complaint());
    }
}

fn is_small(letter: &Letter, reader: &mut Reader<'_>) {
    let bytes = letter.pages().iter().map(|page| page.galley.text.len()).sum();
    if bytes > BYTES_MAX {
        reader.blame_end(&letter.html, &Dishonest::TooLarge(bytes));
    }
}

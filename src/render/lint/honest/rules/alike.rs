//! HTML and text say the same.
//!
//! Facts are compared one by one: a field or a number that one body shows, the other shows, too, and so with the links that
//! ask for an answer. The other words are compared as sets, because the two are laid out differently: a heading or a
//! button needs words that plain text doesn't. So a fifth of one body's different words may be missing from the other, and
//! in short messages twelve of them. What only one of them says by that is a phrase or two, and never a number.

use super::super::{
    Letter, Reader,
    amounts::starts_with_digit,
    fault::Dishonest,
    galley::What,
    page::{Page, Word},
};
use crate::{base::Source, render::Part};
use std::{collections::BTreeMap, ops::Range};

/// Which share of its different words one body may have for itself: one of so many.
const SHARE: usize = 5;
/// How many words it may have for itself in any case.
const WORDS: usize = 12;
/// How many of them a finding names.
const NAMED: usize = 6;
/// The little words say nothing by themselves: these are named last.
const LETTERS: usize = 4;

/// What one body alone says, under whichever supposition.
#[derive(Debug, Default)]
pub(in super::super) struct Differences(BTreeMap<Part, Alone>);

#[derive(Debug, Default)]
struct Alone {
    facts: Vec<(String, Origin)>,
    /// The most of all suppositions.
    words: Vec<(String, Origin)>,
}

/// Where it is written.
type Origin = (Source, Range<usize>);

pub(in super::super) fn read(letter: &Letter, differences: &mut Differences) {
    let [html, text] = letter.bodies().map(Said::by);
    differences.0.entry(Part::Html).or_default().add(&letter.html, &html, &text);
    differences.0.entry(Part::Text).or_default().add(&letter.text, &text, &html);
}

impl Differences {
    /// One finding for the facts and one for the words of each body.
    pub(in super::super) fn finish(self, reader: &mut Reader<'_>) {
        for (only, alone) in self.0 {
            if let Some((_, origin)) = alone.facts.first() {
                let facts = alone.facts.iter().map(|(fact, _)| format!("`{fact}`")).collect();
                reader.blame_origin(origin, &Dishonest::Missing { only, facts });
            }
            let is_long = |word: &&(String, Origin)| word.0.len() >= LETTERS;
            let told: Vec<_> =
                alone.words.iter().filter(is_long).chain(alone.words.iter().filter(|w| !is_long(w))).collect();
            if let Some((_, origin)) = told.first() {
                let words = told.iter().take(NAMED).map(|(word, _)| word.clone());
                let words = words.chain((told.len() > NAMED).then(|| "…".to_owned())).collect();
                reader.blame_origin(origin, &Dishonest::Unlike { only, words });
            }
        }
    }
}

impl Alone {
    /// What this body says under one supposition, and the other doesn't.
    fn add(&mut self, page: &Page, this: &Said<'_>, other: &Said<'_>) {
        let origin = |at: &Range<usize>| {
            let origin = page.galley.origin(at);
            origin.map_or_else(|| (page.file.clone(), 0..0), |(source, span)| (source.clone(), span))
        };
        let mut missing: Vec<_> = this.facts.iter().filter(|(fact, _)| !other.facts.contains_key(*fact)).collect();
        missing.sort_by_key(|(_, at)| at.start);
        for (fact, at) in missing {
            if !self.facts.iter().any(|(known, _)| known == fact) {
                self.facts.push((fact.clone(), origin(at)));
            }
        }
        let mut alone: Vec<&Word> =
            this.words.iter().filter(|(text, _)| !other.words.contains_key(*text)).map(|(_, word)| *word).collect();
        if alone.len() > WORDS.max(this.words.len() / SHARE).max(self.words.len()) {
            alone.sort_by_key(|word| word.at.start);
            self.words = alone.into_iter().map(|word| (page.quote(&word.at), origin(&word.at))).collect();
        }
    }
}

/// What a body says, each with the word that says it first.
struct Said<'a> {
    /// Fields, numbers and links, with the place where each stands first.
    facts: BTreeMap<String, Range<usize>>,
    words: BTreeMap<&'a str, &'a Word>,
}

impl<'a> Said<'a> {
    fn by(page: &'a Page) -> Self {
        let mut said = Self { facts: BTreeMap::new(), words: BTreeMap::new() };
        for word in page.seen() {
            match page.galley.piece(word.at.start).map(|piece| &piece.what) {
                Some(What::Field(named)) => {
                    said.facts.entry(format!("{}.{}", named.thing, named.field)).or_insert_with(|| word.at.clone());
                }
                Some(What::Previous) => {
                    said.facts.entry("previous".to_owned()).or_insert_with(|| word.at.clone());
                }
                // The numbers of the business's address are its words.
                Some(What::Said(_)) if starts_with_digit(&word.text) => {}
                _ if starts_with_digit(&word.text) && is_marker(page, word) => {}
                _ if starts_with_digit(&word.text) => {
                    said.facts.entry(word.text.clone()).or_insert_with(|| word.at.clone());
                }
                _ if word.text.starts_with(char::is_alphabetic) => {
                    said.words.entry(&word.text).or_insert(word);
                }
                _ => {}
            }
        }
        for address in &page.addresses {
            for piece in page.galley.touched(&address.at) {
                // A stop link that is missed is found by itself.
                if let What::Own(name) = &piece.what
                    && name != "stop_url"
                {
                    said.facts.entry(name.clone()).or_insert_with(|| address.at.clone());
                }
            }
        }
        said
    }
}

/// `1.` or `2)` before an item: HTML numbers its lists by itself.
fn is_marker(page: &Page, word: &Word) -> bool {
    let after = page.galley.text.get(word.at.end..).unwrap_or_default();
    word.begins_line && after.starts_with(['.', ')'])
}

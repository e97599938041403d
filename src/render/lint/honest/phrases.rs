//! Finds the phrases of the [vocabulary](super::vocabulary) among the words of a page.

use super::{
    page::{Page, Word},
    vocabulary::{self, Vocabulary},
};
use crate::people::Language;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Most words that `…` stands for.
const GAP_WORDS_MAX: usize = 3;
/// Signs that stand between the words of a phrase and change nothing.
const SIGNS: [&str; 4] = ["-", "−", ":", "!"];

/// A phrase that was found: the words of the page that it is made of.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub words: Vec<&'a Word>,
}

impl Found<'_> {
    /// From its first word to its last, in the galley.
    pub(super) fn at(&self) -> Range<usize> {
        let start = self.words.first().map_or(0, |word| word.at.start);
        start..self.words.last().map_or(start, |word| word.at.end)
    }
}

/// The phrases to look for in a language: its own, and English.
pub(super) fn vocabularies(language: &Language) -> impl Iterator<Item = &'static Vocabulary> {
    vocabulary::ALL.iter().filter(move |one| one.tag == language.tag() || one.tag == "en")
}

/// The language's own.
pub(super) fn own(language: &Language) -> Option<&'static Vocabulary> {
    vocabulary::ALL.iter().find(|one| one.tag == language.tag())
}

/// All places where one of the phrases stands, but for those that share a word with something innocent. A longer phrase
/// covers a shorter one.
pub(super) fn all<'a>(page: &'a Page, phrases: &[&str], innocent: &[&str]) -> Vec<Found<'a>> {
    let words: Vec<&Word> = page.words.iter().filter(|word| !SIGNS.contains(&word.text.as_str())).collect();
    let starts = Starts::among(&words);
    let spans = |phrases: &[&str]| -> Vec<Range<usize>> {
        let of = |phrase: &&str| spans(&words, &starts, phrase);
        phrases.iter().flat_map(of).collect()
    };
    let found = spans(phrases);
    if found.is_empty() {
        return vec![];
    }
    let innocent = spans(innocent);
    let covers = |outer: &Range<usize>, inner: &Range<usize>| outer.start <= inner.start && outer.end >= inner.end;
    let is_best = |span: &Range<usize>| !found.iter().any(|other| other != span && covers(other, span));
    let mut best: Vec<&Range<usize>> = found.iter().filter(|span| is_best(span)).collect();
    best.retain(|span| !innocent.iter().any(|innocent| innocent.start < span.end && span.start < innocent.end));
    best.sort_by_key(|span| span.start);
    best.dedup();
    let take = |span: &Range<usize>| words.iter().skip(span.start).take(span.len()).copied().collect();
    best.into_iter().map(|span| Found { words: take(span) }).collect()
}

/// Words by the letter that they begin with. Each page is searched for hundreds of phrases, and most begin with a letter that
/// few of its words do.
struct Starts(BTreeMap<char, Vec<usize>>);

impl Starts {
    fn among(words: &[&Word]) -> Self {
        let mut starts: BTreeMap<char, Vec<usize>> = BTreeMap::new();
        for (at, word) in words.iter().enumerate() {
            if let Some(letter) = word.text.chars().next() {
                starts.entry(letter).or_default().push(at);
            }
        }
        Self(starts)
    }

    /// The words that may fit a sign.
    fn of(&self, sign: &str) -> BTreeSet<usize> {
        let first = sign.split('|').filter_map(|one| one.chars().next());
        let letters = first.flat_map(|letter| if letter == '#' { '0'..='9' } else { letter..=letter });
        letters.filter_map(|letter| self.0.get(&letter)).flatten().copied().collect()
    }
}

/// Where a phrase stands among words: all within one block.
fn spans(words: &[&Word], starts: &Starts, phrase: &str) -> Vec<Range<usize>> {
    let signs: Vec<&str> = phrase.split(' ').collect();
    let Some(first) = signs.first() else { return vec![] };
    let from = |start: usize| {
        let word = words.get(start).filter(|word| fits_one(&word.text, first))?;
        let block = words.get(start..)?.iter().take_while(|other| other.block == word.block).count();
        length(words.get(start..start + block)?, &signs).map(|length| start..start + length)
    };
    starts.of(first).into_iter().filter_map(from).collect()
}

/// How many words a phrase takes at the beginning of these.
fn length(words: &[&Word], signs: &[&str]) -> Option<usize> {
    let Some((sign, signs)) = signs.split_first() else { return Some(0) };
    if *sign == "…" {
        return (0..=GAP_WORDS_MAX).find_map(|gap| Some(gap + length(words.get(gap..)?, signs)?));
    }
    let (word, words) = words.split_first()?;
    if fits_one(&word.text, sign) { Some(1 + length(words, signs)?) } else { None }
}

fn fits_one(word: &str, signs: &str) -> bool {
    signs.split('|').any(|sign| fits(word, sign))
}

fn fits(word: &str, sign: &str) -> bool {
    match sign.strip_suffix('*') {
        _ if sign == "#" => word.starts_with(|c: char| c.is_ascii_digit()),
        Some(beginning) => word.starts_with(beginning),
        None => word == sign,
    }
}

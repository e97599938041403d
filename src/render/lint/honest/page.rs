//! A page: what a reader sees of one part, in words, and where its links and images lead.
//!
//! Words are folded, so that one rule finds `Last`, `LAST` and `la&shy;st`, and `dernière` is `derniere`. A block is what
//! the eye takes in at once: a paragraph, a cell, an item of a list; in plain text what stands between empty lines.

use super::{
    galley::{Galley, What},
    markup::{self, Token},
    style::{Element, Look, Sheet},
};
use crate::{base::Source, render::Part};
use std::ops::Range;

/// One part, read.
#[derive(Debug)]
pub(super) struct Page {
    pub part: Part,
    pub galley: Galley,
    pub words: Vec<Word>,
    pub addresses: Vec<Address>,
    /// The file of the part itself.
    pub file: Source,
}

/// One word, number or sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    /// In small letters, without accents.
    pub text: String,
    /// Where it stands in the galley.
    pub at: Range<usize>,
    pub block: usize,
    pub seen: Seen,
    /// It is the first of its line.
    pub begins_line: bool,
}

/// Whether a reader sees a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seen {
    Yes,
    No,
}

/// An address in a part, by its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Address {
    pub at: Range<usize>,
    pub does: Does,
}

/// What an address is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Does {
    /// It leads somewhere when the words that carry it are clicked.
    Leads(Seen),
    /// It is fetched when the message is read.
    Loads,
}

/// Elements that break a line, and begin what the eye takes in at once.
const BLOCKS: [&str; 28] = [
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "td",
    "th",
    "ul",
];
/// Elements that the next of their kind ends.
const SHORT: [&str; 6] = ["p", "li", "td", "th", "dt", "dd"];
/// Attributes whose addresses are fetched by whoever shows the page.
const LOADS: [&str; 5] = ["src", "srcset", "background", "poster", "data"];
/// What addresses in running text begin with: mail programs make links of them.
const BEGINNINGS: [&str; 3] = ["https://", "http://", "www."];

impl Page {
    /// Reads a galley.
    pub(super) fn read(galley: Galley, part: Part, file: Source) -> Self {
        let mut page = Self { part, galley, words: vec![], addresses: vec![], file };
        match part {
            Part::Html => Markup::default().over(&mut page),
            Part::Subject | Part::Text => {
                let end = page.galley.text.len();
                page.text(0..end, &mut Line::default(), Seen::Yes);
            }
        }
        page
    }

    /// The part alone, to be named by.
    pub(super) fn without_words(&self) -> Self {
        Self { part: self.part, galley: Galley::default(), words: vec![], addresses: vec![], file: self.file.clone() }
    }

    /// A stretch as it was written, its words alone.
    pub(super) fn quote(&self, at: &Range<usize>) -> String {
        let inside = |word: &&Word| word.at.start >= at.start && word.at.end <= at.end;
        let written = self.galley.text.get(at.clone()).filter(|text| !text.contains(['<', '&']));
        let written: Vec<&str> = match written {
            Some(text) => text.split_whitespace().collect(),
            None => self.words.iter().filter(inside).map(|word| word.text.as_str()).collect(),
        };
        written.join(" ")
    }

    /// The words that are seen.
    pub(super) fn seen(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(|word| word.seen == Seen::Yes)
    }

    /// Takes the words of a stretch of text.
    fn text(&mut self, stretch: Range<usize>, line: &mut Line, seen: Seen) {
        let mut at = stretch.start;
        while at < stretch.end {
            if let Some(end) = self.address(at).filter(|_| line.open.is_none()) {
                self.addresses.push(Address { at: at..end, does: Does::Leads(seen) });
                line.begins = false;
                at = end;
                continue;
            }
            let rest = self.galley.text.get(at..stretch.end).unwrap_or_default();
            let Some(first) = rest.chars().next() else { break };
            let is_html = self.part == Part::Html;
            let (c, length) = markup::entity(rest).filter(|_| is_html).unwrap_or((first, first.len_utf8()));
            line.take(c, at..at + length, is_html, seen, &mut self.words);
            at += length;
        }
        if self.part != Part::Html {
            line.end_word(&mut self.words);
        }
    }

    /// Where the address ends that begins here: one of ours, or one that is written out.
    fn address(&self, at: usize) -> Option<usize> {
        if let Some(piece) =
            self.galley.piece(at).filter(|piece| piece.at.start == at && matches!(piece.what, What::Own(_)))
        {
            return Some(piece.at.end);
        }
        let rest = self.galley.text.get(at..)?;
        BEGINNINGS
            .iter()
            .find(|beginning| rest.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning)))?;
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(rest.len());
        let address = rest.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '’', '»']);
        let last = self.galley.piece(at + address.len() - 1)?;
        // A sample's value may hold what ends an address; it belongs to it all the same.
        Some(if last.what == What::Written { at + address.len() } else { last.at.end })
    }
}

/// A line that is being read.
#[derive(Debug)]
struct Line {
    block: usize,
    begins: bool,
    /// Nothing stands on it yet.
    is_empty: bool,
    open: Option<Word>,
}

impl Default for Line {
    fn default() -> Self {
        Self { block: 0, begins: true, is_empty: true, open: None }
    }
}

impl Line {
    fn take(&mut self, c: char, at: Range<usize>, is_html: bool, seen: Seen, words: &mut Vec<Word>) {
        // They only say where a word may be broken, or are there to hide it.
        if matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}') {
            return;
        }
        if c.is_alphanumeric() || self.is_within_number(c) {
            let word = self.open.get_or_insert_with(|| Word {
                text: String::new(),
                at: at.clone(),
                block: self.block,
                seen,
                begins_line: self.begins,
            });
            fold(c, &mut word.text);
            word.at.end = at.end;
            self.begins = false;
            self.is_empty = false;
            return;
        }
        self.end_word(words);
        if c == '\n' && !is_html {
            self.block += usize::from(self.is_empty);
            self.begins = true;
            self.is_empty = true;
        } else if !c.is_whitespace() {
            self.is_empty = false;
            if matches!(c, '%' | '€' | '$' | '£' | '¥' | '-' | '−' | ':' | '!') {
                words.push(Word { text: c.to_string(), at, block: self.block, seen, begins_line: false });
            }
        }
    }

    /// `12.50` and `10:00` are one number.
    fn is_within_number(&self, c: char) -> bool {
        let is_number = |word: &Word| {
            word.text.ends_with(|c: char| c.is_ascii_digit()) && word.text.starts_with(|c: char| c.is_ascii_digit())
        };
        matches!(c, '.' | ',' | ':' | '/' | '’') && self.open.as_ref().is_some_and(is_number)
    }

    fn end_word(&mut self, words: &mut Vec<Word>) {
        let Some(mut word) = self.open.take() else { return };
        // What ends a sentence ends no number.
        let kept = word.text.trim_end_matches(['.', ',', ':', '/', '’']).len();
        word.at.end -= word.text.len() - kept;
        word.text.truncate(kept);
        words.push(word);
    }

    fn end_block(&mut self, words: &mut Vec<Word>) {
        self.end_word(words);
        self.block += 1;
        self.begins = true;
        self.is_empty = true;
    }
}

/// A letter as the word lists write it.
fn fold(c: char, word: &mut String) {
    for c in c.to_lowercase() {
        match c {
            'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => word.push('a'),
            'ç' => word.push('c'),
            'è' | 'é' | 'ê' | 'ë' => word.push('e'),
            'ì' | 'í' | 'î' | 'ï' => word.push('i'),
            'ñ' => word.push('n'),
            'ò' | 'ó' | 'ô' | 'ö' | 'õ' => word.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => word.push('u'),
            'œ' => word.push_str("oe"),
            'æ' => word.push_str("ae"),
            'ß' => word.push_str("ss"),
            '\u{300}'..='\u{36f}' => {}
            c => word.push(c),
        }
    }
}

/// The reading of HTML: the elements that are open, and how text looks in them.
#[derive(Default)]
struct Markup {
    sheet: Sheet,
    path: Vec<Element>,
    /// The names of the open elements, how text looks in each, and the link that it is in.
    open: Vec<(String, Look, Option<usize>)>,
    line: Line,
}

impl Markup {
    fn over(mut self, page: &mut Page) {
        let tokens = markup::tokens(&page.galley.text);
        // A style sheet holds for what stands before it, too.
        for token in &tokens {
            if let Token::Raw(name, css) = token
                && name == "style"
            {
                let css = page.galley.text.get(css.clone()).unwrap_or_default();
                self.sheet.read(css);
            }
        }
        for token in tokens {
            self.token(token, page);
        }
        self.line.end_word(&mut page.words);
    }

    fn token(&mut self, token: Token, page: &mut Page) {
        match token {
            Token::Text(text) => {
                let has_words = page.galley.text.get(text.clone()).is_some_and(|text| !text.trim().is_empty());
                let seen = self.seen();
                if has_words {
                    self.carries_words(page);
                }
                page.text(text, &mut self.line, seen);
            }
            Token::Raw(name, text) if name == "style" => fetched(&page.galley.text, text, &mut page.addresses),
            Token::Raw(..) => {}
            Token::Open(tag) => self.begin(&tag, page),
            Token::Close(name) => {
                if BLOCKS.contains(&name.as_str()) {
                    self.line.end_block(&mut page.words);
                }
                if let Some(at) = self.open.iter().rposition(|(open, ..)| *open == name) {
                    self.open.truncate(at);
                    self.path.truncate(at);
                }
            }
        }
    }

    fn seen(&self) -> Seen {
        if self.open.last().is_none_or(|(_, look, _)| look.is_seen()) { Seen::Yes } else { Seen::No }
    }

    /// The link around has something to click on.
    fn carries_words(&self, page: &mut Page) {
        let link = self.open.last().and_then(|(.., link)| *link);
        if let Some(address) = link.and_then(|link| page.addresses.get_mut(link)).filter(|_| self.seen() == Seen::Yes) {
            address.does = Does::Leads(Seen::Yes);
        }
    }

    fn begin(&mut self, tag: &markup::Tag, page: &mut Page) {
        let name = tag.name.as_str();
        if BLOCKS.contains(&name) {
            self.line.end_block(&mut page.words);
        } else if name == "br" {
            self.line.end_word(&mut page.words);
            self.line.begins = true;
        }
        if SHORT.contains(&name) && self.open.last().is_some_and(|(open, ..)| open == name) {
            self.open.pop();
            self.path.pop();
        }
        let (look, mut link) = self.open.last().map(|(_, look, link)| (*look, *link)).unwrap_or_default();
        self.path.push(Element::of(tag, &page.galley.text));
        let look = look.inside(tag, &page.galley.text, &self.sheet, &self.path);
        for (attribute, value) in &tag.attributes {
            let at = value.clone();
            match (attribute.as_str(), name) {
                ("href" | "xlink:href", "link" | "image" | "use") => {
                    page.addresses.push(Address { at, does: Does::Loads });
                }
                ("href" | "action" | "formaction", _) => {
                    link = Some(page.addresses.len());
                    page.addresses.push(Address { at, does: Does::Leads(Seen::No) });
                }
                ("style", _) => fetched(&page.galley.text, at, &mut page.addresses),
                (attribute, _) if LOADS.contains(&attribute) => page.addresses.push(Address { at, does: Does::Loads }),
                _ => {}
            }
        }
        self.open.push((tag.name.clone(), look, link));
        // The words of an image stand where it isn't shown.
        if let Some((_, alt)) = tag.attributes.iter().find(|(attribute, _)| attribute == "alt" && name == "img") {
            if !alt.is_empty() {
                self.carries_words(page);
            }
            let seen = self.seen();
            page.text(alt.clone(), &mut self.line, seen);
            self.line.end_word(&mut page.words);
        }
        if tag.is_empty {
            self.open.pop();
            self.path.pop();
        }
    }
}

/// The addresses that a style fetches: `url(…)` and `@import "…"`.
fn fetched(text: &str, stretch: Range<usize>, addresses: &mut Vec<Address>) {
    let css = text.get(stretch.clone()).unwrap_or_default();
    let small = css.to_ascii_lowercase();
    for (beginning, ends) in [("url(", ')'), ("@import", ';')] {
        for (found, _) in small.match_indices(beginning) {
            let inside = css.get(found + beginning.len()..).unwrap_or_default();
            let end = inside.find(ends).unwrap_or(inside.len());
            let at = stretch.start + found + beginning.len();
            // `@import url(…)` was found already.
            if !inside.get(..end).is_some_and(|inside| inside.contains('(')) {
                addresses.push(Address { at: at..at + end, does: Does::Loads });
            }
        }
    }
}

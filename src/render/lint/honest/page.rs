//! A page: what a reader sees of one part, in words, and where its links and images lead.
//!
//! Words are folded, so that one rule finds `Last`, `LAST` and `la&shy;st`, and `dernière` is `derniere`. A block is what
//! the eye takes in at once: a paragraph, a cell, an item of a list; in plain text what stands between empty lines.

use super::{
    galley::{Galley, What},
    layout::Layout,
    line::Line,
    markup,
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

/// What addresses in running text begin with: mail programs make links of them.
const BEGINNINGS: [&str; 3] = ["https://", "http://", "www."];

impl Page {
    /// Reads a galley.
    pub(super) fn read(galley: Galley, part: Part, file: Source) -> Self {
        let mut page = Self { part, galley, words: vec![], addresses: vec![], file };
        match part {
            Part::Html => Layout::default().over(&mut page),
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
    pub(super) fn text(&mut self, stretch: Range<usize>, line: &mut Line, seen: Seen) {
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

#[cfg(test)]
mod tests {
    use super::{Page, Seen};
    use crate::{
        base::Source,
        render::{
            Part,
            lint::honest::{amounts, galley::Galley, phrases, vocabulary},
        },
    };

    fn read(text: &str, part: Part) -> Page {
        Page::read(Galley::of(text), part, Source::new("a", text))
    }

    /// Blocks of words, hidden ones in brackets.
    fn blocks(text: &str, part: Part) -> Vec<String> {
        let page = read(text, part);
        let mut blocks: Vec<(usize, Vec<String>)> = vec![];
        for word in &page.words {
            let text = if word.seen == Seen::Yes { word.text.clone() } else { format!("[{}]", word.text) };
            match blocks.last_mut().filter(|(block, _)| *block == word.block) {
                Some((_, words)) => words.push(text),
                None => blocks.push((word.block, vec![text])),
            }
        }
        blocks.into_iter().map(|(_, words)| words.join(" ")).collect()
    }

    #[test]
    fn a_page_is_its_words_in_blocks() {
        let html = "<body><h1>Your <b>vi</b>sit</h1>À bient&ocirc;t<br>Anna’s <p hidden>x<p>1.5&nbsp;€, 10:00. <td>a<td>b</table><img alt='A logo'>";
        assert_eq!(
            blocks(html, Part::Html),
            ["your visit", "a bientot anna s", "[x]", "1.5 € 10:00", "a", "b", "a logo"]
        );
        let text = "Hello Anna,\n\nwe see you at https://a.example/x, on the 3rd.\nBring  20 %.\n \n-- \nSalon";
        assert_eq!(blocks(text, Part::Text), ["hello anna", "we see you at on the 3rd bring 20 %", "- - salon"]);
    }

    #[test]
    fn whatever_stands_in_a_body_is_read_without_a_fall() {
        let soup = [
            "<",
            ">",
            "</",
            "<p",
            " style=\"",
            "color:#",
            "font:",
            "rgb(",
            "\"",
            "'",
            "=",
            "&",
            "&#x",
            ";",
            "é",
            "’",
            "\u{ad}",
            "<!--",
            "-->",
            "<style>",
            "{",
            "}",
            "/*",
            "</style",
            "@media",
            "url(",
            ")",
            "https://",
            "www.",
            "1.",
            "000",
            "€",
            "%",
            "\n",
            " ",
            "a",
            "last",
            "chance",
            "<a href=",
            "😀",
            "/>",
        ];
        let mut state = 7_u64;
        for round in 0..4_000 {
            let mut text = String::new();
            for _ in 0..30 {
                // A linear congruential generator (Knuth, MMIX) is chance enough here.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(soup[usize::try_from(state >> 33).unwrap() % soup.len()]);
            }
            for part in [Part::Html, Part::Text] {
                let page = read(&text, part);
                for at in page.words.iter().map(|word| &word.at).chain(page.addresses.iter().map(|address| &address.at))
                {
                    assert!(text.get(at.clone()).is_some(), "round {round}: {at:?} is not in {text:?}");
                    assert!(page.galley.origin(at).is_some() || text.is_empty());
                }
                amounts::all(&page);
                phrases::all(&page, vocabulary::ALL[1].pressure, vocabulary::ALL[1].innocent);
            }
        }
    }
}

//! A line of text on its way to words: where one ends, what is a number, and how its letters are compared.

use super::page::{Seen, Word};
use std::ops::Range;

/// A line that is being read.
#[derive(Debug)]
pub(super) struct Line {
    block: usize,
    pub begins: bool,
    /// Nothing stands on it yet.
    is_empty: bool,
    pub open: Option<Word>,
}

impl Default for Line {
    fn default() -> Self {
        Self { block: 0, begins: true, is_empty: true, open: None }
    }
}

impl Line {
    pub(super) fn take(&mut self, c: char, at: Range<usize>, is_html: bool, seen: Seen, words: &mut Vec<Word>) {
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

    pub(super) fn end_word(&mut self, words: &mut Vec<Word>) {
        let Some(mut word) = self.open.take() else { return };
        // What ends a sentence ends no number.
        let kept = word.text.trim_end_matches(['.', ',', ':', '/', '’']).len();
        word.at.end -= word.text.len() - kept;
        word.text.truncate(kept);
        words.push(word);
    }

    pub(super) fn end_block(&mut self, words: &mut Vec<Word>) {
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

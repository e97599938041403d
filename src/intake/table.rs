//! From a file's bytes to rows of cells, with their line numbers, in bounded memory.
//!
//! Invariant: nothing is dropped unseen. A row that can't be read comes out as a row with its defect; only rows without
//! a single letter, which spreadsheets like to leave at the end, are passed over.

use super::{
    decode::Decoding,
    defect::Defect,
    split::{ROW_BYTES_MAX, split},
};

/// One row, as the file has it.
#[derive(Debug)]
pub struct Row {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its cells, or what is wrong with it.
    pub cells: Result<Vec<String>, Defect>,
}

/// The first row: it names the columns.
#[derive(Debug)]
pub struct Header {
    /// The line, without its end.
    pub text: String,
    /// The delimiter, where the file names it itself: Excel's `sep=;`.
    pub delimiter: Option<char>,
}

/// Splits as the bytes come.
#[derive(Default)]
pub struct Table {
    decoding: Decoding,
    text: String,
    /// How much of `text` is done.
    at: usize,
    /// Line ends seen.
    lines: u64,
    ended: Ended,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Ended {
    #[default]
    No,
    Yes,
}

impl Table {
    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.text.drain(..self.at);
        self.at = 0;
        self.decoding.push(bytes, &mut self.text);
    }

    /// The file has ended.
    pub fn finish(&mut self) {
        if self.ended == Ended::No {
            self.ended = Ended::Yes;
            self.decoding.finish(&mut self.text);
            self.text.push('\n');
        }
    }

    /// The header, as soon as all of it is there.
    pub fn header(&mut self) -> Option<Header> {
        let mut delimiter = None;
        let mut at = self.at;
        loop {
            let rest = self.text.get(at..)?;
            let line = rest.get(..rest.find('\n')?)?;
            at += line.len() + 1;
            let mut named = line.chars().skip("sep=".len());
            match (named.next(), named.next()) {
                (Some(letter), None) if line.to_ascii_lowercase().starts_with("sep=") => delimiter = Some(letter),
                _ if line.trim().is_empty() => {}
                _ => {
                    let text = line.to_owned();
                    self.advance(at);
                    return Some(Header { text, delimiter });
                }
            }
        }
    }

    /// Whether so much has come without a line end that it can't be a table's header.
    pub fn is_headless(&self) -> bool {
        self.text.len() > ROW_BYTES_MAX
    }

    /// The next whole row. `None` until more bytes come; after [`Table::finish`], none is left.
    pub fn next_row(&mut self, delimiter: char) -> Option<Row> {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let line = self.lines + 1;
            let (cells, bytes) = match split(rest, delimiter) {
                Some(split) => (split.cells, split.bytes),
                // At the end of the file only an open quote keeps a row from ending: its line is lost, no other.
                None if self.ended == Ended::Yes && !rest.is_empty() => {
                    (Err(Defect::QuoteNotClosed), rest.find('\n').map_or(rest.len(), |end| end + 1))
                }
                None => return None,
            };
            self.advance(self.at + bytes);
            if !cells.as_ref().is_ok_and(|cells| cells.iter().all(|cell| cell.trim().is_empty())) {
                return Some(Row { line, cells });
            }
        }
    }

    fn advance(&mut self, to: usize) {
        let done = self.text.as_bytes().get(self.at..to).unwrap_or_default();
        self.lines += done.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.at = to;
    }
}

//! A CSV file with a header, plain or `.gz`, read row by row: no whole file is ever in memory.

use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;
use std::{fmt, fs::File, io::Read, path::Path};

/// Shows so many rows that can't be taken; the others are counted.
const REFUSALS_SHOWN: usize = 20;

/// A file that is being read.
pub struct Sheet {
    reader: csv::Reader<Box<dyn Read>>,
    header: Vec<String>,
    row: csv::ByteRecord,
    shown: String,
}

/// Where a column stands; `None` where the file doesn't have it.
#[derive(Clone, Copy, Debug)]
pub struct Column(Option<usize>);

/// Rows that can't be taken.
#[derive(Debug, Default)]
pub struct Refusals {
    /// How many.
    pub count: u64,
    shown: Vec<String>,
}

impl Refusals {
    /// One more.
    pub fn add(&mut self, file: &str, line: u64, why: &Wrong) {
        self.count += 1;
        if self.shown.len() < REFUSALS_SHOWN {
            self.shown.push(format!("{file}, line {line}: {why}"));
        }
    }

    /// A line for each that is shown, and one for the others.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let more = self.count.saturating_sub(u64::try_from(self.shown.len()).unwrap_or(u64::MAX));
        let rest = (more > 0).then(|| format!("and {more} rows more"));
        self.shown.iter().cloned().chain(rest)
    }
}

/// What is wrong with a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// It has more or fewer fields than the header.
    Fields {
        /// It has so many.
        has: usize,
        /// The header has so many.
        header: usize,
    },
    /// A field that must have something is empty.
    Empty(&'static str),
    /// It isn't UTF-8.
    NotText(&'static str),
    /// A day can't be read.
    NoDay(String),
    /// An amount can't be read.
    NoAmount(String),
    /// An amount is below zero.
    Negative(String),
    /// Neither yes nor no.
    NeitherYesNorNo(&'static str, String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fields { has, header } => write!(f, "{has} fields, and the header has {header}"),
            Self::Empty(column) => write!(f, "no {column}"),
            Self::NotText(column) => write!(f, "{column} isn't UTF-8: save the file as UTF-8"),
            Self::NoDay(text) => write!(f, "\"{text}\" is no day: write 2027-03-30 or 2027-03-30 08:26:00"),
            Self::NoAmount(text) => write!(f, "\"{text}\" is no amount: write 4.25"),
            Self::Negative(text) => {
                write!(f, "the amount {text} is negative: leave out refunds, and the purchases that they refund")
            }
            Self::NeitherYesNorNo(column, text) => write!(f, "{column} is \"{text}\": write 1 or 0, yes or no"),
        }
    }
}

impl Sheet {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// When it can't be read, or a column that must be there isn't.
    pub fn open(path: &Path, needed: &[&str]) -> anyhow::Result<Self> {
        let shown = path.display().to_string();
        let file = File::open(path).with_context(|| format!("{shown} can't be read"))?;
        let zipped = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
        let bytes: Box<dyn Read> = if zipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let mut reader = csv::ReaderBuilder::new().flexible(true).buffer_capacity(1 << 16).from_reader(bytes);
        let header = reader.byte_headers().with_context(|| format!("{shown} can't be read"))?;
        let header: Vec<String> = header.iter().map(name).collect();
        if let Some(column) = needed.iter().find(|column| header.iter().all(|name| name != *column)) {
            let (has, needed) = (header.join(", "), needed.join(", "));
            bail!("{shown}, line 1: there is no column \"{column}\". Needed: {needed}. The file has: {has}");
        }
        Ok(Self { reader, header, row: csv::ByteRecord::new(), shown })
    }

    /// The file's name.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.header
    }

    /// Where a column stands.
    pub fn column(&self, column: &str) -> Column {
        Column(self.header.iter().position(|name| name == column))
    }

    /// Reads the next row; its line, from 1, or nothing at the end.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn next(&mut self) -> anyhow::Result<Option<u64>> {
        let line = self.reader.position().line();
        let shown = &self.shown;
        let more = self.reader.read_byte_record(&mut self.row);
        let more = more.with_context(|| format!("{shown}, after line {line}: it can't be read"))?;
        Ok(more.then(|| self.row.position().map_or(line, csv::Position::line)))
    }

    /// Whether the row is as long as the header.
    ///
    /// # Errors
    /// Where it isn't.
    pub fn whole(&self) -> Result<(), Wrong> {
        let (has, header) = (self.row.len(), self.header.len());
        if has == header { Ok(()) } else { Err(Wrong::Fields { has, header }) }
    }

    /// A field that must have something.
    ///
    /// # Errors
    /// Where it is empty, or no text.
    pub fn text(&self, column: Column, what: &'static str) -> Result<&str, Wrong> {
        Some(self.maybe(column, what)?).filter(|text| !text.is_empty()).ok_or(Wrong::Empty(what))
    }

    /// A field that may be empty, or not there.
    ///
    /// # Errors
    /// Where it is no text.
    pub fn maybe(&self, Column(at): Column, what: &'static str) -> Result<&str, Wrong> {
        let bytes = at.and_then(|at| self.row.get(at)).unwrap_or_default();
        std::str::from_utf8(bytes).map(str::trim).map_err(|_| Wrong::NotText(what))
    }

    /// Yes or no; `None` where the field is empty or not there.
    ///
    /// # Errors
    /// Where it is neither.
    pub fn yes(&self, column: Column, what: &'static str) -> Result<Option<bool>, Wrong> {
        match self.maybe(column, what)? {
            "" => Ok(None),
            "1" | "yes" | "true" => Ok(Some(true)),
            "0" | "no" | "false" => Ok(Some(false)),
            other => Err(Wrong::NeitherYesNorNo(what, other.to_owned())),
        }
    }
}

impl Column {
    /// One that the file doesn't have.
    pub const NONE: Self = Self(None);

    /// Whether the file has it.
    pub const fn is_there(self) -> bool {
        self.0.is_some()
    }
}

/// A column's name, without the mark that some programs put at the beginning of a file.
fn name(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()
}

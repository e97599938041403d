//! Files that people write: TOML with spans, read so that all mistakes are found at once.
//!
//! A [`Document`] is parsed as far as it can be; a [`Table`] of it is asked key by key and notes every key that was
//! asked for, so that [`Table::finish`] knows which ones nobody wanted. Nothing here stops at the first mistake: a reader gets
//! `None` for what is wrong and goes on, and the findings say why.

pub mod span;
pub mod suggest;
pub mod table;
pub mod report;

pub use span::parse_span;
pub use suggest::did_you_mean;
pub use table::{Need, Table};

use crate::base::{Findings, Source};
use std::{cell::RefCell, ops::Range};
use toml::{Spanned, de::DeTable};

/// What is wrong with a value, told by the one who parsed it; the reader adds the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// One sentence without a full stop.
    pub message: String,
    /// Two or three words under the caret.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Complaint {
    /// A complaint with a remedy.
    pub fn new(message: impl Into<String>, label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), label: label.into(), help: Some(help.into()) }
    }
}

/// A parsed file and what was found in it so far.
#[derive(Debug)]
pub struct Document<'a> {
    source: &'a Source,
    root: Spanned<DeTable<'a>>,
    findings: RefCell<Findings>,
    /// False after a syntax error: what seems to be missing then may only be unreadable.
    whole: bool,
}

impl<'a> Document<'a> {
    /// Parses as much as is TOML; syntax errors become findings.
    #[must_use]
    pub fn parse(source: &'a Source) -> Self {
        let (root, errors) = DeTable::parse_recoverable(&source.text);
        let document = Self { source, root, findings: RefCell::default(), whole: errors.is_empty() };
        for error in errors {
            let span = error.span().unwrap_or_default();
            let help = syntax_help(error.message());
            document.find(span, Complaint { message: error.message().to_owned(), label: "not TOML".into(), help });
        }
        document
    }

    /// The table of the whole file.
    #[must_use]
    pub fn root(&self) -> Table<'_> {
        Table::new(self, "the file".to_owned(), 0..0, self.root.get_ref())
    }

    /// The file.
    #[must_use]
    pub const fn source(&self) -> &Source {
        self.source
    }

    /// Adds a finding about this file.
    pub fn find(&self, span: Range<usize>, complaint: Complaint) {
        self.findings.borrow_mut().add(self.source, span, complaint.message, complaint.label, complaint.help);
    }

    /// Adds a finding about something that isn't there.
    pub(crate) fn find_missing(&self, span: Range<usize>, complaint: Complaint) {
        if self.whole {
            self.find(span, complaint);
        }
    }

    /// Everything that was found.
    pub fn into_findings(self) -> Findings {
        self.findings.into_inner()
    }
}

/// The parser names what it expected; these are the mistakes that people make, in their words.
fn syntax_help(message: &str) -> Option<String> {
    let help = if message.contains("duplicate key") {
        "each key stands once in a table; delete one of the two, or give it another name"
    } else if message.contains("quote") || message.contains("string") {
        "text stands in double quotes, on one line: name = \"Salon Lumière\""
    } else if message.contains("inline table") || message.contains("array") {
        "close every [ with ] and every { with }, and put commas between the parts"
    } else {
        return None;
    };
    Some(help.to_owned())
}

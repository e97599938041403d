//! Files that people write: TOML with spans, read so that all mistakes are found at once.
//!
//! A [`Document`] is parsed as far as it can be; a [`Table`] of it is asked key by key and notes every key that was
//! asked for, so that [`Table::finish`] knows which ones nobody wanted. What a file may hold stands in its [`Form`], from
//! which readers, editors and the reference know it. Nothing here stops at the first mistake: a reader gets
//! `None` for what is wrong and goes on, and the findings say why.

pub mod form;
pub mod span;
pub mod suggest;
pub mod table;
pub mod schema;
pub mod reference;
pub mod report;

pub use form::Form;
pub use span::{parse_span, parse_term};
pub use suggest::did_you_mean;
pub use table::{Need, Table};

use crate::base::{Findings, Source};
use std::{cell::RefCell, collections::BTreeSet, ops::Range};
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
        let mut lines = BTreeSet::new();
        for error in errors {
            let span = error.span().unwrap_or_default();
            // One mistake makes the parser stumble several times on the same line.
            if lines.insert(source.position(span.start).0) {
                document.find(span, syntax(error.message()));
            }
        }
        document
    }

    /// The table of the whole file, which keeps to this form.
    #[must_use]
    pub fn root(&self, form: &'static Form) -> Table<'_> {
        Table::new(self, "the file".to_owned(), 0..0, self.root.get_ref(), form)
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

    /// Adds a finding about something that isn't where it should be. After a syntax error that proves nothing.
    pub(crate) fn find_in_whole(&self, span: Range<usize>, complaint: Complaint) {
        if self.whole {
            self.find(span, complaint);
        }
    }

    /// Whether all of the file could be read as TOML.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Everything that was found.
    pub fn into_findings(self) -> Findings {
        self.findings.into_inner()
    }
}

/// The parser names what its grammar expected; these are the mistakes that people make, in their words.
fn syntax(words: &str) -> Complaint {
    let (message, label, help) = if words.contains("duplicate key") {
        ("this key stands in the table already", "twice", "delete one of the two, or give it another name")
    } else if words.contains("basic string") || words.contains("literal string") && words.contains("invalid") {
        (
            "the text is not closed on its line",
            "no closing quote",
            "close it by the quote that opened it: name = \"Salon Lumière\"",
        )
    } else if words.contains("must be quoted") {
        ("text stands in quotes", "no quotes", "write it as in name = \"Salon Lumière\"")
    } else if words.contains("unclosed table") {
        ("the name of a table is not closed", "no ]", "close it by ]: [purposes.appointment-reminders]")
    } else if words.contains("array") || words.contains("inline table") {
        (
            "a list or table is not closed, or misses a comma",
            "not closed",
            "close every [ by ] and every { by }, with commas between the parts",
        )
    } else if words.contains("key") {
        ("this is not a key and its value", "no key", "write it as in name = \"Salon Lumière\"")
    } else {
        return Complaint { message: format!("this is not TOML: {words}"), label: "not TOML".into(), help: None };
    };
    Complaint::new(message, label, help)
}

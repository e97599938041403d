//! What is wrong with a file that a person wrote: where it stands, and what to write instead.

use std::{fmt, ops::Range, sync::Arc};

/// A file as it was read, shared by the findings that point into it.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// Path as the reader would type it, relative to the installation.
    pub path: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

impl Source {
    /// A source by path and text.
    #[must_use]
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Line and column, both from 1, of a byte offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        (line, column)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.path)
    }
}

/// One mistake, with its place and its remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub source: Source,
    /// Bytes of the text that the caret underlines; empty at the start when the whole file is meant.
    pub span: Range<usize>,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What stands under the caret: two or three words, such as "unknown key".
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// All findings of a reading, in the order in which they were found. Empty means that all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "findings are for a person to read"]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Adds a finding.
    pub fn add(
        &mut self,
        source: &Source,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        self.0.push(Finding { source: source.clone(), span, message: message.into(), label: label.into(), help });
    }

    /// Takes over another reading's findings.
    pub fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// True when nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// By file and place, for printing.
    pub fn sorted(mut self) -> Self {
        self.0.sort_by(|a, b| (&a.source.path, a.span.start).cmp(&(&b.source.path, b.span.start)));
        self
    }
}

//! Findings as people and as scripts read them.

use crate::base::{Finding, Findings};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use serde::Serialize;
use std::{fmt, ops::Range};

/// Width of the drawing: that of a terminal that nobody made wider.
const COLUMNS: usize = 100;
/// Longest line that is shown whole.
const LINE_BYTES_MAX: usize = 120;

/// For what the drawing is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Canvas {
    /// A terminal, with colours.
    Terminal,
    /// A file or a pipe.
    Plain,
}

/// All findings, each with its line, a caret, and what to write instead.
#[must_use]
pub fn draw(findings: &Findings, canvas: Canvas) -> String {
    let theme = match canvas {
        Canvas::Terminal => GraphicalTheme::unicode(),
        Canvas::Plain => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(COLUMNS).with_context_lines(1).with_links(false);
    let mut out = String::new();
    for finding in &findings.0 {
        // Writing into a string fails only where a drawing has an error of its own; then the sentence must do.
        if handler.render_report(&mut out, &Drawn::new(finding)).is_err() {
            out.push_str(&sentence(finding));
        }
        out.push('\n');
    }
    out
}

/// One finding for a script.
#[derive(Clone, Debug, Serialize)]
pub struct Line<'a> {
    /// Path below the installation.
    pub file: &'a str,
    /// From 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// From 1, in characters.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: &'a str,
    /// What to write instead.
    pub help: Option<&'a str>,
}

/// A finding with its place in numbers.
#[must_use]
pub fn line(finding: &Finding) -> Line<'_> {
    let place = (!finding.source.text.is_empty()).then(|| finding.source.position(finding.span.start));
    Line {
        file: &finding.source.path,
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        message: &finding.message,
        help: finding.help.as_deref(),
    }
}

fn sentence(finding: &Finding) -> String {
    let Line { file, line, message, help, .. } = line(finding);
    format!("{file}:{}: {message}; {}\n", line.unwrap_or(1), help.unwrap_or_default())
}

/// What miette draws: one line each, because neighbours would repeat from finding to finding.
#[derive(Debug)]
struct Drawn<'a> {
    finding: &'a Finding,
    text: String,
    /// What is underlined: the finding's bytes as far as they stand on its first line, and in the window.
    span: Range<usize>,
    /// What is shown: that line, or as much of it as fits.
    window: Range<usize>,
}

impl<'a> Drawn<'a> {
    fn new(finding: &'a Finding) -> Self {
        let text = without_secrets(&finding.source.text);
        let start = text.floor_char_boundary(finding.span.start);
        let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let line_end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| start + at);
        // A long line is shown from a little before the place.
        let shift = start.saturating_sub(line_start).saturating_sub(COLUMNS / 2);
        let window_start = if line_end - line_start > LINE_BYTES_MAX { line_start + shift } else { line_start };
        let window_start = text.floor_char_boundary(window_start);
        let window = window_start..text.floor_char_boundary(line_end.min(window_start + LINE_BYTES_MAX));
        let end = text.floor_char_boundary(finding.span.end.clamp(start, window.end.max(start)));
        // A place behind the last character of a line is pointed at by that character.
        let last = text.get(window.start..start).and_then(|line| line.chars().next_back()).map_or(0, char::len_utf8);
        let start = if start == line_end { start - last } else { start };
        Self { finding, span: start..end, window, text }
    }
}

impl SourceCode for Drawn<'_> {
    /// Miette asks with lines of context for what it shows, and without for the place that it names.
    fn read_span<'b>(
        &'b self,
        _: &SourceSpan,
        before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let (line, column) = self.finding.source.position(self.finding.span.start);
        let (shown, column) = if before == 0 { (&self.span, column - 1) } else { (&self.window, 0) };
        let data = self.text.as_bytes().get(shown.clone()).ok_or(MietteError::OutOfBounds)?;
        let name = self.finding.source.path.to_string();
        let span = SourceSpan::from(shown.clone());
        Ok(Box::new(MietteSpanContents::new_named(name, data, span, line - 1, column, 1)))
    }
}

/// The same text, byte for byte as long, with the values of passwords blotted out.
fn without_secrets(text: &str) -> String {
    let blot = |line: &str| match line.split_once('=') {
        Some((key, value)) if key.trim() == "password" => {
            let kept = |c: char| c.is_whitespace() || c == '"' || c == '\'';
            let value: String =
                value.chars().map(|c| if kept(c) { c.to_string() } else { "*".repeat(c.len_utf8()) }).collect();
            format!("{key}={value}")
        }
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(blot).collect()
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() {
            write!(f, "{}: ", self.finding.source.path)?;
        }
        f.write_str(&self.finding.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn help<'h>(&'h self) -> Option<Box<dyn fmt::Display + 'h>> {
        self.finding.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.text.is_empty()).then_some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some(self.finding.label.clone()), self.span.clone());
        (!self.text.is_empty()).then(|| Box::new(std::iter::once(label)) as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Source;

    #[test]
    fn a_password_is_never_drawn() {
        let text = "[smtp]\npassword = \"hunter2é\"\nhost = \"x\"\n";
        let mut findings = Findings::default();
        findings.add(&Source::new("comity.toml", text), 7..15, "wrong", "here", None);
        let drawn = draw(&findings, Canvas::Plain);
        assert!(!drawn.contains("hunter") && drawn.contains("password = \"*********\""), "{drawn}");
    }
}

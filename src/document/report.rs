//! Findings as people and as scripts read them.

use crate::base::{Finding, Findings, Source};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use serde::Serialize;
use std::{fmt, ops::Range};
use toml::de::{DeTable, DeValue};

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

/// A finding in a few words for logs and letters. Of settings it tells nothing that they say.
#[must_use]
pub fn brief(finding: &Finding) -> String {
    let Line { file, line, message, .. } = line(finding);
    let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
    format!("{file}{line}: {}", if may_hold_secrets(file) { &finding.label } else { message })
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
        let text = without_secrets(&finding.source);
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

/// Files whose values may be secrets: the settings, and the variables over them.
fn may_hold_secrets(file: &str) -> bool {
    matches!(file, "comity.toml" | "environment")
}

/// Keys of the settings whose values are secrets. Whoever has a calendar's link reads the calendar; a password may stand
/// behind a misspelt key, too.
fn is_secret(key: &str) -> bool {
    matches!(key, "calendar" | "url") || key.starts_with("pas") && !key.ends_with("_file")
}

/// The same text, byte for byte as long, with the secrets of settings blotted out.
fn without_secrets(source: &Source) -> String {
    if !may_hold_secrets(&source.path) {
        return source.text.to_string();
    }
    let (settings, errors) = DeTable::parse_recoverable(&source.text);
    let mut secrets = Vec::new();
    find_secrets(settings.get_ref(), &mut secrets);
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        // What is no TOML is known by its words alone.
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if !errors.is_empty() && words.into_iter().any(is_secret) {
            secrets.push(at + line.find('=').unwrap_or_default()..at + line.len());
        }
        at += line.len();
    }
    let kept = |c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'');
    let is_told = |at, c| kept(c) || !secrets.iter().any(|secret| secret.contains(&at));
    let blot = |(at, c): (usize, char)| if is_told(at, c) { c.to_string() } else { "*".repeat(c.len_utf8()) };
    source.text.char_indices().map(blot).collect()
}

fn find_secrets(table: &DeTable<'_>, secrets: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        match value.get_ref() {
            _ if is_secret(key.get_ref()) => secrets.push(value.span()),
            DeValue::Table(below) => find_secrets(below, secrets),
            DeValue::Array(list) => {
                list.iter().filter_map(|one| one.get_ref().as_table()).for_each(|below| find_secrets(below, secrets));
            }
            _ => {}
        }
    }
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

    #[test]
    fn a_secret_is_never_drawn_however_it_is_written() {
        for (text, drawn_as) in [
            ("[smtp]\npassword = \"hunter2é\"\nhost = \"x\"\n", "password = \"*********\""),
            ("smtp = { password = 'hunter2', host = \"x\" }\n", "smtp = { password = '*******', host = \"x\" }"),
            ("smtp.pasword = \"hunter2\" # ours\n", "smtp.pasword = \"*******\" # ours"),
            ("sources = [{ calendar = \"hunter2\" }]\n", "calendar = \"*******\""),
            ("[owner.webhook]\nurl = \"hunter2\"\n", "url = \"*******\""),
            ("password = \"hunter2\nhost = 1\n", "password = \"*******"),
            ("smtp = { password = hunter2\n", "*******"),
            ("password_file = \"secret\"\n", "password_file = \"secret\""),
        ] {
            let source = Source::new("comity.toml", text);
            assert_eq!(without_secrets(&source).len(), text.len());
            for line in text.split_inclusive('\n') {
                let mut findings = Findings::default();
                let at = text.find(line).unwrap();
                findings.add(&source, at..at + 1, "wrong", "here", None);
                let drawn = draw(&findings, Canvas::Plain);
                assert!(!drawn.contains("hunter"), "{drawn}");
                if line.contains("hunter") || line.contains("_file") {
                    assert!(drawn.contains(drawn_as), "{drawn}");
                }
            }
        }
        let policy = Source::new("policy.toml", "calendar = \"start\"\n");
        assert_eq!(without_secrets(&policy), &*policy.text, "there it is no secret");
    }
}

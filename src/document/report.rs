//! Findings as people and as scripts read them.

use crate::base::{Finding, Findings, Source};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use serde::Serialize;
use std::fmt;

/// Width of the drawing: that of a terminal that nobody made wider.
const COLUMNS: usize = 100;

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
    // One line each: the neighbours would repeat from finding to finding, and one of them may hold a password.
    let handler = GraphicalReportHandler::new_themed(theme).with_width(COLUMNS).with_context_lines(0).with_links(false);
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

/// What miette draws.
#[derive(Debug)]
struct Drawn<'a> {
    finding: &'a Finding,
    code: Option<NamedSource<String>>,
    message: String,
}

impl<'a> Drawn<'a> {
    fn new(finding: &'a Finding) -> Self {
        let Source { path, text } = &finding.source;
        if text.is_empty() {
            return Self { finding, code: None, message: format!("{path}: {}", finding.message) };
        }
        let code = NamedSource::new(&**path, without_secrets(text));
        Self { finding, code: Some(code), message: finding.message.clone() }
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
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn help<'h>(&'h self) -> Option<Box<dyn fmt::Display + 'h>> {
        self.finding.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.code.as_ref().map(|code| code as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.code.as_ref()?;
        let label = LabeledSpan::new_with_span(Some(self.finding.label.clone()), self.finding.span.clone());
        Some(Box::new(std::iter::once(label)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_drawn() {
        let text = "[smtp]\npassword = \"hunter2é\"\nhost = \"x\"\n";
        let mut findings = Findings::default();
        findings.add(&Source::new("comity.toml", text), 7..15, "wrong", "here", None);
        let drawn = draw(&findings, Canvas::Plain);
        assert!(!drawn.contains("hunter") && drawn.contains("password = \"*********\""), "{drawn}");
    }
}

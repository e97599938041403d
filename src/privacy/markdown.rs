//! Headings and lines as Markdown, for a terminal, a file or a web site of the business's own.

use super::told::{Line, Section, Told};
use std::fmt::Write;

/// A notice.
#[must_use]
pub fn markdown(told: &Told) -> String {
    let mut text = format!("# {}\n", told.title);
    for Section { heading, lines } in &told.sections {
        let _ = write!(text, "\n## {heading}\n\n");
        let mut is_list = false;
        for line in lines {
            let item = matches!(line, Line::Item(..));
            if is_list && !item {
                text.push('\n');
            }
            is_list = item;
            // Into a String, which never fails.
            let _ = match line {
                Line::Heading(heading) => write!(text, "### {heading}\n\n"),
                Line::Said(sentence) => write!(text, "{sentence}\n\n"),
                Line::Item(word, rest) => writeln!(text, "- **{word}**: {rest}"),
                Line::Link(page) => write!(text, "<{page}>\n\n"),
            };
        }
        while text.ends_with("\n\n") {
            text.pop();
        }
    }
    text
}

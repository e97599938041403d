//! What is wrong with a file that isn't handlebars, in the words of the one who wrote it.

use crate::document::Complaint;
use handlebars::TemplateErrorReason;
use std::ops::Range;

/// The parser's own words are a grammar's; these are the mistakes that people make.
pub(in crate::render) fn complaint(text: &str, at: usize, reason: &TemplateErrorReason) -> (Range<usize>, Complaint) {
    let end_of_line = |start: usize| start + text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    match reason {
        TemplateErrorReason::MismatchingClosedHelper(opened, closing)
        | TemplateErrorReason::MismatchingClosedDecorator(opened, closing) => {
            let (opened, closing) = (opened.trim_matches('"'), closing.trim_matches('"'));
            let complaint = Complaint::new(
                format!("`{opened}` was opened, but `{closing}` is closed"),
                "closes another",
                format!("write {{{{/{opened}}}}}"),
            );
            (at..end_of_line(at), complaint)
        }
        _ => {
            // What was opened and never closed is what the grammar stumbles over last.
            let open = unclosed(text);
            let start = open.as_ref().map_or(at, |(start, _)| *start);
            let help = open.map_or_else(
                || "write {{name}}, {{helper name}}, {{#if name}}…{{/if}} or {{> partial}}".to_owned(),
                |(_, name)| {
                    if name.is_empty() { "close it by }}".to_owned() } else { format!("close it by {{{{/{name}}}}}") }
                },
            );
            (start..end_of_line(start), Complaint::new("this is not handlebars", "not understood", help))
        }
    }
}

/// The last tag or block that is opened and not closed: where, and by which name.
fn unclosed(text: &str) -> Option<(usize, String)> {
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("{{")).map(|found| at + found) {
        let inside = text.get(start + 2..)?;
        let next_open = inside.find("{{").unwrap_or(usize::MAX);
        let Some(end) = inside.find("}}").filter(|end| *end < next_open || inside.starts_with('{')) else {
            return Some((start, String::new()));
        };
        let tag = inside.get(..end)?.trim_matches('~').trim();
        if let Some(name) = tag.strip_prefix('#') {
            let name = name.trim_start_matches('>').trim();
            open.push((start, name.split_whitespace().next().unwrap_or_default().to_owned()));
        } else if tag.starts_with('/') {
            open.pop();
        }
        at = start + 2 + end + 2;
    }
    open.pop()
}

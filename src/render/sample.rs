//! `sample.json`: what `comity preview` fills a template with. Its names are checked like a template's.

use super::compile::add;
use crate::{
    base::{Findings, Source},
    document::{Complaint, did_you_mean},
    policy::Scope,
};
use serde_json::Value as Json;

/// What a sample may set beside the things of the workflow.
const OTHERS: [&str; 3] = ["moved", "previous", "messages"];

/// Reads the file. Without a readable one, the sample is empty.
pub(super) fn read(source: Option<&Source>, path: &str, findings: &mut Findings) -> Json {
    let Some(source) = source else {
        let help = "write { \"customer\": { … }, \"appointment\": { … } } with an example for each field";
        findings.add(&Source::new(path, ""), 0..0, "the file `sample.json` is missing", "missing", Some(help.into()));
        return Json::Null;
    };
    let complaint = match serde_json::from_str::<Json>(&source.text) {
        Ok(sample) if sample.is_object() => return sample,
        Ok(_) => (0, Complaint::new("a sample is an object", "no object", "begin with { and write names and values")),
        Err(error) => {
            let at = super::compile::offset(&source.text, error.line(), error.column());
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default().to_owned();
            (
                at,
                Complaint::new(
                    format!("the sample is not JSON: {words}"),
                    "not JSON",
                    "names and texts in double quotes, commas between them, none after the last",
                ),
            )
        }
    };
    add(findings, source, complaint.0..complaint.0, complaint.1);
    Json::Null
}

/// Each name must be one that a template may read.
pub(super) fn check(source: &Source, sample: &Json, scope: &Scope<'_>, findings: &mut Findings) {
    for (thing, values) in sample.as_object().into_iter().flatten() {
        if OTHERS.contains(&thing.as_str()) {
            continue;
        }
        if !scope.has(thing) {
            let help = did_you_mean(thing, scope.things().chain(OTHERS));
            let message = format!("a sample has no `{thing}`");
            add(findings, source, place(source, thing, 0), Complaint { message, label: "unknown name".into(), help });
            continue;
        }
        let from = place(source, thing, 0).end;
        for field in values.as_object().into_iter().flatten().map(|(field, _)| field) {
            if let Err(complaint) = scope.field(thing, field) {
                add(findings, source, place(source, field, from), complaint);
            }
        }
    }
}

fn place(source: &Source, name: &str, from: usize) -> std::ops::Range<usize> {
    let found = source.text.get(from..).and_then(|rest| rest.find(&format!("\"{name}\"")));
    found.map_or(0..0, |at| from + at..from + at + name.len() + 2)
}

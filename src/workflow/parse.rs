//! Reads `workflows/*.toml` into workflows, or into findings.

use super::{Asks, Condition, IfMoved, IfQuiet, IfUncertain, Offset, State, Workflow};
use crate::{
    base::{Findings, Instant, Source, Zone},
    document::{Complaint, Document, Need, Table, did_you_mean},
    people::Answer,
    policy::{Basis, FieldType, Policy, RecordType, Scope, parse::caps},
};
use chrono::NaiveDateTime;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};
use toml::Spanned;

/// Most steps of one workflow: nobody wants eleven reminders of one visit.
const STEPS_MAX: usize = 10;
/// The file's name is the workflow's.
const NAME_CHARS_MAX: usize = 48;
/// Keys of the trigger, which people put above it.
const TRIGGER_KEYS: [&str; 8] =
    ["record", "before", "only_if", "expires", "if_quiet", "if_uncertain", "if_moved", "ends_on"];

/// Reads one workflow, by the name of its file. Without a policy, nothing is checked against it. Its revision is made from all that it uses, so the caller gives it. With
/// findings, what comes back is good for checking its templates, and for nothing else.
pub fn parse(
    source: &Source,
    name: &str,
    revision: &str,
    policy: Option<&Policy>,
    templates: &BTreeSet<String>,
) -> (Option<Workflow>, Findings) {
    let document = Document::parse(source);
    let workflow = workflow(&document, name, revision, policy, templates);
    (workflow, document.into_findings())
}

fn workflow(
    document: &Document<'_>,
    name: &str,
    revision: &str,
    policy: Option<&Policy>,
    templates: &BTreeSet<String>,
) -> Option<Workflow> {
    let root = document.root();
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') || name.len() > NAME_CHARS_MAX {
        let help = "write small letters, digits and dashes, at most 48: it goes into headers";
        let message = format!("`{name}` can't be the name of a workflow");
        root.find(0..0, Complaint::new(message, "named by its file", help));
    }
    let purpose = root.text("purpose", Need::Must("purpose = \"…\", one of those in policy.toml"));
    let purpose = purpose.filter(|purpose| is_declared(&root, purpose, policy.map(|p| &p.purposes), "purpose"));
    let template = root.text("template", Need::Must("template = \"…\", a folder of templates/mail"));
    if let Some(template) = &template {
        folder(&root, template, templates);
    }
    let state = root.choice("state", Need::May, &[("live", State::Live), ("draft", State::Draft)]);
    let asks = root.boolean("answers", Need::May);
    let caps = caps::list(&root, "cap");
    let trigger = root.table("trigger", Need::Must("[trigger] with record and before"));
    root.finish(|key| TRIGGER_KEYS.contains(&key).then(|| format!("`{key}` belongs under [trigger]")));
    let trigger = trigger?;

    let record = trigger.text("record", Need::Must("record = \"…\", one of those in policy.toml"));
    let record = record.filter(|record| is_declared(&trigger, record, policy.map(|p| &p.records), "record"));
    // A purpose or record that can't be read must not make the fields look wrong as well.
    let scope = match (policy, &purpose, &record) {
        (Some(policy), Some(purpose), Some(record)) => Some(Scope::of(policy, purpose.get_ref(), record.get_ref())),
        _ => None,
    };
    let record = record.map(Spanned::into_inner);
    let asks = asks_for(&trigger, asks, policy, record);
    let before = before(&trigger, record, scope.as_ref());
    let only_if = only_if(&trigger, document.source(), scope.as_ref());
    expires(&trigger, record, before.as_ref().map(|(field, _)| field.as_str()));
    let words = [("later", IfQuiet::Later), ("earlier", IfQuiet::Earlier), ("refuse", IfQuiet::Refuse)];
    let if_quiet = trigger.choice("if_quiet", Need::May, &words);
    let basis = policy.zip(purpose.as_ref()).and_then(|(policy, purpose)| policy.purposes.get(*purpose.get_ref()));
    let if_uncertain = if_uncertain(&trigger, basis.map(|purpose| purpose.basis));
    let if_moved = trigger.choice("if_moved", Need::May, &[("tell", IfMoved::Tell), ("silent", IfMoved::Silent)]);
    let ends_on = ends_on(&trigger, policy, record, scope.as_ref());
    unsupported(&trigger);
    trigger.finish(|_| None);

    let (date_field, steps) = before?;
    Some(Workflow {
        name: name.to_owned(),
        purpose: (*purpose?.get_ref()).to_owned(),
        template: (*template?.get_ref()).to_owned(),
        state: state.map(Spanned::into_inner).unwrap_or_default(),
        record: record?.to_owned(),
        date_field,
        steps,
        caps,
        only_if,
        if_quiet: if_quiet.map(Spanned::into_inner).unwrap_or_default(),
        if_uncertain,
        if_moved: if_moved.map(Spanned::into_inner).unwrap_or_default(),
        asks,
        ends_on,
        revision: revision.to_owned(),
    })
}

/// The template's folder must be there.
fn folder(root: &Table<'_>, template: &Spanned<&str>, templates: &BTreeSet<String>) {
    if templates.contains(*template.get_ref()) {
        return;
    }
    let help = did_you_mean(template.get_ref(), templates.iter().map(String::as_str))
        .or_else(|| Some("make the folder, with subject.hbs, body.html.hbs, body.txt.hbs and sample.json".into()));
    let message = format!("there is no folder templates/mail/{}", template.get_ref());
    root.find(template.span(), Complaint { message, label: "unknown template".into(), help });
}

fn is_declared<T>(table: &Table<'_>, word: &Spanned<&str>, known: Option<&BTreeMap<String, T>>, what: &str) -> bool {
    let Some(known) = known.filter(|known| !known.contains_key(*word.get_ref())) else { return true };
    let help = did_you_mean(word.get_ref(), known.keys().map(String::as_str))
        .or_else(|| Some("declare it in policy.toml".into()));
    let message = format!("policy.toml declares no {what} `{}`", word.get_ref());
    table.find(word.span(), Complaint { message, label: format!("unknown {what}"), help });
    false
}

/// The date field and the steps before it, the farthest first.
fn before(trigger: &Table<'_>, record: Option<&str>, scope: Option<&Scope<'_>>) -> Option<(String, Vec<Offset>)> {
    let table = trigger.table("before", Need::Must("before = { field = \"starts_at\", by = [\"24h\", \"2h\"] }"))?;
    let field = table.text("field", Need::Must("field = \"starts_at\", a field with a date and time"));
    let by = table.texts("by", Need::Must("by = [\"24h\", \"2h\"]"));
    if let (Some(field), Some(record), Some(scope)) = (&field, record, scope) {
        let checked = scope.field(record, field.get_ref()).and_then(|declared| match declared.kind {
            FieldType::Datetime => Ok(()),
            other => Err(Complaint::new(
                format!("`{record}.{}` is {}, not a date and time", field.get_ref(), other.name()),
                "no date and time",
                "name a field of type datetime",
            )),
        });
        table.take(field.span(), checked);
    }
    let steps = by.map(|by| steps(&table, &by));
    table.finish(|_| None);
    Some(((*field?.get_ref()).to_owned(), steps?))
}

fn steps(table: &Table<'_>, by: &Spanned<Vec<Spanned<&str>>>) -> Vec<Offset> {
    let mut seen = BTreeSet::new();
    let mut steps = Vec::new();
    for text in by.get_ref() {
        let offset = Offset::parse(text.get_ref()).ok_or_else(|| {
            Complaint::new(
                format!("`{}` is not a distance before a date", text.get_ref()),
                "bad offset",
                "write \"24h\" or \"90m\" (to the minute), \"1d\" (same wall time) or \"1d at 09:00\"",
            )
        });
        let Some(offset) = table.take(text.span(), offset) else { continue };
        if !seen.insert(offset.step()) {
            let complaint = Complaint::new("this step stands here twice", "again", "delete one of the two");
            table.find(text.span(), complaint);
        }
        steps.push(offset);
    }
    if steps.len() > STEPS_MAX {
        let complaint =
            Complaint::new(format!("more than {STEPS_MAX} steps"), "too many", "write fewer: each one is a message");
        table.find(by.span(), complaint);
    }
    // Any date shows which step lies farther off; equal distances keep the order of the file.
    let noon = NaiveDateTime::default() + chrono::TimeDelta::days(36_525) + chrono::TimeDelta::hours(12);
    steps.sort_by_key(|step| Instant::ms(step.before(noon, Zone::UTC)));
    steps
}

/// The condition, if there is one. A wrong one leaves its findings, and the workflow is void by them.
fn only_if(trigger: &Table<'_>, source: &Source, scope: Option<&Scope<'_>>) -> Option<Condition> {
    let text = trigger.text("only_if", Need::May)?;
    let compiled = match scope {
        Some(scope) => Condition::compile(text.get_ref(), scope).map(Some),
        None => Condition::spell(text.get_ref()).map(|()| None),
    };
    match compiled {
        Ok(condition) => condition,
        Err(complaints) => {
            for (place, complaint) in complaints {
                trigger.find(inside(source, &text, place), complaint);
            }
            None
        }
    }
}

/// Where a part of a text stands in the file; the whole text where escapes make that a guess.
fn inside(source: &Source, text: &Spanned<&str>, part: Range<usize>) -> Range<usize> {
    let written = source.text.get(text.span()).unwrap_or_default();
    match written.find(text.get_ref()) {
        Some(start) => text.span().start + start + part.start..text.span().start + start + part.end,
        None => text.span(),
    }
}

/// There is one rule of expiry so far, which may be written out.
fn expires(trigger: &Table<'_>, record: Option<&str>, field: Option<&str>) {
    let Some(expires) = trigger.text("expires", Need::May) else { return };
    let (record, field) = (record.unwrap_or("appointment"), field.unwrap_or("starts_at"));
    let rule = format!("next step, then {record}.{field}");
    if *expires.get_ref() != rule {
        let complaint = Complaint::new(
            "no other expiry is supported yet",
            "not yet",
            format!("write \"{rule}\", or delete the line"),
        );
        trigger.find(expires.span(), complaint);
    }
}

fn if_uncertain(trigger: &Table<'_>, basis: Option<Basis>) -> IfUncertain {
    let words = [("leave", IfUncertain::Leave), ("send-again", IfUncertain::SendAgain)];
    let Some(chosen) = trigger.choice("if_uncertain", Need::May, &words) else { return IfUncertain::default() };
    if *chosen.get_ref() == IfUncertain::SendAgain && basis.is_some_and(Basis::is_marketing) {
        let complaint = Complaint::new(
            "a message that rests on consent is never sent twice",
            "only for a contract",
            "write \"leave\", or delete the line",
        );
        trigger.find(chosen.span(), complaint);
    }
    chosen.into_inner()
}

/// `answers = true`, where the record has a place for them.
fn asks_for(table: &Table<'_>, asks: Option<Spanned<bool>>, policy: Option<&Policy>, record: Option<&str>) -> Asks {
    let Some(asks) = asks.filter(|asks| *asks.get_ref()) else { return Asks::Nothing };
    if let Some((name, _)) = no_answers(policy, record) {
        table.find(asks.span(), no_answer_field(name));
    }
    Asks::ForAnAnswer
}

/// The record type, if it has no field for answers.
fn no_answers<'a>(policy: Option<&'a Policy>, record: Option<&'a str>) -> Option<(&'a str, &'a RecordType)> {
    let (policy, record) = policy.zip(record)?;
    policy.records.get(record).filter(|kind| kind.answer_field().is_none()).map(|kind| (record, kind))
}

fn no_answer_field(record: &str) -> Complaint {
    let help = format!(
        "write under [records.{record}.fields]: answer = {{ type = \"text\", purposes = [\"*\"], written_by = \"answers\" }}"
    );
    Complaint::new(format!("no field of `{record}` holds an answer"), "nowhere to keep it", help)
}

/// The answers that end a workflow. "I can't come" does unless it is written otherwise: whoever said so is not reminded.
fn ends_on(
    trigger: &Table<'_>,
    policy: Option<&Policy>,
    record: Option<&str>,
    scope: Option<&Scope<'_>>,
) -> BTreeSet<Answer> {
    let Some(list) = trigger.texts("ends_on", Need::May) else {
        let field = policy.zip(record).and_then(|(policy, record)| policy.records.get(record)?.answer_field());
        let may_read = |field| scope.zip(record).is_some_and(|(scope, record)| scope.field(record, field).is_ok());
        return field.filter(|field| may_read(field)).map(|_| Answer::CantCome).into_iter().collect();
    };
    if let Some((name, _)) = no_answers(policy, record) {
        trigger.find(list.span(), no_answer_field(name));
    } else if let (Some(scope), Some((policy, record))) = (scope, policy.zip(record))
        && let Some(field) = policy.records.get(record).and_then(RecordType::answer_field)
    {
        trigger.take(list.span(), scope.field(record, field));
    }
    let read = |word: &Spanned<&str>| {
        let answer = Answer::named(word.get_ref()).ok_or_else(|| Complaint {
            message: format!("`{}` is no answer", word.get_ref()),
            label: "unknown answer".into(),
            help: did_you_mean(word.get_ref(), Answer::ALL.map(Answer::name))
                .or_else(|| Some("write coming, cant-come or another-time".into())),
        });
        trigger.take(word.span(), answer)
    };
    list.get_ref().iter().filter_map(read).collect()
}

/// What later versions will know, so that nobody searches for a typing error.
fn unsupported(trigger: &Table<'_>) {
    for key in ["after", "cron", "every", "on", "segment"] {
        let Some(span) = trigger.claims(key) else { continue };
        let complaint = Complaint::new(
            format!("the trigger `{key}` is not supported yet"),
            "not yet",
            "write before = { field = \"…\", by = [\"24h\"] }: messages before a date of a record",
        );
        trigger.find(span, complaint);
    }
}

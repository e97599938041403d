//! The steps: `by = ["24h", "2h"]`, each with a time of its own, or `[[steps]]` that wait for each other.

use super::{Ground, conditions, folder, trigger::Read};
use crate::{
    base::{Instant, Source, Zone},
    document::{Complaint, Need, Table, parse_term},
    policy::{FieldType, Purpose, Scope},
    workflow::{Moment, Offset, Order, Side, Step, StepAt, StepRule, Task, Trigger},
};
use chrono::NaiveDateTime;
use std::collections::BTreeSet;
use toml::Spanned;

/// Most steps of one workflow: nobody wants eleven reminders of one visit.
const STEPS_MAX: usize = 10;
const NAME_CHARS_MAX: usize = 32;
/// Longest task: somebody reads it in a list.
const TASK_CHARS_MAX: usize = 300;

/// All steps, and whether they wait for each other.
pub(super) fn read(
    table: &Table<'_>,
    read: Option<&Read<'_>>,
    steps: Vec<Table<'_>>,
    template: Option<&str>,
    scope: Option<&Scope<'_>>,
    ground: &Ground<'_>,
) -> Option<(Vec<StepRule>, Order)> {
    let read = read?;
    let Some(first) = steps.first().map(Table::at) else {
        return Some((by_distance(table, read, template?)?, Order::Independent));
    };
    if let Some(by) = &read.by {
        let complaint = Complaint::new("`by` and [[steps]] both say when", "twice", "delete one of the two");
        table.find(by.span(), complaint);
    }
    if matches!(read.trigger, Trigger::Digest { .. }) {
        let complaint = Complaint::new("a digest is one message", "no steps here", "delete the [[steps]]");
        table.find(first.clone(), complaint);
    }
    if read.trigger.is_ahead() {
        let complaint = Complaint::new(
            "[[steps]] wait after something, and this is before it",
            "not with before",
            "write before = { …, by = [\"24h\", \"2h\"] }",
        );
        table.find(first.clone(), complaint);
    }
    let mut seen = BTreeSet::new();
    let rules = steps.into_iter().map(|step| one(step, &mut seen, template, scope, ground)).collect::<Vec<_>>();
    too_many(table, rules.len(), first);
    Some((rules.into_iter().collect::<Option<_>>()?, Order::Kept))
}

fn too_many(table: &Table<'_>, count: usize, at: std::ops::Range<usize>) {
    if count > STEPS_MAX {
        let complaint =
            Complaint::new(format!("more than {STEPS_MAX} steps"), "too many", "write fewer: each one is a message");
        table.find(at, complaint);
    }
}

/// The steps of `by`, in the order of their times.
fn by_distance(table: &Table<'_>, read: &Read<'_>, template: &str) -> Option<Vec<StepRule>> {
    let rule = |offset: Offset| StepRule {
        name: offset.step(),
        at: StepAt::Anchor(offset),
        template: template.to_owned(),
        task: None,
        only_if: None,
        cancel_after: None,
    };
    let Some(by) = &read.by else {
        if matches!(read.trigger, Trigger::Cron { .. } | Trigger::On(_) | Trigger::Digest { .. }) {
            // At the moment itself.
            return Offset::parse("0h", Side::After).map(|now| vec![rule(now)]);
        }
        let example = if read.side == Side::Before { "by = [\"24h\", \"2h\"]" } else { "by = [\"2d at 10:00\"]" };
        let complaint = Complaint::new("nothing says when", "missing `by`", format!("write {example}, or [[steps]]"));
        table.find(read.at.clone(), complaint);
        return None;
    };
    let mut seen = BTreeSet::new();
    let mut offsets = Vec::new();
    for text in by.get_ref() {
        let offset = Offset::parse(text.get_ref(), read.side).or_else(|| {
            Offset::parse(text.get_ref(), Side::After).filter(|_| matches!(read.trigger, Trigger::Yearly { .. }))
        });
        let offset = offset.ok_or_else(|| {
            Complaint::new(
                format!("`{}` is not a distance {} a date", text.get_ref(), side_word(read.side)),
                "bad offset",
                "write \"24h\" or \"90m\" (to the minute), \"1d\" (same wall time) or \"1d at 09:00\"",
            )
        });
        let Some(offset) = table.take(text.span(), offset) else { continue };
        if !seen.insert(offset.step()) {
            let complaint = Complaint::new("this step stands here twice", "again", "delete one of the two");
            table.find(text.span(), complaint);
        }
        offsets.push(offset);
    }
    too_many(table, offsets.len(), by.span());
    // Equal distances keep the order of the file.
    offsets.sort_by_key(|step| Instant::ms(step.from(some_noon(), Zone::UTC)));
    Some(offsets.into_iter().map(rule).collect())
}

/// Any date shows which of two distances is the longer one.
fn some_noon() -> NaiveDateTime {
    NaiveDateTime::default() + chrono::TimeDelta::days(36_525) + chrono::TimeDelta::hours(12)
}

/// What counts from a yes comes while it lasts: later than that, the gate would refuse it every time.
pub(super) fn within_the_yes(
    table: &Table<'_>,
    read: Option<&Read<'_>>,
    steps: Option<&(Vec<StepRule>, Order)>,
    purpose: Option<&Purpose>,
) {
    let read = read.filter(|read| matches!(read.trigger, Trigger::On(Moment::Agreed(_))));
    let lasts = purpose.and_then(|purpose| purpose.consent_lasts);
    let (Some(read), Some((steps, _)), Some(lasts)) = (read, steps, lasts) else { return };
    let begin = Zone::UTC.resolve(some_noon());
    let mut at = begin;
    for step in steps {
        at = match &step.at {
            StepAt::Anchor(offset) => offset.from(some_noon(), Zone::UTC),
            StepAt::Wait(offset) => offset.wait_from(Zone::UTC.local(at), Zone::UTC),
            StepAt::Field(_) => return,
        };
        if at >= lasts.end(begin, Zone::UTC) {
            let message = format!("`{}` comes when the yes has ended", step.name.0);
            let help = "let it come sooner, or write a longer consent_lasts at the purpose in policy.toml";
            table.find(read.at.clone(), Complaint::new(message, "too late", help));
            return;
        }
    }
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Before => "before",
        Side::After => "after",
    }
}

/// One of `[[steps]]`.
fn one(
    table: Table<'_>,
    seen: &mut BTreeSet<Step>,
    template: Option<&str>,
    scope: Option<&Scope<'_>>,
    ground: &Ground<'_>,
) -> Option<StepRule> {
    let name = table.text("name", Need::Must("name = \"hello\", which never changes"));
    let name = name.and_then(|name| named(&table, &name, seen));
    let own = table.text("template", Need::May);
    let task = table.text("task", Need::May);
    let task = task.and_then(|task| given(&table, &task, name.as_ref(), own.is_some(), ground));
    if let Some(own) = &own {
        folder(&table, own, ground.templates);
    }
    let at = when(&table, scope);
    let only_if = conditions::read(&table, "only_if", ground, scope);
    let cancel_after = table.parsed("cancel_after", Need::May, parse_term).map(Spanned::into_inner);
    table.finish(|_| None);
    let template = own.map_or(template, |own| Some(*own.get_ref()))?.to_owned();
    Some(StepRule { name: name?, at: at?, template, task, only_if, cancel_after })
}

/// `task`, in place of a template. Its words are compiled with the templates.
fn given(
    table: &Table<'_>,
    task: &Spanned<&str>,
    step: Option<&Step>,
    has_template: bool,
    ground: &Ground<'_>,
) -> Option<Task> {
    let text = *task.get_ref();
    let help = if has_template {
        Some("delete one of the two: a step is a message, or a task for a person")
    } else if text.contains(['\n', '\r']) || text.chars().count() > TASK_CHARS_MAX {
        Some("write one line of at most 300 characters: \"Call {{customer.first_name}} about the offer\"")
    } else {
        None
    };
    if let Some(help) = help {
        table.find(task.span(), Complaint::new("this can't be the task of a step", "a task", help));
        return None;
    }
    let Some(at) = ground.source.text.get(task.span()).and_then(|raw| raw.find(text)).map(|at| task.span().start + at)
    else {
        let help = "write it in single quotes: '…'";
        table.find(task.span(), Complaint::new("a task has no backslashes in it", "escaped", help));
        return None;
    };
    let blank = |c: char| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
    let before: String = ground.source.text.get(..at)?.chars().map(blank).collect();
    let words = Source::new(ground.source.path.clone(), before + text);
    Some(Task { name: format!("task/{}/{}", ground.name, step?.0), words })
}

/// A name that can stand in a header and is no other step's.
fn named(table: &Table<'_>, name: &Spanned<&str>, seen: &mut BTreeSet<Step>) -> Option<Step> {
    let text = *name.get_ref();
    let is_word = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_word || text.len() > NAME_CHARS_MAX || text.starts_with('-') {
        let help = "write small letters, digits and dashes, at most 32";
        table.find(name.span(), Complaint::new(format!("`{text}` can't be the name of a step"), "bad name", help));
        return None;
    }
    let step = Step(text.to_owned());
    if !seen.insert(step.clone()) {
        let complaint = Complaint::new("two steps have this name", "again", "give it a name of its own");
        table.find(name.span(), complaint);
    }
    Some(step)
}

/// `wait` or `until`.
fn when(table: &Table<'_>, scope: Option<&Scope<'_>>) -> Option<StepAt> {
    let (wait, until) = (table.text("wait", Need::May), table.text("until", Need::May));
    match (wait, until) {
        (Some(wait), None) => {
            let offset = waiting(wait.get_ref()).ok_or_else(|| {
                Complaint::new(
                    format!("`{}` is no wait", wait.get_ref()),
                    "how long?",
                    "write \"3 days\", \"3 days at 10:00\", \"2 weeks\" or \"6 hours\"",
                )
            });
            table.take(wait.span(), offset).map(StepAt::Wait)
        }
        (None, Some(until)) => of_until(table, &until, scope),
        (None, None) => {
            let help = "write wait = \"3 days\", until = \"09:00\" or until = \"appointment.starts_at\"";
            table.find(table.at(), Complaint::new("nothing says when", "missing `wait` or `until`", help));
            None
        }
        (Some(_), Some(until)) => {
            let complaint = Complaint::new("`wait` and `until` both say when", "twice", "delete one of the two");
            table.find(until.span(), complaint);
            None
        }
    }
}

/// `until = "09:00"`, or a date of the record.
fn of_until(table: &Table<'_>, until: &Spanned<&str>, scope: Option<&Scope<'_>>) -> Option<StepAt> {
    let text = *until.get_ref();
    if let Some(offset) = Offset::parse(&format!("0d at {text}"), Side::After) {
        return Some(StepAt::Wait(offset));
    }
    let Some((thing, field)) = text.split_once('.') else {
        let complaint = Complaint::new(
            format!("`{text}` is neither a time of the day nor a field"),
            "until when?",
            "write \"09:00\" or \"appointment.starts_at\"",
        );
        table.find(until.span(), complaint);
        return None;
    };
    let scope = scope?;
    let declared = scope.field(thing, field).and_then(|declared| match declared.kind {
        FieldType::Datetime if thing != crate::workflow::CUSTOMER => Ok(()),
        other => Err(Complaint::new(
            format!("`{text}` is {}, not a date and time of the record", other.name()),
            "no date and time",
            "name a field of the record, of type datetime",
        )),
    });
    table.take(until.span(), declared).map(|()| StepAt::Field(field.to_owned()))
}

/// `3 days`, `3 days at 10:00`, `2 weeks`, `6 hours`, `45 minutes`, and the short forms of an offset.
fn waiting(text: &str) -> Option<Offset> {
    let (span, at) = text.split_once(" at ").map_or((text, None), |(span, at)| (span, Some(at)));
    let span = match span.trim().split_once(' ') {
        None => span.trim().to_owned(),
        Some((count, unit)) => {
            let (times, short) = match unit.trim() {
                "minute" | "minutes" => (1, 'm'),
                "hour" | "hours" => (1, 'h'),
                "day" | "days" => (1, 'd'),
                "week" | "weeks" => (7, 'd'),
                _ => return None,
            };
            format!("{}{short}", count.parse::<u64>().ok()?.checked_mul(times)?)
        }
    };
    let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
    Offset::parse(&format!("{span}{at}"), Side::After)
}

//! Reads `workflows/*.toml` into workflows, or into findings.

mod answers;
mod conditions;
mod exits;
mod steps;
mod trigger;

use super::{IfMoved, IfQuiet, IfUncertain, Oversight, Priority, Trigger, Workflow, form};
use crate::{
    base::{Findings, Source, Term},
    document::{Complaint, Document, Need, Table, did_you_mean},
    people::Answer,
    policy::{Basis, Policy, Purpose, Scope, parse::caps},
};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// The file's name is the workflow's.
const NAME_CHARS_MAX: usize = 48;
/// Reads one workflow, by the name of its file. Without a policy, nothing is checked against it. Its revision is made from
/// all that it uses, so the caller makes it, given the names of its templates. With findings, what comes back is good for
/// checking its templates, and for nothing else.
pub fn parse(
    source: &Source,
    name: &str,
    revision: &dyn Fn(&BTreeSet<&str>) -> String,
    policy: Option<&Policy>,
    templates: &BTreeSet<String>,
) -> (Option<Workflow>, Findings) {
    let document = Document::parse(source);
    let workflow = workflow(&document, name, policy, templates);
    let workflow = workflow.map(|workflow| Workflow { revision: revision(&workflow.templates()), ..workflow });
    (workflow, document.into_findings())
}

/// What a workflow's file is read against.
struct Ground<'a> {
    name: &'a str,
    policy: Option<&'a Policy>,
    templates: &'a BTreeSet<String>,
    source: &'a Source,
}

fn workflow(
    document: &Document<'_>,
    name: &str,
    policy: Option<&Policy>,
    templates: &BTreeSet<String>,
) -> Option<Workflow> {
    let root = document.root(&form::FILE);
    let ground = Ground { name, policy, templates, source: document.source() };
    named(&root, name);
    let purpose = root.text("purpose", Need::Must("purpose = \"…\", one of those in policy.toml"));
    let purpose = purpose.filter(|purpose| is_declared(&root, purpose, policy.map(|p| &p.purposes), "purpose"));
    let declared = policy.zip(purpose.as_ref()).and_then(|(policy, purpose)| policy.purposes.get(*purpose.get_ref()));
    let basis = declared.map(|purpose: &Purpose| purpose.basis);
    let template = template(&root, templates);
    let oversight = Oversight::read(&root, basis, policy);
    let priority = priority(&root);
    let asks = root.boolean("answers", Need::May);
    let mut counted_by = vec![];
    let caps = caps::list(&root, "cap", &mut counted_by);
    let steps = root.tables("steps", Need::May);
    let table = root.table("trigger", Need::Must("[trigger] with record and before"));
    root.finish(belongs_to_the_trigger);
    let table = table?;

    let record = table.text("record", Need::May);
    let record = record.filter(|record| is_declared(&table, record, policy.map(|p| &p.records), "record"));
    let read = trigger::read(&table, record.as_ref(), &ground);
    let subject = read.as_ref().map(|read| read.trigger.subject());
    // A purpose or record that can't be read must not make the fields look wrong as well.
    let scope = match (policy, &purpose, subject) {
        (Some(policy), Some(purpose), Some(subject)) => Some(Scope::of(policy, purpose.get_ref(), subject)),
        _ => None,
    };
    if let (Some(read), Some(purpose)) = (&read, &purpose) {
        trigger::suits(&table, read, scope.as_ref(), purpose, declared, policy);
    }
    caps::are_of_the_record(&table, scope.as_ref().zip(subject), &counted_by);
    let behaviour = Behaviour::read(&table, read.as_ref(), policy, scope.as_ref(), basis);
    let asks = answers::asks_for(&table, asks, policy, read.as_ref().map(|read| &read.trigger));
    let only_if = conditions::only_if(&table, &ground, scope.as_ref(), read.as_ref());
    let exit_when = conditions::read(&table, "exit_when", &ground, scope.as_ref());
    let exit_on = exits::read(&table, policy, declared.zip(purpose.as_ref()), read.as_ref());
    let steps = steps::read(&table, read.as_ref(), steps, template.as_deref(), scope.as_ref(), &ground);
    steps::within_the_yes(&table, read.as_ref(), steps.as_ref(), declared);
    table.finish(|_| None);

    let (steps, order) = steps?;
    Some(Workflow {
        name: name.to_owned(),
        purpose: (*purpose?.get_ref()).to_owned(),
        template: template?,
        oversight,
        trigger: read?.trigger,
        steps,
        order,
        expires: behaviour.expires,
        caps,
        only_if,
        exit_when,
        exit_on,
        priority,
        if_quiet: behaviour.if_quiet,
        if_uncertain: behaviour.if_uncertain,
        if_moved: behaviour.if_moved,
        asks,
        ends_on: behaviour.ends_on,
        revision: String::new(),
    })
}

/// What its messages do when something comes between.
struct Behaviour {
    expires: Option<Term>,
    if_quiet: IfQuiet,
    if_uncertain: IfUncertain,
    if_moved: IfMoved,
    ends_on: BTreeSet<Answer>,
}

impl Behaviour {
    fn read(
        table: &Table<'_>,
        read: Option<&trigger::Read<'_>>,
        policy: Option<&Policy>,
        scope: Option<&Scope<'_>>,
        basis: Option<Basis>,
    ) -> Self {
        let trigger = read.map(|read| &read.trigger);
        let words = [("later", IfQuiet::Later), ("earlier", IfQuiet::Earlier), ("refuse", IfQuiet::Refuse)];
        Self {
            expires: trigger::expires(table, read),
            if_quiet: table.choice("if_quiet", Need::May, &words).map(Spanned::into_inner).unwrap_or_default(),
            if_uncertain: if_uncertain(table, basis),
            if_moved: if_moved(table, trigger),
            ends_on: answers::ends_on(table, policy, trigger.map(Trigger::subject), scope),
        }
    }
}

fn belongs_to_the_trigger(key: &str) -> Option<String> {
    form::TRIGGER.key(key).is_some().then(|| format!("`{key}` belongs under [trigger]"))
}

/// The workflow's own template.
fn template(root: &Table<'_>, templates: &BTreeSet<String>) -> Option<String> {
    let template = root.text("template", Need::Must("template = \"…\", a folder of templates/mail"))?;
    folder(root, &template, templates);
    Some((*template.get_ref()).to_owned())
}

fn priority(root: &Table<'_>) -> Priority {
    let words = [("low", Priority::Low), ("normal", Priority::Normal), ("high", Priority::High)];
    root.choice("priority", Need::May, &words).map(Spanned::into_inner).unwrap_or_default()
}

fn named(root: &Table<'_>, name: &str) {
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') || name.len() > NAME_CHARS_MAX {
        let help = "write small letters, digits and dashes, at most 48: it goes into headers";
        let message = format!("`{name}` can't be the name of a workflow");
        root.find(0..0, Complaint::new(message, "named by its file", help));
    }
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

/// Only a visit that is still to come can move.
fn if_moved(table: &Table<'_>, trigger: Option<&Trigger>) -> IfMoved {
    let chosen = table.choice("if_moved", Need::May, &[("tell", IfMoved::Tell), ("silent", IfMoved::Silent)]);
    let is_ahead = trigger.is_none_or(Trigger::is_ahead);
    if let Some(chosen) = chosen.as_ref().filter(|chosen| !is_ahead && *chosen.get_ref() == IfMoved::Tell) {
        let complaint = Complaint::new(
            "nothing that is still to come can have moved here",
            "only with before",
            "delete the line: this trigger is not about a date to come",
        );
        table.find(chosen.span(), complaint);
    }
    let default = if is_ahead { IfMoved::default() } else { IfMoved::Silent };
    chosen.map_or(default, Spanned::into_inner)
}

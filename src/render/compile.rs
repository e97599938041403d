//! From the files under `templates/` to compiled templates, or to findings.
//!
//! Everything that can be known before the first message is known here: parts that are missing, broken handlebars,
//! partials that include each other without end (which would abort the process, not fail), names that nobody declared or
//! that may not serve the purpose, a body without a way to stop. `render::lint` reads the parts; this file collects
//! them.

use super::{
    Part, Speech,
    lint::{Desk, Lint, Names, honest},
    templates::{TemplateSet, Templates, Variant},
};
use crate::{
    base::{Findings, Source},
    document::{Complaint, did_you_mean},
    people::Language,
    policy::{Policy, Scope},
    workflow::Task,
};
use handlebars::{Handlebars, Template, template::TemplateElement};
use std::collections::{BTreeMap, BTreeSet};

const SAMPLE: &str = "sample.json";
const PARTIALS: &str = "partials/";
const MAIL: &str = "mail/";

/// The text files under `templates/`, by their path below it: `mail/visit/fr/subject.hbs`.
pub type Files = BTreeMap<String, Source>;

/// What one workflow asks of a template.
#[derive(Debug)]
pub struct Use<'a> {
    /// The workflow.
    pub workflow: &'a str,
    /// The folder.
    pub template: &'a str,
    /// What it may read there.
    pub scope: Scope<'a>,
    /// The policy that it is written under.
    pub policy: &'a Policy,
    /// The customer's fields that the workflow's conditions read: `customer.first_name`.
    pub asked: BTreeSet<String>,
}

/// What one workflow asks of the words of a task.
#[derive(Debug)]
pub struct TaskUse<'a> {
    /// The workflow.
    pub workflow: &'a str,
    /// The task.
    pub task: &'a Task,
    /// What it may read.
    pub scope: Scope<'a>,
}

/// What was found in the files.
pub struct Compilation {
    /// All of them, compiled.
    pub templates: Templates,
    /// What each workflow's messages read: `customer.first_name`.
    pub reads: Reads,
    /// What is wrong.
    pub findings: Findings,
}

/// What is read, by workflow and by part of the message.
#[derive(Debug, Default)]
pub struct Reads {
    /// In messages.
    pub parts: BTreeMap<(String, Part), BTreeSet<String>>,
    /// In tasks for a person.
    pub tasks: BTreeMap<String, BTreeSet<String>>,
}

/// A part or partial that compiled.
#[derive(Debug)]
pub(super) struct Compiled<'a> {
    pub source: &'a Source,
    pub template: Template,
}

/// The folders under `templates/mail`.
#[must_use]
pub fn names(files: &Files) -> BTreeSet<String> {
    let folder = |path: &String| Some(path.strip_prefix(MAIL)?.split_once('/')?.0.to_owned());
    files.keys().filter_map(folder).collect()
}

/// Compiles all templates and reads them for what each workflow lets them see. `language` is the one that the folders
/// themselves are written in.
#[must_use]
pub fn compile(files: &Files, language: &Language, uses: &[Use<'_>], tasks: &[TaskUse<'_>]) -> Compilation {
    let mut findings = Findings::default();
    let mut reads = Reads::default();
    let mut compiled = BTreeMap::new();
    for (path, source) in files {
        let Some(name) = path.strip_suffix(".hbs") else { continue };
        let name = name.strip_prefix(PARTIALS).unwrap_or(name);
        if let Some(template) = compile_one(source, name, &mut findings) {
            compiled.insert(name.to_owned(), Compiled { source, template });
        }
    }
    for TaskUse { task, .. } in tasks {
        if let Some(template) = compile_one(&task.words, &task.name, &mut findings) {
            compiled.insert(task.name.clone(), Compiled { source: &task.words, template });
        }
    }
    let sets: BTreeMap<_, _> =
        names(files).into_iter().map(|name| (name.clone(), set(files, &name, language, &mut findings))).collect();
    if cycles(&compiled, &mut findings) == Cycles::None {
        for TaskUse { workflow, task, scope } in tasks {
            // As a subject: it is read in a list, and in the owner's mail.
            let read = Lint::new(scope, &compiled, Part::Subject, &mut findings).read(&task.name);
            reads.tasks.entry((*workflow).to_owned()).or_default().extend(read);
        }
        for wanted in uses {
            let Some(set) = sets.get(wanted.template) else { continue };
            let before = findings.0.len();
            for variant in std::iter::once(&set.own).chain(set.translations.values()) {
                for part in Part::ALL {
                    let read = Lint::new(&wanted.scope, &compiled, part, &mut findings).read(variant.part(part));
                    reads.parts.entry((wanted.workflow.to_owned(), part)).or_default().extend(read);
                }
            }
            let names = if findings.0.len() == before { Names::Sound } else { Names::Broken };
            let Use { scope, policy, asked, .. } = wanted;
            honest(Desk { scope, policy, compiled: &compiled, sample: &set.sample, asked, names }, set, &mut findings);
            if let Some(source) = files.get(&format!("{MAIL}{}/{SAMPLE}", wanted.template)) {
                super::sample::check(source, &set.sample, &wanted.scope, &mut findings);
            }
        }
    }
    let mut registry = Handlebars::new();
    for (name, Compiled { template, .. }) in compiled {
        registry.register_template(&name, template);
    }
    // Two workflows with one template find the same mistake twice.
    let mut seen = BTreeSet::new();
    findings.0.retain(|f| seen.insert((f.source.path.clone(), f.span.start, f.message.clone())));
    Compilation { templates: Templates::new(registry, sets), reads, findings }
}

fn compile_one(source: &Source, name: &str, findings: &mut Findings) -> Option<Template> {
    let is_subject = name.ends_with("/subject");
    let text = if is_subject { source.text.trim_end_matches(['\n', '\r']) } else { &*source.text };
    if is_subject && text.contains('\n') {
        let second = text.find('\n').map_or(0, |end| end + 1);
        findings.add(
            source,
            second..text.len(),
            "a subject is one line",
            "more lines",
            Some("put it on one line".into()),
        );
    }
    if text.trim().is_empty() {
        findings.add(source, 0..0, "the file is empty", "empty", Some("write the text that people shall read".into()));
    }
    match Template::compile_with_name(text, name.to_owned()) {
        Ok(template) => Some(template),
        Err(error) => {
            let (line, column) = error.pos().unwrap_or((1, 1));
            let start = offset(text, line, column);
            let complaint = super::lint::syntax(text, start, error.reason());
            findings.add(source, complaint.0, complaint.1.message, complaint.1.label, complaint.1.help);
            None
        }
    }
}

/// The byte at a line and a column, both from 1 and columns counted in characters.
pub(super) fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
}

/// One folder: its parts in each language, and its sample. What is missing is found, and named all the same.
fn set(files: &Files, name: &str, language: &Language, findings: &mut Findings) -> TemplateSet {
    let folder = format!("{MAIL}{name}/");
    let mut translations = BTreeMap::new();
    for (path, source) in files.range(folder.clone()..).take_while(|(path, _)| path.starts_with(&folder)) {
        let below = path.strip_prefix(&folder).unwrap_or(path);
        let (tag, file) = below.split_once('/').map_or((None, below), |(tag, file)| (Some(tag), file));
        let known = Part::ALL.map(Part::file);
        if !known.contains(&file) && (tag.is_some() || file != SAMPLE) {
            let help = did_you_mean(file, known.into_iter().chain([SAMPLE]));
            findings.add(source, 0..0, format!("a template has no file `{file}`"), "unknown file", help);
        }
        match tag.map(|tag| (tag, Language::parse(tag))) {
            None => {}
            Some((tag, Some(found))) if found.tag() == tag && found != *language => {
                translations
                    .entry(found)
                    .or_insert_with_key(|found| variant(files, &format!("{folder}{tag}/"), found, findings));
            }
            Some((tag, Some(found))) if found == *language => {
                let help = format!(
                    "the business writes in `{tag}`: put this text into the folder above, or change `language` in policy.toml"
                );
                findings.add(
                    source,
                    0..0,
                    format!("`{tag}` is the language of the folder itself"),
                    "twice",
                    Some(help),
                );
            }
            Some((tag, _)) => {
                let help = "name the folder by a tag of two letters, such as `fr`";
                findings.add(source, 0..0, format!("`{tag}` is not a language"), "unknown language", Some(help.into()));
            }
        }
    }
    let own = variant(files, &folder, language, findings);
    let sample =
        super::sample::read(files.get(&format!("{folder}{SAMPLE}")), &format!("templates/{folder}{SAMPLE}"), findings);
    TemplateSet { own, translations, sample }
}

fn variant(files: &Files, folder: &str, language: &Language, findings: &mut Findings) -> Variant {
    for file in Part::ALL.map(Part::file) {
        if !files.contains_key(&format!("{folder}{file}")) {
            let source = Source::new(format!("templates/{folder}{file}"), "");
            let help = "every message has a subject, an HTML body and a text body, in each language";
            findings.add(&source, 0..0, format!("the file `{file}` is missing"), "missing", Some(help.into()));
        }
    }
    if Speech::of(language).is_none()
        && let Some(source) = files.get(&format!("{folder}{}", Part::Subject.file()))
    {
        let tags: Vec<&str> = Speech::tags().collect();
        let help = format!("write it in one of these: {}", tags.join(", "));
        let message = format!("comity can't write dates and amounts in the language `{language}` yet");
        findings.add(source, 0..0, message, "unknown language", Some(help));
    }
    let [subject, html, text] = Part::ALL.map(|part| format!("{folder}{}", part.file().trim_end_matches(".hbs")));
    Variant { language: language.clone(), subject, html, text }
}

#[derive(PartialEq, Eq)]
enum Cycles {
    None,
    Found,
}

/// Partials that include each other overflow the stack, which no process survives.
fn cycles(compiled: &BTreeMap<String, Compiled<'_>>, findings: &mut Findings) -> Cycles {
    let includes: BTreeMap<&str, BTreeSet<String>> = compiled
        .iter()
        .map(|(name, part)| {
            let mut names = BTreeSet::new();
            included(&part.template, &mut names);
            (name.as_str(), names)
        })
        .collect();
    let mut reported = BTreeSet::new();
    for (name, part) in compiled {
        let Some(path) = way_back(name, name, &includes, &mut BTreeSet::new()) else { continue };
        if path.iter().any(|step| reported.contains(step)) {
            continue;
        }
        let next = path.get(1).unwrap_or(name);
        let start = part.source.text.find(&format!("> {next}")).map_or(0, |at| at + 2);
        let message = format!("these partials include each other without end: {}", path.join(" → "));
        let help = "take what they share into a third partial that includes neither";
        findings.add(part.source, start..start + next.len(), message, "comes back here", Some(help.into()));
        reported.extend(path);
    }
    if reported.is_empty() { Cycles::None } else { Cycles::Found }
}

/// The way from a partial back to where it began, if there is one.
fn way_back(
    from: &str,
    to: &str,
    includes: &BTreeMap<&str, BTreeSet<String>>,
    seen: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    for next in includes.get(from)? {
        if next == to {
            return Some(vec![from.to_owned(), to.to_owned()]);
        }
        if seen.insert(next.clone())
            && let Some(mut path) = way_back(next, to, includes, seen)
        {
            path.insert(0, from.to_owned());
            return Some(path);
        }
    }
    None
}

fn included(template: &Template, names: &mut BTreeSet<String>) {
    for element in &template.elements {
        match element {
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                names.extend(partial.name.as_name().map(str::to_owned));
                partial.template.iter().for_each(|inner| included(inner, names));
            }
            TemplateElement::HelperBlock(block) => {
                block.template.iter().chain(&block.inverse).for_each(|inner| included(inner, names));
            }
            TemplateElement::DecoratorBlock(block) => block.template.iter().for_each(|inner| included(inner, names)),
            _ => {}
        }
    }
}

/// A finding's complaint at a place, for the files of this folder.
pub(super) fn add(findings: &mut Findings, source: &Source, span: std::ops::Range<usize>, complaint: Complaint) {
    findings.add(source, span, complaint.message, complaint.label, complaint.help);
}

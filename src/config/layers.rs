//! `comity.toml` with the environment laid over it.
//!
//! A variable `COMITY_<SECTION>__<KEY>` overrides a key: `COMITY_SMTP__PASSWORD` is `[smtp] password`, and
//! `COMITY_MAIL__DKIM__SELECTOR` is `[mail.dkim] selector`. Two underscores stand for the dot, because keys have single
//! ones. Variables without two (`COMITY_DIR`) are for the commands, not for the configuration.
//!
//! The file is diagnosed first, by its spans, as if there were no environment; the layering itself is the `config`
//! crate's. A mistake in a variable is reported by its name; its value, which may be a secret, is never shown.

use crate::{
    base::{Findings, Source},
    document::{Complaint, Document, Need, Table, did_you_mean},
};
use config::{Environment, File, FileFormat};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

const PREFIX: &str = "COMITY_";
const DOT: &str = "__";

/// The file and the environment.
pub(super) struct Layers<'a> {
    document: &'a Document<'a>,
    merged: config::Config,
    /// Overridden keys, such as `smtp.port`, with the lines of `environment` where they stand.
    overridden: BTreeMap<String, std::ops::Range<usize>>,
    environment: Source,
    findings: RefCell<Findings>,
    asked: RefCell<BTreeSet<String>>,
    secrets: RefCell<Vec<PathBuf>>,
}

/// A section of the file, there or not.
pub(super) struct Section<'l, 'a> {
    layers: &'l Layers<'a>,
    name: &'static str,
    table: Option<Table<'a>>,
}

impl<'a> Layers<'a> {
    /// Notes that a secret is in this file, be it there or not.
    pub(super) fn note_secret(&self, file: &Path) {
        self.secrets.borrow_mut().push(file.to_owned());
    }

    /// Lays these variables over a file. A file that isn't TOML has its findings already; then only its keys are read.
    pub(super) fn new(document: &'a Document<'a>, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = |(name, _): &(String, String)| name.strip_prefix(PREFIX).is_some_and(|rest| rest.contains(DOT));
        let variables: BTreeMap<String, String> = variables.into_iter().filter(ours).collect();
        let mut text = String::new();
        let mut overridden = BTreeMap::new();
        for name in variables.keys() {
            let key = name.strip_prefix(PREFIX).unwrap_or(name).to_lowercase().replace(DOT, ".");
            overridden.insert(key, text.len()..text.len() + name.len());
            text.push_str(name);
            text.push_str("=…\n");
        }
        let environment = || {
            let source = variables.clone().into_iter().collect();
            Environment::with_prefix("COMITY").prefix_separator("_").separator(DOT).source(Some(source))
        };
        let file = File::from_str(&document.source().text, FileFormat::Toml);
        let both = config::Config::builder().add_source(file).add_source(environment()).build();
        let merged = both.or_else(|_| config::Config::builder().add_source(environment()).build()).unwrap_or_default();
        let environment = Source::new("environment", text);
        let (findings, asked, secrets) = Default::default();
        Self { document, merged, overridden, environment, findings, asked, secrets }
    }

    /// A section at the top of the file.
    pub(super) fn section(&self, root: &Table<'a>, name: &'static str) -> Section<'_, 'a> {
        Section { layers: self, name, table: root.table(name, Need::May) }
    }

    /// Variables that override nothing are mistakes too. Names the files with secrets besides.
    pub(super) fn finish(self) -> (Findings, Vec<PathBuf>) {
        let asked = self.asked.into_inner();
        let mut findings = self.findings.into_inner();
        for (key, span) in self.overridden.into_iter().filter(|(key, _)| !asked.contains(key)) {
            let variables: Vec<String> = asked.iter().map(|key| variable(key)).collect();
            let help = did_you_mean(&variable(&key), variables.iter().map(String::as_str));
            let help = help.or_else(|| Some("comity.toml has no such key; unset the variable".to_owned()));
            findings.add(&self.environment, span, format!("no key `{key}` can be set"), "unknown variable", help);
        }
        (findings, self.secrets.into_inner())
    }
}

impl<'a> Section<'_, 'a> {
    /// A section inside this one, by its full name.
    pub(super) fn section(&self, key: &'static str, name: &'static str) -> Self {
        let table = self.table.as_ref().and_then(|table| table.table(key, Need::May));
        Section { layers: self.layers, name, table }
    }

    /// Whether the file has it, or a variable sets a key of it.
    pub(super) fn is_there(&self) -> bool {
        let prefix = format!("{}.", self.name);
        self.table.is_some() || self.layers.overridden.keys().any(|key| key.starts_with(&prefix))
    }

    /// Text that something else parses.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        need: Need,
        parse: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let variable = self.variable(key);
        let need = self.need(key, need, variable.is_some());
        let written = self.table.as_ref().and_then(|table| table.parsed(key, need, &parse));
        let Some(span) = variable else { return written.map(toml::Spanned::into_inner) };
        let text = self.layers.merged.get_string(&self.path(key)).unwrap_or_default();
        self.take(span, parse(&text))
    }

    /// Text.
    pub(super) fn text(&self, key: &'static str, need: Need) -> Option<String> {
        self.parsed(key, need, |text| match text.trim() {
            "" => Err(Complaint::new(format!("`{key}` is empty"), "empty", "write it, or leave it out")),
            _ => Ok(text.to_owned()),
        })
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        if let Some(table) = &self.table {
            table.declares(key, words.iter().map(|(word, _)| *word));
        }
        self.parsed(key, Need::May, |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| Complaint {
                message: format!("`{key}` can't be `{text}`"),
                label: "unknown word".into(),
                help: did_you_mean(text, words.iter().map(|(word, _)| *word)),
            })
        })
    }

    /// A whole number.
    pub(super) fn integer(&self, key: &'static str, limits: RangeInclusive<i64>) -> Option<i64> {
        let variable = self.variable(key);
        let written = self.table.as_ref().and_then(|table| table.integer(key, Need::May, limits.clone()));
        let Some(span) = variable else { return written.map(toml::Spanned::into_inner) };
        let number = self.layers.merged.get_int(&self.path(key)).ok().filter(|number| limits.contains(number));
        let help = format!("set it to a whole number from {} to {}", limits.start(), limits.end());
        self.take(
            span,
            number.ok_or_else(|| Complaint::new(format!("`{key}` is no such number"), "out of range", help)),
        )
    }

    /// Yes or no.
    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        let variable = self.variable(key);
        let written = self.table.as_ref().and_then(|table| table.boolean(key, Need::May));
        let Some(span) = variable else { return written.map(toml::Spanned::into_inner) };
        let word = self.layers.merged.get_bool(&self.path(key)).map_err(|_| {
            Complaint::new(format!("`{key}` is neither yes nor no"), "unknown word", "set it to true or false")
        });
        self.take(span, word)
    }

    /// Notes that a secret is in this file, be it there or not.
    pub(super) fn note_secret(&self, file: &Path) {
        self.layers.note_secret(file);
    }

    /// Whether the value comes from the file.
    pub(super) fn is_written(&self, key: &'static str) -> bool {
        self.variable(key).is_none()
    }

    /// Whether the key is set, be it well or badly.
    pub(super) fn is_set(&self, key: &'static str) -> bool {
        self.variable(key).is_some() || self.table.as_ref().is_some_and(|table| table.place(key).is_some())
    }

    /// Tables that the environment can't set.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'a>> {
        self.table.as_ref().map(|table| table.tables(key, Need::May)).unwrap_or_default()
    }

    /// Adds a finding about a key, where it was set, or about the section.
    pub(super) fn complain(&self, key: &'static str, complaint: Complaint) {
        match (self.variable(key), &self.table) {
            (Some(span), _) => {
                self.take::<()>(span, Err(complaint));
            }
            (None, Some(table)) => table.find(table.place(key).unwrap_or_else(|| table.at()), complaint),
            (None, None) => self.layers.document.find(0..0, complaint),
        }
    }

    /// Keys that nobody asked for.
    pub(super) fn finish(self) {
        if let Some(table) = self.table {
            table.finish(|_| None);
        }
    }

    /// Where a variable that sets the key stands. Every key is asked for through here.
    fn variable(&self, key: &'static str) -> Option<std::ops::Range<usize>> {
        let path = self.path(key);
        let span = self.layers.overridden.get(&path).cloned();
        self.layers.asked.borrow_mut().insert(path);
        span
    }

    /// What a variable sets need not stand in the file. In a section that isn't there, the key is missed at once.
    fn need(&self, key: &'static str, need: Need, is_set: bool) -> Need {
        if is_set {
            return Need::May;
        }
        if let (Need::Must(line), None) = (need, &self.table) {
            let complaint = Complaint::new(
                format!("[{}] has no `{key}`", self.name),
                format!("`{key}` is missing"),
                format!("write {line} under [{}]", self.name),
            );
            self.layers.document.find_in_whole(0..0, complaint);
        }
        need
    }

    fn take<T>(&self, span: std::ops::Range<usize>, result: Result<T, Complaint>) -> Option<T> {
        let add = |complaint: Complaint| {
            let mut findings = self.layers.findings.borrow_mut();
            findings.add(&self.layers.environment, span, complaint.message, complaint.label, complaint.help);
        };
        result.map_err(add).ok()
    }

    fn path(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', DOT).to_uppercase())
}

//! A table of a document, asked key by key.

use super::{
    Complaint, Document, Form, did_you_mean,
    form::{Key, Kind, Presence},
};
use std::{cell::RefCell, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It must; the line to write stands here.
    Must(&'static str),
    /// It has a default.
    May,
}

impl Need {
    /// What to write: the line, or else a word for the type.
    const fn or(self, type_words: &'static str) -> &'static str {
        match self {
            Self::Must(line) => line,
            Self::May => type_words,
        }
    }
}

/// A table being read.
#[derive(Debug)]
pub struct Table<'a> {
    document: &'a Document<'a>,
    name: String,
    at: Range<usize>,
    entries: &'a DeTable<'a>,
    /// Its own; or that of its entries, where their keys are the writer's own names.
    form: &'static Form,
    asked: RefCell<Vec<&'static str>>,
}

/// Of a table that a form doesn't have: it may hold nothing.
static NONE: Form = Form::new("nothing", "Nothing.", &[]);

impl<'a> Table<'a> {
    pub(super) fn new(
        document: &'a Document<'a>,
        name: String,
        at: Range<usize>,
        entries: &'a DeTable<'a>,
        form: &'static Form,
    ) -> Self {
        Self { document, name, at, entries, form, asked: RefCell::default() }
    }

    /// A key that the form doesn't have, or has otherwise, is a mistake in the program: whatever test reads it fails.
    fn declared(&self, key: &str, fits: impl FnOnce(&Key) -> bool) {
        let declared = self.form.key(key);
        debug_assert!(
            declared.is_some_and(fits),
            "the form of {} has no `{key}` as it is asked for: {declared:?}",
            self.name
        );
    }

    /// That the form has these words for a key.
    pub fn declares<'w>(&self, key: &str, words: impl Iterator<Item = &'w str>) {
        self.declared(key, |key| match key.kind {
            Kind::Word(declared) | Kind::WordOr(declared, _) => words.eq(declared.iter().copied()),
            _ => false,
        });
    }

    /// The form of the tables at a key.
    fn form_of(&self, key: &str) -> &'static Form {
        self.form.key(key).and_then(|key| key.kind.form()).unwrap_or(&NONE)
    }

    /// Where the table's name stands, for findings about the table as a whole.
    #[must_use]
    pub fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// Adds a finding.
    pub fn find(&self, span: Range<usize>, complaint: Complaint) {
        self.document.find(span, complaint);
    }

    /// Text.
    pub fn text(&self, key: &'static str, need: Need) -> Option<Spanned<&'a str>> {
        self.declared(key, |key| {
            matches!(key.kind, Kind::Text | Kind::Word(_) | Kind::WordOr(..) | Kind::WordOrField(_))
        });
        let value = self.value(key, need)?;
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.find(
                    value.span(),
                    Complaint::new(format!("`{key}` is empty"), "empty", "write it, or delete the line"),
                );
                None
            }
            DeValue::String(text) => Some(Spanned::new(value.span(), text)),
            other => self.wrong(key, value.span(), other, need.or("text in double quotes")),
        }
    }

    /// Text that something else parses.
    pub fn parsed<T>(
        &self,
        key: &'static str,
        need: Need,
        parse: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Option<Spanned<T>> {
        let text = self.text(key, need)?;
        self.take(text.span(), parse(text.get_ref())).map(|value| Spanned::new(text.span(), value))
    }

    /// One of several words, each standing for a value.
    pub fn choice<T: Copy>(&self, key: &'static str, need: Need, words: &[(&'static str, T)]) -> Option<Spanned<T>> {
        self.declares(key, words.iter().map(|(word, _)| *word));
        self.parsed(key, need, |text| {
            let known = words.iter().map(|(word, _)| *word);
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| Complaint {
                message: format!("`{key}` can't be `{text}`"),
                label: "unknown word".into(),
                help: did_you_mean(text, known),
            })
        })
    }

    /// A whole number within limits.
    pub fn integer(
        &self,
        key: &'static str,
        need: Need,
        limits: std::ops::RangeInclusive<i64>,
    ) -> Option<Spanned<i64>> {
        self.declared(key, |key| matches!(key.kind, Kind::Integer(from, to) if limits == (from..=to)));
        let value = self.value(key, need)?;
        let DeValue::Integer(integer) = value.get_ref() else {
            return self.wrong(key, value.span(), value.get_ref(), need.or("a whole number without quotes"));
        };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if limits.contains(&number) => Some(Spanned::new(value.span(), number)),
            _ => {
                let help = match *limits.end() {
                    i64::MAX => format!("write {} or more", limits.start()),
                    end => format!("write a number from {} to {end}", limits.start()),
                };
                self.find(value.span(), Complaint::new(format!("`{key}` is out of range"), "out of range", help));
                None
            }
        }
    }

    /// Yes or no.
    pub fn boolean(&self, key: &'static str, need: Need) -> Option<Spanned<bool>> {
        self.declared(key, |key| matches!(key.kind, Kind::Boolean));
        let value = self.value(key, need)?;
        match value.get_ref() {
            DeValue::Boolean(yes) => Some(Spanned::new(value.span(), *yes)),
            other => self.wrong(key, value.span(), other, need.or("true or false, without quotes")),
        }
    }

    /// A list of texts.
    pub fn texts(&self, key: &'static str, need: Need) -> Option<Spanned<Vec<Spanned<&'a str>>>> {
        self.declared(key, |key| matches!(key.kind, Kind::Texts | Kind::Words(_)));
        let value = self.value(key, need)?;
        let DeValue::Array(array) = value.get_ref() else {
            return self.wrong(key, value.span(), value.get_ref(), need.or("a list: [\"…\", \"…\"]"));
        };
        let mut texts = Vec::new();
        for item in array {
            match item.get_ref() {
                DeValue::String(text) => texts.push(Spanned::new(item.span(), &**text)),
                other => {
                    self.wrong::<()>(key, item.span(), other, "a list of texts in double quotes");
                }
            }
        }
        if array.is_empty() {
            self.find(value.span(), Complaint::new(format!("`{key}` is an empty list"), "empty", "name at least one"));
            return None;
        }
        Some(Spanned::new(value.span(), texts))
    }

    /// A table inside this one.
    pub fn table(&self, key: &'static str, need: Need) -> Option<Table<'a>> {
        self.declared(key, |key| matches!(key.kind, Kind::Table(_) | Kind::WordOr(..) | Kind::Named(..)));
        let value = self.value(key, need)?;
        let at = self.entries.get_key_value(key).map_or_else(|| value.span(), |(key, _)| key.span());
        self.as_table(key, at, value, need, self.form_of(key))
    }

    /// Whether a key has a table as its value, where it may also have a word.
    #[must_use]
    pub fn holds_table(&self, key: &str) -> bool {
        self.declared(key, |key| matches!(key.kind, Kind::WordOr(..)));
        self.entries.get(key).is_some_and(|value| matches!(value.get_ref(), DeValue::Table(_)))
    }

    /// One table, or a list of them.
    pub fn tables(&self, key: &'static str, need: Need) -> Vec<Table<'a>> {
        self.declared(key, |key| matches!(key.kind, Kind::Tables(_)));
        let Some(value) = self.value(key, need) else { return Vec::new() };
        let form = self.form_of(key);
        match value.get_ref() {
            DeValue::Array(array) => {
                array.iter().filter_map(|item| self.as_table(key, item.span(), item, need, form)).collect()
            }
            _ => self.as_table(key, value.span(), value, need, form).into_iter().collect(),
        }
    }

    /// All entries of a table whose keys are names of the writer's own, each a table, in the order of their names.
    #[must_use]
    pub fn named(&self) -> Vec<(Spanned<&'a str>, Table<'a>)> {
        let tables = self.entries.iter().filter_map(|(key, value)| {
            let table = self.as_table(key.get_ref(), key.span(), value, Need::May, self.form)?;
            Some((Spanned::new(key.span(), &**key.get_ref()), table))
        });
        tables.collect()
    }

    /// Where a key's value stands, if it is there.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<Range<usize>> {
        self.declared(key, |_| true);
        self.entries.get(key).map(Spanned::span)
    }

    /// Where a key stands, if it is there. It counts as known, and may be suggested: one of several, of which a table has one.
    pub fn expects(&self, key: &'static str) -> Option<Range<usize>> {
        self.declared(key, |_| true);
        self.asked.borrow_mut().push(key);
        self.entries.get_key_value(key).map(|(key, _)| key.span())
    }

    /// How many keys it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes a result, or finds what is wrong with it.
    pub fn take<T>(&self, span: Range<usize>, result: Result<T, Complaint>) -> Option<T> {
        result.map_err(|complaint| self.find(span, complaint)).ok()
    }

    /// The keys that nobody asked for are mistakes. `elsewhere` knows where a key belongs, for those that stand in the
    /// wrong table.
    pub fn finish(self, elsewhere: impl Fn(&str) -> Option<String>) {
        let asked = self.asked.borrow();
        for (key, _) in self.entries {
            if !asked.contains(&&**key.get_ref()) {
                let help = elsewhere(key.get_ref()).or_else(|| did_you_mean(key.get_ref(), asked.iter().copied()));
                let message = format!("{} has no key `{}`", self.name, key.get_ref());
                self.document.find_in_whole(key.span(), Complaint { message, label: "unknown key".into(), help });
            }
        }
    }

    fn value(&self, key: &'static str, need: Need) -> Option<&'a Spanned<DeValue<'a>>> {
        self.declared(key, |key| match key.presence {
            Presence::Must => need != Need::May,
            Presence::MustSomewhere => true,
            // Of several kinds of a table, the one that stands there is read as what must.
            Presence::May => need == Need::May || self.form.one_of.contains(&key.name),
        });
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        let value = self.entries.get(key);
        if let (None, Need::Must(line)) = (value, need) {
            let complaint =
                Complaint::new(format!("{} has no `{key}`", self.name), "is missing", format!("write {line}"));
            self.document
                .find_in_whole(self.at.clone(), Complaint { label: format!("`{key}` is missing"), ..complaint });
        }
        value
    }

    fn as_table(
        &self,
        key: &str,
        at: Range<usize>,
        value: &'a Spanned<DeValue<'a>>,
        need: Need,
        form: &'static Form,
    ) -> Option<Table<'a>> {
        let name = if self.at == (0..0) {
            format!("[{key}]")
        } else {
            format!("[{}.{key}]", self.name.trim_matches(['[', ']']))
        };
        match value.get_ref() {
            DeValue::Table(entries) => Some(Table::new(self.document, name, at, entries, form)),
            other => self.wrong(key, value.span(), other, need.or("a table: { … }")),
        }
    }

    fn wrong<T>(&self, key: &str, span: Range<usize>, found: &DeValue<'_>, wanted: &str) -> Option<T> {
        let complaint = Complaint::new(format!("`{key}` is {}", kind(found)), "wrong type", format!("write {wanted}"));
        self.find(span, complaint);
        None
    }
}

const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date without quotes",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::Source,
        document::form::{integer, text, word},
    };

    static FORM: Form = Form::new(
        "a file",
        "For these tests.",
        &[
            text("name", "\"Anna\"", "Who.").must(),
            word("tone", &["low", "high"], "\"low\"", "How."),
            integer("count", (1, 9), "3", "How many."),
        ],
    );

    fn ask(ask: impl FnOnce(&Table<'_>)) {
        let source = Source::new("a.toml", "name = \"Anna\"\n".to_owned());
        ask(&Document::parse(&source).root(&FORM));
    }

    #[test]
    fn a_reader_that_keeps_to_the_form_is_answered() {
        ask(|table| {
            assert_eq!(table.text("name", Need::Must("name")).map(|name| *name.get_ref()), Some("Anna"));
            assert!(table.choice("tone", Need::May, &[("low", 1), ("high", 2)]).is_none());
            assert!(table.integer("count", Need::May, 1..=9).is_none());
        });
    }

    #[test]
    #[should_panic(expected = "has no `nickname`")]
    fn a_reader_that_asks_for_a_key_that_the_form_lacks_fails_its_test() {
        ask(|table| assert!(table.text("nickname", Need::May).is_none()));
    }

    #[test]
    #[should_panic(expected = "has no `tone`")]
    fn a_reader_that_knows_another_word_fails_its_test() {
        ask(|table| assert!(table.choice("tone", Need::May, &[("low", 1), ("high", 2), ("shrill", 3)]).is_none()));
    }

    #[test]
    #[should_panic(expected = "has no `count`")]
    fn a_reader_that_knows_other_limits_fails_its_test() {
        ask(|table| assert!(table.integer("count", Need::May, 1..=10).is_none()));
    }

    #[test]
    #[should_panic(expected = "has no `name`")]
    fn a_reader_that_can_do_without_what_the_form_demands_fails_its_test() {
        ask(|table| assert!(table.text("name", Need::May).is_none()));
    }
}

//! The header: which column holds what, and what is wrong with it.
//!
//! Only declared fields come in. A column that nobody declared stops the import, with a suggestion: it is either
//! a misspelling, whose data would be missed silently, or data that no purpose needs. `--ignore` says that it is the latter.

use super::{
    row::Untold,
    split::{Split, split},
    table::Header,
};
use crate::{
    base::{Findings, Source},
    document::suggest::nearest,
    policy::{Field, FieldType, Nature, Policy, WrittenBy},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sheet {
    /// Customers.
    Customers,
    /// Records of the type with this name.
    Records(String),
}

impl Sheet {
    /// By its name on the command line: `customers`, or a record type of the policy, with or without its plural's `s`.
    #[must_use]
    pub fn named(name: &str, policy: &Policy) -> Option<Self> {
        if name == "customers" || name == "customer" {
            return Some(Self::Customers);
        }
        [Some(name), name.strip_suffix('s')]
            .into_iter()
            .flatten()
            .find(|name| told(policy).any(|told| told == name))
            .map(|name| Self::Records(name.to_owned()))
    }

    /// What to say when there is no such sheet.
    #[must_use]
    pub fn unknown(name: &str, policy: &Policy) -> String {
        let records = told(policy).map(|name| format!("`{name}s`"));
        let names: Vec<String> = ["`customers`".to_owned()].into_iter().chain(records).collect();
        format!("`{name}` is nothing that can be imported; write one of {}", names.join(", "))
    }
}

/// The record types that the business tells of.
fn told(policy: &Policy) -> impl Iterator<Item = &String> {
    policy.records_of(Nature::Lasting).chain(policy.records_of(Nature::Event))
}

/// What one column holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Column {
    /// The source's own id.
    Id,
    /// A customer's address.
    Email,
    /// A customer's language.
    Language,
    /// A customer's time zone.
    Zone,
    /// Whose record it is: a customer's id or address.
    Customer,
    /// A declared field.
    Field(String, FieldType),
    /// Consent to this purpose.
    Consent(String),
    /// Left out on purpose.
    Ignored,
}

/// The header, understood.
pub(super) struct Columns {
    /// What separates the cells.
    pub delimiter: char,
    /// Each column with its name as the file writes it.
    pub each: Vec<(String, Column)>,
    /// What no column tells.
    pub untold: Untold,
}

/// Understands a header.
///
/// # Errors
/// Every unknown, double or missing column.
pub(super) fn columns(
    sheet: &Sheet,
    policy: &Policy,
    ignore: &BTreeSet<String>,
    path: &str,
    header: &Header,
) -> Result<Columns, Findings> {
    let known: BTreeMap<String, Column> =
        known(sheet, policy).into_iter().map(|(name, column)| (plain(&name), column)).collect();
    let delimiter = header.delimiter.unwrap_or_else(|| delimiter(&header.text, |name| known.contains_key(name)));
    let mut findings = Findings::default();
    let source = Source::new(path, header.text.as_str());
    let mut columns: Vec<(String, Column)> = vec![];
    let names = names(&header.text, delimiter);
    for (name, span) in &names {
        let column = match known.get(&plain(name)) {
            Some(column) => column.clone(),
            None if ignore.iter().any(|ignored| plain(ignored) == plain(name)) => Column::Ignored,
            None => {
                let (message, label, help) = match answers(sheet, policy).find(|answer| plain(answer) == plain(name)) {
                    Some(_) => (
                        format!("no import may bring `{name}`: only customers answer"),
                        "written by answers",
                        format!("leave it out with `--ignore {name}`"),
                    ),
                    None => (format!("there is no column `{name}`"), "unknown column", help(name, sheet, &known)),
                };
                findings.add(&source, span.clone(), message, label, Some(help));
                Column::Ignored
            }
        };
        if column != Column::Ignored && columns.iter().any(|(_, other)| *other == column) {
            findings.add(&source, span.clone(), format!("two columns are called `{name}`"), "once more", None);
        }
        columns.push((name.clone(), column));
    }
    let needed: &[(&str, Column)] = match sheet {
        Sheet::Customers => &[("email", Column::Email)],
        Sheet::Records(_) => &[("id", Column::Id), ("customer", Column::Customer)],
    };
    for (name, column) in needed {
        if !columns.iter().any(|(_, other)| other == column) {
            let help = match names.len() {
                1 => "cells are separated by `;`, `,` or tabs".to_owned(),
                _ => format!("add a column `{name}`"),
            };
            findings.add(&source, 0..0, format!("the column `{name}` is missing"), "needed here", Some(help));
        }
    }
    if findings.is_empty() {
        let untold = untold(sheet, policy, |told| columns.iter().any(|(_, column)| column == told));
        Ok(Columns { delimiter, each: columns, untold })
    } else {
        Err(findings)
    }
}

/// What a source with these columns doesn't tell. What customers answered outlasts every import.
pub(super) fn untold(sheet: &Sheet, policy: &Policy, is_told: impl Fn(&Column) -> bool) -> Untold {
    let missing = known(sheet, policy).into_values().filter_map(|column| match &column {
        Column::Field(name, _) if !is_told(&column) => Some(name.clone()),
        _ => None,
    });
    let of_calendars = fields(sheet, policy).iter().filter(|(_, field)| field.calendar.is_some());
    let status = fields(sheet, policy).get("status").map(|field| Column::Field("status".to_owned(), field.kind));
    Untold {
        fields: Arc::new(missing.chain(answers(sheet, policy).cloned()).collect()),
        left_to_calendars: Arc::new(of_calendars.map(|(name, _)| name.clone()).collect()),
        status: status.is_some_and(|status| is_told(&status)),
    }
}

/// The declared fields of what a sheet holds.
pub(super) fn fields<'a>(sheet: &Sheet, policy: &'a Policy) -> &'a BTreeMap<String, Field> {
    static NOTHING: BTreeMap<String, Field> = BTreeMap::new();
    match sheet {
        Sheet::Customers => &policy.customer,
        Sheet::Records(kind) => policy.records.get(kind).map_or(&NOTHING, |record| &record.fields),
    }
}

/// The fields that only customers write.
pub(super) fn answers<'a>(sheet: &Sheet, policy: &'a Policy) -> impl Iterator<Item = &'a String> {
    let fields = fields(sheet, policy).iter().filter(|(_, field)| field.written_by == WrittenBy::Answers);
    fields.map(|(name, _)| name)
}

/// All columns that may stand in such a sheet, by name.
pub(super) fn known(sheet: &Sheet, policy: &Policy) -> BTreeMap<String, Column> {
    let mut known: BTreeMap<String, Column> = fields(sheet, policy)
        .iter()
        .filter(|(_, field)| field.written_by == WrittenBy::Imports)
        .map(|(name, field)| (name.clone(), Column::Field(name.clone(), field.kind)))
        .collect();
    known.insert("id".to_owned(), Column::Id);
    if *sheet == Sheet::Customers {
        known.insert("email".to_owned(), Column::Email);
        known.insert("language".to_owned(), Column::Language);
        known.insert("time_zone".to_owned(), Column::Zone);
        let consents = policy.purposes.keys().map(|key| (format!("consent:{key}"), Column::Consent(key.clone())));
        known.extend(consents);
    } else {
        known.insert("customer".to_owned(), Column::Customer);
    }
    known
}

fn help(name: &str, sheet: &Sheet, known: &BTreeMap<String, Column>) -> String {
    if let Some(near) = nearest(&plain(name), known.keys().map(String::as_str)) {
        return format!("did you mean `{near}`?");
    }
    let table = match sheet {
        Sheet::Customers => "[customer.fields]".to_owned(),
        Sheet::Records(kind) => format!("[records.{kind}.fields]"),
    };
    format!("declare it under {table} in policy.toml, or leave it out with `--ignore {name}`")
}

/// The delimiter with which the most columns are known; where that is even, with which there are the most columns.
pub(super) fn delimiter(header: &str, is_known: impl Fn(&str) -> bool) -> char {
    let score = |delimiter: &char| {
        let names = names(header, *delimiter);
        (names.iter().filter(|(name, _)| is_known(&plain(name))).count(), names.len())
    };
    // `max_by_key` takes the last of equals: the semicolon, which stands in no name.
    ['\t', ',', ';'].into_iter().max_by_key(score).unwrap_or(';')
}

/// The columns' names with their places in the header. Empty names at the end are only delimiters too many.
pub(super) fn names(header: &str, delimiter: char) -> Vec<(String, Range<usize>)> {
    let cells = match split(&format!("{header}\n"), delimiter) {
        Some(Split { cells: Ok(cells), .. }) => cells,
        _ => header.split(delimiter).map(ToOwned::to_owned).collect(),
    };
    let mut from = 0;
    let mut names = vec![];
    for cell in cells {
        let name = cell.trim().to_owned();
        let start = header.get(from..).and_then(|rest| rest.find(&name)).map_or(from, |at| from + at);
        names.push((name.clone(), start..start + name.len()));
        from = start + name.len();
    }
    while names.pop_if(|(name, _)| name.is_empty()).is_some() {}
    names
}

/// The form in which names are compared: `Time Zone` is `time_zone`.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "_")
}

//! Reads `policy.toml` into a policy, or into findings.

pub mod caps;
mod checkout;
mod event;
mod fields;
mod links;
mod look;
mod matching;
mod phrase;
mod processors;
mod purposes;
mod quiet;
mod recommending;
mod requests;
mod retention;
mod sale;

use super::{Business, Level, Links, Look, Policy, Practice, Purpose, RecordType, form};
use crate::{
    base::{EmailAddress, Findings, Source, Zone},
    document::{Complaint, Document, Need, Table, suggest::nearest},
    people::Language,
};
use fields::{Owner, fields};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};
use toml::Spanned;

/// Names that a template or an import uses for something else.
const RECORD_NAMES_TAKEN: [&str; 14] = [
    "customer",
    "business",
    "purpose",
    "stop_url",
    "preferences_url",
    "why_url",
    "privacy_url",
    "confirm_url",
    "answers",
    "moved",
    "previous",
    "language",
    "this",
    "calendar",
];
/// Words of CEL, which can't follow a dot in a condition.
const CEL_WORDS: [&str; 4] = ["true", "false", "null", "in"];

/// What was read of a policy.
#[derive(Debug)]
pub struct Reading {
    /// The policy. With findings it is good for checking the other files against, and for nothing else: what could not be
    /// read stands in it as its default.
    pub policy: Option<Policy>,
    /// Whether the other files can be checked against it.
    pub names: Names,
    /// What was found.
    pub findings: Findings,
}

/// Whether purposes, records and fields are those that were meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Names {
    /// They are.
    Sure,
    /// Some couldn't be read: whoever uses them must not be blamed.
    Doubtful,
}

/// Reads the policy.
#[must_use]
pub fn parse(source: &Source) -> Reading {
    let document = Document::parse(source);
    let names = Cell::new(if document.is_whole() { Names::Sure } else { Names::Doubtful });
    let root = document.root(&form::FILE);
    let business = business(&root);
    let (mut counted_by, mut sales) = (vec![], vec![]);
    let (purposes, prices) = purposes::purposes(&root, &names, &mut counted_by, &mut sales);
    let customer = root.table("customer", Need::May).map(|table| {
        let fields = fields(&table, Need::May, &purposes, &names, Owner::Customer);
        table.finish(|_| None);
        fields
    });
    let customer = customer.unwrap_or_default();
    if names.get() == Names::Sure {
        purposes::prices_depend_on_fields(&root, &prices, &customer);
    }
    let matching = matching::matching(&root, &customer);
    let records = records(&root, &purposes, &names);
    let caps = caps::overall(&root, &mut counted_by);
    let quiet_hours = quiet::quiet_hours(&root);
    let processors = processors::processors(&root);
    let retention = retention::terms(&root);
    let recommending = recommending::recommending(&root, &purposes, &names);
    let sign_above = sign_above(&root);
    let policy = business.map(|business| Policy {
        business,
        purposes,
        customer,
        records,
        matching,
        caps,
        quiet_hours,
        processors,
        retention,
        recommending,
        sign_above,
    });
    if let Some(policy) = policy.as_ref().filter(|_| names.get() == Names::Sure) {
        caps::look_up(&root, policy, &counted_by);
        sale::look_up(&root, policy, &sales);
        requests::look_up(&root, policy);
        recommending::look_up(&root, policy);
    }
    root.finish(|_| None);
    Reading { policy, names: names.get(), findings: document.into_findings() }
}

/// `[assessment]`.
fn sign_above(root: &Table<'_>) -> Level {
    let Some(table) = root.table("assessment", Need::May) else { return Level::default() };
    let words = Level::ALL.map(|level| (level.name(), level));
    let level = table.choice("sign_above", Need::Must("sign_above = \"medium\""), &words).map(Spanned::into_inner);
    table.finish(|_| None);
    level.unwrap_or_default()
}

fn business(root: &Table<'_>) -> Option<Business> {
    let table = root.table("business", Need::Must("[business] with name, postal_address, reply_to and time_zone"));
    let text = |key, line| table.as_ref()?.text(key, Need::Must(line)).map(|text| (*text.get_ref()).to_owned());
    let name = text("name", "name = \"Salon Lumière\"");
    let postal_address = text("postal_address", "postal_address = \"12 rue des Lilas, 69001 Lyon, France\"");
    let mut reply_to = None;
    let mut time_zone = None;
    let mut language = None;
    let mut currency = None;
    let mut links = Links::default();
    let mut look = Look::default();
    let mut privacy_notice_names = BTreeSet::new();
    let [mut data_protection_officer, mut supervisory_authority] = [None, None];
    if let Some(table) = table {
        reply_to = table.parsed(
            "reply_to",
            Need::Must("reply_to = \"hello@salon.example\", a mailbox that a person reads"),
            parse_address,
        );
        time_zone = table.parsed("time_zone", Need::Must("time_zone = \"Europe/Paris\""), parse_zone);
        language = table.parsed("language", Need::May, parse_language);
        currency = table.parsed("currency", Need::May, parse_currency);
        links = links::links(&table);
        look = look::look(&table);
        privacy_notice_names = practices(&table);
        let may = |key| table.text(key, Need::May).map(|text| (*text.get_ref()).to_owned());
        data_protection_officer = may("data_protection_officer");
        supervisory_authority = may("supervisory_authority");
        table.finish(|_| None);
    }
    // Stand-ins only where something was found, so that the other files can be checked all the same.
    Some(Business {
        name: name.unwrap_or_default(),
        postal_address: postal_address.unwrap_or_default(),
        reply_to: reply_to.map(Spanned::into_inner).or_else(|| EmailAddress::parse("nobody@localhost").ok())?,
        time_zone: time_zone.map_or(Zone::UTC, Spanned::into_inner),
        language: language.map(Spanned::into_inner).or_else(|| Language::parse("en"))?,
        currency: currency.map_or_else(|| "EUR".to_owned(), Spanned::into_inner),
        links,
        look,
        privacy_notice_names,
        data_protection_officer,
        supervisory_authority,
    })
}

/// `privacy_notice_names`.
fn practices(business: &Table<'_>) -> BTreeSet<Practice> {
    let Some(texts) = business.texts("privacy_notice_names", Need::May) else { return BTreeSet::new() };
    let practice = |text: &Spanned<&str>| match *text.get_ref() {
        "holdouts" => Some(Practice::Holdouts),
        "network-prefix" => Some(Practice::NetworkPrefix),
        other => {
            let complaint = Complaint::new(
                format!("`{other}` is nothing that a notice has to name"),
                "unknown word",
                "write \"holdouts\" or \"network-prefix\"",
            );
            business.find(text.span(), complaint);
            None
        }
    };
    texts.get_ref().iter().filter_map(practice).collect()
}

fn records(
    root: &Table<'_>,
    purposes: &BTreeMap<String, Purpose>,
    names: &Cell<Names>,
) -> BTreeMap<String, RecordType> {
    let Some(tables) = root.table("records", Need::May) else { return BTreeMap::new() };
    let (in_calendars, of_orders) = (Cell::new(false), Cell::new(false));
    let read = |(key, table): (Spanned<&str>, Table<'_>)| {
        check_name(&table, &key, "a record type", &RECORD_NAMES_TAKEN);
        let need = Need::Must("the table [records.<name>.fields] with its fields");
        let fields = fields(&table, need, purposes, names, Owner::Record);
        let record = RecordType { title: phrase::title(&table), nature: event::nature(&table, &fields), fields };
        if record.is_in_calendars() && in_calendars.replace(true) {
            let complaint = Complaint::new(
                "calendars fill another record type already",
                "a second one",
                "write calendar = \"start\" at the fields of one record type only",
            );
            table.find(key.span(), complaint);
        }
        if record.is_of_orders() && of_orders.replace(true) {
            let complaint = Complaint::new(
                "another record type holds the lines of orders already",
                "a second one",
                "write order = \"product\" at the field of one record type only",
            );
            table.find(key.span(), complaint);
        }
        table.finish(|_| None);
        ((*key.get_ref()).to_owned(), record)
    };
    all_named(&tables, names).into_iter().map(read).collect()
}

/// A list of names.
fn names_of(table: &Table<'_>, key: &'static str) -> BTreeSet<String> {
    let texts = table.texts(key, Need::May);
    texts.into_iter().flat_map(Spanned::into_inner).map(|text| (*text.get_ref()).to_owned()).collect()
}

/// The tables of a table. An entry that is none has its finding, and whoever uses its name must not be blamed.
fn all_named<'a>(table: &Table<'a>, names: &Cell<Names>) -> Vec<(Spanned<&'a str>, Table<'a>)> {
    let tables = table.named();
    if tables.len() < table.len() {
        names.set(Names::Doubtful);
    }
    tables
}

fn check_name(table: &Table<'_>, key: &Spanned<&str>, what: &str, taken: &[&str]) {
    let name = *key.get_ref();
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let help = if !valid {
        "write small letters, digits and underscores, a letter first"
    } else if taken.contains(&name) || CEL_WORDS.contains(&name) {
        "give it another name: this one is taken by every template, import or condition"
    } else {
        return;
    };
    table.find(key.span(), Complaint::new(format!("`{name}` can't be the name of {what}"), "bad name", help));
}

/// An address, with a remedy.
///
/// # Errors
/// When it is none.
pub fn parse_address(text: &str) -> Result<EmailAddress, Complaint> {
    EmailAddress::parse(text)
        .map_err(|why| Complaint::new(why.to_string(), "bad address", "write one address: \"hello@salon.example\""))
}

/// A time zone, with a remedy.
///
/// # Errors
/// When the IANA database has none of that name.
pub fn parse_zone(text: &str) -> Result<Zone, Complaint> {
    Zone::parse(text).ok_or_else(|| Complaint {
        message: format!("`{text}` is not a time zone of the IANA database"),
        label: "unknown zone".into(),
        help: Some(match nearest(text, Zone::names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write it as in \"Europe/Paris\"; abbreviations mean different times".to_owned(),
        }),
    })
}

fn parse_language(text: &str) -> Result<Language, Complaint> {
    Language::parse(text).ok_or_else(|| {
        Complaint::new(
            format!("`{text}` is not a language tag"),
            "bad tag",
            "write its tag of two letters: \"en\", \"fr\"",
        )
    })
}

fn parse_currency(text: &str) -> Result<String, Complaint> {
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(text.to_owned());
    }
    Err(Complaint::new(
        format!("`{text}` is not a currency of ISO 4217"),
        "bad currency",
        "write three capitals: \"EUR\"",
    ))
}

//! Reads `policy.toml` into a policy, or into findings.

pub mod caps;
mod event;
mod fields;
mod links;
mod matching;
mod quiet;

use super::{Basis, Business, Field, Links, Merging, Policy, Practice, Purpose, RecordType, Wording, form};
use crate::{
    base::{EmailAddress, Findings, Source, WordingDigest, Zone},
    document::{Complaint, Document, Need, Table, did_you_mean, parse_term, suggest::nearest},
    people::Language,
};
use caps::{CountedBy, Of, Owed};
use fields::{Owner, fields};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};
use toml::Spanned;

/// Names that a template or an import uses for something else.
const RECORD_NAMES_TAKEN: [&str; 12] = [
    "customer",
    "business",
    "purpose",
    "stop_url",
    "preferences_url",
    "why_url",
    "answers",
    "moved",
    "previous",
    "language",
    "this",
    "calendar",
];
/// Words of CEL, which can't follow a dot in a condition.
const CEL_WORDS: [&str; 4] = ["true", "false", "null", "in"];
/// Purposes go into links and headers.
const PURPOSE_CHARS_MAX: usize = 48;

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
    let mut counted_by = vec![];
    let (purposes, prices) = purposes(&root, &names, &mut counted_by);
    let customer = root.table("customer", Need::May).map(|table| {
        let fields = fields(&table, Need::May, &purposes, &names, Owner::Customer);
        table.finish(|_| None);
        fields
    });
    let customer = customer.unwrap_or_default();
    if names.get() == Names::Sure {
        prices_depend_on_fields(&root, &prices, &customer);
    }
    let matching = matching::matching(&root, &customer);
    let records = records(&root, &purposes, &names);
    let caps = caps::overall(&root, &mut counted_by);
    let quiet_hours = quiet::quiet_hours(&root);
    let policy = business.map(|business| Policy { business, purposes, customer, records, matching, caps, quiet_hours });
    if let Some(policy) = policy.as_ref().filter(|_| names.get() == Names::Sure) {
        caps::look_up(&root, policy, &counted_by);
    }
    root.finish(|_| None);
    Reading { policy, names: names.get(), findings: document.into_findings() }
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
    let mut privacy_notice_names = BTreeSet::new();
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
        privacy_notice_names = practices(&table);
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
        privacy_notice_names,
    })
}

/// `privacy_notice_names`.
fn practices(business: &Table<'_>) -> BTreeSet<Practice> {
    let Some(texts) = business.texts("privacy_notice_names", Need::May) else { return BTreeSet::new() };
    let practice = |text: &Spanned<&str>| match *text.get_ref() {
        "holdouts" => Some(Practice::Holdouts),
        other => {
            let complaint = Complaint::new(
                format!("`{other}` is nothing that a notice has to name"),
                "unknown word",
                "write \"holdouts\"",
            );
            business.find(text.span(), complaint);
            None
        }
    };
    texts.get_ref().iter().filter_map(practice).collect()
}

/// The purposes, and the fields that their prices depend on, with their places. Their caps' fields are owed.
fn purposes<'a>(
    root: &Table<'a>,
    names: &Cell<Names>,
    owed: &mut Vec<Owed>,
) -> (BTreeMap<String, Purpose>, Vec<Spanned<&'a str>>) {
    let example = "[purposes.appointment-reminders] with title, promise and basis";
    let Some(tables) = root.table("purposes", Need::Must(example)) else { return Default::default() };
    let mut prices = vec![];
    let read = |(key, table): (Spanned<&str>, Table<'a>)| {
        let name = *key.get_ref();
        let valid = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !valid || name.len() > PURPOSE_CHARS_MAX || name.starts_with('-') || name.ends_with('-') {
            let complaint = Complaint::new(
                format!("`{name}` can't be the key of a purpose"),
                "bad key",
                "write small letters, digits and dashes, at most 48: it goes into links and headers",
            );
            table.find(key.span(), complaint);
        }
        let mut counted_by = vec![];
        let purpose = purpose(table, &mut prices, &mut counted_by);
        let of = || Of::Purpose(name.to_owned());
        owed.extend(counted_by.into_iter().map(|counted_by| Owed { of: of(), counted_by }));
        (name.to_owned(), purpose)
    };
    let purposes = all_named(&tables, names).into_iter().map(read).collect();
    (purposes, prices)
}

/// What prices depend on is a field of customers.
fn prices_depend_on_fields(root: &Table<'_>, prices: &[Spanned<&str>], customer: &BTreeMap<String, Field>) {
    for field in prices.iter().filter(|field| !customer.contains_key(*field.get_ref())) {
        let help = did_you_mean(field.get_ref(), customer.keys().map(String::as_str))
            .or_else(|| Some("write the name of a field under [customer.fields]".to_owned()));
        let message = format!("`customer` has no field `{}`", field.get_ref());
        root.find(field.span(), Complaint { message, label: "undeclared field".into(), help });
    }
}

fn purpose<'a>(table: Table<'a>, prices: &mut Vec<Spanned<&'a str>>, counted_by: &mut Vec<CountedBy>) -> Purpose {
    let words =
        |key, line| table.text(key, Need::Must(line)).map(|text| (*text.get_ref()).to_owned()).unwrap_or_default();
    let title = words("title", "title = \"Appointment reminders\", as people are shown it");
    let promise = words("promise", "promise = \"We write before each visit, so that you don't miss it.\"");
    let basis = basis(&table);
    let consent_lasts = table.parsed("consent_lasts", Need::May, parse_term);
    if let (Some(basis), Some(lasts)) = (basis, &consent_lasts)
        && basis == Basis::Contract
    {
        let complaint = Complaint::new(
            "a purpose that rests on a contract has no consent that could end",
            "no consent here",
            "delete the line, or write basis = \"consent\"",
        );
        table.find(lasts.span(), complaint);
    }
    if let Some(wanted) = table.boolean("double_opt_in", Need::May).filter(|wanted| *wanted.get_ref()) {
        let complaint = Complaint::new(
            "double opt-in is not supported yet",
            "not yet",
            "delete the line, and import only a consent that was confirmed",
        );
        table.find(wanted.span(), complaint);
    }
    let caps = caps::list(&table, "cap", counted_by);
    let quiet_hours = quiet::quiet_hours(&table);
    let [obeys_caps, counts_toward_caps] = ["obeys_caps", "counts_toward_caps"].map(|key| flag(&table, key, basis));
    let merging = merging(&table, basis);
    let translations = table.table("translations", Need::May).map(|table| translations(&table)).unwrap_or_default();
    let depends_on = table.texts("prices_depend_on", Need::May);
    if let (Some(Basis::Contract), Some(list)) = (basis, &depends_on) {
        let complaint = Complaint::new(
            "a service message names no prices but its record's own",
            "not for a service",
            "delete the line, or write basis = \"consent\"",
        );
        table.find(list.span(), complaint);
    }
    let depends_on = depends_on.map(Spanned::into_inner).unwrap_or_default();
    table.finish(|_| None);
    // A stand-in where there is a finding: the one that rules out nothing in the other files.
    let basis = basis.unwrap_or(Basis::Contract);
    let purpose = Purpose {
        wording: WordingDigest::of(&title, &promise),
        title,
        promise,
        translations,
        basis,
        consent_lasts: consent_lasts.map(Spanned::into_inner),
        caps,
        obeys_caps,
        counts_toward_caps,
        merging,
        prices_depend_on: depends_on.iter().map(|field| (*field.get_ref()).to_owned()).collect(),
        quiet_hours,
    };
    prices.extend(depends_on);
    purpose
}

/// `obeys_caps` or `counts_toward_caps`: true, and always so for marketing.
fn flag(table: &Table<'_>, key: &'static str, basis: Option<Basis>) -> bool {
    let Some(flag) = table.boolean(key, Need::May) else { return true };
    if !*flag.get_ref() && basis.is_some_and(Basis::is_marketing) {
        let message = format!("marketing always has `{key} = true`");
        table.find(flag.span(), Complaint::new(message, "not for marketing", "delete the line"));
    }
    *flag.get_ref()
}

/// `may_be_merged`, of marketing: a reminder comes when it should.
fn merging(table: &Table<'_>, basis: Option<Basis>) -> Merging {
    let Some(may) = table.boolean("may_be_merged", Need::May) else { return Merging::No };
    if *may.get_ref() && basis == Some(Basis::Contract) {
        let complaint = Complaint::new(
            "a service message comes when it should, and alone",
            "not for a service",
            "delete the line, or write basis = \"consent\"",
        );
        table.find(may.span(), complaint);
    }
    if *may.get_ref() { Merging::Allowed } else { Merging::No }
}

fn basis(table: &Table<'_>) -> Option<Basis> {
    let read = table.parsed("basis", Need::Must("basis = \"contract\" or basis = \"consent\""), |text| match text {
        "contract" => Ok(Basis::Contract),
        "consent" => Ok(Basis::Consent),
        "soft-opt-in" => Err(Complaint::new(
            "the basis `soft-opt-in` is not supported yet",
            "not yet",
            "write basis = \"consent\", and import the consent of those who gave it",
        )),
        other => Err(Complaint {
            message: format!("`{other}` is no basis on which mail may leave"),
            label: "unknown basis".into(),
            help: did_you_mean(other, ["contract", "consent"]),
        }),
    });
    read.map(Spanned::into_inner)
}

fn translations(table: &Table<'_>) -> BTreeMap<Language, Wording> {
    let read = |(tag, words): (Spanned<&str>, Table<'_>)| {
        let language = words.take(tag.span(), parse_language(tag.get_ref()));
        let text = |key, line| words.text(key, Need::Must(line)).map(|text| (*text.get_ref()).to_owned());
        let title = text("title", "title = \"…\" in this language");
        let promise = text("promise", "promise = \"…\" in this language");
        words.finish(|_| None);
        Some((language?, Wording { title: title?, promise: promise? }))
    };
    table.named().into_iter().filter_map(read).collect()
}

fn records(
    root: &Table<'_>,
    purposes: &BTreeMap<String, Purpose>,
    names: &Cell<Names>,
) -> BTreeMap<String, RecordType> {
    let Some(tables) = root.table("records", Need::May) else { return BTreeMap::new() };
    let in_calendars = Cell::new(false);
    let read = |(key, table): (Spanned<&str>, Table<'_>)| {
        check_name(&table, &key, "a record type", &RECORD_NAMES_TAKEN);
        let need = Need::Must("the table [records.<name>.fields] with its fields");
        let fields = fields(&table, need, purposes, names, Owner::Record);
        let record = RecordType { nature: event::nature(&table, &fields), fields };
        if record.is_in_calendars() && in_calendars.replace(true) {
            let complaint = Complaint::new(
                "calendars fill another record type already",
                "a second one",
                "write calendar = \"start\" at the fields of one record type only",
            );
            table.find(key.span(), complaint);
        }
        table.finish(|_| None);
        ((*key.get_ref()).to_owned(), record)
    };
    all_named(&tables, names).into_iter().map(read).collect()
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

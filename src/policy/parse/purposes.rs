//! `[purposes]`: what customers agree to.

use super::{
    Names, all_named,
    caps::{self, CountedBy, Of, Owed},
    checkout, parse_language, quiet, sale,
};
use crate::{
    base::WordingDigest,
    document::{Complaint, Need, Table, did_you_mean, parse_term},
    people::Language,
    policy::{Basis, Field, Merging, Purpose, Wording},
};
use std::{cell::Cell, collections::BTreeMap};
use toml::Spanned;

/// Purposes go into links and headers.
const PURPOSE_CHARS_MAX: usize = 48;

/// The purposes, and the fields that their prices depend on, with their places. Their caps' fields are owed.
pub(super) fn purposes<'a>(
    root: &Table<'a>,
    names: &Cell<Names>,
    owed: &mut Vec<Owed>,
    sales: &mut Vec<sale::Owed>,
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
        let purpose = purpose(table, name, &mut prices, &mut counted_by, sales);
        let of = || Of::Purpose(name.to_owned());
        owed.extend(counted_by.into_iter().map(|counted_by| Owed { of: of(), counted_by }));
        (name.to_owned(), purpose)
    };
    let purposes = all_named(&tables, names).into_iter().map(read).collect();
    (purposes, prices)
}

/// What prices depend on is a field of customers.
pub(super) fn prices_depend_on_fields(root: &Table<'_>, prices: &[Spanned<&str>], customer: &BTreeMap<String, Field>) {
    for field in prices.iter().filter(|field| !customer.contains_key(*field.get_ref())) {
        let help = did_you_mean(field.get_ref(), customer.keys().map(String::as_str))
            .or_else(|| Some("write the name of a field under [customer.fields]".to_owned()));
        let message = format!("`customer` has no field `{}`", field.get_ref());
        root.find(field.span(), Complaint { message, label: "undeclared field".into(), help });
    }
}

fn purpose<'a>(
    table: Table<'a>,
    key: &str,
    prices: &mut Vec<Spanned<&'a str>>,
    counted_by: &mut Vec<CountedBy>,
    sales: &mut Vec<sale::Owed>,
) -> Purpose {
    let words =
        |key, line| table.text(key, Need::Must(line)).map(|text| (*text.get_ref()).to_owned()).unwrap_or_default();
    let title = words("title", "title = \"Appointment reminders\", as people are shown it");
    let promise = words("promise", "promise = \"We write before each visit, so that you don't miss it.\"");
    let basis = basis(&table);
    let sale = sale::sale(&table, key, basis, sales);
    let consent_lasts = table.parsed("consent_lasts", Need::May, parse_term);
    if let (Some(basis), Some(lasts)) = (basis, &consent_lasts)
        && basis != Basis::Consent
    {
        let complaint = Complaint::new(
            "a purpose that rests on no consent has none that could end",
            "no consent here",
            "delete the line, or write basis = \"consent\"",
        );
        table.find(lasts.span(), complaint);
    }
    let double_opt_in = table.boolean("double_opt_in", Need::May).filter(|wanted| *wanted.get_ref());
    if let (Some(_), Some(wanted)) = (basis.filter(|basis| *basis != Basis::Consent), &double_opt_in) {
        let complaint = Complaint::new(
            "a purpose that rests on no consent has none to confirm",
            "no consent here",
            "delete the line, or write basis = \"consent\"",
        );
        table.find(wanted.span(), complaint);
    }
    let (caps, quiet_hours) = (caps::list(&table, "cap", counted_by), quiet::quiet_hours(&table));
    let [obeys_caps, counts_toward_caps] = ["obeys_caps", "counts_toward_caps"].map(|key| flag(&table, key, basis));
    let (merging, checkout) = (merging(&table, basis), checkout::checkout(&table, basis));
    let translations = table.table("translations", Need::May).map(|table| translations(&table)).unwrap_or_default();
    let depends_on = table.texts("prices_depend_on", Need::May);
    if let (Some(Basis::Contract | Basis::Request), Some(list)) = (basis, &depends_on) {
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
        sale,
        checkout,
        consent_lasts: consent_lasts.map(Spanned::into_inner),
        double_opt_in: double_opt_in.is_some(),
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
    if *may.get_ref() && basis.is_some_and(|basis| !basis.is_marketing()) {
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
        "request" => Ok(Basis::Request),
        "soft-opt-in" => Ok(Basis::SoftOptIn),
        other => Err(Complaint {
            message: format!("`{other}` is no basis on which mail may leave"),
            label: "unknown basis".into(),
            help: did_you_mean(other, ["contract", "consent", "request", "soft-opt-in"]),
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

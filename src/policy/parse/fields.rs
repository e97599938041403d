//! The declared fields of customers and records.

use super::{Names, all_named, check_name, phrase};
use crate::{
    document::{Complaint, Need, Table, did_you_mean, parse_term},
    policy::{
        CalendarPart, Field, FieldType, OrderPart, Purpose, WrittenBy, field::FieldPurposes, recommending::Recommends,
    },
};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

/// Columns of every import.
const FIELD_NAMES_TAKEN: [&str; 5] = ["id", "email", "language", "time_zone", "customer"];

/// Whose fields are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Customers': no calendar fills them.
    Customer,
    /// A record type's.
    Record,
}

/// Reads them.
pub(super) fn fields(
    owner: &Table<'_>,
    need: Need,
    purposes: &BTreeMap<String, Purpose>,
    names: &Cell<Names>,
    whose: Owner,
) -> BTreeMap<String, Field> {
    let Some(table) = owner.table("fields", need) else {
        if owner.place("fields").is_some() {
            names.set(Names::Doubtful);
        }
        return BTreeMap::new();
    };
    let types = FieldType::ALL.map(|kind| (kind.name(), kind));
    let (mut written, mut ordered) = (BTreeSet::new(), BTreeSet::new());
    let read = |(key, field): (toml::Spanned<&str>, Table<'_>)| {
        check_name(&field, &key, "a field", &FIELD_NAMES_TAKEN);
        let line = "type = \"text\", or integer, boolean, money, datetime, date, month-day";
        let kind = field.choice("type", Need::Must(line), &types);
        let keep = field.parsed("keep", Need::May, parse_term).map(toml::Spanned::into_inner);
        let sensitive = field.boolean("sensitive", Need::May).is_some_and(|yes| *yes.get_ref());
        let purposes = field_purposes(&field, purposes, sensitive);
        let category = field.parsed("category", Need::May, parse_category).map(toml::Spanned::into_inner);
        let title = phrase::title(&field);
        let kind = kind.map(toml::Spanned::into_inner);
        let (calendar, order, written_by) = match whose {
            Owner::Record => (calendar_part(&field, kind), order_part(&field, kind), written_by(&field, kind)),
            Owner::Customer => (None, None, WrittenBy::Imports),
        };
        let is_second_writer = written_by != WrittenBy::Imports && !written.insert(written_by);
        let is_second_part = order.is_some_and(|part| !ordered.insert(part));
        for (key, _) in [("written_by", is_second_writer), ("order", is_second_part)].iter().filter(|(_, is)| *is) {
            let complaint = Complaint::new(
                "a record has one field of this kind: another one holds it already",
                "the second one",
                format!("delete `{key}` here or there"),
            );
            field.find(field.place(key).unwrap_or_else(|| field.at()), complaint);
        }
        only_the_daemon_writes_products(&field, kind, written_by);
        field.finish(|_| None);
        if kind.is_none() {
            names.set(Names::Doubtful);
        }
        let kind = kind.unwrap_or(FieldType::Text);
        let field = Field { kind, purposes, keep, sensitive, title, category, calendar, order, written_by };
        ((*key.get_ref()).to_owned(), field)
    };
    all_named(&table, names).into_iter().map(read).collect()
}

/// Which part of a calendar's event fills a field: one of its type.
fn calendar_part(field: &Table<'_>, kind: Option<FieldType>) -> Option<CalendarPart> {
    let parts = CalendarPart::ALL.map(|part| (part.name(), part));
    let part = field.choice("calendar", Need::May, &parts)?;
    let fills = part.get_ref().kind();
    if kind.is_some_and(|kind| kind != fills) {
        let complaint = Complaint::new(
            format!("`{}` of a calendar fills a field of type {}", part.get_ref().name(), fills.name()),
            "another type",
            format!("write type = \"{}\", or delete `calendar`", fills.name()),
        );
        field.find(part.span(), complaint);
    }
    Some(part.into_inner())
}

/// Which part of an order's line fills a field: one of its type.
fn order_part(field: &Table<'_>, kind: Option<FieldType>) -> Option<OrderPart> {
    let parts = OrderPart::ALL.map(|part| (part.name(), part));
    let part = field.choice("order", Need::May, &parts)?;
    let fills = part.get_ref().kind();
    if kind.is_some_and(|kind| kind != fills) {
        let complaint = Complaint::new(
            format!("`{}` of an order fills a field of type {}", part.get_ref().name(), fills.name()),
            "another type",
            format!("write type = \"{}\", or delete `order`", fills.name()),
        );
        field.find(part.span(), complaint);
    }
    Some(part.into_inner())
}

/// What is recommended is computed, and nothing else is a list of products.
fn only_the_daemon_writes_products(field: &Table<'_>, kind: Option<FieldType>, written_by: WrittenBy) {
    let is_recommended = Recommends::by(written_by).is_some();
    if kind == Some(FieldType::Products) && !is_recommended {
        let complaint = Complaint::new(
            "no import brings products with their reasons",
            "who writes it?",
            "write written_by = \"discoveries\" or written_by = \"repeats\" beside it",
        );
        field.find(field.place("type").unwrap_or_else(|| field.at()), complaint);
    }
}

/// Who writes a field. What customers write is words, and comes from nowhere else.
fn written_by(field: &Table<'_>, kind: Option<FieldType>) -> WrittenBy {
    let words = [
        ("imports", WrittenBy::Imports),
        ("answers", WrittenBy::Answers),
        ("sign-ups", WrittenBy::SignUps),
        ("data-requests", WrittenBy::DataRequests),
        ("address-changes", WrittenBy::AddressChanges),
        ("notices", WrittenBy::Notices),
        ("discoveries", WrittenBy::Discoveries),
        ("repeats", WrittenBy::Repeats),
    ];
    let Some(chosen) = field.choice("written_by", Need::May, &words) else { return WrittenBy::Imports };
    let (is_text, not_calendars) = match chosen.get_ref() {
        WrittenBy::Imports => return WrittenBy::Imports,
        WrittenBy::Answers => (
            ("an answer is a text", "write type = \"text\": the answers are coming, cant-come and another-time"),
            ("no calendar fills an answer", "delete `calendar`: only customers answer"),
        ),
        WrittenBy::SignUps => (
            ("what somebody signs up for is a text", "write type = \"text\": the titles of the purposes"),
            ("no calendar fills a sign-up", "delete `calendar`: only people sign up"),
        ),
        WrittenBy::DataRequests => (
            ("what somebody asks for is a text", "write type = \"text\""),
            ("no calendar asks for data", "delete `calendar`: only people ask for their data"),
        ),
        WrittenBy::AddressChanges => (
            ("what somebody asks for is a text", "write type = \"text\": the address that they had, and the new one"),
            ("no calendar asks for another address", "delete `calendar`: only people change their address"),
        ),
        WrittenBy::Notices => (
            ("what changed is a text", "write type = \"text\": sentences of the privacy notice"),
            ("no calendar tells what changed", "delete `calendar`: the files say what changed"),
        ),
        WrittenBy::Discoveries | WrittenBy::Repeats => (
            ("what is recommended are products", "write type = \"products\""),
            ("no calendar recommends anything", "delete `calendar`: purchases lead to recommendations"),
        ),
    };
    let wanted = if Recommends::by(*chosen.get_ref()).is_some() { FieldType::Products } else { FieldType::Text };
    if kind.is_some_and(|kind| kind != wanted) {
        field.find(chosen.span(), Complaint::new(is_text.0, "another type", is_text.1));
    }
    if field.place("calendar").is_some() || field.place("order").is_some() {
        field.find(chosen.span(), Complaint::new(not_calendars.0, "one of the two", not_calendars.1));
    }
    chosen.into_inner()
}

/// A key of the fideslang taxonomy (ethyca.github.io/fideslang): `user.health_and_medical`.
fn parse_category(text: &str) -> Result<String, Complaint> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let mut words = text.split('.');
    if matches!(words.next(), Some("user" | "system")) && words.all(is_word) {
        return Ok(text.to_owned());
    }
    let help = "write it as in category = \"user.health_and_medical\"";
    Err(Complaint::new(format!("`{text}` is not a category of fideslang"), "bad category", help))
}

/// Which purposes a field may serve. Where that can't be read, all: the finding stands, and the other files must not be
/// blamed for it. A sensitive field never serves marketing, so that its `*` stands for the other purposes.
fn field_purposes(field: &Table<'_>, purposes: &BTreeMap<String, Purpose>, sensitive: bool) -> FieldPurposes {
    let is_marketing = |name: &str| purposes.get(name).is_some_and(|purpose| purpose.basis.is_marketing());
    let line = "purposes = [\"…\"], the purposes that it may serve, or [\"*\"] for all";
    let Some(list) = field.texts("purposes", Need::Must(line)) else { return FieldPurposes::All };
    let mut named = BTreeSet::new();
    let mut is_known = true;
    for item in list.get_ref() {
        let name = *item.get_ref();
        if name == "*" {
            if list.get_ref().len() > 1 {
                let complaint =
                    Complaint::new("`*` already stands for all purposes", "says all", "delete the others, or the `*`");
                field.find(item.span(), complaint);
            }
            let service = purposes.keys().filter(|name| !is_marketing(name)).cloned();
            return if sensitive { FieldPurposes::Only(service.collect()) } else { FieldPurposes::All };
        }
        if sensitive && is_marketing(name) {
            let message = format!("a sensitive field never serves marketing, and `{name}` rests on consent");
            let help = format!("delete \"{name}\", or `sensitive` if the field says nothing of the kind");
            field.find(item.span(), Complaint::new(message, "marketing", help));
        }
        if !purposes.contains_key(name) {
            let help = did_you_mean(name, purposes.keys().map(String::as_str));
            let message = format!("`{name}` is not a purpose of this policy");
            field.find(item.span(), Complaint { message, label: "unknown purpose".into(), help });
            is_known = false;
        }
        named.insert(name.to_owned());
    }
    if is_known { FieldPurposes::Only(named) } else { FieldPurposes::All }
}

//! `[recommendations]`: the rules, and that all they read may serve their purpose.

use super::{all_named, names_of, phrase, quiet::parse_wall_time};
use crate::{
    base::Term,
    document::{Complaint, Need, Table, did_you_mean, parse_term},
    policy::{
        Basis, FavouredValue, GateLimits, OrderPart, Policy, Purpose, Recommending,
        recommending::limits::{AT_LEAST, K, OWN_BRANDS, PRODUCT, REST_DAYS, SHOW, STEER, WEIGHT},
    },
};
use chrono::NaiveTime;
use std::{cell::Cell, collections::BTreeMap};
use toml::Spanned;

/// Reads the table.
pub(super) fn recommending(
    root: &Table<'_>,
    purposes: &BTreeMap<String, Purpose>,
    names: &Cell<super::Names>,
) -> Option<Recommending> {
    let table = root.table("recommendations", Need::May)?;
    let line = "purpose = \"recommendations\", the purpose that customers agree to";
    let purpose = table.parsed("purpose", Need::Must(line), |name| purpose(name, purposes));
    let number = |key, (from, to): (i64, i64), usual: u16| {
        let read = table.integer(key, Need::May, from..=to).map(Spanned::into_inner);
        read.and_then(|number| u16::try_from(number).ok()).unwrap_or(usual)
    };
    let rules = Recommending {
        purpose: purpose.map(Spanned::into_inner).unwrap_or_default(),
        publish_at: table
            .parsed("publish_at", Need::May, parse_wall_time)
            .map_or(NaiveTime::from_hms_opt(4, 30, 0)?, Spanned::into_inner),
        k: number("k", K, 10).into(),
        at_least: number("at_least", AT_LEAST, 3).into(),
        show: number("show", SHOW, 5).into(),
        every: table.parsed("every", Need::May, parse_term).map_or(Term::Days(14), Spanned::into_inner),
        rest_days: number("rest_days", REST_DAYS, 30),
        sensitive_categories: names_of(&table, "sensitive_categories"),
        values: values(&table, names),
        own_brands: names_of(&table, "own_brands"),
        gates: gates(&table),
    };
    table.finish(|_| None);
    Some(rules)
}

/// `[recommendations.gates]`.
fn gates(table: &Table<'_>) -> GateLimits {
    let known = GateLimits::default();
    let Some(table) = table.table("gates", Need::May) else { return known };
    let number = |key, (from, to): (i64, i64), known: u16| {
        let read = table.integer(key, Need::May, from..=to).map(Spanned::into_inner);
        read.and_then(|number| u16::try_from(number).ok()).unwrap_or(known)
    };
    let gates = GateLimits {
        own_brands: number("own_brands", OWN_BRANDS, known.own_brands),
        steer: number("steer", STEER, known.steer),
        product: number("product", PRODUCT, known.product),
    };
    table.finish(|_| None);
    gates
}

fn values(table: &Table<'_>, names: &Cell<super::Names>) -> Vec<FavouredValue> {
    let Some(tables) = table.table("values", Need::May) else { return Vec::new() };
    let read = |(key, table): (Spanned<&str>, Table<'_>)| {
        let line = "weight = 120, per cent of what its score would be without";
        let weight = table.integer("weight", Need::Must(line), WEIGHT.0..=WEIGHT.1).map(Spanned::into_inner);
        let title = phrase::title(&table);
        if title.is_none() {
            let complaint = Complaint::new(
                "customers read why a product is favoured",
                "no title",
                "write title = \"made near here\" in it",
            );
            table.find(key.span(), complaint);
        }
        table.finish(|_| None);
        Some(FavouredValue {
            name: (*key.get_ref()).to_owned(),
            title: title?,
            weight: u16::try_from(weight?).unwrap_or(100),
        })
    };
    all_named(&tables, names).into_iter().filter_map(read).collect()
}

fn purpose(name: &str, purposes: &BTreeMap<String, Purpose>) -> Result<String, Complaint> {
    match purposes.get(name) {
        Some(purpose) if purpose.basis == Basis::Consent => Ok(name.to_owned()),
        Some(_) => Err(Complaint::new(
            format!("nobody agrees to `{name}`: its basis is another one"),
            "no consent",
            "name a purpose with basis = \"consent\": what people bought is looked at only where they agreed to that",
        )),
        None => Err(Complaint {
            message: format!("`{name}` is not a purpose of this policy"),
            label: "unknown purpose".into(),
            help: did_you_mean(name, purposes.keys().map(String::as_str)),
        }),
    }
}

/// What recommendations rest on, and what they are written into, is there and may serve their purpose (promise P5).
pub(super) fn look_up(root: &Table<'_>, policy: &Policy) {
    if let Some(rules) = &policy.recommending {
        let Some(table) = root.table("recommendations", Need::May) else { return };
        let place = table.place("purpose").unwrap_or_else(|| table.at());
        // A purpose that can't be had has a finding of its own.
        if rules.purpose.is_empty() {
            return;
        }
        let Some(orders) = policy.order_record() else {
            let complaint = Complaint::new(
                "recommendations rest on what people bought, and no record says so",
                "from what?",
                "write order = \"product\" at the field of a record that holds the product's SKU, and order = \"time\" at its date",
            );
            return table.find(place, complaint);
        };
        for part in [OrderPart::Product, OrderPart::Time, OrderPart::Status] {
            let complaint = match orders.field(part) {
                Some((name, field)) if !field.purposes.allow(&rules.purpose) => Complaint::new(
                    format!("`{}.{name}` may not serve the purpose `{}`", orders.kind, rules.purpose),
                    "may not be read",
                    format!("add \"{}\" to its purposes: people read there what is looked at", rules.purpose),
                ),
                None if part != OrderPart::Status => Complaint::new(
                    format!("no field of `{}` says the {} of an order", orders.kind, part.name()),
                    "not told",
                    format!("write order = \"{}\" at a field with type = \"{}\"", part.name(), part.kind().name()),
                ),
                _ => continue,
            };
            table.find(place.clone(), complaint);
        }
        for (kind, record) in policy.recommending_records() {
            for (name, _) in record.recommended() {
                let serves = record.fields.get(name).is_some_and(|field| field.purposes.allow(&rules.purpose));
                if !serves {
                    let message = format!("`{kind}.{name}` may not serve the purpose `{}`", rules.purpose);
                    let help = format!("add \"{}\" to its purposes", rules.purpose);
                    table.find(place.clone(), Complaint::new(message, "may not be written", help));
                }
            }
        }
        return;
    }
    let Some(records) = root.table("records", Need::May) else { return };
    for (key, table) in records.named() {
        let record = policy.records.get(*key.get_ref());
        if record.is_some_and(|record| record.recommended().next().is_some()) {
            let complaint = Complaint::new(
                "it isn't said by which rules products are recommended",
                "by which rules?",
                "write the table [recommendations] with purpose = \"…\"",
            );
            table.find(key.span(), complaint);
        }
    }
}

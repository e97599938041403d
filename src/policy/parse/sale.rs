//! `sale`, of a purpose with `basis = "soft-opt-in"`.

use super::caps::serves;
use crate::{
    document::{Complaint, Need, Table, parse_term},
    policy::{Basis, FieldType, Policy, Sale, cap::RecordField},
};
use toml::Spanned;

/// The fields that a sale names: what can't be looked up before the records are known.
pub(super) struct Owed {
    pub purpose: String,
    at: Spanned<RecordField>,
    opt_out: Spanned<RecordField>,
}

const EXAMPLE: &str = "write sale = { at = \"purchase.bought_at\", opt_out_offered = \"purchase.opt_out_offered\", lasts = \"12 months\" }";

/// The sale, for the purpose of this key.
pub(super) fn sale(purpose: &Table<'_>, key: &str, basis: Option<Basis>, owed: &mut Vec<Owed>) -> Option<Sale> {
    if basis == Some(Basis::SoftOptIn) && purpose.place("sale").is_none() {
        let complaint = Complaint::new("a purpose with this basis rests on a sale: which?", "no sale", EXAMPLE);
        purpose.find(purpose.place("basis").unwrap_or_else(|| purpose.at()), complaint);
    }
    let table = purpose.table("sale", Need::May)?;
    if basis.is_some_and(|basis| basis != Basis::SoftOptIn) {
        let help = "delete it, or write basis = \"soft-opt-in\"";
        table.find(table.at(), Complaint::new("this purpose rests on no sale", "no sale here", help));
    }
    let at = table.parsed("at", Need::Must("at = \"purchase.bought_at\", a date"), field);
    let of_opt_out = Need::Must("opt_out_offered = \"purchase.opt_out_offered\", a field of yes and no");
    let opt_out = table.parsed("opt_out_offered", of_opt_out, field);
    let lasts = table.parsed("lasts", Need::Must("lasts = \"12 months\""), parse_term);
    table.finish(|_| None);
    let (at, opt_out, lasts) = (at?, opt_out?, lasts?);
    let sale =
        Sale { at: at.get_ref().clone(), opt_out_offered: opt_out.get_ref().field.clone(), lasts: lasts.into_inner() };
    owed.push(Owed { purpose: key.to_owned(), at, opt_out });
    Some(sale)
}

fn field(text: &str) -> Result<RecordField, Complaint> {
    match text.split_once('.') {
        Some((kind, field)) if !kind.is_empty() && !field.is_empty() => {
            Ok(RecordField { kind: kind.to_owned(), field: field.to_owned() })
        }
        _ => Err(Complaint::new(
            format!("`{text}` is no field of a record"),
            "no field",
            "write the record type and its field, such as \"purchase.bought_at\"",
        )),
    }
}

/// The fields are declared, may serve the purpose, and hold what a sale needs.
pub(super) fn look_up(root: &Table<'_>, policy: &Policy, owed: &[Owed]) {
    for Owed { purpose, at, opt_out } in owed {
        let dates = [FieldType::Date, FieldType::Datetime];
        for (field, kinds) in [(at, &dates[..]), (opt_out, &[FieldType::Boolean])] {
            if let Err(complaint) = holds(policy, purpose, field.get_ref(), kinds) {
                root.find(field.span(), complaint);
            }
        }
        if at.get_ref().kind != opt_out.get_ref().kind {
            let help = format!("name a field of `{}`", at.get_ref().kind);
            let complaint = Complaint::new("a sale's date and its opt-out stand in one record", "another record", help);
            root.find(opt_out.span(), complaint);
        }
    }
}

fn holds(policy: &Policy, purpose: &str, field: &RecordField, kinds: &[FieldType]) -> Result<(), Complaint> {
    serves(policy, purpose, field)?;
    let declared = policy.records.get(&field.kind).and_then(|record| record.fields.get(&field.field));
    match declared.filter(|declared| !kinds.contains(&declared.kind)) {
        None => Ok(()),
        Some(declared) => {
            let wanted: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let help = format!("name a field of type {}", wanted.join(" or "));
            Err(Complaint::new(format!("`{field}` is {}", declared.kind.name()), "another type", help))
        }
    }
}

//! The table `[matching]`.

use crate::{
    document::{Complaint, Need, Table, did_you_mean},
    people::Means,
    policy::{Field, FieldType, matching::Matching},
};
use std::collections::BTreeMap;

/// The longest calling code (ITU-T E.164: three digits).
const CALLING_CODE_DIGITS_MAX: usize = 3;

/// Reads it. Without the table, attendees alone say whose a visit is.
pub(super) fn matching(root: &Table<'_>, customer: &BTreeMap<String, Field>) -> Matching {
    let Some(table) = root.table("matching", Need::May) else { return Matching::default() };
    let read = Matching {
        by: means(&table),
        telephone: field(&table, "telephone", customer),
        first_name: field(&table, "first_name", customer),
        last_name: field(&table, "last_name", customer),
        calling_code: table
            .parsed("calling_code", Need::May, calling_code)
            .map(toml::Spanned::into_inner)
            .unwrap_or_default(),
    };
    if let Some(by) = table.place("by") {
        // A field that is named and isn't right has a finding of its own.
        let lacks_names = table.place("first_name").is_none() || table.place("last_name").is_none();
        let lacking = [
            (Means::Telephone, table.place("telephone").is_none(), "telephone = \"phone\", the field with the number"),
            (
                Means::Name,
                lacks_names,
                "first_name = \"first_name\" and last_name = \"last_name\", the fields with them",
            ),
        ];
        for (means, lacks, line) in lacking {
            if lacks && read.by.contains(&means) {
                let complaint = Complaint::new(
                    "it isn't said which fields of customers to look at",
                    "where are they?",
                    format!("write {line}"),
                );
                table.find(by.clone(), complaint);
            }
        }
    }
    table.finish(|_| None);
    read
}

fn means(table: &Table<'_>) -> Vec<Means> {
    let line = "by = [\"address\", \"telephone\", \"name\"], what a visit's texts may be searched for";
    let Some(list) = table.texts("by", Need::Must(line)) else { return vec![] };
    let mut means = vec![];
    for item in list.get_ref() {
        let word = *item.get_ref();
        if let Some((_, one)) = Means::ALL.iter().find(|(name, _)| *name == word) {
            means.push(*one);
        } else {
            let help = did_you_mean(word, Means::ALL.iter().map(|(name, _)| *name))
                .unwrap_or_else(|| "write address, telephone or name".to_owned());
            let message = format!("`{word}` is nothing that a visit could be known by");
            table.find(item.span(), Complaint { message, label: "unknown".into(), help: Some(help) });
        }
    }
    means
}

/// A declared field of customers that holds text.
fn field(table: &Table<'_>, key: &'static str, customer: &BTreeMap<String, Field>) -> Option<String> {
    let named = table.text(key, Need::May)?;
    let name = *named.get_ref();
    let complaint = match customer.get(name) {
        Some(field) if field.kind == FieldType::Text => return Some(name.to_owned()),
        Some(_) => {
            Complaint::new(format!("`{name}` doesn't hold text"), "another type", "name a field with type = \"text\"")
        }
        None => Complaint {
            message: format!("`{name}` is not a field of customers"),
            label: "unknown field".into(),
            help: did_you_mean(name, customer.keys().map(String::as_str)),
        },
    };
    table.find(named.span(), complaint);
    None
}

fn calling_code(text: &str) -> Result<String, Complaint> {
    let digits = text.trim_start_matches('+');
    let is_code = (1..=CALLING_CODE_DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_code.then(|| digits.to_owned()).ok_or_else(|| {
        Complaint::new(
            format!("`{text}` is not a calling code"),
            "no calling code",
            "write it as in calling_code = \"33\"",
        )
    })
}

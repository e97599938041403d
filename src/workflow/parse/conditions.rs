//! Conditions in a workflow's file: compiled, and blamed at their word.

use super::{Ground, trigger::Read};
use crate::{
    base::Source,
    document::{Complaint, Need, Table},
    policy::Scope,
    workflow::{CUSTOMER, Condition},
};
use std::ops::Range;
use toml::Spanned;

/// `only_if`, which a workflow about customers may call its `audience`.
pub(super) fn only_if(
    table: &Table<'_>,
    ground: &Ground<'_>,
    scope: Option<&Scope<'_>>,
    read: Option<&Read>,
) -> Option<Condition> {
    let only_if = self::read(table, "only_if", ground, scope);
    let is_about_customers = read.is_none_or(|read| read.trigger.subject() == CUSTOMER);
    if let Some(at) = table.place("audience").filter(|_| only_if.is_some() || !is_about_customers) {
        let complaint = Complaint::new(
            "an audience is a condition over customers",
            "only_if says it here",
            "write it into only_if, with && between the two",
        );
        table.find(at, complaint);
    }
    let audience = self::read(table, "audience", ground, scope);
    only_if.or(audience)
}

/// A condition, if there is one. A wrong one leaves its findings, and the workflow is void by them.
pub(super) fn read(
    table: &Table<'_>,
    key: &'static str,
    ground: &Ground<'_>,
    scope: Option<&Scope<'_>>,
) -> Option<Condition> {
    let text = table.text(key, Need::May)?;
    let compiled = match scope {
        Some(scope) => Condition::compile(text.get_ref(), scope).map(Some),
        None => Condition::spell(text.get_ref()).map(|()| None),
    };
    match compiled {
        Ok(condition) => condition,
        Err(complaints) => {
            for (place, complaint) in complaints {
                table.find(inside(ground.source, &text, place), complaint);
            }
            None
        }
    }
}

/// Where a part of a text stands in the file; the whole text where escapes make that a guess.
fn inside(source: &Source, text: &Spanned<&str>, part: Range<usize>) -> Range<usize> {
    let written = source.text.get(text.span()).unwrap_or_default();
    match written.find(text.get_ref()) {
        Some(start) => text.span().start + start + part.start..text.span().start + start + part.end,
        None => text.span(),
    }
}

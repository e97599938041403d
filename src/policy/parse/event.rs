//! `event = true`: what happens once, and never changes.

use crate::{
    document::{Complaint, Need, Table},
    policy::{Field, Nature, WrittenBy},
};
use std::collections::BTreeMap;

/// Fields that an event can't have: who reports one says its type, and nobody takes one back.
const TAKEN: [&str; 2] = ["type", "status"];

/// What `event` says under a record type with these fields.
pub(super) fn nature(table: &Table<'_>, fields: &BTreeMap<String, Field>) -> Nature {
    let Some(event) = table.boolean("event", Need::May).filter(|event| *event.get_ref()) else {
        return Nature::Lasting;
    };
    for (name, field) in fields {
        let (message, help) = if field.written_by == WrittenBy::Answers {
            ("customers answer about visits, and an event never changes", "delete the field, or this line")
        } else if field.calendar.is_some() {
            (
                "calendars tell of visits, which move, and an event never changes",
                "delete `calendar` there, or this line",
            )
        } else if TAKEN.contains(&name.as_str()) {
            ("an event has a `type` of its own, and no `status`: it never changes", "give the field another name")
        } else {
            continue;
        };
        table.find(event.span(), Complaint::new(format!("`{name}`: {message}"), "an event", help));
    }
    Nature::Event
}

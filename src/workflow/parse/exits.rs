//! `exit_on`: the types of records that end a workflow, once the customer has a new one.

use super::{is_declared, trigger::Read};
use crate::{
    document::{Complaint, Need, Table},
    policy::{Policy, Purpose, RecordType},
    workflow::Trigger,
};
use std::collections::BTreeSet;
use toml::Spanned;

/// Declared types, of which the purpose may know.
pub(super) fn read(
    table: &Table<'_>,
    policy: Option<&Policy>,
    purpose: Option<(&Purpose, &Spanned<&str>)>,
    read: Option<&Read<'_>>,
) -> BTreeSet<String> {
    let Some(list) = table.texts("exit_on", Need::May) else { return BTreeSet::new() };
    if let Some(Trigger::Before(_) | Trigger::Yearly { .. }) = read.map(|read| &read.trigger) {
        let complaint = Complaint::new(
            "this workflow doesn't begin at a moment after which a record could be new",
            "since when?",
            "delete the line, or write a condition: only_if, exit_when",
        );
        table.find(list.span(), complaint);
    }
    for kind in list.get_ref() {
        if is_declared(table, kind, policy.map(|policy| &policy.records), "record")
            && let (Some((purpose, key)), Some(of)) = (purpose, policy.and_then(|p| p.records.get(*kind.get_ref())))
            && !may_know(of, purpose, key.get_ref())
        {
            let message =
                format!("`{}` may not know of a {}: none of its fields serves it", key.get_ref(), kind.get_ref());
            let help = format!("add \"{}\" to the purposes of one of its fields in policy.toml", key.get_ref());
            table.find(kind.span(), Complaint::new(message, "not for this purpose", help));
        }
    }
    list.get_ref().iter().map(|kind| (*kind.get_ref()).to_owned()).collect()
}

/// That there is a record says something of the customer: the purpose must be one that it may serve.
fn may_know(kind: &RecordType, purpose: &Purpose, key: &str) -> bool {
    let is_marketing = purpose.basis.is_marketing();
    kind.fields.values().any(|field| field.purposes.allow(key) && !(field.sensitive && is_marketing))
}

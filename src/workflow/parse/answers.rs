//! `answers` and `ends_on`: what customers may say to a message, and what follows from it.

use crate::{
    document::{Complaint, Need, Table, did_you_mean},
    people::Answer,
    policy::{Policy, RecordType, Scope},
    workflow::{Asks, Trigger},
};
use std::collections::BTreeSet;
use toml::Spanned;

/// `answers = true`, of a message before a date, where the record has a place for them.
pub(super) fn asks_for(
    table: &Table<'_>,
    asks: Option<Spanned<bool>>,
    policy: Option<&Policy>,
    trigger: Option<&Trigger>,
) -> Asks {
    let Some(asks) = asks.filter(|asks| *asks.get_ref()) else { return Asks::Nothing };
    let record = trigger.map(Trigger::subject);
    if trigger.is_some_and(|trigger| !trigger.is_ahead()) {
        let complaint = Complaint::new(
            "nobody can say whether they come to what is not ahead of them",
            "only with before",
            "delete the line, or write before = { field = \"starts_at\", by = [\"24h\"] } under [trigger]",
        );
        table.find(asks.span(), complaint);
    } else if let Some((name, _)) = no_answers(policy, record) {
        table.find(asks.span(), no_answer_field(name));
    }
    Asks::ForAnAnswer
}

/// The record type, if it has no field for answers.
fn no_answers<'a>(policy: Option<&'a Policy>, record: Option<&'a str>) -> Option<(&'a str, &'a RecordType)> {
    let (policy, record) = policy.zip(record)?;
    policy.records.get(record).filter(|kind| kind.answer_field().is_none()).map(|kind| (record, kind))
}

fn no_answer_field(record: &str) -> Complaint {
    let help = format!(
        "write under [records.{record}.fields]: answer = {{ type = \"text\", purposes = [\"*\"], written_by = \"answers\" }}"
    );
    Complaint::new(format!("no field of `{record}` holds an answer"), "nowhere to keep it", help)
}

/// The answers that end a workflow. "I can't come" does unless it is written otherwise: whoever said so is not reminded.
pub(super) fn ends_on(
    trigger: &Table<'_>,
    policy: Option<&Policy>,
    record: Option<&str>,
    scope: Option<&Scope<'_>>,
) -> BTreeSet<Answer> {
    let Some(list) = trigger.texts("ends_on", Need::May) else {
        let field = policy.zip(record).and_then(|(policy, record)| policy.records.get(record)?.answer_field());
        let may_read = |field| scope.zip(record).is_some_and(|(scope, record)| scope.field(record, field).is_ok());
        return field.filter(|field| may_read(field)).map(|_| Answer::CantCome).into_iter().collect();
    };
    if let Some((name, _)) = no_answers(policy, record) {
        trigger.find(list.span(), no_answer_field(name));
    } else if let (Some(scope), Some((policy, record))) = (scope, policy.zip(record))
        && let Some(field) = policy.records.get(record).and_then(RecordType::answer_field)
    {
        trigger.take(list.span(), scope.field(record, field));
    }
    let read = |word: &Spanned<&str>| {
        let answer = Answer::named(word.get_ref()).ok_or_else(|| Complaint {
            message: format!("`{}` is no answer", word.get_ref()),
            label: "unknown answer".into(),
            help: did_you_mean(word.get_ref(), Answer::ALL.map(Answer::name))
                .or_else(|| Some("write coming, cant-come or another-time".into())),
        });
        trigger.take(word.span(), answer)
    };
    list.get_ref().iter().filter_map(read).collect()
}

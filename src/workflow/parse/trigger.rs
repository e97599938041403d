//! `[trigger]`: what sets a workflow off.

use super::Ground;
use crate::{
    base::Term,
    document::{Complaint, Need, Table, parse_term},
    policy::{Basis, FieldType, Merging, Nature, Policy, Purpose, Scope},
    workflow::{CUSTOMER, Cron, DateOf, LeapDay, Moment, Side, Trigger, WhoseClock, Yes},
};
use std::ops::Range;
use toml::Spanned;

/// A trigger as it was read.
pub(super) struct Read<'a> {
    /// It.
    pub trigger: Trigger,
    /// Where it stands.
    pub at: Range<usize>,
    /// Where the field stands that says when, if one does.
    pub field_at: Option<Range<usize>>,
    /// `by`, where it is written.
    pub by: Option<Spanned<Vec<Spanned<&'a str>>>>,
    /// On which side of the date its steps are.
    pub side: Side,
}

/// The keys, one of which a trigger has.
const KINDS: [&str; 7] = ["before", "after", "absent", "on", "yearly", "cron", "digest"];

/// Reads the one trigger of the table.
pub(super) fn read<'a>(table: &Table<'a>, record: Option<&Spanned<&'a str>>, ground: &Ground<'_>) -> Option<Read<'a>> {
    let written: Vec<(&'static str, Range<usize>)> =
        KINDS.into_iter().filter_map(|kind| Some((kind, table.expects(kind)?))).collect();
    let (kind, at) = match written.as_slice() {
        [one] => one.clone(),
        [] => {
            let help = "write before = { field = \"starts_at\", by = [\"24h\"] }, or after, absent, on, yearly, cron or digest";
            table.find(table.at(), Complaint::new("nothing sets it off", "no trigger", help));
            return None;
        }
        [_, second, ..] => {
            let complaint = Complaint::new("a workflow has one trigger", "a second one", "write another workflow");
            table.find(second.1.clone(), complaint);
            return None;
        }
    };
    let read = match kind {
        "before" | "after" | "absent" => of_date(table, kind, at, record)?,
        "yearly" => yearly(table, at, ground)?,
        "cron" => cron(table, at)?,
        "digest" => digest(table, at)?,
        _ => on(table, at, record, ground)?,
    };
    if let Some(record) = record.filter(|_| read.trigger.subject() == CUSTOMER) {
        let complaint = Complaint::new(
            "this trigger is about the customer, not about a record",
            "no record here",
            "delete the line",
        );
        table.find(record.span(), complaint);
    }
    Some(read)
}

fn of_date<'a>(
    table: &Table<'a>,
    kind: &'static str,
    at: Range<usize>,
    record: Option<&Spanned<&'a str>>,
) -> Option<Read<'a>> {
    let example = match kind {
        "before" => "before = { field = \"starts_at\", by = [\"24h\", \"2h\"] }",
        "after" => "after = { field = \"bought_at\", by = [\"2d at 10:00\"] }",
        _ => "absent = { field = \"bought_at\", by = [\"90d at 10:00\"] }",
    };
    let inner = table.table(kind, Need::Must(example))?;
    let field = inner.text("field", Need::Must("field = \"starts_at\", a field with a date and time"));
    let by = inner.texts("by", Need::May);
    inner.finish(|_| None);
    let field = field?;
    let date = DateOf { record: record_of(table, record)?, field: (*field.get_ref()).to_owned() };
    let (trigger, side) = match kind {
        "before" => (Trigger::Before(date), Side::Before),
        "after" => (Trigger::After(date), Side::After),
        _ => (Trigger::Absent(date), Side::After),
    };
    Some(Read { trigger, at, field_at: Some(field.span()), by, side })
}

fn yearly<'a>(table: &Table<'a>, at: Range<usize>, ground: &Ground<'_>) -> Option<Read<'a>> {
    let inner = table.table("yearly", Need::Must("yearly = { field = \"birthday\", by = [\"0d at 09:00\"] }"))?;
    let field = inner.text("field", Need::Must("field = \"birthday\", a field of the customer"));
    let by = inner.texts("by", Need::May);
    let words =
        [("28 february", LeapDay::February28), ("1 march", LeapDay::March1), ("leap years only", LeapDay::LeapYears)];
    let leap_day = inner.choice("leap_day", Need::May, &words).map(Spanned::into_inner).unwrap_or_default();
    inner.finish(|_| None);
    let field = field?;
    let declared = ground.policy.and_then(|policy| policy.customer.get(*field.get_ref()));
    if let Some(other) = declared.filter(|field| field.kind != FieldType::MonthDay) {
        let message = format!("`customer.{}` is {}, not a day of the year", field.get_ref(), other.kind.name());
        let complaint = Complaint::new(message, "no day of the year", "name a field of type month-day");
        table.find(field.span(), complaint);
    }
    let trigger = Trigger::Yearly { field: (*field.get_ref()).to_owned(), leap_day };
    Some(Read { trigger, at, field_at: Some(field.span()), by, side: Side::Before })
}

fn cron<'a>(table: &Table<'a>, at: Range<usize>) -> Option<Read<'a>> {
    let parse = |text: &str| {
        Cron::parse(text).map_err(|why| {
            Complaint::new(why.to_string(), "no schedule", "write \"0 10 1 * *\": at ten on the first of each month")
        })
    };
    let schedule = table.parsed("cron", Need::May, parse);
    let words = [("customer", WhoseClock::Customer), ("business", WhoseClock::Business)];
    let clock = table.choice("clock", Need::May, &words).map(Spanned::into_inner).unwrap_or_default();
    let trigger = Trigger::Cron { schedule: Box::new(schedule?.into_inner()), clock };
    Some(Read { trigger, at, field_at: None, by: table.texts("by", Need::May), side: Side::After })
}

fn digest<'a>(table: &Table<'a>, at: Range<usize>) -> Option<Read<'a>> {
    let within = table.parsed("digest", Need::May, parse_term)?.into_inner();
    Some(Read { trigger: Trigger::Digest { within }, at, field_at: None, by: None, side: Side::After })
}

fn on<'a>(
    table: &Table<'a>,
    at: Range<usize>,
    record: Option<&Spanned<&'a str>>,
    ground: &Ground<'_>,
) -> Option<Read<'a>> {
    #[derive(Clone, Copy)]
    enum Word {
        Created,
        Changed,
        Event,
        Consent(Yes),
    }
    let words = [
        ("created", Word::Created),
        ("changed", Word::Changed),
        ("event", Word::Event),
        ("consent", Word::Consent(Yes::First)),
        ("latest consent", Word::Consent(Yes::Latest)),
    ];
    let by = table.texts("by", Need::May);
    let moment = match table.choice("on", Need::May, &words)?.into_inner() {
        Word::Consent(yes) => Moment::Agreed(yes),
        // An event becomes known once, as a record does; it is called otherwise because it never changes.
        word @ (Word::Event | Word::Created) => {
            let record = record_of(table, record)?;
            let is_meant = if matches!(word, Word::Event) { Nature::Event } else { Nature::Lasting };
            is_of(is_meant, &record, table, &at, ground);
            Moment::Created { record }
        }
        Word::Changed => {
            let is_event = record.is_some_and(|record| nature(record.get_ref(), ground) == Some(Nature::Event));
            if is_event {
                let help = "write on = \"event\"; only_if says which of them";
                table.find(at.clone(), Complaint::new("an event never changes", "never", help));
            } else if table.place("only_if").is_none() {
                let complaint = Complaint::new(
                    "a record changes all the time",
                    "into what?",
                    "write only_if = \"order.status == 'shipped'\": what it must become",
                );
                table.find(at.clone(), complaint);
            }
            Moment::Changed { record: record_of(table, record)? }
        }
    };
    Some(Read { trigger: Trigger::On(moment), at, field_at: None, by, side: Side::After })
}

/// Whether records of this type change, where the policy has it.
fn nature(record: &str, ground: &Ground<'_>) -> Option<Nature> {
    Some(ground.policy?.records.get(record)?.nature)
}

/// `created` is said of what may change later, `event` of what may not.
fn is_of(meant: Nature, record: &str, table: &Table<'_>, at: &Range<usize>, ground: &Ground<'_>) {
    let complaint = match (meant, nature(record, ground)) {
        (Nature::Lasting, Some(Nature::Event)) => {
            Complaint::new(format!("`{record}` is an event: it happens"), "an event", "write on = \"event\"")
        }
        (Nature::Event, Some(Nature::Lasting)) => Complaint::new(
            format!("`{record}` is no event: it may change"),
            "no event",
            format!(
                "write on = \"created\"; or event = true under [records.{record}] in policy.toml, if each happens once \
                 and never changes"
            ),
        ),
        _ => return,
    };
    table.find(at.clone(), complaint);
}

/// The record that the trigger is about.
fn record_of(table: &Table<'_>, record: Option<&Spanned<&str>>) -> Option<String> {
    if let Some(record) = record {
        return Some((*record.get_ref()).to_owned());
    }
    if table.place("record").is_none() {
        let complaint =
            Complaint::new("[trigger] has no `record`", "missing", "write record = \"…\", one of those in policy.toml");
        table.find(table.at(), complaint);
    }
    None
}

/// Whether the policy lets it: the field may say when, and the purpose has a ground for it.
pub(super) fn suits(
    table: &Table<'_>,
    read: &Read<'_>,
    scope: Option<&Scope<'_>>,
    purpose: &Spanned<&str>,
    declared: Option<&Purpose>,
    policy: Option<&Policy>,
) {
    let (basis, merging) = (declared.map(|purpose| purpose.basis), declared.map(|purpose| purpose.merging));
    if let (Some(scope), Some(at)) = (scope, &read.field_at) {
        let checked = match &read.trigger {
            Trigger::Yearly { field, .. } => scope.field(CUSTOMER, field).map(|_| ()),
            trigger => trigger.date().map_or(Ok(()), |date| is_datetime(scope, date)),
        };
        table.take(at.clone(), checked);
    }
    if matches!(read.trigger, Trigger::Digest { .. }) && merging == Some(Merging::No) {
        let complaint = Complaint::new(
            format!("policy.toml doesn't let messages of `{}` be merged", purpose.get_ref()),
            "not allowed",
            format!("write may_be_merged = true under [purposes.{}]", purpose.get_ref()),
        );
        table.find(read.at.clone(), complaint);
    }
    if basis == Some(Basis::Request) && !is_of_requests(read, purpose.get_ref(), policy) {
        let complaint = Complaint::new(
            format!("`{}` answers those who ask for something, and nothing else", purpose.get_ref()),
            "answers nobody",
            "write on = \"event\", with the record whose field serves this purpose and has written_by = \"sign-ups\", \
             \"data-requests\" or \"address-changes\" in policy.toml",
        );
        table.find(read.at.clone(), complaint);
    }
    let sold = declared.and_then(|purpose| purpose.sale.as_ref());
    if let Some(sale) = sold.filter(|sale| read.trigger.subject() != sale.at.kind) {
        let complaint = Complaint::new(
            format!("`{}` rests on a sale, and this message is about none", purpose.get_ref()),
            "about no sale",
            format!("take a trigger about `{}`, or a purpose that rests on consent", sale.at.kind),
        );
        table.find(read.at.clone(), complaint);
    }
    if (basis, read.trigger.subject()) == (Some(Basis::Contract), CUSTOMER) {
        let complaint = Complaint::new(
            format!("`{}` rests on a contract, and no record stands behind this message", purpose.get_ref()),
            "about no record",
            "a contract clears messages about a live record only: take a purpose that rests on consent",
        );
        table.find(read.at.clone(), complaint);
    }
}

fn is_of_requests(read: &Read<'_>, purpose: &str, policy: Option<&Policy>) -> bool {
    policy.is_none_or(|policy| {
        let record = policy.answers(purpose).and_then(|request| policy.record_of(request)).map(|(record, _)| record);
        matches!(read.trigger, Trigger::On(Moment::Created { .. })) && record == Some(read.trigger.subject())
    })
}

fn is_datetime(scope: &Scope<'_>, DateOf { record, field }: &DateOf) -> Result<(), Complaint> {
    match scope.field(record, field)?.kind {
        FieldType::Datetime => Ok(()),
        other => Err(Complaint::new(
            format!("`{record}.{field}` is {}, not a date and time", other.name()),
            "no date and time",
            "name a field of type datetime",
        )),
    }
}

/// How long a message is worth sending. Before a visit there is one rule, which may be written out.
pub(super) fn expires(table: &Table<'_>, read: Option<&Read<'_>>) -> Option<Term> {
    let expires = table.text("expires", Need::May)?;
    let Some(Trigger::Before(DateOf { record, field })) = read.map(|read| &read.trigger) else {
        return table.take(expires.span(), parse_term(expires.get_ref()));
    };
    let rule = format!("next step, then {record}.{field}");
    if *expires.get_ref() != rule {
        let complaint = Complaint::new(
            "a message before a date has one expiry",
            "no other",
            format!("write \"{rule}\", or delete the line"),
        );
        table.find(expires.span(), complaint);
    }
    None
}

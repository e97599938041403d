//! Caps, as `policy.toml` and the workflows write them.

use crate::{
    document::{Complaint, Need, Table, did_you_mean, parse_span},
    policy::{
        Cap, Caps, Policy, Purpose, Scope,
        cap::{RecordField, Same, Unit, Window},
    },
};
use std::num::NonZeroU32;
use toml::Spanned;

/// A field by which a cap counts, and where it is written.
pub type CountedBy = Spanned<RecordField>;

/// The same with the messages that the cap counts: what can't be looked up before the records are known.
pub(super) struct Owed {
    pub of: Of,
    pub counted_by: CountedBy,
}

/// Which messages a cap of the policy counts.
pub(super) enum Of {
    All,
    Marketing,
    Purpose(String),
}

/// `[caps]`.
pub(super) fn overall(root: &Table<'_>, owed: &mut Vec<Owed>) -> Caps {
    let Some(table) = root.table("caps", Need::May) else { return Caps::default() };
    let (mut of_all, mut of_marketing) = (Vec::new(), Vec::new());
    let caps =
        Caps { all: list(&table, "all", &mut of_all), all_marketing: list(&table, "all-marketing", &mut of_marketing) };
    owed.extend(of_all.into_iter().map(|counted_by| Owed { of: Of::All, counted_by }));
    owed.extend(of_marketing.into_iter().map(|counted_by| Owed { of: Of::Marketing, counted_by }));
    table.finish(|key| key.contains("market").then(|| "did you mean `all-marketing`?".to_owned()));
    caps
}

/// The fields by which caps count are declared, and may serve all that is counted by them.
pub(super) fn look_up(root: &Table<'_>, policy: &Policy, owed: &[Owed]) {
    for Owed { of, counted_by } in owed {
        let is_counted = |(key, purpose): &(&String, &Purpose)| match of {
            Of::All => true,
            Of::Marketing => purpose.basis.is_marketing(),
            Of::Purpose(name) => *key == name,
        };
        let mut purposes = policy.purposes.iter().filter(is_counted);
        let complaint = purposes.find_map(|(key, _)| serves(policy, key, counted_by.get_ref()).err());
        if let Some(complaint) = complaint {
            root.find(counted_by.span(), complaint);
        }
    }
}

/// Whether a field of a record may serve a purpose.
pub(super) fn serves(
    policy: &Policy,
    purpose: &str,
    RecordField { kind, field }: &RecordField,
) -> Result<(), Complaint> {
    if !policy.records.contains_key(kind) {
        return Err(Complaint {
            message: format!("`{kind}` is no record type"),
            label: "unknown record type".into(),
            help: did_you_mean(kind, policy.records.keys().map(String::as_str)),
        });
    }
    Scope::of(policy, purpose, kind).field(kind, field).map(|_| ())
}

/// The same of a workflow's caps: they count by fields of the record that it is about.
pub fn are_of_the_record(table: &Table<'_>, of: Option<(&Scope<'_>, &str)>, counted_by: &[CountedBy]) {
    let Some((scope, subject)) = of else { return };
    for field in counted_by {
        let RecordField { kind, field: name } = field.get_ref();
        let found = if kind == subject {
            scope.field(kind, name).map(|_| ())
        } else {
            let message = format!("the workflow is about the {subject}, not about the {kind}");
            let help = format!("name a field of the {subject}, or put the cap on the purpose in policy.toml");
            Err(Complaint::new(message, "another record type", help))
        };
        if let Err(complaint) = found {
            table.find(field.span(), complaint);
        }
    }
}

/// `cap = { at_most = 1, per = "14 days" }`, or a list of those. The fields by which they count are for the caller to look
/// up.
pub fn list(table: &Table<'_>, key: &'static str, counted_by: &mut Vec<CountedBy>) -> Vec<Cap> {
    let mut read = |cap: Table<'_>| {
        let at_most = cap.integer("at_most", Need::Must("at_most = 4"), 1..=1_000_000);
        let per = cap.parsed("per", Need::Must("per = \"7 days\", or \"calendar week\""), Window::parse);
        let same = cap.parsed("same", Need::May, Same::parse);
        cap.finish(|_| None);
        if let Some(same) = &same
            && let Same::Field(field) = same.get_ref()
        {
            counted_by.push(Spanned::new(same.span(), field.clone()));
        }
        let at_most = u32::try_from(*at_most?.get_ref()).ok().and_then(NonZeroU32::new)?;
        let same = same.map(toml::Spanned::into_inner).unwrap_or_default();
        Some(Cap { at_most, per: per?.into_inner(), same })
    };
    table.tables(key, Need::May).into_iter().filter_map(&mut read).collect()
}

impl Window {
    /// A rolling window by its length, a calendar window by its name.
    ///
    /// # Errors
    /// Says what is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, Complaint> {
        if let Some(unit) = Unit::ALL.into_iter().find(|unit| unit.name() == text) {
            return Ok(Self::Calendar(unit));
        }
        if text.starts_with("calendar") {
            let help = "write \"calendar day\", \"calendar week\", \"calendar month\" or \"calendar year\"";
            return Err(Complaint::new(format!("the calendar has no `{text}`"), "no such stretch", help));
        }
        parse_span(text).map(Self::Rolling)
    }
}

impl Same {
    /// `mailbox`, `record`, or a field of a record type.
    ///
    /// # Errors
    /// Says what is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, Complaint> {
        match (text, text.split_once('.')) {
            ("mailbox", _) => Ok(Self::Mailbox),
            ("record", _) => Ok(Self::Record),
            (_, Some((kind, field))) if !kind.is_empty() && !field.is_empty() => {
                Ok(Self::Field(RecordField { kind: kind.to_owned(), field: field.to_owned() }))
            }
            _ => {
                let help = "write \"mailbox\", \"record\", or a field of a record, such as \"purchase.product\"";
                Err(Complaint::new(format!("a cap can't count by `{text}`"), "unknown word", help))
            }
        }
    }
}

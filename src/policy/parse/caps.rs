//! Caps, as `policy.toml` and the workflows write them.

use crate::{
    document::{Complaint, Need, Table, parse_span},
    policy::{
        Cap, Caps,
        cap::{Same, Unit, Window},
    },
};
use std::num::NonZeroU32;

/// `[caps]`.
pub(super) fn overall(root: &Table<'_>) -> Caps {
    let Some(table) = root.table("caps", Need::May) else { return Caps::default() };
    let caps = Caps { all: list(&table, "all"), all_marketing: list(&table, "all-marketing") };
    table.finish(|key| key.contains("market").then(|| "did you mean `all-marketing`?".to_owned()));
    caps
}

/// `cap = { at_most = 1, per = "14 days" }`, or a list of those.
pub fn list(table: &Table<'_>, key: &'static str) -> Vec<Cap> {
    let read = |cap: Table<'_>| {
        let at_most = cap.integer("at_most", Need::Must("at_most = 4"), 1..=1_000_000);
        let per = cap.parsed("per", Need::Must("per = \"7 days\", or \"calendar week\""), Window::parse);
        let same = cap.choice("same", Need::May, &[("mailbox", Same::Mailbox), ("record", Same::Record)]);
        cap.finish(|_| None);
        let at_most = u32::try_from(*at_most?.get_ref()).ok().and_then(NonZeroU32::new)?;
        let same = same.map(toml::Spanned::into_inner).unwrap_or_default();
        Some(Cap { at_most, per: per?.into_inner(), same })
    };
    table.tables(key, Need::May).into_iter().filter_map(read).collect()
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

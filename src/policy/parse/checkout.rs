//! `checkout`, of a purpose that people agree to when they order.

use crate::{
    document::{Complaint, Need, Table},
    policy::{
        Basis,
        checkout::{Checkout, USUAL_BOX},
    },
};
use chrono::NaiveDate;
use toml::Spanned;

/// Reads the words beside each box.
pub(super) fn checkout(purpose: &Table<'_>, basis: Option<Basis>) -> Vec<Checkout> {
    let tables = purpose.tables("checkout", Need::May);
    if let (Some(first), Some(_)) = (tables.first(), basis.filter(|basis| *basis != Basis::Consent)) {
        let help = "delete it, or write basis = \"consent\"";
        first.find(
            first.at(),
            Complaint::new("nobody agrees to this purpose by ticking a box", "no consent here", help),
        );
    }
    let mut all: Vec<Checkout> = vec![];
    for table in tables {
        let shown = table.text("shown", Need::Must("shown = \"the words beside the box\""));
        let since = table.parsed("since", Need::Must("since = \"2026-05-01\", the first day of these words"), day);
        let ticked = table.text("box", Need::May).map_or(USUAL_BOX, Spanned::into_inner);
        if let (Some(shown), Some(since)) = (shown, since) {
            let words =
                Checkout { ticked: ticked.to_owned(), shown: (*shown.get_ref()).to_owned(), since: *since.get_ref() };
            if all.iter().any(|other| other.ticked == words.ticked && other.since == words.since) {
                let help = "write the day on which the second words took the place of the first";
                table.find(
                    since.span(),
                    Complaint::new("two words stand beside this box since one day", "once more", help),
                );
            }
            all.push(words);
        }
        table.finish(|_| None);
    }
    all
}

fn day(text: &str) -> Result<NaiveDate, Complaint> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| Complaint::new(format!("`{text}` is not a day"), "no day", "write it as in \"2026-05-01\""))
}

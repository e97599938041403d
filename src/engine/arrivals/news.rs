//! What an import says: while it works, and at its end.

use crate::{
    base::{Findings, Source},
    intake::calendar::LeftOut,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an import did, or, for a preview, would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Rows read.
    pub rows: u64,
    /// Rows that were new.
    pub created: u64,
    /// Rows that were known and differed.
    pub changed: u64,
    /// Rows that were known and said the same.
    pub unchanged: u64,
    /// Rows that were not taken.
    pub rejected: u64,
    /// How many rows changed in each field.
    pub fields: BTreeMap<String, u64>,
    /// Consents and withdrawals added to the history.
    pub consents: u64,
    /// Rows with a yes for somebody who had said no. They stay stopped.
    pub stay_stopped: u64,
    /// Visits of a calendar.
    #[serde(default)]
    pub visits: VisitReport,
    /// Products of a catalogue.
    #[serde(default)]
    pub catalogue: CatalogueReport,
    /// Orders of a shop.
    #[serde(default)]
    pub orders: OrderReport,
}

/// What an import did with the orders of a shop, besides what it does with every row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReport {
    /// Orders that were read.
    pub orders: u64,
    /// People who weren't known and are customers by their order.
    pub new_customers: u64,
    /// Boxes that were ticked, of which policy.toml doesn't say what stood beside them.
    pub yes_without_words: u64,
    /// The same, before the day on which policy.toml's words stood there.
    pub yes_before_the_words: u64,
    /// Orders that the shop itself tells of: the file changes nothing about them.
    pub told_by_the_shop: u64,
    /// Orders that were refunded in part, where nothing says which line: all their lines stay paid.
    pub partly_refunded: u64,
    /// Rows that were left out with their order, beside the one that says why.
    pub left_out: u64,
}

/// What an import did with a catalogue, besides what it does with every row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueReport {
    /// Products that were listed before.
    pub listed_before: u64,
    /// Those of them that it doesn't name any more: they are recommended no more.
    pub gone: u64,
    /// Products that it doesn't name and that stay listed, because some of its rows can't be read.
    pub stay: u64,
    /// So many would go that a person must say so: nothing is done without.
    pub needs_a_word: bool,
    /// Images from elsewhere, which were left out.
    pub images_left_out: u64,
}

/// What an import did with the visits of a calendar, besides what it does with every row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitReport {
    /// Nobody is known for them.
    pub of_nobody: u64,
    /// Several customers may have them.
    pub of_several: u64,
    /// They are cancelled, and no newer version says otherwise.
    pub stay_cancelled: u64,
    /// Visits that an import of customers brought to their customer.
    pub matched: u64,
    /// Events that are no visits, by the reason.
    pub left_out: BTreeMap<LeftOut, u64>,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Why, without any address.
    pub reason: String,
}

/// What an import says while it works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// So much is read and done.
    Progress {
        /// Of the file.
        bytes: u64,
        /// Of the table.
        rows: u64,
    },
    /// A row was not taken.
    Rejected(Rejection),
    /// All is done.
    Done(Report),
    /// It ended early.
    Failed(Failure),
}

/// Why an import ended early, and how far it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong, and what to do.
    pub why: String,
    /// The header and its findings, where the columns don't fit.
    pub header: Option<Header>,
    /// What was done before.
    pub so_far: Report,
}

/// The findings of a header, in a form that can cross the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    path: String,
    text: String,
    findings: Vec<(std::ops::Range<usize>, String, String, Option<String>)>,
}

impl Header {
    pub(super) fn of(findings: &Findings) -> Option<Self> {
        let source = &findings.0.first()?.source;
        let each = findings.0.iter().map(|f| (f.span.clone(), f.message.clone(), f.label.clone(), f.help.clone()));
        Some(Self { path: source.path.to_string(), text: source.text.to_string(), findings: each.collect() })
    }

    /// As findings, for printing.
    pub fn into_findings(self) -> Findings {
        let source = Source::new(self.path, self.text);
        let mut findings = Findings::default();
        for (span, message, label, help) in self.findings {
            findings.add(&source, span, message, label, help);
        }
        findings
    }
}

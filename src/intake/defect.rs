//! Why a row was not taken, and why a whole file can't be: values with their sentences.

use super::split::{CELLS_MAX, ROW_BYTES_MAX};
use crate::base::{Findings, address::AddressError};

/// What is wrong with one row. No sentence repeats an address or any other cell of a person; only keys of records, names
/// of columns and types are named.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Defect {
    /// A quote opens a cell and nothing closes it, or letters follow where it closes.
    #[error("a quote is opened and not closed where its cell ends; write a quote inside a cell twice")]
    QuoteNotClosed,
    /// No customer has so much to say.
    #[error("the row is longer than {ROW_BYTES_MAX} bytes")]
    RowTooLong,
    /// No table has so many columns.
    #[error("the row has more than {CELLS_MAX} cells")]
    TooManyCells,
    /// The file has more rows than one import takes.
    #[error("the file has more than {max} rows; this one and all after it were not read: split the file")]
    TooManyRows {
        /// The limit.
        max: u64,
    },
    /// More or fewer cells than columns.
    #[error("{cells} cells where the header names {columns} columns")]
    CellCount {
        /// In the row.
        cells: usize,
        /// In the header.
        columns: usize,
    },
    /// A cell that no field needs.
    #[error("{column}: longer than {max} characters")]
    CellTooLong {
        /// The column.
        column: String,
        /// The limit.
        max: usize,
    },
    /// U+FFFD: the letter was lost, here or in an earlier conversion.
    #[error("{column}: a letter was lost in a conversion; export the file again, as UTF-8")]
    LostLetter {
        /// The column.
        column: String,
    },
    /// A control character.
    #[error("{column}: a control character, which no message may carry")]
    ControlCharacter {
        /// The column.
        column: String,
    },
    /// A cell that must not be empty is.
    #[error("{column}: empty, and it is needed")]
    Missing {
        /// The column.
        column: String,
    },
    /// Not an address.
    #[error("{column}: {why}")]
    Address {
        /// The column.
        column: String,
        /// What the rules say.
        why: AddressError,
    },
    /// Not of the declared type.
    #[error("{column}: not {expected}")]
    Type {
        /// The column.
        column: String,
        /// The type, with an example.
        expected: &'static str,
    },
    /// No such time zone.
    #[error("{column}: there is no time zone `{name}`{}", maybe(suggestion.as_deref()))]
    Zone {
        /// The column.
        column: String,
        /// What stands there.
        name: String,
        /// What was perhaps meant.
        suggestion: Option<String>,
    },
    /// Not one of the words that it may be.
    #[error("{column}: not a word that can stand here{}", and_help(help.as_deref()))]
    Word {
        /// The column.
        column: String,
        /// What was perhaps meant, or what can be.
        help: Option<String>,
    },
    /// Agreement without its date proves nothing.
    #[error("{column}: a yes needs the date on which it was given")]
    YesWithoutDate {
        /// The column.
        column: String,
    },
    /// Agreement that hasn't been given yet.
    #[error("{column}: the date lies in the future")]
    FutureYes {
        /// The column.
        column: String,
    },
    /// An amount in another currency than the business's.
    #[error("{column}: in {currency}, and the business counts in {wanted}: nothing is converted or mixed")]
    OtherCurrency {
        /// The column.
        column: String,
        /// What stands there.
        currency: String,
        /// `currency` of policy.toml.
        wanted: String,
    },
    /// An amount or a number below nothing.
    #[error("{column}: below zero")]
    Negative {
        /// The column.
        column: String,
    },
    /// A link to somebody else's site.
    #[error(
        "{column}: `{host}` is no site that the business may link to; where it is the shop's, write it in policy.toml, \
         [business]: links = [\"{host}\"]"
    )]
    Elsewhere {
        /// The column.
        column: String,
        /// The site.
        host: String,
    },
    /// An entity that XML doesn't know, of which a feed may make anything.
    #[error("{column}: an entity that isn't one of XML's own five; write the letter itself")]
    Entity {
        /// The element.
        column: String,
    },
    /// An order of which nobody knows whose it is.
    #[error("{column}: empty; nobody is known who ordered, and nothing is guessed")]
    NoBuyer {
        /// The column.
        column: String,
    },
    /// No person orders so much at once.
    #[error("the order has more than {max} lines: it was left out as a whole")]
    OrderTooLong {
        /// The limit.
        max: usize,
    },
    /// An order whose lines don't stand together.
    #[error(
        "lines of the same order stand in line {line} already, and others between: an order's lines stand together"
    )]
    OrderApart {
        /// Where it began.
        line: u64,
    },
    /// A till, or a program.
    #[error(
        "more than {max} purchases of one customer in this file: that is a till or a program, no person; this order and all \
         later ones of theirs were left out"
    )]
    TooManyPurchases {
        /// The limit.
        max: usize,
    },
    /// The same thing twice in one file.
    #[error("the same {key} stands in line {line} already; that line was taken, this one was not")]
    Duplicate {
        /// `id` or `email`.
        key: &'static str,
        /// The line that came first.
        line: u64,
    },
}

/// What is wrong with a file as a whole. Nothing of it is taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unusable {
    /// A spreadsheet's own format.
    #[error("this is a spreadsheet, not a CSV file: save it as CSV (UTF-8) and import that")]
    Spreadsheet,
    /// Nothing in it.
    #[error("the file is empty; its first line must name the columns")]
    Empty,
    /// No line end for a long while.
    #[error("no line of column names was found: is this a CSV file?")]
    Headless,
    /// A table that no shop exports.
    #[error(
        "these are the columns neither of Shopify's order export nor of one of WooCommerce's; a table of your own is imported \
         by the name of its record type, such as `comity import purchases FILE`"
    )]
    NoOrders,
    /// An export of orders without a column that is needed.
    #[error("the column {0} is missing; export it with the orders")]
    OrdersWithout(&'static str),
    /// A product feed that can't be read to its end.
    #[error("this is no product feed (RSS 2.0 or Atom, as Google Merchant Center takes them): {0}")]
    NoFeed(&'static str),
    /// Columns that are unknown, double or missing: each with its place and remedy.
    #[error("the columns don't fit")]
    Columns(Findings),
}

impl Defect {
    /// The column that it is about, where it is about one.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::CellTooLong { column, .. }
            | Self::LostLetter { column }
            | Self::ControlCharacter { column }
            | Self::Missing { column }
            | Self::Address { column, .. }
            | Self::Type { column, .. }
            | Self::Zone { column, .. }
            | Self::Word { column, .. }
            | Self::YesWithoutDate { column }
            | Self::FutureYes { column }
            | Self::OtherCurrency { column, .. }
            | Self::Negative { column }
            | Self::Elsewhere { column, .. }
            | Self::Entity { column }
            | Self::NoBuyer { column } => Some(column),
            Self::QuoteNotClosed
            | Self::RowTooLong
            | Self::TooManyCells
            | Self::TooManyRows { .. }
            | Self::CellCount { .. }
            | Self::OrderTooLong { .. }
            | Self::OrderApart { .. }
            | Self::TooManyPurchases { .. }
            | Self::Duplicate { .. } => None,
        }
    }
}

fn and_help(help: Option<&str>) -> String {
    help.map(|help| format!("; {help}")).unwrap_or_default()
}

fn maybe(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

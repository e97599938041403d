//! Orders, as web shops export them: a table with several lines an order, told apart by its header.
//!
//! ```text
//!  bytes ─► table ─► columns ─► gather ─► ShopOrder ─► fill ─► OrderRow
//!                    (whose?)   (lines    (one form    (the policy's record)
//!                                of one)   for all)
//! ```
//!
//! Each line of an order becomes one record, named by the shop, the order and the line's place in it: read again, it is the
//! same one. What an order says as a whole stands on its first line. Where a file can't say it for certain, it isn't said:
//! of an order that was refunded in part, without a word about which line, every line stays paid.
//!
//! Pure: whether somebody is known is the store's question.

mod columns;
mod fill;
mod gather;
mod status;
mod shopify;
mod told;
mod woocommerce;

pub use columns::ShopKind;
pub use fill::{Filler, NotTaken};
pub use told::{Call, Unheard, hear};

use super::{
    defect::{Defect, Unusable},
    table::Table,
};
use crate::{
    base::{EmailAddress, Instant, civil::CivilTime, recommended::Price},
    people::Language,
    policy::{OrderStatus, Policy},
};
use columns::Columns;
use gather::Gathering;
use std::{collections::BTreeSet, sync::Arc};

/// An order has so many lines at most.
pub const ORDER_LINES_MAX: usize = 2_000;
/// And a customer so many purchases in one file.
pub const PURCHASES_MAX: usize = 5_000;

/// One order, whichever shop it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopOrder {
    /// Its own id in the shop.
    pub id: String,
    /// The line of the file on which it begins.
    pub line: u64,
    /// Whose.
    pub buyer: EmailAddress,
    /// What they are called, where the shop says it for certain.
    pub first_name: Option<String>,
    /// In which language they ordered, where the shop says it.
    pub language: Option<Language>,
    /// When.
    pub ordered_at: CivilTime,
    /// The boxes of the checkout that were ticked.
    pub ticked: BTreeSet<String>,
    /// Its lines; of one that can't be taken, why.
    pub lines: Vec<Result<OrderLine, (u64, Defect)>>,
    /// Some of it was refunded, and nothing says what.
    pub partly_refunded: bool,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// The line of the file.
    pub line: u64,
    /// The product's SKU; where the shop has none for it, its name.
    pub product: String,
    /// What it was called.
    pub name: String,
    /// Its category; empty where the shop doesn't say.
    pub category: String,
    /// How many pieces; `None` where nothing is left of it.
    pub quantity: Option<i64>,
    /// What one piece cost.
    pub price: Option<Price>,
    /// How it stands.
    pub status: OrderStatus,
}

/// What a file gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// An order.
    Order(ShopOrder),
    /// A line, or the order that begins on it, can't be taken.
    Rejected(u64, Defect),
}

/// A file of orders being read.
pub struct Orders {
    policy: Arc<Policy>,
    now: Instant,
    table: Table,
    open: Option<(Columns, Gathering)>,
    rows: u64,
}

impl Orders {
    /// Begins a file, now.
    #[must_use]
    pub fn new(policy: Arc<Policy>, now: Instant) -> Self {
        Self { policy, now, table: Table::default(), open: None, rows: 0 }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When the file as a whole can't be used.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        self.table.push(bytes);
        self.begin()?;
        if self.open.is_none() && self.table.is_headless() { Err(Unusable::Headless) } else { Ok(()) }
    }

    /// The file has ended.
    ///
    /// # Errors
    /// When the file as a whole can't be used.
    pub fn finish(&mut self) -> Result<(), Unusable> {
        self.table.finish();
        self.begin()?;
        if self.open.is_none() { Err(Unusable::Empty) } else { Ok(()) }
    }

    /// The next order. `None` until more bytes come; then [`Self::last`].
    pub fn next_order(&mut self) -> Option<Read> {
        let (columns, gathering) = self.open.as_mut()?;
        loop {
            if let Some(read) = gathering.next_done() {
                return Some(read);
            }
            if self.rows > super::ROWS_MAX {
                return None;
            }
            let row = self.table.next_row(columns.delimiter)?;
            self.rows += 1;
            if self.rows > super::ROWS_MAX {
                return Some(Read::Rejected(row.line, Defect::TooManyRows { max: super::ROWS_MAX }));
            }
            gathering.take(columns, row, &self.policy, self.now);
        }
    }

    /// The order that the file ends with.
    pub fn last(&mut self) -> Option<Read> {
        let (columns, gathering) = self.open.as_mut()?;
        gathering.end(columns, &self.policy, self.now);
        gathering.next_done()
    }

    /// Rows so far.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows of orders that were left out without a word for each.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.open.as_ref().map_or(0, |(_, gathering)| gathering.left_out)
    }

    /// Which shop it is, once the header has come.
    #[must_use]
    pub fn kind(&self) -> Option<ShopKind> {
        self.open.as_ref().map(|(columns, _)| columns.kind)
    }

    fn begin(&mut self) -> Result<(), Unusable> {
        if self.open.is_none()
            && let Some(header) = self.table.header()
        {
            self.open = Some((Columns::of(&header, &self.policy)?, Gathering::default()));
        }
        Ok(())
    }
}

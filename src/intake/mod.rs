//! Intake: files that a business exports, read row by row into customers and records.
//!
//! ```text
//!  bytes ─► decode ─► split ─► columns ─► cell ─► CustomerRow | RecordRow
//!           (text)    (rows)   (header)   (types)  or the line and its defect
//! ```
//!
//! Pure: bytes go in as they come, lines come out; no file is opened here and no whole file is ever in memory. Every
//! row ends as a row or as a rejection with its line and its reason; a file whose columns don't fit is refused as
//! a whole, before its first row. What comes by the API goes through the same cells and rows: see [`json`].

mod cell;
pub mod calendar;
pub mod catalogue;
mod columns;
mod decode;
mod defect;
pub mod json;
pub mod orders;
mod row;
mod split;
mod table;

pub use cell::CELL_CHARACTERS_MAX;
pub use columns::{Column, Sheet};
pub use defect::{Defect, Unusable};

use crate::{
    base::Instant,
    policy::Policy,
    store::{CustomerRow, RecordRow},
};
use columns::{Columns, columns};
use row::{Defects, Row, Seen};
use std::{collections::BTreeSet, sync::Arc};
use table::Table;

/// One import takes so many rows, where nobody says otherwise.
pub const ROWS_MAX: u64 = 1_000_000;

/// What is to be read, and how.
#[derive(Clone, Debug)]
pub struct Order {
    /// What the file holds.
    pub sheet: Sheet,
    /// The file's name, for evidence and findings.
    pub name: String,
    /// Columns that are left out on purpose.
    pub ignore: BTreeSet<String>,
    /// How many rows it may have: [`ROWS_MAX`] unless a caller knows better.
    pub rows_max: u64,
    /// The time of the import: when a `no` was learnt.
    pub now: Instant,
}

/// One row of the file, with its line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A customer.
    Customer(u64, CustomerRow),
    /// A record.
    Record(u64, RecordRow),
    /// A row that can't be taken.
    Rejected(u64, Defect),
}

/// A file being read.
pub struct Intake {
    order: Order,
    policy: Arc<Policy>,
    table: Table,
    columns: Option<Columns>,
    head: Vec<u8>,
    rows: u64,
    seen: Seen,
}

impl Intake {
    /// Begins a file.
    #[must_use]
    pub fn new(order: Order, policy: Arc<Policy>) -> Self {
        let (table, head) = (Table::default(), vec![]);
        Self { order, policy, table, columns: None, head, rows: 0, seen: Seen::default() }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When the file as a whole can't be used. Nothing of it was handed out then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        self.head.extend(bytes.iter().take(MAGIC_BYTES.saturating_sub(self.head.len())));
        if SPREADSHEETS.iter().any(|magic| self.head == magic) {
            return Err(Unusable::Spreadsheet);
        }
        self.table.push(bytes);
        self.begin()?;
        if self.columns.is_none() && self.table.is_headless() { Err(Unusable::Headless) } else { Ok(()) }
    }

    /// The file has ended.
    ///
    /// # Errors
    /// When the file as a whole can't be used.
    pub fn finish(&mut self) -> Result<(), Unusable> {
        self.table.finish();
        self.begin()?;
        if self.columns.is_none() { Err(Unusable::Empty) } else { Ok(()) }
    }

    /// The next row. `None` until more bytes come.
    pub fn next_line(&mut self) -> Option<Line> {
        let columns = self.columns.take()?;
        let line = self.read(&columns);
        self.columns = Some(columns);
        line
    }

    fn begin(&mut self) -> Result<(), Unusable> {
        if self.columns.is_none()
            && let Some(header) = self.table.header()
        {
            let order = &self.order;
            let columns = columns(&order.sheet, &self.policy, &order.ignore, &order.name, &header);
            self.columns = Some(columns.map_err(Unusable::Columns)?);
        }
        Ok(())
    }

    fn read(&mut self, columns: &Columns) -> Option<Line> {
        if self.rows > self.order.rows_max {
            return None;
        }
        let row = self.table.next_row(columns.delimiter)?;
        self.rows += 1;
        if self.rows > self.order.rows_max {
            return Some(Line::Rejected(row.line, Defect::TooManyRows { max: self.order.rows_max }));
        }
        let line = row.line;
        let taken = row.cells.and_then(|cells| self.take(columns, line, &cells));
        Some(taken.unwrap_or_else(|defect| Line::Rejected(line, defect)))
    }

    /// A line whose key is new to the file. The first line with a key is taken, all later ones are not.
    fn take(&mut self, columns: &Columns, line: u64, cells: &[String]) -> Result<Line, Defect> {
        let row = Row::of_line(columns, cells)?;
        let Order { sheet, name, now, .. } = &self.order;
        let (policy, untold) = (&self.policy, &columns.untold);
        match sheet {
            Sheet::Customers => {
                let customer = row.customer(policy, *now, untold, &format!("{name}:{line}"));
                let customer = customer.map_err(Defects::into_first)?;
                let first = self.seen.customer(line, &customer);
                first.map_err(|(key, line)| Defect::Duplicate { key, line })?;
                Ok(Line::Customer(line, customer))
            }
            Sheet::Records(kind) => {
                let record = row.record(policy, untold, kind).map_err(Defects::into_first)?;
                let first = self.seen.first(line, ("id", &record.external_id), None);
                first.map_err(|line| Defect::Duplicate { key: "id", line })?;
                Ok(Line::Record(line, record))
            }
        }
    }
}

const MAGIC_BYTES: usize = 4;
/// The first bytes of an xlsx or ods file (a ZIP archive), and of an old xls file (OLE 2).
const SPREADSHEETS: [[u8; MAGIC_BYTES]; 2] = [*b"PK\x03\x04", [0xD0, 0xCF, 0x11, 0xE0]];

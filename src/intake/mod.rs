//! Intake: files that a business exports, read row by row into customers and records.
//!
//! ```text
//!  bytes ─► decode ─► split ─► columns ─► cell ─► CustomerRow | RecordRow
//!           (text)    (rows)   (header)   (types)  or the line and its defect
//! ```
//!
//! Pure: bytes go in as they come, lines come out; no file is opened here and no whole file is ever in memory. Every
//! row ends as a row or as a rejection with its line and its reason; a file whose columns don't fit is refused as
//! a whole, before its first row.

mod cell;
pub mod calendar;
mod columns;
mod decode;
mod defect;
mod split;
mod table;

pub use columns::Sheet;
pub use defect::{Defect, Unusable};

use crate::{
    base::{EmailAddress, Instant, Value},
    policy::Policy,
    store::{ConsentClaim, CustomerRef, CustomerRow, RecordRow},
    trigger::RecordStatus,
};
use cell::Cell;
use columns::{Column, Columns, columns};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};
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
    /// Lines by the hash of what must be unique in a file: eight bytes each, so that a million rows fit.
    seen: HashMap<u64, u64>,
}

impl Intake {
    /// Begins a file.
    #[must_use]
    pub fn new(order: Order, policy: Arc<Policy>) -> Self {
        let (table, head) = (Table::default(), vec![]);
        Self { order, policy, table, columns: None, head, rows: 0, seen: HashMap::new() }
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
        let taken = row.cells.and_then(|cells| {
            let row = Cells::of(columns, &cells)?;
            let sheet = self.order.sheet.clone();
            match sheet {
                Sheet::Customers => row.customer(self, columns, line).map(|row| Line::Customer(line, row)),
                Sheet::Records(kind) => row.record(self, columns, line, kind).map(|row| Line::Record(line, row)),
            }
        });
        Some(taken.unwrap_or_else(|defect| Line::Rejected(line, defect)))
    }

    /// The first line with this key is taken, all later ones are not. `also` are keys under which it may be met again.
    fn first(
        &mut self,
        line: u64,
        key: (&'static str, &str),
        also: Option<(&'static str, &str)>,
    ) -> Result<(), Defect> {
        let hash = |key: (&'static str, &str)| {
            let mut hasher = DefaultHasher::new();
            key.hash(&mut hasher);
            hasher.finish()
        };
        if let Some(first) = self.seen.get(&hash(key)) {
            return Err(Defect::Duplicate { key: key.0, line: *first });
        }
        for key in [Some(key), also].into_iter().flatten() {
            self.seen.entry(hash(key)).or_insert(line);
        }
        Ok(())
    }
}

const MAGIC_BYTES: usize = 4;
/// The first bytes of an xlsx or ods file (a ZIP archive), and of an old xls file (OLE 2).
const SPREADSHEETS: [[u8; MAGIC_BYTES]; 2] = [*b"PK\x03\x04", [0xD0, 0xCF, 0x11, 0xE0]];

/// What the declared field `status` says of a record that its source took back.
const CANCELLED: [&str; 2] = ["cancelled", "canceled"];

/// A row's cells by what they hold; the empty ones are not there.
struct Cells<'a>(Vec<(&'a Column, Cell<'a>)>);

impl<'a> Cells<'a> {
    fn of(columns: &'a Columns, cells: &'a [String]) -> Result<Self, Defect> {
        let count = columns.each.len();
        if cells.len() < count || cells.iter().skip(count).any(|cell| !cell.trim().is_empty()) {
            return Err(Defect::CellCount { cells: cells.len(), columns: count });
        }
        let mut found = vec![];
        for ((name, column), text) in columns.each.iter().zip(cells) {
            if *column != Column::Ignored
                && let Some(cell) = Cell::new(name, text)?
            {
                found.push((column, cell));
            }
        }
        Ok(Self(found))
    }

    fn get(&self, column: &Column) -> Option<Cell<'a>> {
        self.0.iter().find(|(other, _)| *other == column).map(|(_, cell)| *cell)
    }

    fn need(&self, column: &Column, name: &str) -> Result<Cell<'a>, Defect> {
        self.get(column).ok_or_else(|| Defect::Missing { column: name.to_owned() })
    }

    fn fields(&self, currency: &str) -> Result<BTreeMap<String, Value>, Defect> {
        let fields = self.0.iter().filter_map(|(column, cell)| match column {
            Column::Field(name, kind) => Some(cell.value(*kind, currency).map(|value| (name.clone(), value))),
            _ => None,
        });
        fields.collect()
    }

    fn customer(&self, intake: &mut Intake, columns: &Columns, line: u64) -> Result<CustomerRow, Defect> {
        let policy = Arc::clone(&intake.policy);
        let external_id = self.get(&Column::Id).map(Cell::text);
        let address = self.need(&Column::Email, "email")?.address()?;
        let zone = self.get(&Column::Zone).map(Cell::zone).transpose()?;
        let language = self.get(&Column::Language).map(Cell::language).transpose()?;
        let mut consents = vec![];
        for (column, cell) in &self.0 {
            if let Column::Consent(purpose) = column {
                let (kind, at) = cell.consent(&policy, zone, intake.order.now)?;
                let source = format!("{}:{line}", intake.order.name);
                consents.push(ConsentClaim { purpose: purpose.clone(), kind, at, source });
            }
        }
        let fields = self.fields(&policy.business.currency)?;
        let mailbox = address.mailbox();
        match &external_id {
            Some(id) => intake.first(line, ("id", id), Some(("email", &mailbox)))?,
            None => intake.first(line, ("email", &mailbox), None)?,
        }
        let untold = Arc::clone(&columns.untold);
        Ok(CustomerRow { external_id, address, fields, untold, zone, language, consents })
    }

    fn record(&self, intake: &mut Intake, columns: &Columns, line: u64, kind: String) -> Result<RecordRow, Defect> {
        let external_id = self.need(&Column::Id, "id")?.text();
        let customer = self.need(&Column::Customer, "customer")?.text();
        // An id may look like anything, but with an @ it is an address where it can be one.
        let customer = match EmailAddress::parse(&customer) {
            Ok(address) => CustomerRef::Address(address),
            Err(_) => CustomerRef::ExternalId(customer),
        };
        let fields = self.fields(&intake.policy.business.currency)?;
        let status = columns.each.iter().any(|(name, _)| name == "status").then(|| match fields.get("status") {
            Some(Value::Text(word)) if CANCELLED.contains(&word.to_lowercase().as_str()) => RecordStatus::Cancelled,
            _ => RecordStatus::Live,
        });
        intake.first(line, ("id", &external_id), None)?;
        let (untold, left_to_calendars) = (Arc::clone(&columns.untold), Arc::clone(&columns.left_to_calendars));
        Ok(RecordRow { kind, external_id, customer, fields, untold, left_to_calendars, status })
    }
}

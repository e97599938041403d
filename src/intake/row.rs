//! One row, by what its cells hold: the checks that a line of a file and an object of the API go through alike.

use super::{
    cell::Cell,
    columns::{Column, Columns},
    defect::Defect,
};
use crate::{
    base::{EmailAddress, Instant, Value, value::Fields},
    policy::Policy,
    store::{ConsentClaim, CustomerRef, CustomerRow, RecordRow},
    trigger::RecordStatus,
};
use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

/// What the declared field `status` says of a record that its source took back.
const CANCELLED: [&str; 2] = ["cancelled", "canceled"];

/// A row's cells; the empty ones are not there.
pub(super) struct Row<'a>(Vec<(&'a Column, Cell<'a>)>);

/// What the row's source could not tell about.
pub(super) struct Untold {
    /// As in [`CustomerRow::untold`].
    pub fields: Arc<BTreeSet<String>>,
    /// As in [`RecordRow::left_to_calendars`].
    pub left_to_calendars: Arc<BTreeSet<String>>,
    /// Whether it tells of a record's status.
    pub status: bool,
}

/// What is wrong with a row: a file's line is blamed for the first, an object hears all.
#[derive(Default)]
pub(super) struct Defects(pub Vec<Defect>);

impl Defects {
    fn keep<T>(&mut self, read: Result<T, Defect>) -> Option<T> {
        read.map_err(|defect| self.0.push(defect)).ok()
    }

    /// For a line. An empty list, which nobody makes, would be a row without its cells.
    pub fn into_first(self) -> Defect {
        self.0.into_iter().next().unwrap_or(Defect::CellCount { cells: 0, columns: 0 })
    }
}

impl<'a> Row<'a> {
    /// Of a file's line.
    pub fn of_line(columns: &'a Columns, cells: &'a [String]) -> Result<Self, Defect> {
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

    /// Of an object's members.
    pub fn of_members(cells: impl IntoIterator<Item = (&'a Column, Cell<'a>)>) -> Self {
        Self(cells.into_iter().collect())
    }

    fn get(&self, column: &Column) -> Option<Cell<'a>> {
        self.0.iter().find(|(other, _)| *other == column).map(|(_, cell)| *cell)
    }

    fn need(&self, column: &Column, name: &str) -> Result<Cell<'a>, Defect> {
        self.get(column).ok_or_else(|| Defect::Missing { column: name.to_owned() })
    }

    fn fields(&self, currency: &str, defects: &mut Defects) -> Fields {
        let mut fields = Fields::new();
        for (column, cell) in &self.0 {
            if let Column::Field(name, kind) = column
                && let Some(value) = defects.keep(cell.value(*kind, currency))
            {
                fields.insert(name.clone(), value);
            }
        }
        fields
    }

    /// A customer. `source` is the evidence of the consents that the row claims.
    pub fn customer(
        &self,
        policy: &Policy,
        now: Instant,
        untold: &Untold,
        source: &str,
    ) -> Result<CustomerRow, Defects> {
        let mut defects = Defects::default();
        let external_id = self.get(&Column::Id).map(Cell::text);
        let address = defects.keep(self.need(&Column::Email, "email").and_then(Cell::address));
        let zone = self.get(&Column::Zone).and_then(|cell| defects.keep(cell.zone()));
        let language = self.get(&Column::Language).and_then(|cell| defects.keep(cell.language()));
        let mut consents = vec![];
        for (column, cell) in &self.0 {
            if let Column::Consent(purpose) = column
                && let Some((kind, at)) = defects.keep(cell.consent(policy, zone, now))
            {
                consents.push(ConsentClaim::new(purpose, kind, at, source));
            }
        }
        let fields = self.fields(&policy.business.currency, &mut defects);
        match address {
            Some(address) if defects.0.is_empty() => {
                let untold = Arc::clone(&untold.fields);
                Ok(CustomerRow { external_id, address, fields, untold, zone, language, consents })
            }
            _ => Err(defects),
        }
    }

    /// A record of this type.
    pub fn record(&self, policy: &Policy, untold: &Untold, kind: &str) -> Result<RecordRow, Defects> {
        let mut defects = Defects::default();
        let external_id = defects.keep(self.need(&Column::Id, "id"));
        let customer = defects.keep(self.need(&Column::Customer, "customer"));
        let fields = self.fields(&policy.business.currency, &mut defects);
        let status = untold.status.then(|| match fields.get("status") {
            Some(Value::Text(word)) if CANCELLED.contains(&word.to_lowercase().as_str()) => RecordStatus::Cancelled,
            _ => RecordStatus::Live,
        });
        match (external_id, customer) {
            (Some(external_id), Some(customer)) if defects.0.is_empty() => Ok(RecordRow {
                kind: kind.to_owned(),
                external_id: external_id.text(),
                customer: customer.customer(),
                fields,
                untold: Arc::clone(&untold.fields),
                left_to_calendars: Arc::clone(&untold.left_to_calendars),
                status,
            }),
            _ => Err(defects),
        }
    }
}

impl Cell<'_> {
    /// Whose. An id may look like anything, but with an @ it is an address where it can be one.
    pub fn customer(self) -> CustomerRef {
        let text = self.text();
        match EmailAddress::parse(&text) {
            Ok(address) => CustomerRef::Address { address, text },
            Err(_) => CustomerRef::ExternalId(text),
        }
    }
}

/// A key by which a row is known, and by what name.
pub(super) type Key<'k> = (&'static str, &'k str);

/// The rows that have been met, by the hash of what must be unique: eight bytes each, so that a million rows fit.
#[derive(Default)]
pub(super) struct Seen(HashMap<u64, u64>);

impl Seen {
    /// The first row with this key is taken, all later ones are not: their first is given back. `also` is a key under
    /// which it may be met again.
    pub fn first(&mut self, row: u64, key: Key<'_>, also: Option<Key<'_>>) -> Result<(), u64> {
        let hash = |key: Key<'_>| {
            let mut hasher = DefaultHasher::new();
            key.hash(&mut hasher);
            hasher.finish()
        };
        if let Some(first) = self.0.get(&hash(key)) {
            return Err(*first);
        }
        for key in [Some(key), also].into_iter().flatten() {
            self.0.entry(hash(key)).or_insert(row);
        }
        Ok(())
    }

    /// A customer, by its id, else by its mailbox. The name of the key comes with the first row that had it.
    pub fn customer(&mut self, row: u64, customer: &CustomerRow) -> Result<(), (&'static str, u64)> {
        let mailbox = customer.address.mailbox();
        match &customer.external_id {
            Some(id) => self.first(row, ("id", id), Some(("email", &mailbox))).map_err(|first| ("id", first)),
            None => self.first(row, ("email", &mailbox), None).map_err(|first| ("email", first)),
        }
    }
}

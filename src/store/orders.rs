//! Orders of a shop: whoever ordered is its customer, and each line is a record of theirs.
//!
//! Who isn't known becomes a customer by their order, with the contract as its ground and nothing more. Who was erased comes
//! back only by an order after the erasure. What is known of somebody, an order doesn't change: it knows no better.
//!
//! Invariant: a yes that comes with an order goes the way of every yes that a program reports. It lifts no stop.

use super::{
    Store, StoreError, bulk,
    customers::{self, Found, Returns},
    entry::{self, ConsentRow, Outcome},
    erase,
    records::{self, Source},
    replan::Subjects,
    round::Desk,
    types::{Applied, CustomerRef, CustomerRow, Dry, Put, PutError, RecordRow, Replan, Rules},
};
use crate::{
    base::{BlindIndex, Instant},
    people::Customer,
    trigger::News,
};
use std::sync::Arc;

/// Lines that one transaction takes, so that it stays under 20 ms.
pub const ORDER_CHUNK_LINES: usize = 100;

/// An order, or a part of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// Who ordered; what it says of them counts only where they aren't known.
    pub buyer: CustomerRow,
    /// When.
    pub ordered_at: Instant,
    /// A record for each line. Whose it is, the buyer says.
    pub lines: Vec<RecordRow>,
    /// What they agreed to with it.
    pub yes: Vec<ConsentRow>,
    /// Where it is written.
    pub source: String,
    /// The shop, and the order's own id there.
    pub order: (String, String),
    /// Whether a field of the records says how a line stands.
    pub says_status: bool,
}

/// What orders did.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct OrdersApplied {
    /// As of records: a put for each line.
    pub lines: Applied,
    /// Those whose buyer became a customer by them, by their place among the rows.
    pub new_customers: Vec<usize>,
    /// Those that the shop itself tells of, by its calls: a file says nothing about them.
    pub told: Vec<usize>,
}

impl Store {
    /// Orders of an import, in transactions of a hundred lines or little more.
    ///
    /// # Errors
    /// When the database can't be written; what earlier ones did stands.
    pub async fn put_orders(
        &self,
        rows: Vec<OrderRow>,
        rules: Arc<dyn Rules>,
        dry: Dry,
    ) -> Result<OrdersApplied, StoreError> {
        let mut all = OrdersApplied::default();
        let mut rows = rows.into_iter().peekable();
        let mut done = 0;
        while rows.peek().is_some() {
            let (mut chunk, mut lines) = (Vec::new(), 0);
            while let Some(row) = rows.next_if(|row| lines == 0 || lines + row.lines.len() <= ORDER_CHUNK_LINES) {
                lines += row.lines.len().max(1);
                chunk.push(row);
            }
            let (count, rules) = (chunk.len(), Arc::clone(&rules));
            let applied = self.errand_with_keys(count, move |desk| {
                Box::pin(async move {
                    let savepoint = (dry == Dry::Preview).then(|| desk.set_savepoint());
                    let mut applied = bulk::put_orders(desk, &chunk, &*rules.in_force()).await?;
                    if let Some(savepoint) = savepoint {
                        desk.take_back_to(savepoint);
                        // What a preview took back stands again.
                        applied.lines.open.clear();
                    }
                    Ok(applied)
                })
            });
            let applied = applied.await?;
            all.new_customers.extend(applied.new_customers.into_iter().map(|place| done + place));
            all.told.extend(applied.told.into_iter().map(|place| done + place));
            super::import::absorb(&mut all.lines, applied.lines);
            done += count;
        }
        Ok(all)
    }
}

/// An order, in the caller's transaction. Gives its buyer, where its lines were taken.
pub(super) async fn put_one(
    desk: &mut Desk,
    (place, row): (usize, &OrderRow),
    subjects: &mut Subjects<'_>,
    people: &mut Vec<(Customer, News)>,
    applied: &mut OrdersApplied,
) -> Result<Option<Customer>, StoreError> {
    let names = row.lines.iter().map(|line| (&*line.kind, line.external_id.clone()));
    let (customer, is_new) = match whose(desk, row, names).await? {
        Ok(found) => found,
        Err(why) => {
            applied.lines.puts.extend(row.lines.iter().map(|_| Put::Rejected(why)));
            return Ok(None);
        }
    };
    if is_new {
        applied.new_customers.push(place);
        people.push((customer.clone(), News::Nothing));
    }
    for line in &row.lines {
        let (put, _) = records::put_for(desk, line, &customer, source_of(row), subjects).await?;
        applied.lines.puts.push(put);
    }
    Ok(Some(customer))
}

/// Without a field that says so, another status is one that is newer.
pub(super) const fn source_of(row: &OrderRow) -> Source {
    if row.says_status { Source::Table } else { Source::Calendar }
}

/// What the buyer agreed to with an order.
pub(super) async fn agree(
    desk: &mut Desk,
    (place, row): (usize, &OrderRow),
    customer: &Customer,
    planner: &dyn Replan,
    applied: &mut OrdersApplied,
) -> Result<(), StoreError> {
    let mailbox = BlindIndex::of(&desk.keys, &customer.address);
    for yes in &row.yes {
        let (outcome, open) = entry::grant_to(desk, (customer.id, mailbox), yes, &row.source, planner).await?;
        applied.lines.open.extend(open);
        match outcome {
            Outcome::Granted | Outcome::ToConfirm => applied.lines.consents += 1,
            Outcome::StaysStopped if !applied.lines.stay_stopped.contains(&place) => {
                applied.lines.stay_stopped.push(place);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whose order it is, and whether they became a customer by it. `names` are those of its lines' records, with their types.
pub(super) async fn whose(
    desk: &mut Desk,
    row: &OrderRow,
    names: impl Iterator<Item = (&str, String)>,
) -> Result<Result<(Customer, bool), PutError>, StoreError> {
    let address = row.buyer.address.clone();
    let reference = CustomerRef::Address { address: address.clone(), text: String::new() };
    match customers::by_reference(desk, &reference).await? {
        Found::Several => return Ok(Err(PutError::AmbiguousCustomer)),
        Found::Customer(stored) => {
            return Ok(stored.open(&desk.keys).map(|customer| (customer, false)).map_err(|_| PutError::Unreadable));
        }
        Found::Nobody => {}
    }
    for (kind, name) in names {
        if erase::had_name(desk, kind, &name).await? {
            return Ok(Err(PutError::Erased));
        }
        // Nobody becomes a customer by an order that is somebody else's already.
        if records::is_known(desk, kind, &name).await? {
            return Ok(Err(PutError::OtherCustomer));
        }
    }
    Ok(match customers::come_back(desk, &address, Some(row.ordered_at)).await? {
        Returns::Back(customer) => Ok((*customer, true)),
        Returns::Erased => Err(PutError::Erased),
        Returns::Unknown => Ok((customers::create(desk, &row.buyer).await?, true)),
    })
}

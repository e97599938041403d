//! Orders of a chunk: their buyers, then their lines, then what the buyers agreed to by them.
//!
//! Taken by themselves, in their turn (see [`orders::put_one`]): an order of somebody who may come back or has another mailbox now,
//! of somebody who became a customer in the same chunk, and one with a line whose name another line has.

use super::{
    look::{self, Known, Sought},
    records::{Gathered as Lines, Stands, stand},
    write::{Change, Gathered, Who},
};
use crate::{
    base::{BlindIndex, DataKey},
    people::{Customer, Suppression, SuppressionReason},
    store::{
        StoreError, cards,
        customers::Found,
        orders::{self, OrderRow, OrdersApplied, source_of},
        replan::Subjects,
        round::Desk,
        types::{Put, PutError, RecordRow, Replan},
    },
    trigger::News,
};
use std::collections::HashSet;

/// In the caller's transaction.
pub async fn put(desk: &mut Desk, rows: &[OrderRow], planner: &dyn Replan) -> Result<OrdersApplied, StoreError> {
    let seen = look(desk, rows).await?;
    let mut chunk = Chunk { applied: OrdersApplied::default(), subjects: Subjects::of(planner), people: vec![] };
    let (mut waiting, mut touched) = (Vec::new(), Touched::default());
    // By each order: who agrees by it.
    let mut buyers = Vec::with_capacity(rows.len());
    for ((place, row), seen) in rows.iter().enumerate().zip(&seen) {
        if seen.is_told {
            chunk.applied.told.push(place);
            waiting.push(Decided::Lines(row.lines.len(), Put::Unchanged));
            continue;
        }
        let is_sure = touched.takes(row, seen);
        if let Some(decided) = is_sure.then(|| decide(desk, place, row, seen)).flatten() {
            waiting.push(decided);
            continue;
        }
        chunk.write(desk, &mut waiting, &mut buyers).await?;
        let Chunk { applied, subjects, people } = &mut chunk;
        let customer = orders::put_one(desk, (place, row), subjects, people, applied).await?;
        buyers.extend(customer.map(|customer| (place, row, customer)));
    }
    chunk.write(desk, &mut waiting, &mut buyers).await?;
    let Chunk { mut applied, subjects, people } = chunk;
    applied.lines.open.extend(cards::plan(desk, people, planner).await?);
    for (place, row, customer) in buyers {
        orders::agree(desk, (place, row), &customer, planner, &mut applied).await?;
    }
    applied.lines.open.extend(subjects.replan(desk).await?);
    Ok(applied)
}

/// What is known of an order before the first one was taken.
struct Seen {
    /// The shop itself tells of it.
    is_told: bool,
    mailbox: BlindIndex,
    buyer: Known,
    /// Whether the mailbox was somebody's who was erased.
    was_erased: bool,
    lines: Vec<Stands>,
}

async fn look(desk: &mut Desk, rows: &[OrderRow]) -> Result<Vec<Seen>, StoreError> {
    let told = look::told_orders(desk, rows.iter().map(|row| &row.order)).await?;
    let mailboxes: Vec<BlindIndex> = rows.iter().map(|row| BlindIndex::of(&desk.keys, &row.buyer.address)).collect();
    let sought: Vec<Sought<'_>> = mailboxes.iter().map(|mailbox| Sought::Mailbox(*mailbox)).collect();
    let buyers = look::whom(desk, &sought).await?;
    let suppressions = look::suppressions(desk, &mailboxes).await?;
    let lines: Vec<&RecordRow> = rows.iter().flat_map(|row| &row.lines).collect();
    let mut stands = stand(desk, &lines).await?.into_iter();
    let is_erased = |row: &Suppression| row.purpose.is_none() && row.reason == SuppressionReason::Erased;
    let each = rows.iter().zip(mailboxes).zip(buyers).enumerate().map(|(place, ((row, mailbox), buyer))| Seen {
        is_told: told.contains(&place),
        mailbox,
        buyer,
        was_erased: suppressions.get(&place).is_some_and(|rows| rows.iter().any(is_erased)),
        lines: stands.by_ref().take(row.lines.len()).collect(),
    });
    Ok(each.collect())
}

/// What rows have told of.
#[derive(Default)]
struct Touched<'a> {
    names: HashSet<(&'a str, &'a str)>,
    /// Of whom nobody was known.
    new: HashSet<BlindIndex>,
}

impl<'a> Touched<'a> {
    /// Whether what was seen of an order holds still.
    fn takes(&mut self, row: &'a OrderRow, seen: &Seen) -> bool {
        let is_known = matches!(seen.buyer, Known::Found(Found::Customer(_) | Found::Several));
        let is_first = is_known || self.new.insert(seen.mailbox);
        row.lines.iter().fold(is_first, |is_first, line| self.names.insert((&line.kind, &line.external_id)) && is_first)
    }
}

/// What becomes of an order.
enum Decided<'a> {
    /// This becomes of each line, and nothing else.
    Lines(usize, Put),
    /// The lines are this customer's.
    Of(Order<'a>, Box<(Customer, DataKey)>),
    /// The lines are somebody's who is new.
    OfNew(Order<'a>, BlindIndex),
}

#[derive(Clone, Copy)]
struct Order<'a> {
    place: usize,
    row: &'a OrderRow,
    lines: &'a [Stands],
}

/// What becomes of an order; `None` where it is to be taken by itself.
fn decide<'a>(desk: &Desk, place: usize, row: &'a OrderRow, seen: &'a Seen) -> Option<Decided<'a>> {
    let (lines, order) = (row.lines.len(), Order { place, row, lines: &seen.lines });
    match &seen.buyer {
        Known::Left => None,
        Known::Found(Found::Nobody) => {
            let are_new = seen.lines.iter().all(|line| matches!(line, Stands::New));
            (are_new && !seen.was_erased).then_some(Decided::OfNew(order, seen.mailbox))
        }
        Known::Found(Found::Several) => Some(Decided::Lines(lines, Put::Rejected(PutError::AmbiguousCustomer))),
        Known::Found(Found::Customer(stored)) => {
            let opened = stored.key(&desk.keys).and_then(|key| Ok((stored.open_by(&key)?, key)));
            Some(match opened {
                Ok(customer) => Decided::Of(order, Box::new(customer)),
                Err(_) => Decided::Lines(lines, Put::Rejected(PutError::Unreadable)),
            })
        }
    }
}

/// Who ordered, by which order.
type Buyer<'a> = (usize, &'a OrderRow, Customer);

/// What was done so far.
struct Chunk<'p> {
    applied: OrdersApplied,
    subjects: Subjects<'p>,
    /// Who became a customer.
    people: Vec<(Customer, News)>,
}

impl Chunk<'_> {
    /// Writes what waits: who is new, then the lines of all.
    async fn write<'a>(
        &mut self,
        desk: &mut Desk,
        waiting: &mut Vec<Decided<'a>>,
        buyers: &mut Vec<Buyer<'a>>,
    ) -> Result<(), StoreError> {
        let mut gathered = Gathered::default();
        for decided in &*waiting {
            if let Decided::OfNew(Order { row, .. }, mailbox) = decided {
                let (claims, agreed) = (Vec::new(), News::Nothing);
                gathered.add(Change { row: &row.buyer, mailbox: *mailbox, who: Who::New, claims, agreed });
            }
        }
        let mut people = Vec::new();
        let keys = gathered.write(desk, &mut people).await?;
        let mut new = people.iter().map(|(customer, _)| customer.clone()).zip(keys);
        let mut lines = Lines::default();
        for decided in waiting.drain(..) {
            let (order, (customer, key)) = match decided {
                Decided::Lines(count, put) => {
                    self.applied.lines.puts.extend(std::iter::repeat_n(put, count));
                    continue;
                }
                Decided::Of(order, who) => (order, *who),
                Decided::OfNew(order, _) => {
                    self.applied.new_customers.push(order.place);
                    let missing = || StoreError::odd("customers", "a row that was not made");
                    (order, new.next().ok_or_else(missing)?)
                }
            };
            for (row, stands) in order.row.lines.iter().zip(order.lines) {
                let put = lines.add((row, stands), (&customer, &key), source_of(order.row), &mut self.subjects)?;
                self.applied.lines.puts.push(put);
            }
            if !order.row.yes.is_empty() {
                buyers.push((order.place, order.row, customer));
            }
        }
        drop(new);
        self.people.extend(people);
        lines.write(desk, &mut self.subjects).await
    }
}

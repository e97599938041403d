//! An order into the records that the policy declares, and into what its ticked boxes are worth.

use super::{OrderLine, ShopOrder, told::OrderTold};
use crate::{
    base::{Instant, Value, value::Fields},
    people::{ConsentKind, consent::ConsentMethod},
    policy::{FieldType, OrderPart, OrderRecord, OrderStatus, Policy, Tick, WrittenBy},
    store::{
        CustomerRef, CustomerRow, RecordRow,
        entry::{ConsentRow, Evidence},
        orders::OrderRow,
        shops::{Frame, Line, Version, Word},
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// Why a ticked box is no yes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotTaken {
    /// The policy doesn't say what stood beside it.
    NothingShown,
    /// The policy's words came later.
    ShownLater,
}

/// The field of customers that an order may fill.
const FIRST_NAME: &str = "first_name";

/// Fills the records of one shop's orders.
pub struct Filler<'p> {
    policy: &'p Policy,
    record: OrderRecord<'p>,
    shop: String,
    all: Arc<BTreeSet<String>>,
}

impl<'p> Filler<'p> {
    /// For this shop. `None` where no record of the policy holds orders.
    #[must_use]
    pub fn new(policy: &'p Policy, shop: &str) -> Option<Self> {
        let record = policy.order_record()?;
        let fields = policy.records.get(record.kind).into_iter().flat_map(|record| record.fields.keys().cloned());
        Some(Self { policy, record, shop: shop.to_owned(), all: Arc::new(fields.collect()) })
    }

    /// When it was ordered.
    #[must_use]
    pub fn at(&self, order: &ShopOrder) -> Instant {
        order.ordered_at.at(self.policy.business.time_zone)
    }

    /// The rows of an order, of so many lines at most each; each line with its line in the file. `source` says where the
    /// order is written.
    #[must_use]
    pub fn rows(
        &self,
        order: &ShopOrder,
        yes: Vec<ConsentRow>,
        source: &str,
        lines_max: usize,
    ) -> Vec<(Vec<u64>, OrderRow)> {
        let frame = self.frame(&order.id);
        let placed = order.lines.iter().enumerate();
        let lines: Vec<(u64, RecordRow)> = placed
            .filter_map(|(place, line)| {
                let line = line.as_ref().ok()?;
                Some((line.line, self.line(&frame, order, line, place)))
            })
            .collect();
        let mut yes = Some(yes);
        let chunks = lines.chunks(lines_max.max(1)).map(|chunk| {
            let (lines, records): (Vec<u64>, Vec<RecordRow>) = chunk.iter().cloned().unzip();
            let row = self.row(order, records, yes.take().unwrap_or_default(), source);
            (lines, row)
        });
        chunks.collect()
    }

    /// What a call of the shop says, for the store.
    #[must_use]
    pub fn told(&self, order: OrderTold, yes: Vec<ConsentRow>, source: &str) -> Word {
        let OrderTold { order, stamp, lines, refunds } = order;
        let frame = self.frame(&order.id);
        let placed = order.lines.iter().zip(&lines).enumerate();
        let lines = placed.map(|(place, (line, (id, pieces)))| Line {
            id: id.clone(),
            pieces: *pieces,
            status: line.as_ref().map_or(OrderStatus::Cancelled, |line| line.status),
            record: line.as_ref().ok().map(|line| self.line(&frame, &order, line, place)),
        });
        let lines = lines.collect();
        let row = self.row(&order, vec![], yes, source);
        Word::Order(Box::new(Version { stamp, row, lines, refunds }))
    }

    /// How the records of an order are made.
    #[must_use]
    pub fn frame(&self, order: &str) -> Frame {
        Frame {
            kind: self.record.kind.to_owned(),
            prefix: format!("{}:{order}", self.shop),
            status: self.record.field(OrderPart::Status).map(|(name, _)| name.to_owned()),
            all: Arc::clone(&self.all),
        }
    }

    fn row(&self, order: &ShopOrder, lines: Vec<RecordRow>, yes: Vec<ConsentRow>, source: &str) -> OrderRow {
        OrderRow {
            buyer: self.buyer(order),
            ordered_at: self.at(order),
            lines,
            yes,
            source: source.to_owned(),
            order: (self.shop.clone(), order.id.clone()),
            says_status: self.record.field(OrderPart::Status).is_some(),
        }
    }

    /// What the ticked boxes are worth.
    #[must_use]
    pub fn yes(&self, order: &ShopOrder) -> (Vec<ConsentRow>, Vec<NotTaken>) {
        let at = self.at(order);
        let day = self.policy.business.time_zone.local(at).date();
        let (mut yes, mut not_taken) = (vec![], vec![]);
        for ticked in &order.ticked {
            let worth: Vec<(&str, Tick<'_>)> = self.policy.ticked(ticked, day).collect();
            if worth.is_empty() {
                not_taken.push(NotTaken::NothingShown);
            }
            for (purpose, tick) in worth {
                match tick {
                    Tick::Early => not_taken.push(NotTaken::ShownLater),
                    Tick::Yes(words) => yes.push(self.agreed(order, purpose, words.shown.clone(), at)),
                }
            }
        }
        (yes, not_taken)
    }

    fn agreed(&self, order: &ShopOrder, purpose: &str, shown: String, at: Instant) -> ConsentRow {
        let place = format!("checkout of {}, order {}", self.shop, order.id);
        ConsentRow {
            customer: whose(order),
            purpose: purpose.to_owned(),
            kind: ConsentKind::Granted,
            at,
            method: ConsentMethod::Form,
            language: None,
            expires_at: None,
            evidence: Evidence { wording: Some(shown), place: Some(place), ..Evidence::default() },
            question: None,
        }
    }

    fn buyer(&self, order: &ShopOrder) -> CustomerRow {
        let mut buyer = CustomerRow::of_address(order.buyer.clone(), order.language.clone());
        let declared = self.policy.customer.get(FIRST_NAME);
        let takes =
            declared.is_some_and(|field| field.kind == FieldType::Text && field.written_by == WrittenBy::Imports);
        if let Some(name) = order.first_name.clone().filter(|_| takes) {
            buyer.fields.insert(FIRST_NAME.to_owned(), Value::Text(name));
        }
        buyer
    }

    fn line(&self, frame: &Frame, order: &ShopOrder, line: &OrderLine, place: usize) -> RecordRow {
        let mut fields = Fields::new();
        let mut say = |part, value: Option<Value>| {
            if let (Some((name, _)), Some(value)) = (self.record.field(part), value) {
                fields.insert(name.to_owned(), value);
            }
        };
        let text = |text: &str| (!text.is_empty()).then(|| Value::Text(text.to_owned()));
        say(OrderPart::Product, text(&line.product));
        say(OrderPart::Name, text(&line.name));
        say(OrderPart::Category, text(&line.category));
        say(OrderPart::Time, Some(Value::Datetime(order.ordered_at)));
        say(OrderPart::Status, text(line.status.word()));
        say(OrderPart::Quantity, line.quantity.map(Value::Integer));
        let price = line.price.clone();
        say(OrderPart::Price, price.map(|price| Value::Money { minor: price.minor, currency: price.currency }));
        RecordRow {
            kind: frame.kind.clone(),
            external_id: frame.name(place),
            customer: whose(order),
            fields,
            // What it doesn't say stays as it is known.
            untold: Arc::clone(&self.all),
            left_to_calendars: Arc::default(),
            status: Some(frame.standing(line.status)),
        }
    }
}

fn whose(order: &ShopOrder) -> CustomerRef {
    CustomerRef::Address { address: order.buyer.clone(), text: String::new() }
}

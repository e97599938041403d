//! Rows into orders: those that stand together and bear one number. What an order says as a whole is read from its first row.

use super::{
    super::{
        cell::{AHEAD_MAX, Cell},
        defect::Defect,
        table::Row,
    },
    ORDER_LINES_MAX, OrderLine, PURCHASES_MAX, Read, ShopKind, ShopOrder,
    columns::{Column, Columns},
    status,
};
use crate::{
    base::{EmailAddress, Instant, Value, civil::CivilTime, recommended::Price},
    policy::{FieldType, OrderStatus, Policy},
};
use chrono::DateTime;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

/// What a row says, by column.
type Cells = BTreeMap<Column, String>;
/// A row of an order, or why it can't be read.
type Raw = Result<Cells, Defect>;

/// The order whose rows come, and those that are done.
#[derive(Default)]
pub(super) struct Gathering {
    open: Option<Open>,
    done: VecDeque<Read>,
    /// Orders that were met, by the hash of their number, with their line.
    met: HashMap<u64, u64>,
    /// Purchases of each buyer, by the hash of the mailbox.
    bought: HashMap<u64, usize>,
    /// Those who bought too much.
    too_many: HashSet<u64>,
    pub left_out: u64,
}

/// An order whose rows come.
struct Open {
    number: String,
    line: u64,
    rows: Vec<(u64, Raw)>,
    /// More than it may have were left out.
    more: u64,
}

impl Gathering {
    pub fn next_done(&mut self) -> Option<Read> {
        self.done.pop_front()
    }

    /// Takes a row. Without a number it belongs to the order above it.
    pub fn take(&mut self, columns: &Columns, row: Row, policy: &Policy, now: Instant) {
        let raw = row.cells.and_then(|cells| cells_of(columns, cells));
        let number = match &raw {
            Ok(cells) => number_of(cells),
            Err(_) => None,
        };
        let goes_on = match (&self.open, &number) {
            (Some(open), Some(number)) => open.number == *number,
            (open, None) => open.is_some(),
            (None, Some(_)) => false,
        };
        if !goes_on {
            self.end(columns, policy, now);
            let Some(number) = number else {
                let defect = raw.err().unwrap_or(Defect::Missing { column: columns.called(&Column::Number) });
                return self.done.push_back(Read::Rejected(row.line, defect));
            };
            self.open = Some(Open { number, line: row.line, rows: vec![], more: 0 });
        }
        if let Some(open) = &mut self.open {
            if open.rows.len() < ORDER_LINES_MAX {
                open.rows.push((row.line, raw));
            } else {
                open.more += 1;
            }
        }
    }

    /// The order that was open is done.
    pub fn end(&mut self, columns: &Columns, policy: &Policy, now: Instant) {
        let Some(open) = self.open.take() else { return };
        if open.more > 0 {
            self.left_out += open.more + open.rows.len() as u64 - 1;
            let defect = Defect::OrderTooLong { max: ORDER_LINES_MAX };
            return self.done.push_back(Read::Rejected(open.line, defect));
        }
        let before = self.met.insert(hash(&open.number), open.line);
        let (line, rows) = (open.line, open.rows.len() as u64);
        let read = match before {
            Some(line) => Err(Defect::OrderApart { line }),
            None => Reader { columns, policy, now }.order(open),
        };
        let read = read.and_then(|order| self.within_reason(order));
        match read {
            Ok(Some(order)) => self.done.push_back(Read::Order(order)),
            Ok(None) => self.left_out += rows,
            Err(defect) => {
                self.left_out += rows - 1;
                self.done.push_back(Read::Rejected(line, defect));
            }
        }
    }

    /// Said once of each buyer who bought too much.
    fn within_reason(&mut self, order: ShopOrder) -> Result<Option<ShopOrder>, Defect> {
        let buyer = hash(&order.buyer.mailbox());
        let bought = self.bought.entry(buyer).or_default();
        if *bought + order.lines.len() <= PURCHASES_MAX && !self.too_many.contains(&buyer) {
            *bought += order.lines.len();
            return Ok(Some(order));
        }
        if self.too_many.insert(buyer) { Err(Defect::TooManyPurchases { max: PURCHASES_MAX }) } else { Ok(None) }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The cells that hold something; of two columns that hold the same, the first that does.
fn cells_of(columns: &Columns, cells: Vec<String>) -> Raw {
    let count = columns.each.len();
    if cells.len() < count || cells.iter().skip(count).any(|cell| !cell.trim().is_empty()) {
        return Err(Defect::CellCount { cells: cells.len(), columns: count });
    }
    let mut told = Cells::new();
    for ((name, column), text) in columns.each.iter().zip(cells) {
        // Spreadsheets are told by it that a cell is text.
        let text = text.trim().strip_prefix('\'').map_or(text.as_str(), |rest| rest);
        if let Some(column) = column
            && let Some(cell) = Cell::new(name, text)?
            && !told.contains_key(column)
        {
            told.insert(column.clone(), cell.text());
        }
    }
    Ok(told)
}

fn number_of(cells: &Cells) -> Option<String> {
    cells.get(&Column::Number).or_else(|| cells.get(&Column::Id)).cloned()
}

/// Reads one order.
struct Reader<'a> {
    columns: &'a Columns,
    policy: &'a Policy,
    now: Instant,
}

/// What an order says of all its lines.
struct Whole {
    status: OrderStatus,
    currency: String,
}

impl Reader<'_> {
    fn order(&self, open: Open) -> Result<ShopOrder, Defect> {
        let nothing = Cells::new();
        let head = match open.rows.first() {
            Some((_, Ok(head))) => head,
            Some((_, Err(defect))) => return Err(defect.clone()),
            None => &nothing,
        };
        let email = Column::Email;
        let buyer = head.get(&email).ok_or_else(|| Defect::NoBuyer { column: self.called(&email) })?;
        let buyer = EmailAddress::parse(buyer).map_err(|why| Defect::Address { column: self.called(&email), why })?;
        let currency = self.currency(head)?;
        let status = self.status(head, &currency)?;
        let ordered_at = self.time(head)?;
        let (whole, ticked) = (Whole { status, currency }, ticked(head));
        let first_name = first_name(head);
        let partly_refunded = self.is_partly_refunded(head, &whole, &open.rows);
        let id = head.get(&Column::Id).cloned().unwrap_or(open.number);
        let lines = open.rows.into_iter().filter_map(|(line, raw)| self.line(line, raw, &whole)).collect();
        let line = open.line;
        Ok(ShopOrder { id, line, buyer, first_name, language: None, ordered_at, ticked, lines, partly_refunded })
    }

    fn called(&self, column: &Column) -> String {
        self.columns.called(column)
    }

    /// Amounts without a word about it are in the business's.
    fn currency(&self, head: &Cells) -> Result<String, Defect> {
        let wanted = &self.policy.business.currency;
        match head.get(&Column::Currency) {
            Some(currency) if currency.to_uppercase() != *wanted => Err(Defect::OtherCurrency {
                column: self.called(&Column::Currency),
                currency: currency.chars().take(3).collect(),
                wanted: wanted.clone(),
            }),
            _ => Ok(wanted.clone()),
        }
    }

    fn status(&self, head: &Cells, currency: &str) -> Result<OrderStatus, Defect> {
        let word = head.get(&Column::Status).map(String::as_str).unwrap_or_default();
        let status = match self.columns.kind {
            ShopKind::Shopify => status::shopify(word),
            ShopKind::WooCommerce => status::woocommerce(word),
        };
        let status = status.ok_or_else(|| Defect::Word {
            column: self.called(&Column::Status),
            help: Some("export it as the shop keeps it, such as `completed`, `processing` or `refunded`".to_owned()),
        })?;
        if head.contains_key(&Column::CancelledAt) {
            return Ok(OrderStatus::Cancelled);
        }
        let amount = |column| self.amount(head, column, currency).map(Option::unwrap_or_default);
        let (total, refunded) = (amount(&Column::Total)?, amount(&Column::Refunded)?);
        let all_went_back = total > 0 && refunded.abs() >= total;
        Ok(if status == OrderStatus::Paid && all_went_back { OrderStatus::Refunded } else { status })
    }

    /// Money went back, and no column says for what.
    fn is_partly_refunded(&self, head: &Cells, whole: &Whole, rows: &[(u64, Raw)]) -> bool {
        let refunded = self.amount(head, &Column::Refunded, &whole.currency).ok().flatten().unwrap_or_default();
        let says_what = rows.iter().any(|(_, raw)| {
            let says = |cells: &Cells| {
                cells.contains_key(&Column::QuantityLeft) || cells.contains_key(&Column::QuantityRefunded)
            };
            raw.as_ref().is_ok_and(says)
        });
        whole.status == OrderStatus::Paid && refunded != 0 && !says_what
    }

    fn time(&self, head: &Cells) -> Result<CivilTime, Defect> {
        let column = || self.called(&Column::Time);
        let text = head.get(&Column::Time).ok_or_else(|| Defect::Missing { column: column() })?;
        let zone = self.policy.business.time_zone;
        let with_offset = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z").ok();
        let time = match with_offset {
            Some(at) => Some(CivilTime { local: zone.local(Instant::from_utc(at.to_utc())), zone: Some(zone) }),
            None => CivilTime::parse(text),
        };
        let time = time.ok_or_else(|| Defect::Type {
            column: column(),
            expected: "a date and time, such as `2026-03-29 10:00:00 +0100` or `2026-03-29 10:00`",
        })?;
        if time.at(zone) > self.now.plus(AHEAD_MAX) {
            return Err(Defect::FutureYes { column: column() });
        }
        Ok(time)
    }

    /// A line. `None` for a row that has nothing of one.
    fn line(&self, line: u64, raw: Raw, whole: &Whole) -> Option<Result<OrderLine, (u64, Defect)>> {
        let cells = match raw {
            Ok(cells) => cells,
            Err(defect) => return Some(Err((line, defect))),
        };
        let has_line = [Column::Sku, Column::Name, Column::Quantity, Column::QuantityLeft];
        if !has_line.iter().any(|column| cells.contains_key(column)) {
            return None;
        }
        Some(self.bought(line, &cells, whole).map_err(|defect| (line, defect)))
    }

    fn bought(&self, line: u64, cells: &Cells, whole: &Whole) -> Result<OrderLine, Defect> {
        let name = cells.get(&Column::Name).or_else(|| cells.get(&Column::Sku)).cloned();
        let name = name.ok_or_else(|| Defect::Missing { column: self.called(&Column::Name) })?;
        let ordered = self.pieces(cells, &Column::Quantity)?;
        let refunded = match cells.get(&Column::QuantityRefunded) {
            // Written as -1 by some and as 1 by others.
            Some(text) => text.trim_start_matches('-').parse::<f64>().unwrap_or_default(),
            None => 0.0,
        };
        let left = match self.pieces(cells, &Column::QuantityLeft)? {
            Some(left) => Some(left),
            None => ordered.map(|ordered| ordered - refunded),
        };
        let gone = left.is_some_and(|left| left <= 0.0);
        let status = if gone && whole.status == OrderStatus::Paid { OrderStatus::Refunded } else { whole.status };
        let price = self.price(cells, ordered.or(left), &whole.currency)?;
        Ok(OrderLine {
            line,
            product: cells.get(&Column::Sku).unwrap_or(&name).clone(),
            category: cells.get(&Column::Category).cloned().unwrap_or_default(),
            name,
            quantity: left.filter(|_| !gone).map(whole_pieces),
            price,
            status,
        })
    }

    fn pieces(&self, cells: &Cells, column: &Column) -> Result<Option<f64>, Defect> {
        let Some(text) = cells.get(column) else { return Ok(None) };
        let number: Option<f64> = text.parse().ok().filter(|pieces: &f64| pieces.is_finite() && pieces.abs() < 1e9);
        match number {
            Some(pieces) if pieces < 0.0 => Err(Defect::Negative { column: self.called(column) }),
            Some(pieces) => Ok(Some(pieces)),
            None => Err(Defect::Type { column: self.called(column), expected: "a number of pieces, such as `2`" }),
        }
    }

    fn price(&self, cells: &Cells, pieces: Option<f64>, currency: &str) -> Result<Option<Price>, Defect> {
        let one = self.amount(cells, &Column::Price, currency)?;
        let all = self.amount(cells, &Column::LineTotal, currency)?;
        for (amount, column) in [(one, Column::Price), (all, Column::LineTotal)] {
            if amount.is_some_and(|minor| minor < 0) {
                return Err(Defect::Negative { column: self.called(&column) });
            }
        }
        let share = || {
            let pieces = whole_pieces(pieces?);
            Some((all? + pieces / 2) / pieces)
        };
        Ok(one.or_else(share).map(|minor| Price { minor, currency: currency.to_owned() }))
    }

    /// An amount in minor units. More places than the currency has, which taxes bring, are rounded.
    fn amount(&self, cells: &Cells, column: &Column, currency: &str) -> Result<Option<i64>, Defect> {
        let Some(text) = cells.get(column) else { return Ok(None) };
        let name = self.called(column);
        let text = rounded(text, currency);
        let Some(cell) = Cell::new(&name, &text)? else { return Ok(None) };
        match cell.value(FieldType::Money, currency)? {
            Value::Money { minor, currency: other } if other == currency => Ok(Some(minor)),
            Value::Money { currency: other, .. } => {
                Err(Defect::OtherCurrency { column: name, currency: other, wanted: currency.to_owned() })
            }
            _ => Ok(None),
        }
    }
}

/// Half a kilogram counts as one piece.
#[expect(clippy::cast_possible_truncation, reason = "below a thousand million")]
fn whole_pieces(pieces: f64) -> i64 {
    (pieces.round() as i64).max(1)
}

/// `12.345678` as `12.35`; anything else as it is.
fn rounded(text: &str, currency: &str) -> String {
    let digits = crate::base::money::minor_digits(currency) as usize;
    let has_more = text.split_once('.').is_some_and(|(_, part)| part.len() > digits);
    match text.parse::<f64>() {
        Ok(amount) if has_more && amount.abs() < 1e12 => format!("{amount:.digits$}"),
        _ => text.to_owned(),
    }
}

/// The boxes that were ticked. What was left empty says nothing, and a no takes nothing back.
fn ticked(head: &Cells) -> BTreeSet<String> {
    let yes = |text: &str| matches!(text.to_lowercase().as_str(), "yes" | "true" | "1" | "on" | "y");
    let boxes = head.iter().filter_map(|(column, text)| match column {
        Column::Ticked(name) if yes(text) => Some(name.clone()),
        _ => None,
    });
    boxes.collect()
}

/// Of a full name only where it is certain: two words.
fn first_name(head: &Cells) -> Option<String> {
    if let Some(name) = head.get(&Column::FirstName) {
        return Some(name.clone());
    }
    let words: Vec<&str> = head.get(&Column::FullName)?.split_whitespace().collect();
    match words.as_slice() {
        [first, _] => Some((*first).to_owned()),
        _ => None,
    }
}

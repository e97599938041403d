//! What a shop calls about, read: an order, a refund, or that an order was deleted.
//!
//! Neither the call's topic nor its name is signed. So what a call means, its body says; the topic only says where to look. A
//! call that was listened to and is sent again under another topic means what it meant before, or nothing.

use super::{OrderLine, ShopKind, ShopOrder, shopify, woocommerce};
use crate::{
    base::{Instant, Value, hex, money::minor_digits, recommended::Price},
    intake::{cell::Cell, defect::Defect},
    policy::{FieldType, OrderStatus, Policy},
    store::shops::Stamp,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Pieces that were refunded, by the line's own id and the refund's.
pub type Refunds = BTreeMap<String, BTreeMap<String, i64>>;

/// A call, read.
#[derive(Clone, Debug)]
pub enum Call {
    /// How an order stands.
    Order(Box<OrderTold>),
    /// Of this order, by its id, a refund.
    Refund(String, Refunds),
    /// The order with this id is no more.
    Deleted(String),
    /// Nothing that concerns purchases.
    Nothing,
}

/// An order as a call tells it.
#[derive(Clone, Debug)]
pub struct OrderTold {
    /// It.
    pub order: ShopOrder,
    /// Which version.
    pub stamp: Stamp,
    /// Of each line its own id, and how many pieces were ordered.
    pub lines: Vec<(String, i64)>,
    /// All refunds so far.
    pub refunds: Refunds,
}

/// Why a call that was signed can't be taken. Asking again would change nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// It isn't what such calls are.
    #[error("the call can't be read: {0}")]
    Unreadable(String),
    /// The order can't be taken.
    #[error("{0}")]
    Defect(#[from] Defect),
}

/// Reads a call. `topic` is as the shop's header has it.
///
/// # Errors
/// Why it can't be taken.
pub fn hear(kind: ShopKind, topic: &str, body: &[u8], policy: &Policy, now: Instant) -> Result<Call, Unheard> {
    match (kind, topic) {
        (ShopKind::Shopify, "refunds/create") => shopify::refund(body),
        (
            ShopKind::Shopify,
            "orders/create"
            | "orders/updated"
            | "orders/paid"
            | "orders/cancelled"
            | "orders/edited"
            | "orders/fulfilled"
            | "orders/partially_fulfilled",
        ) => shopify::order(body, policy, now),
        (ShopKind::WooCommerce, "order.created" | "order.updated" | "order.restored") => {
            woocommerce::order(body, policy, now)
        }
        (ShopKind::WooCommerce, "order.deleted") => woocommerce::deleted(body),
        _ => Ok(Call::Nothing),
    }
}

/// An id: shops write numbers, and text where they changed their mind.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    Number(u64),
    Text(String),
}

impl Id {
    pub fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.chars().take(64).collect(),
        }
    }
}

/// What both shops' orders become.
pub(super) struct Draft<'a> {
    pub body: &'a [u8],
    pub updated_at: Instant,
    pub status: OrderStatus,
}

impl Draft<'_> {
    /// Which version it is.
    pub fn stamp(&self) -> Stamp {
        let rank = match self.status {
            OrderStatus::Pending => 0,
            OrderStatus::Paid => 1,
            OrderStatus::Refunded => 2,
            OrderStatus::Cancelled => 3,
        };
        Stamp { at: self.updated_at.ms(), rank, digest: hex(Sha256::digest(self.body).iter().take(8)) }
    }

    /// A line of it. `left` is how many pieces are left, where that is said.
    pub fn line(
        &self,
        sku: &str,
        name: &str,
        pieces: i64,
        left: Option<i64>,
        price: Option<Price>,
    ) -> Result<OrderLine, Defect> {
        if pieces < 0 || price.as_ref().is_some_and(|price| price.minor < 0) {
            return Err(Defect::Negative { column: if pieces < 0 { "quantity" } else { "price" }.to_owned() });
        }
        let cell = |column: &str, text: &str| Ok::<_, Defect>(Cell::new(column, text)?.map(Cell::text));
        let (sku, name) = (cell("sku", sku)?, cell("name", name)?);
        let name = name.or_else(|| sku.clone()).ok_or_else(|| Defect::Missing { column: "name".to_owned() })?;
        let is_gone = left == Some(0) && pieces > 0;
        let status = if is_gone && self.status == OrderStatus::Paid { OrderStatus::Refunded } else { self.status };
        Ok(OrderLine {
            line: 0,
            product: sku.unwrap_or_else(|| name.clone()),
            name,
            category: String::new(),
            quantity: (pieces > 0).then_some(pieces),
            price,
            status,
        })
    }
}

/// The business's currency, or none of ours.
pub(super) fn own_currency(policy: &Policy, currency: &str) -> Result<(), Defect> {
    let wanted = &policy.business.currency;
    if currency.is_empty() || currency.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let currency = currency.chars().take(3).collect();
    Err(Defect::OtherCurrency { column: "currency".to_owned(), currency, wanted: wanted.clone() })
}

/// An amount in the business's currency. More places than it has are rounded.
pub(super) fn amount(policy: &Policy, text: &str) -> Option<Price> {
    let currency = &policy.business.currency;
    let digits = minor_digits(currency) as usize;
    let number: f64 = text.trim().parse().ok().filter(|number: &f64| number.is_finite() && number.abs() < 1e12)?;
    let text = format!("{number:.digits$}");
    match Cell::new("price", &text).ok()??.value(FieldType::Money, currency).ok()? {
        Value::Money { minor, currency } => Some(Price { minor, currency }),
        _ => None,
    }
}

pub(super) fn unreadable(why: &serde_json::Error) -> Unheard {
    // Where it stopped, and nothing of what stands there.
    Unheard::Unreadable(format!("line {}, column {}", why.line(), why.column()))
}

//! Shopify's calls: the order as its Admin API has it, and refunds.

use super::{
    ShopOrder, status,
    told::{Call, Draft, Id, OrderTold, Refunds, Unheard, amount, own_currency, unreadable},
};
use crate::{
    base::{EmailAddress, Instant, civil::CivilTime},
    intake::defect::Defect,
    people::Language,
    policy::{OrderStatus, Policy, checkout::USUAL_BOX},
};
use serde::Deserialize;

/// As far as purchases are concerned.
#[derive(Deserialize)]
struct Order {
    id: Id,
    email: Option<String>,
    contact_email: Option<String>,
    customer: Option<Buyer>,
    customer_locale: Option<String>,
    created_at: String,
    updated_at: String,
    cancelled_at: Option<String>,
    currency: Option<String>,
    financial_status: Option<String>,
    buyer_accepts_marketing: Option<bool>,
    #[serde(default)]
    line_items: Vec<Line>,
    #[serde(default)]
    refunds: Vec<Refund>,
}

#[derive(Deserialize)]
struct Buyer {
    email: Option<String>,
    first_name: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    id: Id,
    sku: Option<String>,
    name: Option<String>,
    title: Option<String>,
    #[serde(default)]
    quantity: i64,
    current_quantity: Option<i64>,
    price: Option<String>,
}

#[derive(Deserialize)]
struct Refund {
    id: Id,
    order_id: Option<Id>,
    #[serde(default, rename = "refund_line_items")]
    lines: Vec<Refunded>,
}

#[derive(Deserialize)]
struct Refunded {
    line_item_id: Id,
    #[serde(default)]
    quantity: i64,
}

/// A refund alone.
pub(super) fn refund(body: &[u8]) -> Result<Call, Unheard> {
    let refund: Refund = serde_json::from_slice(body).map_err(|why| unreadable(&why))?;
    let Some(order) = refund.order_id.as_ref().map(Id::text) else { return Ok(Call::Nothing) };
    Ok(Call::Refund(order, refunds(std::slice::from_ref(&refund))))
}

fn refunds(all: &[Refund]) -> Refunds {
    let lines = |refund: &Refund| {
        let mut lines = std::collections::BTreeMap::new();
        for line in &refund.lines {
            *lines.entry(line.line_item_id.text()).or_default() += line.quantity.max(0);
        }
        lines
    };
    all.iter().map(|refund| (refund.id.text(), lines(refund))).collect()
}

/// How an order stands.
pub(super) fn order(body: &[u8], policy: &Policy, now: Instant) -> Result<Call, Unheard> {
    let told: Order = serde_json::from_slice(body).map_err(|why| unreadable(&why))?;
    let text = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let of_buyer = told.customer.as_ref().and_then(|buyer| text(&buyer.email));
    let email = text(&told.email).or(of_buyer).or(text(&told.contact_email));
    let email = email.ok_or_else(|| Defect::NoBuyer { column: "email".to_owned() })?;
    let buyer = EmailAddress::parse(&email).map_err(|why| Defect::Address { column: "email".to_owned(), why })?;
    own_currency(policy, told.currency.as_deref().unwrap_or_default())?;
    let (created_at, updated_at) = (time(&told.created_at, "created_at")?, time(&told.updated_at, "updated_at")?);
    let status = status(&told)?;
    let draft = Draft { body, updated_at, status };
    let zone = policy.business.time_zone;
    let lines = told.line_items.iter().map(|line| {
        let name = text(&line.name).or(text(&line.title)).unwrap_or_default();
        let price = line.price.as_deref().and_then(|price| amount(policy, price));
        let sku = line.sku.as_deref().unwrap_or_default();
        draft.line(sku, &name, line.quantity, line.current_quantity, price).map_err(|defect| (0, defect))
    });
    let ticked = told.buyer_accepts_marketing == Some(true);
    let order = ShopOrder {
        id: told.id.text(),
        line: 0,
        buyer,
        first_name: told.customer.as_ref().and_then(|buyer| text(&buyer.first_name)),
        language: told.customer_locale.as_deref().and_then(Language::parse),
        ordered_at: CivilTime { local: zone.local(created_at.min(now)), zone: Some(zone) },
        ticked: ticked.then(|| USUAL_BOX.to_owned()).into_iter().collect(),
        lines: lines.collect(),
        partly_refunded: false,
    };
    Ok(Call::Order(Box::new(OrderTold {
        order,
        stamp: draft.stamp(),
        lines: told.line_items.iter().map(|line| (line.id.text(), line.quantity)).collect(),
        refunds: refunds(&told.refunds),
    })))
}

fn status(told: &Order) -> Result<OrderStatus, Defect> {
    if told.cancelled_at.as_deref().is_some_and(|at| !at.is_empty()) {
        return Ok(OrderStatus::Cancelled);
    }
    let word = told.financial_status.as_deref().unwrap_or_default();
    status::shopify(word).ok_or_else(|| Defect::Word { column: "financial_status".to_owned(), help: None })
}

fn time(text: &str, name: &str) -> Result<Instant, Defect> {
    let read = chrono::DateTime::parse_from_rfc3339(text).map(|at| Instant::from_utc(at.to_utc()));
    read.map_err(|_| Defect::Type { column: name.to_owned(), expected: "a moment" })
}

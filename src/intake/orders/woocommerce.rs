//! WooCommerce's calls: the order as its REST API has it, and that one was deleted.

use super::{
    ShopOrder, status,
    told::{Call, Draft, Id, OrderTold, Refunds, Unheard, amount, own_currency, unreadable},
};
use crate::{
    base::{EmailAddress, Instant, civil::CivilTime},
    intake::defect::Defect,
    policy::{OrderStatus, Policy},
};
use chrono::NaiveDateTime;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// As far as purchases are concerned.
#[derive(Deserialize)]
struct Order {
    id: Id,
    status: String,
    currency: Option<String>,
    date_created_gmt: String,
    date_modified_gmt: String,
    total: Option<String>,
    billing: Option<Billing>,
    #[serde(default)]
    line_items: Vec<Line>,
    #[serde(default)]
    refunds: Vec<Refund>,
    #[serde(default)]
    meta_data: Vec<Meta>,
}

#[derive(Deserialize)]
struct Billing {
    email: Option<String>,
    first_name: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    id: Id,
    sku: Option<String>,
    name: Option<String>,
    #[serde(default)]
    quantity: f64,
    total: Option<String>,
}

#[derive(Deserialize)]
struct Refund {
    total: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    key: Option<String>,
    #[serde(default)]
    value: Value,
}

/// Nothing but the order's id: an order that still says how it stands wasn't deleted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deleted {
    id: Id,
}

/// An order is no more.
pub(super) fn deleted(body: &[u8]) -> Result<Call, Unheard> {
    let told: Deleted = serde_json::from_slice(body).map_err(|why| unreadable(&why))?;
    Ok(Call::Deleted(told.id.text()))
}

/// How an order stands.
pub(super) fn order(body: &[u8], policy: &Policy, now: Instant) -> Result<Call, Unheard> {
    let told: Order = serde_json::from_slice(body).map_err(|why| unreadable(&why))?;
    let text = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let email = told.billing.as_ref().and_then(|billing| text(&billing.email));
    let email = email.ok_or_else(|| Defect::NoBuyer { column: "billing.email".to_owned() })?;
    let buyer =
        EmailAddress::parse(&email).map_err(|why| Defect::Address { column: "billing.email".to_owned(), why })?;
    own_currency(policy, told.currency.as_deref().unwrap_or_default())?;
    let created_at = time(&told.date_created_gmt, "date_created_gmt")?;
    let updated_at = time(&told.date_modified_gmt, "date_modified_gmt")?;
    let status = status(&told, policy)?;
    let draft = Draft { body, updated_at, status };
    let lines = told.line_items.iter().map(|line| {
        let all = line.total.as_deref().and_then(|total| amount(policy, total));
        let pieces = pieces(line);
        let price = all.map(|mut price| {
            price.minor = (price.minor + pieces / 2).div_euclid(pieces.max(1));
            price
        });
        let (sku, name) = (line.sku.as_deref().unwrap_or_default(), line.name.as_deref().unwrap_or_default());
        draft.line(sku, name, pieces, None, price).map_err(|defect| (0, defect))
    });
    let zone = policy.business.time_zone;
    let order = ShopOrder {
        id: told.id.text(),
        line: 0,
        buyer,
        first_name: told.billing.as_ref().and_then(|billing| text(&billing.first_name)),
        language: None,
        ordered_at: CivilTime { local: zone.local(created_at.min(now)), zone: Some(zone) },
        ticked: ticked(&told, policy),
        lines: lines.collect(),
        partly_refunded: false,
    };
    Ok(Call::Order(Box::new(OrderTold {
        order,
        stamp: draft.stamp(),
        lines: told.line_items.iter().map(|line| (line.id.text(), pieces(line))).collect(),
        // What was refunded of which line, these calls don't say.
        refunds: Refunds::new(),
    })))
}

/// Half a kilogram counts as one piece.
#[expect(clippy::cast_possible_truncation, reason = "within a thousand million")]
fn pieces(line: &Line) -> i64 {
    let rounded = line.quantity.clamp(-1e9, 1e9).round() as i64;
    if line.quantity > 0.0 { rounded.max(1) } else { rounded }
}

fn status(told: &Order, policy: &Policy) -> Result<OrderStatus, Defect> {
    let status =
        status::woocommerce(&told.status).ok_or_else(|| Defect::Word { column: "status".to_owned(), help: None })?;
    let of =
        |text: &Option<String>| text.as_deref().and_then(|text| amount(policy, text)).map_or(0, |price| price.minor);
    let refunded: i64 = told.refunds.iter().map(|refund| of(&refund.total).abs()).sum();
    let all_went_back = of(&told.total) > 0 && refunded >= of(&told.total);
    Ok(if status == OrderStatus::Paid && all_went_back { OrderStatus::Refunded } else { status })
}

/// The boxes that the policy knows, where they were ticked.
fn ticked(told: &Order, policy: &Policy) -> BTreeSet<String> {
    let known = policy.checkout_boxes();
    let yes = |value: &Value| match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => matches!(text.to_lowercase().as_str(), "yes" | "true" | "1" | "on"),
        _ => false,
    };
    let keys = told.meta_data.iter().filter(|meta| yes(&meta.value)).filter_map(|meta| meta.key.as_deref());
    keys.filter(|key| known.contains(key)).map(ToOwned::to_owned).collect()
}

/// In UTC, without saying so.
fn time(text: &str, name: &str) -> Result<Instant, Defect> {
    let read = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S");
    let read = read.map(|at| Instant::from_utc(at.and_utc()));
    read.map_err(|_| Defect::Type { column: name.to_owned(), expected: "a moment" })
}

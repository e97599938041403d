//! The header of an export of orders: whose it is, and what its columns hold.
//!
//! Shopify has one export. WooCommerce has none of its own that has orders' lines; the columns here are those of Advanced
//! Order Export, of Customer/Order/Coupon Export with a row for each item, and of Order Export & Import with one. Columns
//! that nothing here asks for are passed over: an address to deliver to is no business of ours.

use super::super::{
    columns::{delimiter, names, plain},
    defect::Unusable,
    table::Header,
};
use crate::policy::{Policy, checkout::USUAL_BOX};
use serde::{Deserialize, Serialize};

/// A kind of web shop.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShopKind {
    /// `shopify`.
    Shopify,
    /// `woocommerce`.
    WooCommerce,
}

impl ShopKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Shopify, Self::WooCommerce];

    /// As settings name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shopify => "shopify",
            Self::WooCommerce => "woocommerce",
        }
    }
}

/// What a column holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Column {
    /// What people call the order: it groups its lines.
    Number,
    /// The shop's own id of it.
    Id,
    Email,
    FirstName,
    /// First and last name in one.
    FullName,
    Status,
    CancelledAt,
    Currency,
    Total,
    Refunded,
    Time,
    Sku,
    Name,
    Category,
    Quantity,
    /// How many pieces are left after refunds.
    QuantityLeft,
    QuantityRefunded,
    Price,
    /// What all pieces cost together.
    LineTotal,
    /// A box of the checkout.
    Ticked(String),
}

/// Of Shopify, in the form in which names are compared.
const SHOPIFY: [(&str, Column); 14] = [
    ("name", Column::Number),
    ("id", Column::Id),
    ("email", Column::Email),
    ("billing_name", Column::FullName),
    ("financial_status", Column::Status),
    ("cancelled_at", Column::CancelledAt),
    ("currency", Column::Currency),
    ("total", Column::Total),
    ("refunded_amount", Column::Refunded),
    ("created_at", Column::Time),
    ("lineitem_sku", Column::Sku),
    ("lineitem_name", Column::Name),
    ("lineitem_quantity", Column::Quantity),
    ("lineitem_price", Column::Price),
];

/// Of WooCommerce's exports.
const WOOCOMMERCE: [(&str, Column); 47] = [
    ("order_number", Column::Number),
    ("order_number_formatted", Column::Number),
    ("order_id", Column::Id),
    ("email_(billing)", Column::Email),
    ("billing_email", Column::Email),
    ("billing_email_address", Column::Email),
    ("customer_email", Column::Email),
    ("first_name_(billing)", Column::FirstName),
    ("billing_first_name", Column::FirstName),
    ("order_status", Column::Status),
    ("status", Column::Status),
    ("order_currency", Column::Currency),
    ("currency", Column::Currency),
    ("order_total_amount", Column::Total),
    ("order_total", Column::Total),
    ("order_refund_amount", Column::Refunded),
    ("refunded_total", Column::Refunded),
    ("order_date", Column::Time),
    ("date", Column::Time),
    ("sku", Column::Sku),
    ("item_sku", Column::Sku),
    ("product_sku", Column::Sku),
    ("line_item_sku", Column::Sku),
    ("item_name", Column::Name),
    ("product_name", Column::Name),
    ("name", Column::Name),
    ("line_item_name", Column::Name),
    ("category", Column::Category),
    ("product_category", Column::Category),
    ("item_category", Column::Category),
    ("quantity", Column::Quantity),
    ("item_quantity", Column::Quantity),
    ("line_item_quantity", Column::Quantity),
    ("quantity_(-_refund)", Column::QuantityLeft),
    ("quantity_(-refund)", Column::QuantityLeft),
    ("item_refunded_qty", Column::QuantityRefunded),
    ("item_refunded_quantity", Column::QuantityRefunded),
    ("quantity_refunded", Column::QuantityRefunded),
    ("item_cost", Column::Price),
    ("item_cost_(inc._tax)", Column::Price),
    ("item_price", Column::Price),
    ("product_current_price", Column::Price),
    ("order_line_total", Column::LineTotal),
    ("order_line_(w/o_tax)", Column::LineTotal),
    ("item_total", Column::LineTotal),
    ("line_total", Column::LineTotal),
    ("line_item_total", Column::LineTotal),
];

/// What every export must have, with what its columns are called.
const NEEDED: [(&[Column], &str); 5] = [
    (&[Column::Number, Column::Id], "with the order's number (`Name`, `Order Number`)"),
    (&[Column::Email], "with the buyer's address (`Email`, `Email (Billing)`)"),
    (&[Column::Status], "with how the order stands (`Financial Status`, `Order Status`)"),
    (&[Column::Time], "with the order's date (`Created at`, `Order Date`)"),
    (&[Column::Sku, Column::Name], "with what was bought (`Lineitem sku`, `SKU`, `Item Name`)"),
];

/// The header, understood.
pub(super) struct Columns {
    pub kind: ShopKind,
    pub delimiter: char,
    /// Each column with its name as the file writes it.
    pub each: Vec<(String, Option<Column>)>,
}

impl Columns {
    pub fn of(header: &Header, policy: &Policy) -> Result<Self, Unusable> {
        let is_known = |wanted: &str| SHOPIFY.iter().chain(&WOOCOMMERCE).any(|(name, _)| *name == wanted);
        let delimiter = header.delimiter.unwrap_or_else(|| delimiter(&header.text, is_known));
        let names: Vec<String> = names(&header.text, delimiter).into_iter().map(|(name, _)| name).collect();
        let has = |wanted: &str| names.iter().any(|name| plain(name) == wanted);
        let kind = if has("lineitem_name") || has("lineitem_sku") {
            ShopKind::Shopify
        } else if has("order_number") || has("order_id") {
            ShopKind::WooCommerce
        } else {
            return Err(Unusable::NoOrders);
        };
        let known: &[(&str, Column)] = match kind {
            ShopKind::Shopify => &SHOPIFY,
            ShopKind::WooCommerce => &WOOCOMMERCE,
        };
        let boxes = policy.checkout_boxes();
        let column = |name: &String| {
            let own = known.iter().find(|(known, _)| *known == plain(name)).map(|(_, column)| column.clone());
            own.or_else(|| match kind {
                ShopKind::Shopify if plain(name) == "accepts_marketing" => Some(Column::Ticked(USUAL_BOX.to_owned())),
                _ => boxes.get(name.as_str()).map(|ticked| Column::Ticked((*ticked).to_owned())),
            })
        };
        let each: Vec<(String, Option<Column>)> = names.iter().map(|name| (name.clone(), column(name))).collect();
        for (one_of, called) in NEEDED {
            if !one_of.iter().any(|needed| each.iter().any(|(_, column)| column.as_ref() == Some(needed))) {
                return Err(Unusable::OrdersWithout(called));
            }
        }
        Ok(Self { kind, delimiter, each })
    }

    /// What the file calls a column, for those that read it.
    pub fn called(&self, wanted: &Column) -> String {
        let found = self.each.iter().find(|(_, column)| column.as_ref() == Some(wanted));
        found.map(|(name, _)| name.clone()).unwrap_or_default()
    }
}

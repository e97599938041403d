//! Which part of an order's line fills a field of a record: what shops export is read by it, and recommendations rest on it.

use super::{Field, FieldType, Policy};
use std::collections::BTreeMap;

/// A part of one line of an order. The names are those of `policy.toml`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum OrderPart {
    /// `product`: the product by its own name in the shop, its SKU, which stays when it is called otherwise.
    Product,
    /// `name`: what the product was called.
    Name,
    /// `category`.
    Category,
    /// `time`: when it was ordered.
    Time,
    /// `status`: one of [`OrderStatus`].
    Status,
    /// `quantity`: how many pieces.
    Quantity,
    /// `price`: what one piece cost.
    Price,
}

impl OrderPart {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 7] =
        [Self::Product, Self::Name, Self::Category, Self::Time, Self::Status, Self::Quantity, Self::Price];

    /// As `policy.toml` writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Name => "name",
            Self::Category => "category",
            Self::Time => "time",
            Self::Status => "status",
            Self::Quantity => "quantity",
            Self::Price => "price",
        }
    }

    /// The type of field that it fills.
    #[must_use]
    pub const fn kind(self) -> FieldType {
        match self {
            Self::Product | Self::Name | Self::Category | Self::Status => FieldType::Text,
            Self::Time => FieldType::Datetime,
            Self::Quantity => FieldType::Integer,
            Self::Price => FieldType::Money,
        }
    }
}

/// How a line of an order stands. Shops have many words for it, which become these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderStatus {
    /// Ordered, not yet paid.
    Pending,
    /// It is theirs. Only this counts as a purchase.
    Paid,
    /// It went back, or its money did.
    Refunded,
    /// It never came about.
    Cancelled,
}

impl OrderStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Paid, Self::Refunded, Self::Cancelled];

    /// By its word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// As fields hold it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The record type that holds the lines of orders.
#[derive(Clone, Copy, Debug)]
pub struct OrderRecord<'a> {
    /// Its name.
    pub kind: &'a str,
    fields: &'a BTreeMap<String, Field>,
}

impl<'a> OrderRecord<'a> {
    /// The field that holds a part, where there is one.
    #[must_use]
    pub fn field(&self, part: OrderPart) -> Option<(&'a str, &'a Field)> {
        let (name, field) = self.fields.iter().find(|(_, field)| field.order == Some(part))?;
        Some((name.as_str(), field))
    }
}

impl Policy {
    /// The record type that holds the lines of orders, where there is one.
    #[must_use]
    pub fn order_record(&self) -> Option<OrderRecord<'_>> {
        let (kind, record) = self.records.iter().find(|(_, record)| record.is_of_orders())?;
        Some(OrderRecord { kind, fields: &record.fields })
    }
}

//! What can be imported.

use super::catalogue::Removals;
use crate::intake::{Order, Sheet};
use std::collections::BTreeSet;

/// What is imported.
#[derive(Clone, Debug)]
pub enum What {
    /// A table of customers or records.
    Table(Order),
    /// A calendar.
    Calendar,
    /// A catalogue.
    Products {
        /// The file's name.
        name: String,
        /// Columns that are left out on purpose.
        ignore: BTreeSet<String>,
        /// Whether as many products may go as it doesn't name.
        removals: Removals,
    },
    /// The orders of a shop.
    Orders {
        /// The file's name, for evidence.
        name: String,
        /// What the shop is called in the names of its orders; without it, by its kind.
        shop: Option<String>,
    },
}

impl What {
    /// As the command line names it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Table(Order { sheet: Sheet::Customers, .. }) => "customers",
            Self::Table(Order { sheet: Sheet::Records(kind), .. }) => kind,
            Self::Calendar => "calendar",
            Self::Products { .. } => "products",
            Self::Orders { .. } => "orders",
        }
    }

    /// Of the shop of this name, where it is one's orders.
    #[must_use]
    pub fn of_shop(mut self, name: Option<String>) -> Self {
        if let Self::Orders { shop, .. } = &mut self {
            *shop = name;
        }
        self
    }

    /// With a person's word that products may go, where it is a catalogue.
    #[must_use]
    pub fn with_removals(mut self, allowed: Removals) -> Self {
        if let Self::Products { removals, .. } = &mut self {
            *removals = allowed;
        }
        self
    }
}

impl From<Order> for What {
    fn from(order: Order) -> Self {
        Self::Table(order)
    }
}

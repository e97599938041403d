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
        }
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

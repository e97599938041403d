//! What can be imported.

use crate::intake::{Order, Sheet};

/// What is imported.
#[derive(Clone, Debug)]
pub enum What {
    /// A table of customers or records.
    Table(Order),
    /// A calendar.
    Calendar,
}

impl What {
    /// As the command line names it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Table(Order { sheet: Sheet::Customers, .. }) => "customers",
            Self::Table(Order { sheet: Sheet::Records(kind), .. }) => kind,
            Self::Calendar => "calendar",
        }
    }
}

impl From<Order> for What {
    fn from(order: Order) -> Self {
        Self::Table(order)
    }
}

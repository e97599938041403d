//! How much customers buy: three groups as large as can be. It is the one thing that the shop knows of everybody.

use crate::recommend::{
    Day,
    number::index,
    shop::{Customer, Shop},
};

/// Everybody's group.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// What the groups are called, from those who buy least, with how many purchases they have at most.
    pub names: [String; 3],
    /// By the number of the customer; `None` for those who had bought nothing.
    of: Vec<Option<u32>>,
}

impl Activity {
    /// By how often customers had bought something before a day. Who bought as often is in the same group.
    #[must_use]
    pub fn before(shop: &Shop, cut: Day) -> Self {
        let many = |customer: &Customer| customer.purchases.iter().filter(|purchase| purchase.on < cut).count();
        let each: Vec<usize> = shop.customers.iter().map(many).collect();
        let mut sorted: Vec<usize> = each.iter().copied().filter(|many| *many > 0).collect();
        sorted.sort_unstable();
        let up_to = |thirds: usize| {
            let last = (sorted.len() * thirds / 3).saturating_sub(1);
            sorted.get(last).copied().unwrap_or(0)
        };
        let (few, some) = (up_to(1), up_to(2));
        let group = |many: &usize| (*many > 0).then(|| index(usize::from(*many > few) + usize::from(*many > some)));
        Self {
            names: [format!("seldom: up to {few}"), format!("sometimes: up to {some}"), "often: more".to_owned()],
            of: each.iter().map(group).collect(),
        }
    }

    /// A customer's group.
    #[must_use]
    pub fn of(&self, customer: u32) -> Option<u32> {
        self.of.get(customer as usize).copied().flatten()
    }
}

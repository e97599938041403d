//! Whether a shop is large enough yet: below a threshold, what would be recommended is chance, and chance about few people.

use super::{
    Settings,
    model::Model,
    number::index,
    shop::{Customer, Shop},
};

/// So many customers for each of the k that stand behind a pair.
const CUSTOMERS_PER_K: u32 = 5;
/// Pairs, for a list to be more than one.
const PAIRS_MIN: u32 = 10;

/// What a shop has too few of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// Customers who agreed and bought at least two products.
    Customers {
        /// There are so many.
        have: u32,
        /// So many are needed.
        need: u32,
    },
    /// Products that k different customers bought.
    Products {
        /// There are so many.
        have: u32,
        /// So many are needed.
        need: u32,
        /// The policy's k.
        k: u32,
    },
    /// Pairs that k different customers bought, and more than chance would bring.
    Pairs {
        /// There are so many.
        have: u32,
        /// So many are needed.
        need: u32,
        /// The policy's k.
        k: u32,
    },
}

impl Model {
    /// What is missing before this shop can recommend; nothing where it can.
    #[must_use]
    pub fn missing(&self, shop: &Shop, settings: &Settings) -> Vec<Missing> {
        let several = |customer: &&Customer| {
            let first = customer.purchases.first();
            customer.purchases.iter().any(|p| Some(p.product) != first.map(|first| first.product))
        };
        let (k, need) = (settings.k, settings.k.saturating_mul(CUSTOMERS_PER_K));
        let customers = index(shop.customers.iter().filter(several).count());
        let (products, pairs) = (index(self.shelf.items.len()), index(self.partners.pairs()));
        let list = index(settings.list);
        [
            (customers < need).then_some(Missing::Customers { have: customers, need }),
            (products < list).then_some(Missing::Products { have: products, need: list, k }),
            (pairs < PAIRS_MIN).then_some(Missing::Pairs { have: pairs, need: PAIRS_MIN, k }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

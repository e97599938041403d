//! What is computed from: the purchases of those who agreed, and the products.
//!
//! Invariant: nobody who hasn't agreed and no sensitive purchase is in here, so nothing below has to remember either.

use super::{Day, Values, goods::Price};

/// Whether a product may be recommended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Offer {
    /// It is in the catalogue and in stock.
    #[default]
    Offered,
    /// It is in the catalogue, and sold out.
    OutOfStock,
    /// The catalogue doesn't have it any more.
    Unlisted,
}

/// A thing that is sold.
#[derive(Clone, Debug, Default)]
pub struct Product {
    /// Its name in the shop's own files.
    pub name: Box<str>,
    /// The number of its category in [`Shop::categories`].
    pub category: u32,
    /// Whether it may be recommended.
    pub offer: Offer,
    /// What the owner says of it.
    pub values: Values,
    /// What one costs, where it is known and asked for. No score looks at it: the audit does.
    pub price: Option<Price>,
    /// The number of its maker in [`Shop::makers`], which has the name "" for those who aren't known.
    pub maker: u32,
}

/// That a product was bought on a day, once or more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Purchase {
    /// Its number in [`Shop::products`].
    pub product: u32,
    /// The day.
    pub on: Day,
}

/// Somebody who agreed to recommendations, with what they bought.
#[derive(Clone, Debug, Default)]
pub struct Customer {
    /// Their name in the shop's own files.
    pub name: Box<str>,
    /// By product, then by day, each once.
    pub purchases: Vec<Purchase>,
}

/// One shop. Customers, products, categories and makers stand in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Shop {
    /// Who agreed and bought something.
    pub customers: Vec<Customer>,
    /// What they bought.
    pub products: Vec<Product>,
    /// What kinds of things there are.
    pub categories: Vec<Box<str>>,
    /// Who makes them, in the order of the names.
    pub makers: Vec<Box<str>>,
}

impl Shop {
    /// The number of a customer.
    #[must_use]
    pub fn customer(&self, name: &str) -> Option<usize> {
        self.customers.binary_search_by(|customer| (*customer.name).cmp(name)).ok()
    }

    /// The number of a product.
    #[must_use]
    pub fn product(&self, name: &str) -> Option<u32> {
        let found = self.products.binary_search_by(|product| (*product.name).cmp(name)).ok()?;
        u32::try_from(found).ok()
    }

    /// The number of a category.
    #[must_use]
    pub fn category(&self, name: &str) -> Option<u32> {
        let found = self.categories.binary_search_by(|category| (**category).cmp(name)).ok()?;
        u32::try_from(found).ok()
    }

    /// The first day and the last one on which something was bought.
    #[must_use]
    pub fn span(&self) -> Option<(Day, Day)> {
        let days = || self.customers.iter().flat_map(|customer| &customer.purchases).map(|purchase| purchase.on);
        Some((days().min()?, days().max()?))
    }
}

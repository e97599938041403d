//! The till: takes purchases in any order, and makes a shop of them that doesn't depend on that order.

use super::{
    Day, Values,
    goods::{Goods, Price},
    names::Names,
    shop::{Customer, Offer, Product, Purchase, Shop},
};
use std::mem;

/// What is known of a product while purchases come in.
#[derive(Clone, Debug, Default)]
struct Known {
    category: Box<str>,
    /// The day of the purchase that said so.
    said_on: Day,
    /// What the catalogue says, once it names the product.
    listed: Option<Box<Listed>>,
    privacy: Privacy,
}

/// Whether purchases of a product may be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Privacy {
    #[default]
    Ordinary,
    /// They say too much of a person: health, religion, sex.
    Sensitive,
}

/// What a catalogue says of a product.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listed {
    /// Whether it is in stock.
    pub offer: Offer,
    /// What the owner says of it.
    pub values: Values,
    /// Its category, where the catalogue knows better than the purchases.
    pub category: Option<Box<str>>,
    /// What one costs, where the catalogue knows better than the purchases.
    pub price: Option<Price>,
    /// Who makes it, likewise.
    pub maker: Option<Box<str>>,
}

/// Takes purchases.
///
/// Only those of customers who agreed may be given to it, and none that the customer took out of use: what was never
/// given can't be remembered, so a withdrawal is the same as never having agreed.
#[derive(Debug, Default)]
pub struct Till {
    customers: Names,
    products: Names,
    known: Vec<Known>,
    purchases: Vec<Vec<Purchase>>,
    rows: Vec<u32>,
    has_catalogue: bool,
    goods: Goods,
    /// Rows come in baskets: most have the customer of the row before.
    last: Option<(Box<str>, usize)>,
}

/// So many entries are thrown together before they are looked through for doubles.
const SPARE: usize = 4_096;

impl Till {
    /// One purchase. Where purchases name several categories for one product, the newest holds, and of one day the first by
    /// name. Says how many purchases of this customer have come so far.
    pub fn sell(&mut self, customer: &str, product: &str, category: &str, on: Day) -> u32 {
        let (buyer, product) = (self.buyer(customer), self.place(product));
        if let Some(known) = self.known.get_mut(product as usize) {
            let newer = on > known.said_on || (on == known.said_on && *category < *known.category);
            if newer || known.category.is_empty() {
                known.said_on = on;
                if *known.category != *category {
                    known.category = category.into();
                }
            }
        }
        if let Some(purchases) = self.purchases.get_mut(buyer) {
            // Whoever buys one thing all day long takes no more room for it.
            if purchases.len() == purchases.capacity() && purchases.len() >= SPARE {
                tidy(purchases);
            }
            purchases.push(Purchase { product, on });
        }
        self.rows.get_mut(buyer).map_or(0, |rows| {
            *rows = rows.saturating_add(1);
            *rows
        })
    }

    /// A product is sensitive: neither counted, nor recommended, nor named, whenever it was bought.
    pub fn keep_private(&mut self, product: &str) {
        let product = self.place(product);
        if let Some(known) = self.known.get_mut(product as usize) {
            known.privacy = Privacy::Sensitive;
        }
    }

    /// A product of the catalogue. From the first on, whatever the catalogue doesn't name isn't offered.
    pub fn list(&mut self, product: &str, listed: Listed) {
        self.has_catalogue = true;
        let product = self.place(product);
        if let Some(known) = self.known.get_mut(product as usize) {
            known.listed = Some(Box::new(listed));
        }
    }

    /// What was paid for one piece of a product, and who makes it, where that is known: for the audit.
    pub fn tell(&mut self, product: &str, price: Option<Price>, maker: &str, on: Day) {
        let product = self.place(product);
        if let Some(price) = price {
            self.goods.paid(product, price);
        }
        if !maker.is_empty() {
            self.goods.made_by(product, maker, on);
        }
    }

    /// The shop.
    #[must_use]
    pub fn close(mut self) -> Shop {
        let (mut categories, mut makers) = (Names::default(), Names::default());
        let prices = self.goods.prices(self.products.len());
        let sensitive: Vec<Privacy> = self.known.iter().map(|known| known.privacy).collect();
        let products: Vec<Product> = mem::take(&mut self.known)
            .into_iter()
            .zip(prices)
            .zip(0..)
            .map(|((mut known, paid), number)| {
                let listed = known.listed.as_deref_mut();
                let (price, maker) = listed.map(|listed| (listed.price, listed.maker.take())).unwrap_or_default();
                let maker = maker.or_else(|| self.goods.maker(number)).unwrap_or_default();
                let (price, maker) = (price.or(paid), makers.number(&maker));
                Product { price, maker, ..product(known, self.has_catalogue, &mut categories) }
            })
            .collect();
        let (categories, makers) = (categories.sorted(), makers.sorted());
        let (names, customers) = (self.products.sorted(), self.customers.sorted());
        let mut products = names.arrange(products);
        let mut all = customers.arrange(self.purchases);
        for purchases in &mut all {
            purchases.retain(|p| sensitive.get(p.product as usize) == Some(&Privacy::Ordinary));
            for purchase in &mut *purchases {
                purchase.product = names.now(purchase.product);
            }
            tidy(purchases);
            purchases.shrink_to_fit();
        }
        for (product, name) in products.iter_mut().zip(names.names) {
            product.name = name;
            product.category = categories.now(product.category);
            product.maker = makers.now(product.maker);
        }
        let customers = customers.names.into_iter().zip(all).map(|(name, purchases)| Customer { name, purchases });
        let bought = |customer: &Customer| !customer.purchases.is_empty();
        let customers = customers.filter(bought).collect();
        Shop { customers, products, categories: categories.names, makers: makers.names }
    }

    fn buyer(&mut self, customer: &str) -> usize {
        if let Some((name, number)) = &self.last
            && **name == *customer
        {
            return *number;
        }
        let number = self.customers.number(customer) as usize;
        self.purchases.resize_with(self.customers.len(), Vec::new);
        self.rows.resize(self.customers.len(), 0);
        self.last = Some((customer.into(), number));
        number
    }

    fn place(&mut self, product: &str) -> u32 {
        let number = self.products.number(product);
        self.known.resize_with(self.products.len(), Known::default);
        number
    }
}

/// A day counts once.
fn tidy(purchases: &mut Vec<Purchase>) {
    purchases.sort_unstable();
    purchases.dedup();
}

fn product(known: Known, has_catalogue: bool, categories: &mut Names) -> Product {
    let (offer, values, category) = match known.listed.map(|listed| *listed) {
        Some(Listed { offer, values, category, .. }) => (offer, values, category.unwrap_or(known.category)),
        None if has_catalogue => (Offer::Unlisted, Values::default(), known.category),
        None => (Offer::Offered, Values::default(), known.category),
    };
    let offer = if known.privacy == Privacy::Sensitive { Offer::Unlisted } else { offer };
    Product { category: categories.number(&category), offer, values, ..Product::default() }
}

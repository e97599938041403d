//! Which products and makers the lists show, beside how much of what was bought is theirs.
//!
//! A place in a list is worth something to whoever makes the product. Where a maker has more of the places than of the
//! purchases, the lists work for them; where it is the shop's own brand, they work for the shop.

use super::Shown;
use crate::recommend::{
    measure::gini,
    number::{count, index},
    shop::Shop,
};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, collections::BTreeMap};

/// A product's, or a maker's, share of the places and of the purchases.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Share {
    /// Its name in the shop's files.
    pub name: String,
    /// Of all places in all lists.
    pub exposure: f64,
    /// Of all that was bought before the lists were made.
    pub purchases: f64,
}

impl Share {
    /// How much more of the lists it has than of the purchases; `None` where nobody bought it.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        (self.purchases > 0.0).then(|| self.exposure / self.purchases)
    }
}

/// What the lists of a batch show.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Exposure {
    /// Lists with anything in them.
    pub lists: u32,
    /// Places in all of them.
    pub places: u32,
    /// Products that could be shown.
    pub shelf: u32,
    /// Share of these that is in anybody's list.
    pub coverage: f64,
    /// How unevenly these are shown: 0 all alike, 1 one alone.
    pub gini: f64,
    /// All that are shown, most first.
    pub products: Vec<Share>,
    /// The makers of what is shown, most first; nothing where none is known.
    pub makers: Vec<Share>,
    /// The owner's own brands, together.
    pub own_brands: Option<Share>,
}

impl Exposure {
    /// Of a batch. Own brands are makers by their names.
    #[must_use]
    pub fn of(shop: &Shop, shown: &Shown<'_>, own_brands: &[String]) -> Self {
        let shelf = &shown.model.shelf;
        let mut places = vec![0_u32; shop.products.len()];
        for place in shown.lists.iter().flat_map(|(_, list)| list) {
            let product = shelf.item(*place).map(|item| item.product as usize);
            if let Some(slot) = product.and_then(|product| places.get_mut(product)) {
                *slot += 1;
            }
        }
        let mut bought = vec![0_u32; shop.products.len()];
        for purchase in shop.customers.iter().flat_map(|customer| &customer.purchases) {
            if let Some(slot) = bought.get_mut(purchase.product as usize).filter(|_| purchase.on < shelf.cut) {
                *slot += 1;
            }
        }
        let lists = shown.lists.iter().filter(|(_, list)| !list.is_empty()).count();
        let (all_places, all_bought): (u32, u32) = (places.iter().sum(), bought.iter().sum());
        let share = |name: &str, places: f64, bought: f64| Share {
            name: name.to_owned(),
            exposure: places / f64::from(all_places.max(1)),
            purchases: bought / f64::from(all_bought.max(1)),
        };
        let counted = || places.iter().zip(&bought).map(|(places, bought)| (f64::from(*places), f64::from(*bought)));
        let mut by_maker: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for (product, (places, bought)) in shop.products.iter().zip(counted()) {
            let maker = by_maker.entry(product.maker).or_default();
            *maker = (maker.0 + places, maker.1 + bought);
        }
        let makers = || {
            let named = by_maker.iter().map(|(number, (places, bought))| {
                (shop.makers.get(*number as usize).map_or("", |name| &**name), *places, *bought)
            });
            named.filter(|(name, ..)| !name.is_empty())
        };
        let own = makers().filter(|(name, ..)| own_brands.iter().any(|own| own == name));
        let own = own.fold((0.0, 0.0), |sum, (_, places, bought)| (sum.0 + places, sum.1 + bought));
        let products = shop.products.iter().zip(counted()).filter(|(_, (places, _))| *places > 0.0);
        Self {
            lists: index(lists),
            places: all_places,
            shelf: index(shelf.items.len()),
            coverage: count(places.iter().filter(|n| **n > 0).count()) / count(shelf.items.len().max(1)),
            gini: gini(places.iter().filter(|n| **n > 0).map(|n| f64::from(*n)).collect(), shelf.items.len()),
            products: sorted(products.map(|(product, (places, bought))| share(&product.name, places, bought))),
            makers: sorted(makers().filter(|(_, places, _)| *places > 0.0).map(|(name, p, b)| share(name, p, b))),
            own_brands: (!own_brands.is_empty()).then(|| share(&own_brands.join(", "), own.0, own.1)),
        }
    }

    /// The share of the lists that a product stands in.
    #[must_use]
    pub fn in_lists(&self, product: &Share) -> f64 {
        product.exposure * f64::from(self.places) / f64::from(self.lists.max(1))
    }
}

fn sorted(shares: impl Iterator<Item = Share>) -> Vec<Share> {
    let mut shares: Vec<Share> = shares.collect();
    let order = |a: &Share, b: &Share| -> Ordering { b.exposure.total_cmp(&a.exposure).then(a.name.cmp(&b.name)) };
    shares.sort_by(order);
    shares
}

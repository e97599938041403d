//! The shelf: the products that enough different customers bought before a day, with how they sell.
//!
//! A product that fewer than k customers bought can't be in a pair that k customers bought, and shows too much by itself: it
//! is on no shelf, so that nothing below meets it.

use super::{
    Day, Settings,
    number::{index, narrow},
    shop::{Offer, Purchase, Shop},
};

/// The trend looks at so many days.
pub const TREND_DAYS: u16 = 30;
/// Popularity looks at one of these stretches, whichever foretells more.
pub const POPULAR_DAYS: [u16; 2] = [7, 28];

/// A product on the shelf.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Its number in the shop.
    pub product: u32,
    /// Its category.
    pub category: u32,
    /// Different customers who bought it.
    pub buyers: u32,
    /// Different customers who bought it in each of the last [`POPULAR_DAYS`].
    pub lately: [u32; 2],
    /// How it sells now, beside how it sold since it is on sale: 1 is as ever.
    pub trend: f32,
    /// Whether it may be recommended.
    pub offer: Offer,
    /// What the owner's values multiply its score by.
    pub favour: f32,
}

/// The products that count, by number.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// They end before this day.
    pub cut: Day,
    /// The products, in the shop's order.
    pub items: Vec<Item>,
    /// Customers with at least one purchase.
    pub customers: u32,
    places: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;

#[derive(Clone, Copy, Default)]
struct Tally {
    buyers: u32,
    lately: [u32; 2],
    in_trend: u32,
    first: Option<Day>,
}

impl Shelf {
    /// The shelf of a shop as it stood in the morning of a day.
    #[must_use]
    pub fn before(shop: &Shop, cut: Day, settings: &Settings) -> Self {
        let mut tallies = vec![Tally::default(); shop.products.len()];
        let mut customers = 0;
        for customer in &shop.customers {
            let mut any = 0;
            for bought in by_product(&customer.purchases, cut) {
                any = 1;
                if let Some(tally) = tallies.get_mut(bought.product as usize) {
                    tally.take(&bought, cut);
                }
            }
            customers += any;
        }
        let mut shelf = Self { cut, items: Vec::new(), customers, places: vec![NOWHERE; shop.products.len()] };
        for ((tally, product), number) in tallies.iter().zip(&shop.products).zip(0..) {
            if tally.buyers < settings.k.max(1) {
                continue;
            }
            if let Some(place) = shelf.places.get_mut(number as usize) {
                *place = index(shelf.items.len());
            }
            shelf.items.push(Item {
                product: number,
                category: product.category,
                buyers: tally.buyers,
                lately: tally.lately,
                trend: tally.trend(cut),
                offer: product.offer,
                favour: settings.weights.factor(product.values),
            });
        }
        shelf
    }

    /// The place of a product, if it is on the shelf.
    #[must_use]
    pub fn place(&self, product: u32) -> Option<u32> {
        self.places.get(product as usize).copied().filter(|place| *place != NOWHERE)
    }

    /// What stands at a place.
    #[must_use]
    pub fn item(&self, place: u32) -> Option<&Item> {
        self.items.get(place as usize)
    }

    /// How popular each is of late, from 0 to 1, over one of [`POPULAR_DAYS`].
    #[must_use]
    pub fn popularity(&self, days: u16) -> Vec<f32> {
        let most = f64::from(self.items.iter().map(|item| item.lately(days)).max().unwrap_or(0).max(1));
        self.items.iter().map(|item| narrow(f64::from(item.lately(days)) / most)).collect()
    }
}

impl Item {
    /// Different customers who bought it in the last days, which are one of [`POPULAR_DAYS`].
    #[must_use]
    pub const fn lately(&self, days: u16) -> u32 {
        let [week, month] = self.lately;
        if days == POPULAR_DAYS[0] { week } else { month }
    }
}

impl Tally {
    fn take(&mut self, bought: &Bought, cut: Day) {
        self.buyers += 1;
        for (lately, days) in self.lately.iter_mut().zip(POPULAR_DAYS) {
            *lately += u32::from(bought.newest >= cut.back(days));
        }
        self.in_trend += u32::from(bought.newest >= cut.back(TREND_DAYS));
        self.first = Some(self.first.map_or(bought.oldest, |first| first.min(bought.oldest)));
    }

    /// (buyers in 30 days + 1) / (buyers · 30 / days on sale + 1): one buyer too many can't make a trend.
    fn trend(&self, cut: Day) -> f32 {
        let on_sale = cut.since(self.first.unwrap_or(cut)).max(TREND_DAYS);
        let expected = f64::from(self.buyers) * f64::from(TREND_DAYS) / f64::from(on_sale);
        narrow((f64::from(self.in_trend) + 1.0) / (expected + 1.0))
    }
}

/// What a customer bought of one product before a day.
#[derive(Clone, Copy, Debug)]
pub struct Bought<'a> {
    /// The product.
    pub product: u32,
    /// The first time.
    pub oldest: Day,
    /// The last time.
    pub newest: Day,
    /// All days.
    pub days: &'a [Purchase],
}

/// Purchases before a day, by product: they stand in this order.
pub fn by_product(purchases: &[Purchase], cut: Day) -> impl Iterator<Item = Bought<'_>> {
    purchases.chunk_by(|a, b| a.product == b.product).filter_map(move |days| {
        let before = days.partition_point(|purchase| purchase.on < cut);
        let days = days.get(..before)?;
        let (first, last) = (days.first()?, days.last()?);
        Some(Bought { product: first.product, oldest: first.on, newest: last.on, days })
    })
}

//! What products cost and who makes them. Only the audit asks: no score looks at either.
//!
//! The price of a product is the median of what was paid for one piece: neither a discount for one customer nor a slip of a
//! decimal point moves it. Prices are counted, not kept one by one, so that ten million purchases take no more room than the
//! different prices among them.

use super::Day;
use std::{collections::HashMap, num::NonZeroU32};

/// The price of one piece, in the smallest unit of the shop's currency. What is free has none.
pub type Price = NonZeroU32;

/// What was paid and who made it, while purchases come in. Products are known by the till's numbers.
#[derive(Debug, Default)]
pub struct Goods {
    paid: HashMap<(u32, Price), u32>,
    makers: HashMap<u32, (Day, Box<str>)>,
}

impl Goods {
    /// One piece was bought at this price.
    pub fn paid(&mut self, product: u32, price: Price) {
        let times = self.paid.entry((product, price)).or_default();
        *times = times.saturating_add(1);
    }

    /// A purchase names the maker. The newest holds, and of one day the first by name.
    pub fn made_by(&mut self, product: u32, maker: &str, on: Day) {
        match self.makers.get_mut(&product) {
            Some((said_on, known)) => {
                if on > *said_on || (on == *said_on && *maker < **known) {
                    *said_on = on;
                    if **known != *maker {
                        *known = maker.into();
                    }
                }
            }
            None => drop(self.makers.insert(product, (on, maker.into()))),
        }
    }

    /// The maker of a product, where a purchase named one.
    #[must_use]
    pub fn maker(&mut self, product: u32) -> Option<Box<str>> {
        self.makers.remove(&product).map(|(_, maker)| maker)
    }

    /// The median price of each product, by the till's numbers; of two in the middle the lower.
    #[must_use]
    pub fn prices(&mut self, products: usize) -> Vec<Option<Price>> {
        let mut paid: Vec<((u32, Price), u32)> = self.paid.drain().collect();
        paid.sort_unstable();
        let mut prices = vec![None; products];
        for of_one in paid.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
            let all: u64 = of_one.iter().map(|(_, times)| u64::from(*times)).sum();
            let mut below = 0;
            let middle = of_one.iter().find(|(_, times)| {
                below += u64::from(*times);
                below * 2 >= all
            });
            if let Some(((product, price), _)) = middle
                && let Some(slot) = prices.get_mut(*product as usize)
            {
                *slot = Some(*price);
            }
        }
        prices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_is_the_median_and_the_newest_maker_holds() {
        let mut goods = Goods::default();
        for (product, price) in [(1, 300), (1, 100), (1, 100_000), (2, 5), (2, 7)] {
            goods.paid(product, Price::new(price).unwrap());
        }
        assert_eq!(goods.prices(4), [None, Price::new(300), Price::new(5), None]);
        let day = Day::default();
        for (maker, on) in [("Berg", day.on(3)), ("Anker", day.on(3)), ("Zimt", day)] {
            goods.made_by(1, maker, on);
        }
        assert_eq!(goods.maker(1).as_deref(), Some("Anker"));
        assert_eq!(goods.maker(2), None);
    }
}

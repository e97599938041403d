//! Whether lists steer to what costs more, or less, than what a customer buys.
//!
//! The price of a product is seen as its percentile within its category: 0 the cheapest, 1 the dearest. A customer is steered
//! by the mean percentile of what is recommended to them minus that of what they bought: +.10 means that they are led a tenth of
//! the shelf up. A cheap category doesn't count as cheap for that: what is compared is the choice within it.

use crate::recommend::{
    Day,
    number::count,
    shelf::by_product,
    shop::{Customer, Shop},
};

/// In a category with fewer priced products no price is high or low.
const PRODUCTS_MIN: usize = 5;

/// The percentile of each product's price within its category, by its number in the shop.
#[derive(Clone, Debug, Default)]
pub struct Percentiles(Vec<Option<f32>>);

impl Percentiles {
    /// Among the products that were sold before a day.
    #[must_use]
    pub fn of(shop: &Shop, cut: Day) -> Self {
        let mut sold = vec![false; shop.products.len()];
        for bought in shop.customers.iter().flat_map(|customer| by_product(&customer.purchases, cut)) {
            if let Some(sold) = sold.get_mut(bought.product as usize) {
                *sold = true;
            }
        }
        let nameless = shop.category("");
        let mut priced: Vec<(u32, u32, usize)> = Vec::new();
        for ((product, sold), number) in shop.products.iter().zip(sold).zip(0..) {
            if let Some(price) = product.price.filter(|_| sold && Some(product.category) != nameless) {
                priced.push((product.category, price.get(), number));
            }
        }
        priced.sort_unstable();
        let mut all = vec![None; shop.products.len()];
        for category in priced.chunk_by(|a, b| a.0 == b.0).filter(|category| category.len() >= PRODUCTS_MIN) {
            let mut below = 0;
            for alike in category.chunk_by(|a, b| a.1 == b.1) {
                let middle = (count(below) + count(alike.len()) / 2.0) / count(category.len());
                for (_, _, number) in alike {
                    if let Some(slot) = all.get_mut(*number) {
                        *slot = Some(crate::recommend::number::narrow(middle));
                    }
                }
                below += alike.len();
            }
        }
        Self(all)
    }

    /// The percentile of one; `None` where there is no price, or too few to compare it with.
    #[must_use]
    pub fn get(&self, product: u32) -> Option<f64> {
        self.0.get(product as usize).copied().flatten().map(f64::from)
    }

    /// By how much a customer is steered to dearer things; `None` where nothing on one of the two sides has a price.
    #[must_use]
    pub fn steer(&self, customer: &Customer, shown: impl Iterator<Item = u32>, cut: Day) -> Option<f64> {
        let bought = customer.purchases.iter().filter(|purchase| purchase.on < cut).map(|purchase| purchase.product);
        Some(self.mean(shown)? - self.mean(bought)?)
    }

    fn mean(&self, products: impl Iterator<Item = u32>) -> Option<f64> {
        let (mut sum, mut many) = (0.0, 0);
        for percentile in products.filter_map(|product| self.get(product)) {
            sum += percentile;
            many += 1;
        }
        (many > 0).then(|| sum / f64::from(many))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::{Price, Till};

    /// Five lamps at 1 to 5, two candles, and something of no category; Ada bought the cheapest lamp twice, and a candle.
    fn shop() -> Shop {
        let mut till = Till::default();
        let day = Day::default();
        for (number, price) in (1..=5).zip(["1", "2", "3", "4", "5"]) {
            let name = format!("lamp {price}");
            till.sell("Bob", &name, "lamps", day);
            till.tell(&name, Price::new(number * 100), "", day);
        }
        for product in ["candle 1", "candle 2"] {
            till.sell("Bob", product, "candles", day);
            till.tell(product, Price::new(700), "", day);
        }
        for (product, on) in [("lamp 1", day), ("lamp 1", day.on(1)), ("candle 1", day), ("lamp 5", day.on(9))] {
            till.sell("Ada", product, if product.starts_with("lamp") { "lamps" } else { "candles" }, on);
        }
        till.close()
    }

    #[test]
    fn a_percentile_is_within_the_category_and_few_products_have_none() {
        let shop = shop();
        let percentiles = Percentiles::of(&shop, Day::default().on(5));
        let of = |name: &str| percentiles.get(shop.product(name).unwrap());
        let lamps = ["lamp 1", "lamp 3", "lamp 5"].map(|name| format!("{:.2}", of(name).unwrap()));
        assert_eq!(lamps, ["0.10", "0.50", "0.90"]);
        assert_eq!(of("candle 1"), None);
    }

    #[test]
    fn steer_is_what_is_shown_minus_what_was_bought_before() {
        let shop = shop();
        let cut = Day::default().on(5);
        let percentiles = Percentiles::of(&shop, cut);
        let ada = &shop.customers[shop.customer("Ada").unwrap()];
        let steer = |names: &[&str]| {
            let products: Vec<u32> = names.iter().map(|name| shop.product(name).unwrap()).collect();
            percentiles.steer(ada, products.into_iter(), cut)
        };
        // Shown at .5 and .9, bought at .1 twice; the candle says nothing, and the dear lamp came later.
        assert!((steer(&["lamp 3", "lamp 5", "candle 2"]).unwrap() - 0.6).abs() < 1e-6);
        assert!(steer(&["lamp 1"]).unwrap().abs() < 1e-6);
        assert_eq!(steer(&["candle 2"]), None);
    }

    #[test]
    fn equal_prices_stand_in_the_middle() {
        let mut till = Till::default();
        for name in ["a", "b", "c", "d", "e"] {
            till.sell("Bob", name, "lamps", Day::default());
            till.tell(name, Price::new(250), "", Day::default());
        }
        let shop = till.close();
        let percentiles = Percentiles::of(&shop, Day::default().on(1));
        assert_eq!(percentiles.get(0), Some(0.5));
    }
}

//! Shops made from a seed: customers with tastes, products in categories, purchases on days, in no order.

use comity::recommend::{Day, Settings, Shop, Till};
use std::num::NonZeroUsize;

/// Numbers from a seed (`SplitMix64`).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

/// One row of a shop's file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub customer: String,
    pub product: String,
    pub category: String,
    pub on: Day,
}

/// The first day of every shop here.
pub fn first_day() -> Day {
    Day::of(chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()).unwrap()
}

/// The day for which lists are made.
pub fn today() -> Day {
    first_day().on(200)
}

/// Purchases of so many customers. Each likes one of six kinds of things and buys mostly from it.
pub fn rows(seed: u64, customers: u64) -> Vec<Row> {
    let mut dice = Dice(seed);
    let mut rows = Vec::new();
    for customer in 0..customers {
        let taste = dice.below(6);
        for _ in 0..4 + dice.below(24) {
            let kind = if dice.below(4) == 0 { dice.below(6) } else { taste };
            let product = kind * 12 + dice.below(12).min(dice.below(12));
            rows.push(Row {
                customer: format!("C{customer:03}"),
                product: format!("P{product:02}"),
                category: format!("kind {kind}"),
                on: first_day().on(u16::try_from(dice.below(200)).unwrap()),
            });
        }
    }
    shuffle(&mut rows, seed);
    rows
}

pub fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut dice = Dice(seed ^ 0xABCD);
    for last in (1..items.len()).rev() {
        let other = usize::try_from(dice.below(u64::try_from(last).unwrap() + 1)).unwrap();
        items.swap(last, other);
    }
}

pub fn till(rows: &[Row]) -> Till {
    let mut till = Till::default();
    for row in rows {
        till.sell(&row.customer, &row.product, &row.category, row.on);
    }
    till
}

pub fn shop(rows: &[Row]) -> Shop {
    till(rows).close()
}

pub fn settings(k: u32) -> Settings {
    Settings { k, ..Settings::default() }
}

pub fn with_hands(settings: &Settings, hands: usize) -> Settings {
    Settings { hands: NonZeroUsize::new(hands).unwrap(), ..settings.clone() }
}

/// Seeds that are tried, each printed where it fails.
pub const SEEDS: [u64; 8] = [1, 2, 3, 5, 8, 13, 21, 34];

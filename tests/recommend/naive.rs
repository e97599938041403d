//! The same scores, written down from the formulas with maps and all pairs: slow, and hard to get wrong.

use super::shops::Row;
use comity::recommend::{Day, Power, Section, Settings, Tuned, Use};
use std::collections::{BTreeMap, BTreeSet};

pub struct Naive<'a> {
    rows: &'a [Row],
    today: Day,
    tuned: Tuned,
    settings: &'a Settings,
    pub buyers: BTreeMap<&'a str, BTreeSet<&'a str>>,
    sources: BTreeMap<&'a str, Vec<&'a str>>,
    customers: f64,
}

impl<'a> Naive<'a> {
    pub fn of(rows: &'a [Row], today: Day, tuned: Tuned, settings: &'a Settings) -> Self {
        let past = || rows.iter().filter(|row| row.on < today);
        let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in past() {
            all.entry(&row.product).or_default().insert(&row.customer);
        }
        let customers = past().map(|row| &row.customer).collect::<BTreeSet<_>>().len();
        all.retain(|_, buyers| buyers.len() >= usize::try_from(settings.k).unwrap());
        let mut newest: BTreeMap<&str, BTreeMap<&str, Day>> = BTreeMap::new();
        for row in past().filter(|row| all.contains_key(&*row.product)) {
            let day = newest.entry(&row.customer).or_default().entry(&row.product).or_insert(row.on);
            *day = row.on.max(*day);
        }
        let sources = newest.into_iter().map(|(customer, products)| {
            let mut products: Vec<(&str, Day)> = products.into_iter().collect();
            products.sort_by_key(|(product, day)| (std::cmp::Reverse(*day), *product));
            products.truncate(settings.products_max);
            (customer, products.into_iter().map(|(product, _)| product).collect())
        });
        let sources = sources.collect();
        Self { rows, today, tuned, settings, sources, buyers: all, customers: float(customers) }
    }

    fn having(&self, product: &str) -> BTreeSet<&'a str> {
        self.sources.iter().filter(|(_, has)| has.contains(&product)).map(|(customer, _)| *customer).collect()
    }

    /// How many different customers have both.
    pub fn common(&self, one: &str, other: &str) -> usize {
        self.having(one).intersection(&self.having(other)).count()
    }

    fn ratio(&self, one: &str, other: &str) -> Option<f64> {
        let both = float(self.common(one, other));
        let (a, b) = (float(self.having(one).len()), float(self.having(other).len()));
        let n = self.customers;
        if one == other || both < f64::from(self.settings.k) || both * n <= a * b {
            return None;
        }
        let cells = [
            (both, a * b / n),
            (a - both, a * (n - b) / n),
            (b - both, (n - a) * b / n),
            (n - a - b + both, (n - a) * (n - b) / n),
        ];
        let seen = cells.iter().filter(|(seen, _)| *seen > 0.0);
        Some(2.0 * seen.map(|(seen, expected)| seen * (seen / expected).ln()).sum::<f64>())
    }

    /// The partners of a product with their weights, strongest first.
    pub fn partners(&self, product: &str) -> Vec<(&'a str, f64)> {
        let mut partners: Vec<(&str, f64)> =
            self.buyers.keys().filter_map(|other| Some((*other, self.ratio(product, other)?))).collect();
        // Ratios that are the same on paper differ in the last bits: they are the same here, too.
        let rounded = |ratio: f64| (ratio * 1e4).round();
        partners.sort_by(|a, b| rounded(b.1).total_cmp(&rounded(a.1)).then(a.0.cmp(b.0)));
        partners.truncate(self.tuned.partners);
        for partner in &mut partners {
            if self.tuned.power == Power::Root {
                partner.1 = partner.1.sqrt();
            }
        }
        partners
    }

    fn lately(&self, product: &str, days: u16) -> f64 {
        let late = |row: &&Row| row.product == product && row.on < self.today && row.on >= self.today.back(days);
        let buyers = self.rows.iter().filter(late).map(|row| &row.customer).collect::<BTreeSet<_>>();
        float(buyers.len())
    }

    pub fn trend(&self, product: &str) -> f64 {
        let first = self.rows.iter().filter(|row| row.product == product).map(|row| row.on).min().unwrap();
        let on_sale = f64::from(self.today.since(first)).max(30.0);
        (self.lately(product, 30) + 1.0) / (float(self.buyers[product].len()) * 30.0 / on_sale + 1.0)
    }

    pub fn interest(&self, customer: &str, product: &str) -> f64 {
        let own = |row: &&Row| row.customer == customer && row.product == product && row.on < self.today;
        let days: BTreeSet<Day> = self.rows.iter().filter(own).map(|row| row.on).collect();
        days.iter().map(|day| (-f64::from(self.today.since(*day)) / 180.0).exp2()).sum()
    }

    /// What each product of a customer adds to the discoveries, before anything is divided.
    pub fn parts(&self, customer: &str) -> BTreeMap<&'a str, BTreeMap<&'a str, f64>> {
        let mut parts: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
        for source in self.sources.get(customer).into_iter().flatten() {
            let strength = match self.tuned.use_of_it {
                Use::Alike => 1.0,
                Use::ByInterest => self.interest(customer, source),
            };
            for (partner, weight) in self.partners(source) {
                parts.entry(partner).or_default().insert(source, strength * weight * self.trend(partner));
            }
        }
        parts
    }

    pub fn scores(&self, customer: &str, section: Section) -> BTreeMap<&'a str, f64> {
        let most = |scores: &BTreeMap<&str, f64>| scores.values().copied().fold(0.0, f64::max);
        let of = |score: &dyn Fn(&str) -> f64| -> BTreeMap<&'a str, f64> {
            self.buyers.keys().map(|product| (*product, score(product))).collect()
        };
        let together: BTreeMap<&str, f64> =
            self.parts(customer).into_iter().map(|(product, parts)| (product, parts.values().sum())).collect();
        let popular = of(&|product| self.lately(product, self.tuned.popular_days));
        let (much, many) = (most(&together), most(&popular).max(1.0));
        let new =
            of(&|product| together.get(product).map_or(0.0, |score| score / much) + 0.1 * popular[product] / many);
        let again = of(&|product| self.interest(customer, product) * self.trend(product).sqrt());
        let (newest, often) = (most(&new), most(&again));
        let repeat = |product: &str| if often > 0.0 { again[product] / often } else { 0.0 };
        match section {
            Section::Discoveries => new,
            Section::Again => of(&repeat),
            Section::Both => of(&|product| repeat(product) + f64::from(self.tuned.discoveries) * new[product] / newest),
        }
    }
}

fn float(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap())
}

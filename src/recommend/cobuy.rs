//! What goes with what: for each product its strongest partners, from how many customers bought both.
//!
//! A pair says something where at least k different customers bought both, and more of them than chance would bring
//! together: c·N > a·b. Its weight is the log-likelihood ratio, to a power that the shop's past chooses.
//!
//! Pairs are counted product by product: for each customer of the product, each of their products. The counts live for one
//! product only; what is kept are the partners. **Not promised:** that k alone hides a purchase. Somebody who watches the
//! lists change from day to day learns more (Calandrino 2011), so they are published in batches and never with counts.

use super::{Settings, llr::Ratios, number::index, profile::Histories, shelf::Shelf, side::side_by_side};

/// So many partners at most are looked at.
pub const PARTNERS_MAX: usize = 300;

/// A product that goes with another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Partner {
    /// Its place on the shelf.
    pub place: u32,
    /// What the pair weighs.
    pub weight: f32,
}

/// What pairs are judged by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judge {
    /// At least k customers, more than by chance, by log-likelihood ratio.
    Surprise,
    /// Any customer in common, by cosine: a baseline to measure against, never to publish.
    Cosine,
}

/// The partners of every product on the shelf, strongest first. A shop's pairs are the most that is in memory: they stay where they
/// were found, each product's by itself, and no list of all is made beside them.
#[derive(Clone, Debug, Default)]
pub struct Partners(Vec<Box<[Partner]>>);

impl Partners {
    /// Counts all pairs.
    #[must_use]
    pub fn find(shelf: &Shelf, histories: &Histories, judge: Judge, keep: usize, settings: &Settings) -> Self {
        let bench =
            Bench { shelf, histories, judge, keep, k: settings.k.max(1), ratios: Ratios::among(shelf.customers) };
        let tools = || (vec![0_u32; shelf.items.len()], Vec::new());
        let parts = side_by_side(settings.hands, shelf.items.len(), tools, |(counts, found), places| {
            let partners = places.map(|place| {
                bench.partners(place, counts, found);
                // A copy of the right size: what grows stays with its thread and is used again.
                Box::from(&**found)
            });
            partners.collect::<Vec<Box<[Partner]>>>()
        });
        Self(parts.into_iter().flatten().collect())
    }

    /// The partners of a place, strongest first.
    #[must_use]
    pub fn of(&self, place: u32) -> &[Partner] {
        self.0.get(place as usize).map(|partners| &**partners).unwrap_or_default()
    }

    /// With fewer partners, and other weights made of these.
    #[must_use]
    pub fn weighed(self, keep: usize, weight: impl Fn(f32) -> f32) -> Self {
        let weighed = |partner: &Partner| Partner { weight: weight(partner.weight), ..*partner };
        Self(self.0.into_iter().map(|partners| partners.iter().take(keep).map(weighed).collect()).collect())
    }

    /// How many pairs say something.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.0.iter().map(|partners| partners.len()).sum()
    }
}

/// Where the pairs of one product are counted.
struct Bench<'a> {
    shelf: &'a Shelf,
    histories: &'a Histories,
    judge: Judge,
    keep: usize,
    k: u32,
    ratios: Ratios,
}

impl Bench<'_> {
    fn partners(&self, place: usize, counts: &mut [u32], found: &mut Vec<Partner>) {
        counts.fill(0);
        found.clear();
        let customers = self.histories.customers(place);
        for customer in customers {
            for other in self.histories.sources(*customer) {
                if let Some(count) = counts.get_mut(*other as usize) {
                    *count += 1;
                }
            }
        }
        if let Some(own) = counts.get_mut(place) {
            *own = 0;
        }
        let least = if self.judge == Judge::Surprise { self.k } else { 1 };
        for (both, other) in counts.iter().zip(0..).filter(|(both, _)| **both >= least) {
            found.extend(self.weight(*both, customers.len(), other).map(|weight| Partner { place: other, weight }));
        }
        let stronger = |a: &Partner, b: &Partner| b.weight.total_cmp(&a.weight).then(a.place.cmp(&b.place));
        if found.len() > self.keep && self.keep > 0 {
            found.select_nth_unstable_by(self.keep - 1, stronger);
        }
        found.truncate(self.keep);
        found.sort_unstable_by(stronger);
    }

    fn weight(&self, both: u32, one: usize, other: u32) -> Option<f32> {
        let (one, other) = (index(one), index(self.histories.customers(other as usize).len()));
        match self.judge {
            Judge::Surprise => {
                let by_chance = u64::from(one) * u64::from(other);
                let more = u64::from(both) * u64::from(self.shelf.customers) > by_chance;
                more.then(|| self.ratios.of(both, one, other))
            }
            Judge::Cosine => {
                let norm = (f64::from(one) * f64::from(other)).sqrt();
                Some(super::number::narrow(f64::from(both) / norm))
            }
        }
    }
}

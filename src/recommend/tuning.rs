//! Tuning: the shop's own past chooses what no owner could know.
//!
//! The last closed windows of 28 days, three at most, are played again: with what was known before each, what would have been
//! recommended, and what was bought? Each choice is judged by the same customers, and the best sum of NDCG@10 wins; of
//! equals, the one with fewer partners. One window alone would follow its own weather, and an old one the weather of then: each
//! counts half of the one after it.
//!
//! Invariant: only what is in the shop decides, and only those who agreed are in the shop.

use super::{
    Day, Power, Settings, Tuned, Use, View,
    number::index,
    shelf::POPULAR_DAYS,
    shop::Shop,
    window::{Gains, LANES, PARTNERS, SHARES, WINDOW_DAYS, Window},
};

/// So many windows are played, and what each counts, the last one first.
const WINDOWS: u16 = 3;
const WEIGHTS: [f64; 3] = [1.0, 0.5, 0.25];

/// What was chosen, and what it rests on.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Choice {
    /// The choice.
    pub tuned: Tuned,
    /// Windows that were played: with none, the choice is the one that does for most shops.
    pub windows: u32,
    /// Customers who bought something new in them, each window by itself.
    pub customers: u32,
    /// What the choice reached in them, as NDCG of discoveries.
    pub ndcg: f64,
    /// What plain popularity reached.
    pub popular_ndcg: f64,
}

/// Chooses for a shop as of one day.
#[must_use]
pub fn tune(shop: &Shop, today: Day, settings: &Settings) -> Choice {
    let settings = &Settings { view: View::Narrow, ..settings.clone() };
    let Some((first, _)) = shop.span() else { return Choice::default() };
    let cuts = (1..=WINDOWS).map(|n| today.back(n * WINDOW_DAYS)).filter(|cut| cut.since(first) >= WINDOW_DAYS);
    let (mut all, mut played) = (Gains::default(), 0);
    for (cut, weight) in cuts.zip(WEIGHTS) {
        if let Some(window) = Window::of(shop, cut, settings) {
            played += 1;
            all.add(&window.gains(), weight);
        }
    }
    if all.customers == 0 {
        return Choice::default();
    }
    let (partners, (power, use_of_it), ndcg) = best_pairs(&all);
    let popular_days = if all.popular[0] > all.popular[1] { POPULAR_DAYS[0] } else { POPULAR_DAYS[1] };
    let discoveries = best_share(&all.shares);
    let each = all.weight;
    Choice {
        tuned: Tuned { power, partners, use_of_it, popular_days, discoveries },
        windows: played,
        customers: index(all.customers),
        ndcg: ndcg / each,
        popular_ndcg: all.popular.iter().copied().fold(0.0, f64::max) / each,
    }
}

fn best_pairs(all: &Gains) -> (usize, (Power, Use), f64) {
    let mut best = (PARTNERS[0], LANES[0], f64::NEG_INFINITY);
    for (gains, partners) in all.discoveries.iter().zip(PARTNERS) {
        for (gain, lane) in gains.iter().zip(LANES) {
            if *gain > best.2 {
                best = (partners, lane, *gain);
            }
        }
    }
    best
}

fn best_share(gains: &[f64; SHARES.len()]) -> f32 {
    let mut best = (SHARES[0], f64::NEG_INFINITY);
    for (gain, share) in gains.iter().zip(SHARES) {
        if *gain > best.1 {
            best = (share, *gain);
        }
    }
    best.0
}

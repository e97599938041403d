//! How good lists are, by what was bought afterwards: hits, their rank, and how much of the shop is ever shown.
//!
//! Offline figures only. They say what people bought next, not whether a message pleased them.

use super::{
    Day, Section,
    number::{count, index},
    profile::Profile,
    shelf::{Shelf, by_product},
    shop::Customer,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A mean, and half the width of its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// 1.96 standard errors.
    pub margin: f64,
}

/// What is said of the lists of many customers.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Customers with something to find.
    pub customers: u32,
    /// Share of them for whom at least one pick was right.
    pub hit_rate: Mean,
    /// Normalised discounted cumulative gain: right picks, more for higher ranks, 1 where all could not be better.
    pub ndcg: Mean,
    /// Share of the shelf that is in anybody's list.
    pub coverage: f64,
    /// How unevenly the shelf is shown: 0 all alike, 1 one product alone.
    pub gini: f64,
    /// Different categories in a list, on average.
    pub categories: f64,
}

/// What a customer bought from the shelf from its day on and before another, by place; of discoveries only what was new.
#[must_use]
pub fn targets(customer: &Customer, profile: &Profile, shelf: &Shelf, until: Day, section: Section) -> Vec<u32> {
    let owned = |place: u32| profile.owned.binary_search_by_key(&place, |owned| owned.place).is_ok();
    let mut targets: Vec<u32> = by_product(&customer.purchases, until)
        .filter(|bought| bought.newest >= shelf.cut)
        .filter_map(|bought| shelf.place(bought.product))
        .filter(|place| match section {
            Section::Discoveries => !owned(*place),
            Section::Again => owned(*place),
            Section::Both => true,
        })
        .collect();
    targets.sort_unstable();
    targets
}

/// The gain of a list: 1/log₂(rank + 1) for each right pick, divided by the best that was possible.
#[must_use]
pub fn ndcg(list: impl IntoIterator<Item = u32>, targets: &[u32], length: usize) -> f64 {
    let gain = |rank: u32| (f64::from(rank) + 2.0).log2().recip();
    let right = (0..).zip(list).filter(|(_, place)| targets.binary_search(place).is_ok());
    let best: f64 = (0..index(targets.len().min(length))).map(gain).sum();
    if best > 0.0 { right.map(|(rank, _)| gain(rank)).sum::<f64>() / best } else { 0.0 }
}

/// One customer's list beside what they bought.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What was shown.
    pub list: Vec<u32>,
    /// What was bought, in the order of the shelf.
    pub targets: Vec<u32>,
}

/// The figures of many lists.
#[must_use]
pub fn figures(trials: &[Trial], shelf: &Shelf, length: usize) -> Figures {
    let hit = |trial: &Trial| f64::from(u8::from(trial.list.iter().any(|p| trial.targets.binary_search(p).is_ok())));
    let gains: Vec<f64> = trials.iter().map(|t| ndcg(t.list.iter().copied(), &t.targets, length)).collect();
    let mut shown: BTreeMap<u32, u32> = BTreeMap::new();
    let mut categories = 0;
    for trial in trials {
        trial.list.iter().for_each(|place| *shown.entry(*place).or_default() += 1);
        let of = |place: &u32| shelf.item(*place).map(|item| item.category);
        categories += trial.list.iter().filter_map(of).collect::<BTreeSet<u32>>().len();
    }
    Figures {
        customers: index(trials.len()),
        hit_rate: mean(&trials.iter().map(hit).collect::<Vec<_>>()),
        ndcg: mean(&gains),
        coverage: count(shown.len()) / count(shelf.items.len().max(1)),
        gini: gini(shown.into_values().map(f64::from).collect(), shelf.items.len()),
        categories: count(categories) / count(trials.len().max(1)),
    }
}

/// The mean of these, with its interval.
#[must_use]
pub fn mean(values: &[f64]) -> Mean {
    let n = count(values.len());
    if values.is_empty() {
        return Mean::default();
    }
    let value = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - value).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    Mean { value, margin: 1.96 * (variance / n).sqrt() }
}

/// How unevenly these amounts are spread, and so many zeros that there are `all`: 0 all alike, 1 one alone has all.
#[must_use]
pub fn gini(mut amounts: Vec<f64>, all: usize) -> f64 {
    amounts.sort_unstable_by(f64::total_cmp);
    let total: f64 = amounts.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let (n, zeros) = (count(all), count(all.saturating_sub(amounts.len())));
    let weighted: f64 = (1_u32..).zip(&amounts).map(|(rank, amount)| (zeros + f64::from(rank)) * amount).sum();
    (2.0 * weighted / (n * total) - (n + 1.0) / n).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_list_that_could_not_be_better_gains_one() {
        assert!(near(ndcg([3, 1, 2], &[1, 2, 3], 10), 1.0));
        assert!(near(ndcg([7, 8, 9], &[1, 2, 3], 10), 0.0));
        // One of two, on the second rank: (1/log2 3) / (1 + 1/log2 3).
        let second = 3_f64.log2().recip();
        assert!(near(ndcg([9, 1], &[1, 2], 10), second / (1.0 + second)));
    }

    #[test]
    fn gini_is_nothing_where_all_are_alike_and_nearly_one_where_one_has_all() {
        assert!(near(gini(vec![4.0; 10], 10), 0.0));
        assert!(near(gini(vec![5.0], 10), 0.9));
    }
}

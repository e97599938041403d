//! The permutation test: would chance alone spread the groups as far?
//!
//! The hits are dealt anew to the same customers ten thousand times, and p is the share of deals that spread the groups' hits as
//! far from what each would have, were all served alike, as they really are. No group is named before as the one that may be
//! worse, so the test is two-sided. Where customers have strata, hits are dealt within each.

use super::chance::Chance;
use crate::recommend::number::count;

/// So many deals: p = .01 is known to within .002.
const DEALS: u32 = 9_999;

/// What somebody has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hand {
    /// The stratum within which it is dealt.
    pub among: Option<u32>,
    /// Their group.
    pub group: u32,
    /// 1 or 0.
    pub hit: f64,
}

/// The share of deals that spread the groups as far, the real one among them; `None` where there aren't two groups.
#[must_use]
pub fn p(mut hands: Vec<Hand>, mut chance: Chance) -> Option<f64> {
    hands.sort_by_key(|hand| (hand.among, hand.group));
    let mut groups: Vec<u32> = hands.iter().map(|hand| hand.group).collect();
    groups.sort_unstable();
    groups.dedup();
    if groups.len() < 2 {
        return None;
    }
    let of: Vec<usize> = hands.iter().map(|hand| groups.binary_search(&hand.group).unwrap_or(0)).collect();
    let mut table = Table::of(&hands, &of, groups.len());
    let mut hits: Vec<f64> = hands.iter().map(|hand| hand.hit).collect();
    let strata: Vec<usize> = hands.chunk_by(|a, b| a.among == b.among).map(<[Hand]>::len).collect();
    // A hair of tolerance: spreads that are equal must count as equal.
    let real = table.spread(&hits, &of) * (1.0 - 1e-9);
    let mut as_far = 1_u32;
    for _ in 0..DEALS {
        let mut rest = hits.as_mut_slice();
        for size in &strata {
            let (stratum, others) = rest.split_at_mut_checked(*size)?;
            chance.shuffle(stratum);
            rest = others;
        }
        as_far += u32::from(table.spread(&hits, &of) >= real);
    }
    Some(f64::from(as_far) / f64::from(DEALS + 1))
}

/// By group: customers, the hits that they would have if all were served alike, and those that a deal gave them.
struct Table(Vec<[f64; 3]>);

impl Table {
    fn of(hands: &[Hand], of: &[usize], groups: usize) -> Self {
        let mut table = vec![[0.0; 3]; groups];
        let mut names = of.iter();
        for stratum in hands.chunk_by(|a, b| a.among == b.among) {
            let rate = stratum.iter().map(|hand| hand.hit).sum::<f64>() / count(stratum.len());
            for name in names.by_ref().take(stratum.len()) {
                if let Some([customers, alike, _]) = table.get_mut(*name) {
                    (*customers, *alike) = (*customers + 1.0, *alike + rate);
                }
            }
        }
        Self(table)
    }

    /// Squares of what differs from being served alike, each by the size of its group.
    fn spread(&mut self, hits: &[f64], of: &[usize]) -> f64 {
        for [.., dealt] in &mut self.0 {
            *dealt = 0.0;
        }
        for (hit, group) in hits.iter().zip(of) {
            if let Some([.., dealt]) = self.0.get_mut(*group) {
                *dealt += hit;
            }
        }
        self.0.iter().map(|[customers, alike, dealt]| (dealt - alike).powi(2) / customers).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups of so many, with so many hits each.
    fn hands(groups: [(usize, usize); 2], among: impl Fn(usize) -> Option<u32>) -> Vec<Hand> {
        let one = |(group, (of, hits)): (u32, (usize, usize))| {
            let among = &among;
            (0..of)
                .map(move |n| Hand { among: among(n), group, hit: f64::from(u8::from(n < hits)) })
                .collect::<Vec<_>>()
        };
        (0..).zip(groups).flat_map(one).collect()
    }

    #[test]
    fn a_planted_gap_is_found_and_none_where_there_is_none() {
        let p = |groups| p(hands(groups, |_| None), Chance::from_seed(7)).unwrap();
        assert!(p([(100, 60), (100, 20)]) <= 0.000_1 + 1e-12, "as small as ten thousand deals can show");
        assert!(p([(100, 20), (100, 60)]) <= 0.000_1 + 1e-12, "two-sided");
        assert!(p([(100, 40), (100, 40)]) > 0.999);
        assert!(p([(100, 42), (100, 38)]) > 0.4);
    }

    /// Fisher's exact test of 8 of 10 and 3 of 10 has a two-sided p of .0698.
    #[test]
    fn it_agrees_with_the_exact_test() {
        let p = p(hands([(10, 8), (10, 3)], |_| None), Chance::from_seed(1)).unwrap();
        assert!((p - 0.0698).abs() < 0.008, "{p}");
    }

    /// One group buys little and one much, and whoever buys much is easier to please.
    #[test]
    fn a_gap_that_is_one_of_activity_is_gone_among_those_who_buy_as_often() {
        let mut all = Vec::new();
        for (group, stratum, of, hits) in [(0, 0, 80, 8), (0, 1, 20, 12), (1, 0, 20, 2), (1, 1, 80, 48)] {
            all.extend((0..of).map(|n| Hand { among: Some(stratum), group, hit: f64::from(u8::from(n < hits)) }));
        }
        let among_all = all.iter().map(|hand| Hand { among: None, ..*hand }).collect();
        assert!(p(among_all, Chance::from_seed(2)).unwrap() < 0.001);
        assert!(p(all, Chance::from_seed(2)).unwrap() > 0.9);
    }

    #[test]
    fn shuffled_groups_are_found_as_often_as_p_says() {
        let mut found = 0;
        for seed in 0..30 {
            let mut all = hands([(40, 20), (40, 20)], |_| None);
            let mut hits: Vec<f64> = all.iter().map(|hand| hand.hit).collect();
            Chance::from_seed(seed).shuffle(&mut hits);
            all.iter_mut().zip(hits).for_each(|(hand, hit)| hand.hit = hit);
            found += u32::from(p(all, Chance::from_seed(3)).unwrap() < 0.05);
        }
        assert!(found <= 5, "about one or two of thirty: {found}");
    }
}

//! How surprising it is that two products have so many customers in common: Dunning's log-likelihood ratio.
//!
//! T. Dunning, "Accurate Methods for the Statistics of Surprise and Coincidence", 1993. Of the four cells of the table of
//! customers (both, one, the other, neither) it makes 2 Σ observed · ln(observed / expected). It isn't fooled by small counts,
//! as plain lift is.

use super::number::narrow;

/// n · ln n for all whole numbers that occur.
#[derive(Debug)]
pub struct Ratios(Vec<f64>);

impl Ratios {
    /// For a shop with so many customers.
    #[must_use]
    pub fn among(customers: u32) -> Self {
        let n_ln_n = |n: u32| if n == 0 { 0.0 } else { f64::from(n) * f64::from(n).ln() };
        Self((0..=customers).map(n_ln_n).collect())
    }

    /// The ratio for two products that `both` customers bought, `one` the first and `other` the second.
    #[must_use]
    pub fn of(&self, both: u32, one: u32, other: u32) -> f32 {
        let at = |n: u32| self.0.get(n as usize).copied().unwrap_or(0.0);
        let all = u32::try_from(self.0.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let neither = (all + both).saturating_sub(one + other);
        let cells = at(both) + at(one - both) + at(other - both) + at(neither);
        let margins = at(one) + at(all - one) + at(other) + at(all - other);
        narrow((2.0 * (cells - margins + at(all))).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_over_four_cells_of_observed_by_expected() {
        let (all, both, one, other) = (1_000_f64, 30_f64, 50_f64, 80_f64);
        let cells = [
            (both, one * other / all),
            (one - both, one * (all - other) / all),
            (other - both, (all - one) * other / all),
            (all - one - other + both, (all - one) * (all - other) / all),
        ];
        let expected = 2.0 * cells.iter().map(|(seen, expected)| seen * (seen / expected).ln()).sum::<f64>();
        assert!((f64::from(Ratios::among(1_000).of(30, 50, 80)) - expected).abs() < 1e-3, "{expected}");
    }

    #[test]
    fn what_is_as_expected_is_no_surprise() {
        assert!(Ratios::among(1_000).of(10, 100, 100).abs() < 1e-6);
    }
}

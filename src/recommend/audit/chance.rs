//! Chance from a seed, so that an audit that is made again says the same.

use crate::recommend::number::index;

/// Numbers from a seed (`SplitMix64`, Steele, Lea & Flood 2014): fair enough to shuffle, no secret.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From this seed.
    #[must_use]
    pub const fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below a limit; the high half of a product favours none by more than one in 2³².
    fn below(&mut self, limit: u32) -> usize {
        let high = (u128::from(self.next()) * u128::from(limit)) >> 64;
        usize::try_from(high).unwrap_or(0)
    }

    /// Puts these into an order of chance (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        let all = index(items.len());
        for (at, before) in (0..items.len()).zip(0..all) {
            items.swap(at, at + self.below(all - before));
        }
    }
}

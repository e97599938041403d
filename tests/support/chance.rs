//! Chance with a seed: property tests give the same cases in every run, and say which seed they used when they fail.
//! `PROPTEST_RNG_SEED=<number>` tries others, `PROPTEST_CASES=<number>` more.

use proptest::test_runner::{Config, RngSeed};

const SEED: u64 = 20_270_330;

/// `cases` cases, from the seed.
pub fn seeded(cases: u32) -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    // Shown by the test harness when the test fails.
    println!("seed: PROPTEST_RNG_SEED={}", config.rng_seed);
    config
}

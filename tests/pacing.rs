//! The pace that one receiving domain gets.

use crate::support::clock::HandClock;
use comity::{
    base::Clock,
    deliver::{Pace, pace::NotYet},
};
use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc, time::Duration};

fn rate(per_minute: u32) -> NonZeroU32 {
    NonZeroU32::new(per_minute).unwrap()
}

fn pace(others: u32, named: &[(&str, u32)]) -> (Pace, Arc<HandClock>) {
    let clock = HandClock::new();
    let named: BTreeMap<_, _> = named.iter().map(|(domain, n)| ((*domain).to_owned(), rate(*n))).collect();
    (Pace::new(rate(others), &named, &(Arc::clone(&clock) as Arc<dyn Clock>)), clock)
}

/// Takes tokens for ten minutes, as soon as there are any, and counts them by the minute.
fn taken(pace: &Pace, clock: &HandClock, domain: &str) -> Vec<u32> {
    let until = clock.boot().plus(Duration::from_mins(10));
    let start = clock.boot();
    let mut minutes = vec![0; 10];
    while clock.boot() < until {
        match pace.take(domain) {
            Ok(()) => minutes[usize::try_from((clock.boot().0 - start.0) / 60_000).unwrap()] += 1,
            // The clock shows whole milliseconds.
            Err(NotYet(wait)) => clock.pass(wait.max(Duration::from_millis(1))),
        }
    }
    minutes
}

#[test]
fn a_domain_gets_its_number_a_minute_and_no_more() {
    let (pace, clock) = pace(60, &[("slow.example", 6)]);
    let minutes = taken(&pace, &clock, "fast.example");
    assert!((60..=66).contains(&minutes[0]), "{minutes:?}");
    assert!(minutes[1..].iter().all(|n| (57..=60).contains(n)), "{minutes:?}");
    let minutes = taken(&pace, &clock, "slow.example");
    assert!(minutes.iter().all(|n| (5..=7).contains(n)), "{minutes:?}");
}

#[test]
fn one_domain_does_not_wait_for_another() {
    let (pace, _clock) = pace(1, &[]);
    assert_eq!(pace.take("one.example"), Ok(()));
    assert_eq!(pace.take("one.example"), Err(NotYet(Duration::from_mins(1))));
    assert_eq!(pace.take("two.example"), Ok(()));
}

#[test]
fn domains_at_rest_are_forgotten() {
    let (pace, clock) = pace(60, &[]);
    for n in 0..1000 {
        assert_eq!(pace.take(&format!("d{n}.example")), Ok(()));
    }
    pace.forget_the_rested();
    assert_eq!(pace.remembered(), 1000);
    clock.pass(Duration::from_mins(2));
    pace.forget_the_rested();
    assert_eq!(pace.remembered(), 0);
}

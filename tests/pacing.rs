//! The pace that one receiving domain gets.

use crate::support::{clock::HandClock, daemon::Daemon, postgres, proof};
use comity::{
    base::Clock,
    deliver::{Pace, pace::NotYet},
};
use std::{collections::BTreeMap, fs, num::NonZeroU32, sync::Arc, time::Duration};

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
fn daemons_that_share_the_pace_get_their_number_together() {
    let (pace, clock) = pace(60, &[("slow.example", 6)]);
    pace.divide_among(rate(3));
    assert_eq!(pace.daemons(), rate(3));
    let minutes = taken(&pace, &clock, "fast.example");
    assert!((19..=22).contains(&minutes[0]), "{minutes:?}");
    assert!(minutes[1..].iter().all(|n| (19..=20).contains(n)), "{minutes:?}");
    let minutes = taken(&pace, &clock, "slow.example");
    assert!(minutes.iter().all(|n| (1..=3).contains(n)), "{minutes:?}");
    // The same number changes nothing: nobody gets a full store of tokens by being counted again.
    while pace.take("fast.example").is_ok() {}
    pace.divide_among(rate(3));
    assert!(pace.take("fast.example").is_err());
    pace.divide_among(rate(1));
    assert!(pace.take("fast.example").is_ok(), "alone again");
}

#[tokio::test]
async fn each_daemon_takes_its_part_once_it_has_counted_the_others() {
    let (premises, url) = (proof::premises_to(25), postgres::database());
    let settings = premises.path().join("comity.toml");
    let text = fs::read_to_string(&settings).unwrap() + &format!("[data]\ndatabase = \"{url}\"\n");
    fs::write(&settings, text).unwrap();
    let mut one = Daemon::over(premises, HandClock::new()).await;
    one.run().await;
    let counted = |daemon: &Daemon| daemon.engine.in_force.now().pace.daemons().get();
    assert_eq!(counted(&one), 1);
    let mut other = Daemon::over(one.premises.another(), HandClock::new()).await;
    other.run().await;
    assert_eq!(counted(&other), 2, "from its first moment");
    one.beat().await;
    assert_eq!(counted(&one), 2);
    // The other is heard of no more.
    postgres::script(&url, "UPDATE nodes SET beat_at = beat_at - 60000 WHERE id = 2;");
    one.beat().await;
    assert_eq!(counted(&one), 1);
    other.end().await;
    one.end().await;
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

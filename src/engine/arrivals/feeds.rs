//! The calendars of an installation, each looked at in its own rhythm.
//!
//! A calendar that fails is asked again after twice the time, and twice that, up to six hours; a fifth of the time is left
//! to chance, so that a thousand installations don't come back to a server all at once.

use super::feed::{Feed, Looked, Trouble};
use crate::{
    base::Clock,
    config::{Config, Place, Source},
    deliver,
    engine::{files::in_force::Edition, office::Office},
    fetch::{Fetcher, Limits},
};
use anyhow::Context;
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};

/// The longest time between two looks at a calendar that fails.
const BACK_OFF_MAX: Duration = Duration::from_hours(6);
/// One fetch, from the first look-up to the last byte.
const FETCH_FOR: Duration = Duration::from_mins(1);

/// All feeds.
pub struct Feeds {
    office: Office,
    feeds: Vec<Feed>,
}

impl Feeds {
    /// Of this installation. `wire` is the clock by which a server is too slow.
    ///
    /// # Errors
    /// When a link leads to the web and the system has no trust store.
    pub fn of(office: &Office, config: &Config, wire: Arc<dyn Clock>) -> anyhow::Result<Self> {
        if config.sources.is_empty() {
            return Ok(Self { office: office.clone(), feeds: vec![] });
        }
        let trust = deliver::trust(&[]).context("no certificates can be trusted")?;
        let bytes_max = config.limits.calendar_bytes;
        let limits = Limits { bytes_max, time_max: FETCH_FOR };
        let fetcher = Arc::new(Fetcher::new(wire, trust, limits));
        let feed = |source: &Source| Feed::new(office.clone(), source.clone(), Arc::clone(&fetcher), bytes_max);
        Ok(Self { office: office.clone(), feeds: config.sources.iter().map(feed).collect() })
    }

    /// Looks at each of them once, one after the other.
    pub async fn look(self) -> Vec<(String, Result<Looked, Trouble>)> {
        let mut looks = vec![];
        for mut feed in self.feeds {
            let looked = feed.look().await;
            looks.push((feed.source.name, looked));
        }
        looks
    }

    /// Looks at all of them until dropped; ends at once where there are none.
    async fn keep(self) {
        let names = self.feeds.iter().map(|feed| feed.source.name.clone()).collect();
        if let Err(error) = self.office.store.keep_only_sources(names).await {
            tracing::warn!(%error, "calendars that are no more could not be forgotten");
        }
        join_all(self.feeds.into_iter().map(tend)).await;
    }
}

/// Looks at the calendars in force until dropped. When others come into force, or other rules for them, all are looked at
/// anew; what a calendar tells is taken in short transactions, so a look that is cut off is done again.
pub async fn keep(office: &Office, wire: &Arc<dyn Clock>) {
    let mut editions = office.in_force.subscribe();
    loop {
        let edition = Arc::clone(&editions.borrow_and_update());
        let look = async {
            match Feeds::of(office, edition.config(), Arc::clone(wire)) {
                Ok(feeds) => feeds.keep().await,
                Err(error) => tracing::error!(error = format!("{error:#}"), "the calendars can't be looked at"),
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = look => {}
            () = async { drop(editions.wait_for(|new| differ(new, &edition)).await) } => {}
        }
    }
}

/// Whether other calendars are looked at, or the same ones are read by other rules: a server's "not modified" would hide
/// that what was read means something else now.
fn differ(new: &Edition, old: &Edition) -> bool {
    let places = |edition: &Edition| (edition.config().sources.clone(), edition.config().limits.calendar_bytes);
    let zone = |edition: &Edition| edition.policy().business.time_zone;
    let rules = new.policy().calendar_record() != old.policy().calendar_record() || zone(new) != zone(old);
    rules || places(new) != places(old)
}

async fn tend(mut feed: Feed) {
    let clock = Arc::clone(&feed.office.clock);
    let mut failures = 0;
    loop {
        let standstill = clock.stand_still();
        let looked = feed.look().await;
        drop(standstill);
        tell(&feed.source, &looked);
        failures = if looked.is_ok() { 0 } else { failures + 1 };
        let wait = next_look(feed.source.every, failures, chance());
        rest(clock.as_ref(), wait).await;
    }
}

fn tell(source: &Source, looked: &Result<Looked, Trouble>) {
    let calendar = source.name.as_str();
    let place = match &source.place {
        Place::Web(link) => link.to_string(),
        Place::File(path) => path.display().to_string(),
    };
    match looked {
        Ok(Looked { visits, created, changed, vanished, waiting }) => {
            tracing::info!(calendar, visits, created, changed, vanished, waiting, "a calendar was read");
        }
        Err(trouble) => tracing::warn!(calendar, place, %trouble, "a calendar is in trouble"),
    }
}

/// Rests until the next look. A clock wakes whoever waits for long before the time, so that its jumps are heard of; after a
/// jump back the next look is due at once.
async fn rest(clock: &dyn Clock, wait: Duration) {
    let begun_at = clock.now();
    let until = begun_at.plus(wait);
    let mut now = begun_at;
    while now < until && now >= begun_at {
        clock.wait_until(until).await;
        now = clock.now();
    }
}

/// A number by chance; where the system gives none, the middle.
fn chance() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

/// How long until the next look: the rhythm, doubled with each failure, and up to a fifth more by chance.
fn next_look(every: Duration, failures: u32, roll: u32) -> Duration {
    let doubled = every.saturating_mul(2_u32.saturating_pow(failures.min(16)));
    let wait = if failures == 0 { every } else { doubled.min(BACK_OFF_MAX).max(every) };
    wait + wait.mul_f64(f64::from(roll) / f64::from(u32::MAX) / 5.0)
}

#[cfg(test)]
mod tests {
    use super::{next_look, rest};
    use crate::base::{
        BootTime, Clock, Instant,
        instant::{Standstill, Wait},
    };
    use std::{
        sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
        time::Duration,
    };

    /// Wakes whoever waits after half a minute, as the system's clock does.
    struct Drowsy {
        ms: AtomicI64,
        woken: AtomicUsize,
        /// Where it goes at its second waking.
        jump: i64,
    }

    impl Clock for Drowsy {
        fn now(&self) -> Instant {
            Instant::from_ms(self.ms.load(SeqCst))
        }

        fn boot(&self) -> BootTime {
            BootTime(self.ms.load(SeqCst))
        }

        fn wait_until(&self, _: Instant) -> Wait<'_> {
            let ahead = if self.woken.fetch_add(1, SeqCst) == 1 { self.jump } else { 30_000 };
            self.ms.fetch_add(ahead, SeqCst);
            Box::pin(async {})
        }

        fn wait_for(&self, _: Duration) -> Wait<'_> {
            Box::pin(async {})
        }

        fn stand_still(&self) -> Standstill {
            Standstill::none()
        }
    }

    #[tokio::test]
    async fn a_calendar_is_asked_in_its_rhythm_however_often_the_clock_wakes_us() {
        let rested = async |jump| {
            let clock = Drowsy { ms: AtomicI64::new(0), woken: AtomicUsize::new(0), jump };
            rest(&clock, Duration::from_mins(10)).await;
            clock.woken.into_inner()
        };
        assert_eq!(rested(30_000).await, 20);
        assert_eq!(rested(-3_600_000).await, 2, "a clock that goes back must not silence a calendar for an hour");
    }

    #[test]
    fn who_fails_is_asked_less_and_less_often_but_is_not_forgotten() {
        let minutes = |failures, roll| next_look(Duration::from_mins(10), failures, roll).as_secs() / 60;
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 100].map(|failures| minutes(failures, 0)),
            [10, 20, 40, 80, 160, 320, 360, 360]
        );
        assert_eq!(minutes(0, u32::MAX), 12);
        assert_eq!(minutes(9, u32::MAX), 432);
        let seldom = Duration::from_hours(24);
        assert_eq!(next_look(seldom, 5, 0), seldom, "whoever is asked once a day is not asked more often for failing");
    }
}

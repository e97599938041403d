//! Pace: how many messages a minute one receiving domain gets from us.
//!
//! Receivers defer and then block whoever comes in a flood. A token is taken before the permit, so that nobody holds a
//! permission while waiting for a turn. Tokens drip evenly; what wasn't used is saved up for a tenth of a minute.
//!
//! Where several daemons share a database, each takes its part of the number: they are counted, and not asked. So when their
//! number changes, each begins with a full store of tokens anew, and for some seconds they may still count differently.
//!
//! Not promised: a common pace of two domains behind one provider; or that of more daemons than messages a minute.

use crate::base::{BootTime, Clock};
use governor::{Quota, RateLimiter, clock, middleware::NoOpMiddleware, state::keyed::DashMapStateStore};
use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

type Limiter = RateLimiter<String, DashMapStateStore<String>, BootClock, NoOpMiddleware<Duration>>;

/// See the module.
pub struct Pace {
    per_minute: NonZeroU32,
    domains: BTreeMap<String, NonZeroU32>,
    clock: BootClock,
    parts: RwLock<Parts>,
}

/// What is taken from, by one of so many.
struct Parts {
    of: NonZeroU32,
    others: Limiter,
    named: BTreeMap<String, Limiter>,
}

/// No token: come again after this long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotYet(pub Duration);

impl Pace {
    /// So many a minute for each domain, and for the named ones (A-labels in lower case) their own number.
    #[must_use]
    pub fn new(per_minute: NonZeroU32, domains: &BTreeMap<String, NonZeroU32>, clock: &Arc<dyn Clock>) -> Self {
        let clock = BootClock(Arc::clone(clock));
        let parts = RwLock::new(Parts::new(NonZeroU32::MIN, per_minute, domains, &clock));
        Self { per_minute, domains: domains.clone(), clock, parts }
    }

    /// From now on so many daemons share it, this one among them.
    pub fn divide_among(&self, daemons: NonZeroU32) {
        if self.daemons() != daemons {
            let parts = Parts::new(daemons, self.per_minute, &self.domains, &self.clock);
            *self.parts.write().unwrap_or_else(PoisonError::into_inner) = parts;
        }
    }

    /// How many share it.
    #[must_use]
    pub fn daemons(&self) -> NonZeroU32 {
        self.parts().of
    }

    /// Takes one token for a domain.
    ///
    /// # Errors
    /// When there is none, with the time until there will be.
    pub fn take(&self, domain: &str) -> Result<(), NotYet> {
        let parts = self.parts();
        let limiter = parts.named.get(domain).unwrap_or(&parts.others);
        limiter
            .check_key(&domain.to_owned())
            .map_err(|not_until| NotYet(not_until.wait_time_from(clock::Clock::now(limiter.clock()))))
    }

    /// Forgets domains that have all their tokens back. To be called now and then: each domain ever written to would
    /// stay in memory otherwise.
    pub fn forget_the_rested(&self) {
        self.parts().all().for_each(RateLimiter::retain_recent);
    }

    /// Domains remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.parts().all().map(RateLimiter::len).sum()
    }

    fn parts(&self) -> RwLockReadGuard<'_, Parts> {
        self.parts.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    fn new(of: NonZeroU32, per_minute: NonZeroU32, domains: &BTreeMap<String, NonZeroU32>, clock: &BootClock) -> Self {
        let limiter = |rate| RateLimiter::new(quota(rate, of), DashMapStateStore::default(), clock.clone());
        let named = domains.iter().map(|(domain, rate)| (domain.clone(), limiter(*rate))).collect();
        Self { of, others: limiter(per_minute), named }
    }

    fn all(&self) -> impl Iterator<Item = &Limiter> {
        self.named.values().chain([&self.others])
    }
}

/// A token drips after the time that all daemons together take for as many as they are.
fn quota(per_minute: NonZeroU32, of: NonZeroU32) -> Quota {
    let burst = NonZeroU32::new(per_minute.get() / 10 / of.get()).unwrap_or(NonZeroU32::MIN);
    let every = Duration::from_mins(1).saturating_mul(of.get()) / per_minute.get();
    Quota::with_period(every).unwrap_or(Quota::per_minute(per_minute)).allow_burst(burst)
}

/// Our boot clock, as governor reads clocks.
#[derive(Clone)]
struct BootClock(Arc<dyn Clock>);

impl clock::Clock for BootClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let BootTime(ms) = self.0.boot();
        Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }
}

//! Pace: how many messages a minute one receiving domain gets from us.
//!
//! Receivers defer and then block whoever comes in a flood. A token is taken before the permit, so that nobody holds a
//! permission while waiting for a turn. Tokens drip evenly; what wasn't used is saved up for a tenth of a minute.
//!
//! Not promised: a common pace of several daemons, or of two domains behind one provider.

use crate::base::{BootTime, Clock};
use governor::{Quota, RateLimiter, clock, middleware::NoOpMiddleware, state::keyed::DashMapStateStore};
use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc, time::Duration};

type Limiter = RateLimiter<String, DashMapStateStore<String>, BootClock, NoOpMiddleware<Duration>>;

/// See the module.
pub struct Pace {
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
        let limiter = |rate| RateLimiter::new(quota(rate), DashMapStateStore::default(), BootClock(Arc::clone(clock)));
        Self {
            others: limiter(per_minute),
            named: domains.iter().map(|(domain, rate)| (domain.clone(), limiter(*rate))).collect(),
        }
    }

    /// Takes one token for a domain.
    ///
    /// # Errors
    /// When there is none, with the time until there will be.
    pub fn take(&self, domain: &str) -> Result<(), NotYet> {
        let limiter = self.named.get(domain).unwrap_or(&self.others);
        limiter
            .check_key(&domain.to_owned())
            .map_err(|not_until| NotYet(not_until.wait_time_from(clock::Clock::now(limiter.clock()))))
    }

    /// Forgets domains that have all their tokens back. To be called now and then: each domain ever written to would
    /// stay in memory otherwise.
    pub fn forget_the_rested(&self) {
        for limiter in self.named.values().chain([&self.others]) {
            limiter.retain_recent();
        }
    }

    /// Domains remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.named.values().chain([&self.others]).map(RateLimiter::len).sum()
    }
}

fn quota(per_minute: NonZeroU32) -> Quota {
    let burst = NonZeroU32::new(per_minute.get() / 10).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(per_minute).allow_burst(burst)
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

//! The system's clock.

use crate::base::{
    BootTime, Clock, Instant,
    instant::{Standstill, Wait},
};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// No single wait is longer: the wall clock may have been set meanwhile, so the caller looks again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Wall time from the real-time clock, limits from the boot clock, which goes on while the machine sleeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// Boot time in microseconds, for measurements.
    #[must_use]
    pub fn boot_us(self) -> i64 {
        let time = clock_gettime(ClockId::Boottime);
        time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::from_ms(milliseconds(ClockId::Realtime))
    }

    fn boot(&self) -> BootTime {
        BootTime(milliseconds(ClockId::Boottime))
    }

    fn wait_until(&self, at: Instant) -> Wait<'_> {
        let ms = u64::try_from(at.ms_since(self.now())).unwrap_or(0);
        self.wait_for(Duration::from_millis(ms).min(LONGEST_WAIT))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn wait_for(&self, span: Duration) -> Wait<'_> {
        Box::pin(tokio::time::sleep(span))
    }

    fn stand_still(&self) -> Standstill {
        Standstill::none()
    }
}

fn milliseconds(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

//! Points in time: UTC in whole milliseconds, and time since boot.
//!
//! Invariant: nothing here reads a clock. `now` is a parameter on floors 0 and 1 and a `&dyn Clock` above; the only
//! clocks are in the module `clock`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, future::Future, pin::Pin, time::Duration};

/// Some 253,000 years: chrono's calendar ends nine millennia later, so a zone's offset never leads beyond it, where
/// chrono panics.
const CALENDAR_MS: i64 = 8_000_000_000_000_000;

/// A point in time: UTC milliseconds since 1970. The database stores the same integer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// The end of time: what never comes.
    pub const NEVER: Self = Self(i64::MAX);

    /// From UTC milliseconds since 1970.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// UTC milliseconds since 1970.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to this, negative if it lies after.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This much later; saturates at the end of time.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This much earlier.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// As chrono's type; instants beyond `CALENDAR_MS` clamp to it.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.clamp(-CALENDAR_MS, CALENDAR_MS)).unwrap_or_default()
    }

    /// From chrono's type, cut to whole milliseconds.
    #[must_use]
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER {
            return f.write_str("never");
        }
        write!(f, "{}", self.to_utc().format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Milliseconds since boot, sleep included: never jumps, means nothing after a restart of the machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct BootTime(pub i64);

impl BootTime {
    /// This much later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// A wait, boxed so that clocks can stand behind `dyn Clock`.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The one source of time and of waiting. The system's clock and the virtual clock of rehearsals implement it.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> Instant;
    /// The boot clock: real even where the wall clock is virtual, for limits on the wire.
    fn boot(&self) -> BootTime;
    /// Waits until the wall clock shows `at`, or less: a caller looks again and waits again.
    fn wait_until(&self, at: Instant) -> Wait<'_>;
    /// Waits this long by the boot clock.
    fn wait_for(&self, span: Duration) -> Wait<'_>;
    /// Keeps virtual time from passing while work is under way; the system's clock heeds nobody.
    fn stand_still(&self) -> Standstill;
}

/// Virtual time stands still until this is dropped.
#[must_use = "time goes on as soon as this is dropped"]
pub struct Standstill(Option<Box<dyn FnOnce() + Send>>);

impl Standstill {
    /// For clocks that heed nobody.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Runs `end` when dropped.
    pub fn until_dropped(end: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(end)))
    }
}

impl Drop for Standstill {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl fmt::Debug for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standstill")
    }
}

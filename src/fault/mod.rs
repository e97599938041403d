//! Named points at which a debug build can be told to die or to dawdle: what the crash and race proofs stand on.
//!
//! `COMITY_FAULT=after-permit:3` kills the process, as `kill -9` would, when that point is passed for the third time;
//! the point's name is appended to the file in `COMITY_FAULT_LOG` first, so that a proof knows that it fired.
//! `COMITY_FAULT=skip-revocation` switches the revocation of permits off, so that the race proof can show that it
//! would notice.
//! `COMITY_STALL=before-mail:80` keeps every lane waiting for 80 ms between its permit and its last look: a permit is
//! open for so short a time that hardly a stop would come into it by chance.
//! `COMITY_SPANS=lease:8000,beat:2500,retry:2000` has a lease last 8 s, so that a proof need not wait for half a minute to see
//! a node taken for dead, nor for a minute until what failed is tried again.
//!
//! Invariant: a release build holds none of this.

pub mod seam;

use crate::base::Clock;
use std::time::Duration;

#[cfg(debug_assertions)]
mod armed {
    use std::{
        fs::OpenOptions,
        io::Write,
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering},
        },
        time::Duration,
    };

    struct Fault {
        name: String,
        nth: u64,
        passed: AtomicU64,
    }

    fn fault() -> Option<&'static Fault> {
        static FAULT: OnceLock<Option<Fault>> = OnceLock::new();
        FAULT
            .get_or_init(|| {
                let (name, nth) = told("COMITY_FAULT")?;
                Some(Fault { name, nth, passed: AtomicU64::new(0) })
            })
            .as_ref()
    }

    /// A name and its number, from the environment.
    fn told(variable: &str) -> Option<(String, u64)> {
        let text = std::env::var(variable).ok()?;
        let (name, number) = text.split_once(':').unwrap_or((&text, "1"));
        Some((name.to_owned(), number.parse().ok()?))
    }

    pub fn point(name: &str) {
        let Some(fault) = fault().filter(|fault| fault.name == name) else { return };
        if fault.passed.fetch_add(1, Ordering::SeqCst) + 1 != fault.nth {
            return;
        }
        if let Some(path) = std::env::var_os("COMITY_FAULT_LOG")
            && let Ok(mut log) = OpenOptions::new().create(true).append(true).open(path)
        {
            let _ = writeln!(log, "{name}").and_then(|()| log.sync_all());
        }
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }

    pub fn is_on(name: &str) -> bool {
        fault().is_some_and(|fault| fault.name == name)
    }

    pub fn stall(name: &str) -> Option<Duration> {
        static STALL: OnceLock<Option<(String, u64)>> = OnceLock::new();
        let (stalled, ms) = STALL.get_or_init(|| told("COMITY_STALL")).as_ref()?;
        (stalled == name).then(|| Duration::from_millis(*ms))
    }

    pub fn span(name: &str) -> Option<Duration> {
        static SPANS: OnceLock<String> = OnceLock::new();
        let spans = SPANS.get_or_init(|| std::env::var("COMITY_SPANS").unwrap_or_default());
        let mut spans = spans.split(',').filter_map(|span| span.split_once(':'));
        let (_, ms) = spans.find(|(spanned, _)| *spanned == name)?;
        ms.parse().ok().map(Duration::from_millis)
    }
}

/// Passes a named point. Nothing in a release build.
#[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "release builds hold no faults"))]
#[inline]
pub fn point(name: &str) {
    #[cfg(debug_assertions)]
    armed::point(name);
}

/// Whether a switch such as `skip-revocation` is set. Never in a release build.
#[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "release builds hold no faults"))]
#[must_use]
#[inline]
pub fn is_on(name: &str) -> bool {
    #[cfg(debug_assertions)]
    return armed::is_on(name);
    #[cfg(not(debug_assertions))]
    return false;
}

/// How long something lasts: as it is written, or as `COMITY_SPANS` says. As it is written in a release build.
#[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "release builds hold no faults"))]
#[must_use]
#[inline]
pub fn span(name: &str, written: Duration) -> Duration {
    #[cfg(debug_assertions)]
    return armed::span(name).unwrap_or(written);
    #[cfg(not(debug_assertions))]
    return written;
}

/// Waits where `COMITY_STALL` says so. Nothing in a release build.
#[cfg_attr(
    not(debug_assertions),
    expect(unused_variables, clippy::unused_async, reason = "release builds hold no faults")
)]
#[inline]
pub async fn stall(name: &str, clock: &dyn Clock) {
    #[cfg(debug_assertions)]
    if let Some(span) = armed::stall(name) {
        clock.wait_for(span).await;
    }
}

/// The points that a request of the API passes. The proof of its answers goes through this list.
pub const ENTRY_POINTS: [&str; 2] = ["before-entry-commit", "after-entry-commit"];

/// The points that a reload passes. The proof that the next start finishes it goes through this list.
pub const RELOAD_POINTS: [&str; 2] = ["after-switch", "after-replanned-page"];

/// Every point that a message passes. The crash proof goes through this list and demands that each one fires.
pub const POINTS: [&str; 12] = [
    "after-claim",
    "after-draft",
    "before-permit-commit",
    "after-permit-commit",
    "before-mail",
    "after-mail",
    "before-intent-commit",
    "after-intent-commit",
    "before-body",
    "after-dot",
    "before-receipt-commit",
    "after-receipt-commit",
];

//! Named points at which a debug build can be told to die: what the crash proofs stand on.
//!
//! `COMITY_FAULT=after-permit:3` kills the process, as `kill -9` would, when that point is passed for the third time;
//! the point's name is appended to the file in `COMITY_FAULT_LOG` first, so that a proof knows that it fired.
//! `COMITY_FAULT=skip-revocation` switches the revocation of permits off, so that the race proof can show that it
//! would notice.
//!
//! Invariant: a release build holds none of this.

#[cfg(debug_assertions)]
mod armed {
    use std::{
        fs::OpenOptions,
        io::Write,
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering},
        },
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
                let text = std::env::var("COMITY_FAULT").ok()?;
                let (name, nth) = text.split_once(':').unwrap_or((&text, "1"));
                Some(Fault { name: name.to_owned(), nth: nth.parse().ok()?, passed: AtomicU64::new(0) })
            })
            .as_ref()
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

/// Every point that the code passes. The crash proof goes through this list and demands that each one fires.
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

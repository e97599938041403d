//! Named points at which a debug build can be told to die, to freeze or to dawdle: what the crash and race proofs stand on.
//!
//! `COMITY_FAULT=after-permit:3` kills the process, as `kill -9` would, when that point is passed for the third time;
//! the point's name is appended to the file in `COMITY_FAULT_LOG` first, so that a proof knows that it fired.
//! `COMITY_FREEZE=after-last-look:3` stops the process there, as `kill -STOP` would, each third time: whoever watches wakes it
//! by SIGCONT.
//! `COMITY_STALL=before-last-look:80` keeps every lane waiting for 80 ms between its permit and its last look: a permit is
//! open for so short a time that hardly a stop would come into it by chance.
//! `COMITY_SPANS=lease:8000,beat:2500,retry:2000` has a lease last 8 s, so that a proof need not wait for half a minute to see
//! a node taken for dead, nor for a minute until what failed is tried again.
//! `COMITY_WINDOW=FILE` notes for each message how many nanoseconds lay between its last look and the moment at which the kernel
//! had its MAIL: in that window a process that is frozen can't be told that somebody said stop.
//! `COMITY_HURRY=1` lets what is done once in a while be done at once.
//! `COMITY_FAULT=skip-revocation` is no point but a [`Switch`]: the revocation of permits is off, so that the race proof can show
//! that it would notice. `skip-dot-note` is another: no dot is noted before it leaves, which the crash proof must notice.
//!
//! [`Point`] has all names. A process that is told another one ends at once, so that no proof waits for a point that was renamed.
//!
//! Invariant: a release build holds none of this.

pub mod points;
pub mod seam;

pub use points::Point;

use crate::base::Clock;
use std::time::Duration;

/// What `COMITY_FAULT` says where it names no point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Switch {
    /// No permit is revoked.
    SkipRevocation,
    /// No dot is noted.
    SkipDotNote,
    /// This is the next version: it has one migration more, beside which this one can work.
    NextVersion,
    /// The same, and this one can't.
    NextVersionAlone,
}

impl Switch {
    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "skip-revocation" => Some(Self::SkipRevocation),
            "skip-dot-note" => Some(Self::SkipDotNote),
            "next-version" => Some(Self::NextVersion),
            "next-version-alone" => Some(Self::NextVersionAlone),
            _ => None,
        }
    }
}

#[cfg(debug_assertions)]
mod armed {
    use super::{Point, Switch};
    use rustix::{
        process::{Signal, getpid, kill_process},
        time::{ClockId, clock_gettime},
    };
    use std::{
        cell::Cell,
        ffi::OsString,
        fs::OpenOptions,
        io::{self, Write},
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering},
        },
        time::Duration,
    };

    /// What one variable says.
    struct Told {
        point: Point,
        number: u64,
        passed: AtomicU64,
    }

    #[derive(Default)]
    struct Orders {
        fault: Option<Told>,
        freeze: Option<Told>,
        stall: Option<Told>,
        switch: Option<Switch>,
        hurries: bool,
        window: Option<OsString>,
    }

    /// By then a thread has heard that the process is to stand still, however busy the machine is.
    const HEARD_NS: i128 = 300_000_000;

    thread_local! {
        /// When this thread took its last look.
        static LOOKED: Cell<Option<i128>> = const { Cell::new(None) };
    }

    fn orders() -> &'static Orders {
        static ORDERS: OnceLock<Orders> = OnceLock::new();
        ORDERS.get_or_init(|| {
            let fault = variable("COMITY_FAULT");
            let switch = fault.as_deref().and_then(Switch::named);
            let fault = fault.filter(|_| switch.is_none());
            Orders {
                fault: fault.map(|text| told("COMITY_FAULT", &text)),
                freeze: variable("COMITY_FREEZE").map(|text| told("COMITY_FREEZE", &text)),
                stall: variable("COMITY_STALL").map(|text| told("COMITY_STALL", &text)),
                switch,
                hurries: variable("COMITY_HURRY").is_some(),
                window: std::env::var_os("COMITY_WINDOW"),
            }
        })
    }

    fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|text| !text.is_empty())
    }

    /// A point and its number.
    fn told(variable: &str, text: &str) -> Told {
        let (name, number) = text.split_once(':').unwrap_or((text, "1"));
        if let (Some(point), Ok(number @ 1..)) = (Point::named(name), number.parse()) {
            return Told { point, number, passed: AtomicU64::new(0) };
        }
        let _ = writeln!(io::stderr(), "{variable}={text} names no point, see src/fault/points.rs");
        std::process::abort();
    }

    impl Told {
        /// How often it was passed, this time included; `None` where another point is meant.
        fn pass(&self, point: Point) -> Option<u64> {
            (self.point == point).then(|| self.passed.fetch_add(1, Ordering::SeqCst) + 1)
        }
    }

    pub fn point(point: Point) {
        let Orders { fault, freeze, .. } = orders();
        if let Some(fault) = fault
            && fault.pass(point) == Some(fault.number)
        {
            die(point);
        }
        if let Some(freeze) = freeze
            && freeze.pass(point).is_some_and(|passed| passed.is_multiple_of(freeze.number))
        {
            stand_still();
        }
    }

    /// The signal is for the process, and another thread may hear of it first: this one goes no further until that has surely
    /// happened. While all stand still, the time of this wait passes.
    fn stand_still() {
        let since = now();
        let _ = kill_process(getpid(), Signal::STOP);
        while now() - since < HEARD_NS {
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn now() -> i128 {
        let now = clock_gettime(ClockId::Monotonic);
        i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
    }

    /// Measures from the one point to the other, which the same thread passes next.
    pub fn measure(point: Point) {
        let Some(path) = &orders().window else { return };
        match point {
            Point::AfterLastLook => LOOKED.set(Some(now())),
            Point::AfterMailWritten => {
                if let Some(looked) = LOOKED.take() {
                    let took = now() - looked;
                    let log = OpenOptions::new().create(true).append(true).open(path);
                    let _ = log.and_then(|mut log| writeln!(log, "{took}"));
                }
            }
            _ => {}
        }
    }

    fn die(point: Point) {
        if let Some(path) = std::env::var_os("COMITY_FAULT_LOG")
            && let Ok(mut log) = OpenOptions::new().create(true).append(true).open(path)
        {
            let _ = writeln!(log, "{}", point.name()).and_then(|()| log.sync_all());
        }
        let _ = kill_process(getpid(), Signal::KILL);
        std::process::abort();
    }

    pub fn is_armed(point: Point) -> bool {
        let Orders { fault, freeze, .. } = orders();
        [fault, freeze].into_iter().flatten().any(|told| told.point == point)
    }

    pub fn is_on(switch: Switch) -> bool {
        orders().switch == Some(switch)
    }

    pub fn hurries() -> bool {
        orders().hurries
    }

    pub fn stall(point: Point) -> Option<Duration> {
        let stall = orders().stall.as_ref().filter(|stall| stall.point == point)?;
        Some(Duration::from_millis(stall.number))
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
pub fn point(point: Point) {
    #[cfg(debug_assertions)]
    {
        armed::measure(point);
        armed::point(point);
    }
}

/// Passes the point of a command that has just been written to a mail server. Nothing in a release build.
#[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "release builds hold no faults"))]
#[inline]
pub fn command_written(command: &[u8]) {
    #[cfg(debug_assertions)]
    match command.get(..4) {
        Some(b"MAIL") => point(Point::AfterMailWritten),
        Some(b"RCPT") => point(Point::AfterRcptWritten),
        Some(b"DATA") => point(Point::AfterDataWritten),
        Some(b"RSET") => point(Point::AfterRsetWritten),
        _ => {}
    }
}

/// How much of this is to be written at once: half, where the process is to be cut off in the middle of it; else all of it, and in
/// a release build always.
#[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "release builds hold no faults"))]
#[must_use]
#[inline]
pub fn at_once(written_before: usize, rest: &[u8]) -> &[u8] {
    #[cfg(debug_assertions)]
    if written_before == 0 && armed::is_armed(Point::InBody) {
        return rest.get(..rest.len() / 2).unwrap_or(rest);
    }
    rest
}

/// How long something waits that is done once in a while: no proof waits so long. As it is in a release build.
#[must_use]
#[inline]
pub fn sooner(span: Duration) -> Duration {
    #[cfg(debug_assertions)]
    if armed::hurries() {
        return Duration::from_millis(100);
    }
    span
}

/// Whether a proof wants this. Never in a release build.
#[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "release builds hold no faults"))]
#[must_use]
#[inline]
pub fn is_on(switch: Switch) -> bool {
    #[cfg(debug_assertions)]
    return armed::is_on(switch);
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
pub async fn stall(point: Point, clock: &dyn Clock) {
    #[cfg(debug_assertions)]
    if let Some(span) = armed::stall(point) {
        clock.wait_for(span).await;
    }
}

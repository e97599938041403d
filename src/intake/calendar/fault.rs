//! What can be wrong with a calendar, and with one event of it: values with their sentences.

use serde::{Deserialize, Serialize};

/// Events in one file. A busy salon's ten years are fewer.
pub const EVENTS_MAX: usize = 200_000;
/// Series that go on inside the window: each is expanded by itself.
pub const SERIES_MAX: usize = 1_000;
/// Visits in one window.
pub const VISITS_MAX: usize = 50_000;

/// Why a file as a whole is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoCalendar {
    /// Nothing in it.
    #[error("the calendar is empty: not even its first line, BEGIN:VCALENDAR, is there")]
    Empty,
    /// A web page.
    #[error(
        "this is a web page, not a calendar: use the address that the calendar's settings call iCal, ICS or export"
    )]
    WebPage,
    /// Something else.
    #[error("this is not a calendar: its first line is not BEGIN:VCALENDAR")]
    Other,
    /// Its text isn't UTF-8, which RFC 5545 3.1.4 demands.
    #[error("the calendar's text is not UTF-8; export it again")]
    NotUtf8,
    /// The end is missing: it was cut off on its way.
    #[error("the calendar is cut off: {open} is opened in line {line} and not closed")]
    CutOff {
        /// What stands open.
        open: String,
        /// Where it was opened.
        line: u64,
    },
    /// `END` without `BEGIN`, or of another thing.
    #[error("the calendar is damaged: line {line} closes {closed}, which isn't open there")]
    Crossed {
        /// What is closed.
        closed: String,
        /// Where.
        line: u64,
    },
    /// Things inside things inside things.
    #[error("the calendar is damaged: line {line} opens a part inside too many others")]
    TooDeep {
        /// Where.
        line: u64,
    },
    /// The parser saw another structure than we did.
    #[error("the calendar can't be read: {0}")]
    Unreadable(String),
    /// An answer to an invitation.
    #[error("this is an answer to an invitation (METHOD:{0}), not a calendar")]
    Answer(String),
    /// More events than any salon has.
    #[error("the calendar has more than {EVENTS_MAX} events")]
    TooManyEvents,
    /// More series than any salon has.
    #[error("more than {SERIES_MAX} events of the calendar repeat")]
    TooManySeries,
    /// More visits than any salon has.
    #[error("the calendar has more than {VISITS_MAX} visits in the time that is looked at")]
    TooManyVisits,
}

/// Why one event is not taken. No sentence repeats what the event says about a person.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// Without a name it can't be known again.
    #[error("the event has no UID, so that it could not be known again")]
    NoUid,
    /// The name is no name.
    #[error("the event's UID is longer than 1000 characters or holds control characters")]
    BadUid,
    /// No start.
    #[error("the event has no start (DTSTART)")]
    NoStart,
    /// A date or number that isn't one.
    #[error("{0} can't be read")]
    Unreadable(&'static str),
    /// The same property twice.
    #[error("{0} stands there twice")]
    Twice(&'static str),
    /// The end lies before the start.
    #[error("the event ends before it begins")]
    EndsBeforeStart,
    /// A zone that nobody knows.
    #[error(
        "the time zone `{0}` is not known, and the calendar's own rules for it are not those of the business's zone"
    )]
    Zone(String),
    /// A rule that can't be read or followed.
    #[error("its rule of repetition (RRULE) can't be followed")]
    Rule,
    /// Visits don't repeat by the hour.
    #[error("it repeats more often than visits do")]
    RepeatsTooOften,
    /// Another event has its name, and is newer.
    #[error("another event has the same UID and is newer or stands later in the file; that one was taken")]
    Superseded,
}

/// Why an event, or one occurrence of it, is no visit of the window.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// Whole days.
    AllDay,
    /// It lies before the window.
    Past,
    /// It lies after the window.
    Later,
}

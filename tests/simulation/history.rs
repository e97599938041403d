//! What happened, as people and the mail server saw it. Never what the engine believes.

use super::{
    clock::SimClock,
    script::{Deed, said},
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// After boot.
    pub boot: i64,
    /// By the wall of the node that it is about, in the same count: boot time and what the wall is ahead.
    pub wall: i64,
    pub node: usize,
    pub what: What,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Somebody asked for something, by this number.
    Asked(usize, Deed),
    /// And was answered.
    Answered(usize, Answer),
    /// The server was told `MAIL`, for this message.
    Mail(Mail),
    /// And took the message, or not; and what was heard of it.
    Ended(Mail, End),
    /// The wall was set.
    Jumped(i64),
    /// The daemon ended, by force.
    Died,
    /// It stands still for a while.
    Froze,
    /// Its database is out of its reach for a while.
    Cut,
    /// It began.
    Began,
    /// From here on all is well.
    Healed,
}

/// What may happen, in a word.
pub const KINDS: [&str; 16] = [
    "asked",
    "done",
    "done in a moment",
    "kept",
    "refused",
    "failed",
    "mail",
    "taken",
    "taken, unheard",
    "taken, denied",
    "deferred",
    "rejected",
    "nothing",
    "died",
    "froze",
    "cut",
];

impl Event {
    /// In a word.
    pub const fn kind(&self) -> &'static str {
        match &self.what {
            What::Asked(..) => "asked",
            What::Answered(_, Answer::Done) => "done",
            What::Answered(_, Answer::Within(_)) => "done in a moment",
            What::Answered(_, Answer::Kept) => "kept",
            What::Answered(_, Answer::No(_)) => "refused",
            What::Answered(_, Answer::Failed(_)) => "failed",
            What::Mail(_) => "mail",
            What::Ended(_, End::Taken) => "taken",
            What::Ended(_, End::TakenUnheard) => "taken, unheard",
            What::Ended(_, End::TakenDenied) => "taken, denied",
            What::Ended(_, End::Deferred) => "deferred",
            What::Ended(_, End::Rejected) => "rejected",
            What::Ended(_, End::Nothing) => "nothing",
            What::Jumped(_) => "the wall was set",
            What::Died => "died",
            What::Froze => "froze",
            What::Cut => "cut",
            What::Began => "began",
            What::Healed => "healed",
        }
    }
}

/// How something was answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It holds.
    Done,
    /// It is written down, and holds after so many milliseconds.
    Within(i64),
    /// It is written down at this node, and holds everywhere when its database is within its reach.
    Kept,
    /// It does not hold, for a reason that was said.
    No(String),
    /// It failed: nobody said that it holds, or that it doesn't.
    Failed(String),
}

/// One transaction at the server.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mail {
    /// The so-manieth.
    pub number: usize,
    pub to: String,
    /// Which workflow, visit and start the subject names.
    pub subject: String,
    /// The so-manieth Message-ID that the server saw.
    pub id: usize,
}

/// How a transaction ended, by the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Taken, and said so.
    Taken,
    /// Taken, and nobody heard of it.
    TakenUnheard,
    /// Taken, and the server says that it isn't.
    TakenDenied,
    /// Not taken, by a 4xx.
    Deferred,
    /// Not taken, by a 5xx.
    Rejected,
    /// Not taken: it came to nothing.
    Nothing,
}

impl End {
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Taken | Self::TakenUnheard | Self::TakenDenied)
    }
}

/// Where all that happens is written down.
pub struct History {
    clock: Arc<SimClock>,
    events: Mutex<Vec<Event>>,
}

impl History {
    pub fn new(clock: Arc<SimClock>) -> Arc<Self> {
        Arc::new(Self { clock, events: Mutex::default() })
    }

    pub fn note(&self, node: usize, what: What) {
        let (boot, wall) = (self.clock.since_boot(), self.clock.wall(node));
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(Event { boot, wall, node, what });
    }

    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} node {}", said(self.boot), self.node)?;
        if self.wall != self.boot {
            write!(f, " ({:+} s)", (self.wall - self.boot) / 1000)?;
        }
        match &self.what {
            What::Asked(number, deed) => write!(f, " #{number} {deed:?}"),
            What::Answered(number, answer) => write!(f, " #{number} answered {answer:?}"),
            What::Mail(mail) => write!(f, " MAIL {mail}"),
            What::Ended(mail, end) => write!(f, " {end:?} {mail}"),
            other => write!(f, " {other:?}"),
        }
    }
}

impl fmt::Display for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: to {} id {} \"{}\"", self.number, self.to, self.id, self.subject)
    }
}

/// A history, line by line.
pub fn told(events: &[Event]) -> String {
    events.iter().fold(String::new(), |text, event| format!("{text}{event}\n"))
}

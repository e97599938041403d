//! The desk where stops, answers and preferences are handed in: what the public pages ask of the engine, and what they are told.
//!
//! The page knows a verified [`Link`] and nothing else. The engine knows the store, the journal and the lanes; it
//! answers when no message can leave any more, or says that it could only write the stop down.

pub mod stop;
pub mod address;
pub mod answer;
pub mod my_data;
pub mod preferences;
pub mod privacy;
pub mod proof;
pub mod recommended;
pub mod sign_up;
pub mod why;

pub use preferences::{PreferenceDesk, PreferenceView, Stands};
pub use privacy::PrivacyDesk;
pub use recommended::RecommendedDesk;
pub use why::WhyDesk;

use super::office::visits::Question;
use crate::{
    base::{Zone, civil::CivilTime, token::Link},
    config::Logo,
    deliver::transport::Boxed,
    ledger::entry::StopVia,
    people::{Answer, Language},
    policy::look::Accent,
    store::StoreError,
};
use std::{sync::Arc, time::Duration};

/// Takes stops, at any time, in any state of the daemon: starting, paused, with or without its database.
pub trait StopDesk: Send + Sync {
    /// What the page shows before anybody decides. Changes nothing: mail scanners follow every link. `None` when there
    /// is no such customer (any more).
    fn look<'a>(&'a self, link: &'a Link) -> Boxed<'a, Option<StopView>>;

    /// Stops messages of the link's purpose to the customer's mailbox. Idempotent.
    ///
    /// # Errors
    /// When the stop is neither in the database nor in the journal: the page must not say that it is.
    fn stop<'a>(&'a self, link: &'a Link, via: StopVia) -> Boxed<'a, Result<StopOutcome, StopFailed>>;

    /// Notes that the owner reached the public page from outside, at this address of it.
    ///
    /// # Errors
    /// When that is nowhere on disk.
    fn prove(&self, url: &str) -> Result<(), StopFailed>;

    /// Who writes, for pages that know no customer.
    fn business(&self) -> Business;

    /// Whether the daemon is ready for its work, for whoever watches over it.
    fn readiness(&self) -> Readiness;
}

/// The business, as pages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Business {
    /// Its name.
    pub name: String,
    /// Its language, where neither customer nor browser names one that we have.
    pub language: Language,
    /// Its clock.
    pub time_zone: Zone,
    /// What the addresses of all public pages begin with.
    pub public_url: String,
    /// How they look.
    pub look: Look,
}

/// What is the business's own in how pages look.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Look {
    /// Its colour.
    pub accent: Option<Accent>,
    /// Its logo.
    pub logo: Option<Arc<Logo>>,
}

/// What the page may show: no history, no fields, and the address masked, because forwarded mail carries its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopView {
    /// The business's name.
    pub business: String,
    /// The purpose's title, in `language`.
    pub title: String,
    /// The purpose's promise, in `language`.
    pub promise: String,
    /// The mailbox, masked. `None` while the database is away.
    pub mailbox: Option<String>,
    /// The customer's language. `None` where it is not known: the browser's is taken, then the business's.
    pub language: Option<Language>,
}

/// What became of a stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopOutcome {
    /// Committed, and no transaction for it begins from now on (promise P2), whether it is the first stop or the tenth.
    Stopped,
    /// The database was away: the stop is on disk in the journal.
    Journalled {
        /// The bound: how long a message that was already permitted may still begin. None where other nodes may work with the
        /// database, which know nothing of this stop before it is back.
        within: Option<Duration>,
    },
    /// No such customer (any more): nobody is written to.
    Unknown,
}

/// The stop is nowhere on disk.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the stop could be written neither to the database nor to the journal: {0}")]
pub struct StopFailed(pub String);

/// Whether the daemon does its work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readiness {
    /// It does.
    Ready,
    /// Not yet: it is starting.
    Starting,
    /// Not any more: it is shutting down.
    Stopping,
    /// The database can't be reached, for this reason; stops go to the journal.
    DatabaseAway(&'static str),
}

/// Takes answers: "I'm coming", "I can't come", "another time".
pub trait AnswerDesk: Send + Sync {
    /// What the page shows before anybody answers. Changes nothing: mail scanners follow every link. `None` when the
    /// link leads nowhere (any more).
    ///
    /// # Errors
    /// When the database can't be asked.
    fn visit<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<VisitView>, AnswerFailed>>;

    /// Puts the answer on the visit, if it can still be given. Idempotent; the last answer holds.
    ///
    /// # Errors
    /// When the answer is not on disk: the page must not say that it is.
    fn answer<'a>(&'a self, link: &'a Link, answer: Answer) -> Boxed<'a, Result<Option<VisitView>, AnswerFailed>>;
}

/// Takes the owner's word about visits that nobody is known for, by the links of what they are sent.
pub trait VisitDesk: Send + Sync {
    /// What the page shows before anything is said. Changes nothing: mail scanners follow every link.
    ///
    /// # Errors
    /// When the database can't be asked.
    fn whose(&self, visit: i64) -> Boxed<'_, Result<Question, AnswerFailed>>;

    /// Says whose the visit is, if it is one of those who are likely: the page is for whoever holds the link, and must not
    /// tell who else is known here. Idempotent. Anybody else leaves the question as it is.
    ///
    /// # Errors
    /// When it is not on disk: the page must not say that it is.
    fn settle<'a>(&'a self, visit: i64, customer: &'a str) -> Boxed<'a, Result<Question, AnswerFailed>>;
}

/// What the page may show of a visit: when it is, and nothing else, because forwarded mail carries its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitView {
    /// The civil start that the message named, with its zone.
    pub starts_at: CivilTime,
    /// Whether it can be answered.
    pub standing: Standing,
    /// What was answered last.
    pub answered: Option<Answer>,
    /// The customer's language, where it is known.
    pub language: Option<Language>,
}

/// Whether a visit can be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It can.
    Ahead,
    /// It has begun, or is past.
    Over,
    /// It is at another time now.
    Moved,
    /// It was cancelled.
    Cancelled,
}

/// The answer is nowhere on disk, or the visit can't be shown.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the database can't be asked: {0}")]
pub struct AnswerFailed(pub String);

impl From<StoreError> for AnswerFailed {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

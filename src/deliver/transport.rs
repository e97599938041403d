//! What a transport promises: lanes that take one attempt at a time and say truthfully what became of it.
//!
//! The SMTP route implements it; rehearsals use one on paper.

use super::{Parcel, readers::Recipient};
use crate::{
    base::{EmailAddress, PlanId},
    ledger::{Carried, Reply},
};
use std::{future::Future, pin::Pin};

/// A boxed future, so that transports can stand behind `dyn`.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Opens lanes.
pub trait Transport: Send + Sync {
    /// A new lane, connected, greeted, encrypted and authenticated.
    fn connect(&self) -> Boxed<'_, Result<Box<dyn Lane>, ConnectFailure>>;
}

/// Why no lane could be had. Never the fault of a message: nothing is counted against one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConnectFailure {
    /// No connection, no greeting in time, or a 4xx: try again later.
    #[error("the mail server can't be reached now: {0}")]
    Unreachable(String),
    /// Authentication or TLS failed, or the server won't have us: a person must look.
    #[error("the mail server refuses us: {0}")]
    Refused(String),
}

/// One connection. It carries one message at a time.
pub trait Lane: Send {
    /// One transaction. Whatever happens, the answer says whether the message can have arrived.
    fn carry<'a>(&'a mut self, parcel: Parcel<'a>, flight: &'a dyn Flight) -> Boxed<'a, Carried>;
    /// Whether it may carry another one. A lane that saw a timeout, a cancel or an odd answer never may.
    fn is_sound(&self) -> Soundness;
    /// Says goodbye, within a short limit.
    fn close(self: Box<Self>) -> Boxed<'static, ()>;
}

/// Whether a lane may be used again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Soundness {
    /// At rest between two transactions.
    Sound,
    /// To be closed; what the server said last, where it said something (a 421).
    Broken(Option<Reply>),
}

/// The engine's side of one transaction: permission until the last moment, and the intent.
pub trait Flight: Send + Sync {
    /// Asked immediately before `MAIL` is written. After a yes, a stop waits for [`Flight::begun`].
    fn may_begin(&self) -> Begin;
    /// `MAIL` was answered, or the lane is gone.
    fn begun(&self);
    /// Makes the intent durable. Awaited before the body's first byte, while RCPT and DATA are on their way.
    fn intent(&self) -> Boxed<'_, Result<(), IntentFailed>>;
    /// Notes that the dot leaves next, so that whoever comes after a death knows. Called when all of the body has left, and the
    /// dot has not.
    ///
    /// # Errors
    /// When nobody could know. The dot must not be written then.
    fn note_dot(&self) -> Result<(), DotNotNoted>;
}

/// The last look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// Write `MAIL` now.
    Go,
    /// A stop came first.
    Revoked,
}

/// The intent is not on disk, so the body must not be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the intent could not be written")]
pub struct IntentFailed;

/// What is to come is not noted, so the dot must not be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("that the message is about to be handed over could not be noted")]
pub struct DotNotNoted;

/// A message in bytes, ready for the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The plan it is for.
    pub plan: PlanId,
    /// `MAIL FROM`.
    pub sender: EmailAddress,
    /// `RCPT TO`, exactly one: the customer, or in a rehearsal the owner.
    pub recipient: Recipient,
    /// The subject, for whoever shows what left.
    pub subject: String,
    /// The message with its headers and signature, CRLF line ends, not yet dot-stuffed.
    pub bytes: Vec<u8>,
    /// SHA-256 of what the customer would see: the same on every attempt if nothing changed. Date and signature apart.
    pub digest: [u8; 32],
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({} bytes to {})", self.bytes.len(), self.recipient.address().domain())
    }
}

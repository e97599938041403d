//! What became of an attempt: the server's word, or how we know that there is none.

use crate::base::{AttemptId, PlanId};
use serde::{Deserialize, Serialize};

/// How far a transaction got.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Connecting, greeting, EHLO, TLS, AUTH.
    Connect,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`, up to the 354.
    Data,
    /// The body, before its final dot was written.
    Body,
    /// The final dot is written.
    Dot,
}

/// What the server said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reply {
    /// `250`, `451`, `550`.
    pub code: u16,
    /// `5.1.1`, where given.
    pub enhanced: Option<(u8, u16, u16)>,
    /// The text, at most 200 characters, addresses masked.
    pub text: String,
}

/// The outcome of one attempt. It goes straight into the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[must_use = "a receipt that isn't recorded is a message that may be sent twice"]
pub enum Receipt {
    /// `250` to the dot.
    Accepted(Reply),
    /// A rehearsal: it went to the owner and not to the customer. Without a reply where the one to the dot was lost: the
    /// owner may have it, and nobody else can.
    Rehearsed(Option<Reply>),
    /// `4xx`: the server asks us to come again.
    Deferred {
        /// Where.
        phase: Phase,
        /// What it said.
        reply: Reply,
    },
    /// `5xx` about this message or recipient.
    Rejected {
        /// Where.
        phase: Phase,
        /// What it said.
        reply: Reply,
    },
    /// `5.7.x`, `530`, `535` and the like: the server refuses *us*. The route pauses; nobody is blamed.
    RouteRefused {
        /// Where.
        phase: Phase,
        /// What it said.
        reply: Reply,
    },
    /// The final dot was surely not written: nothing can have arrived. Try again.
    Aborted {
        /// Where.
        phase: Phase,
        /// What went wrong.
        why: AbortCause,
    },
    /// Never begun: the permit was revoked by a stop, or its life ended.
    NotBegun(NotBegun),
    /// The dot was written, or may have been, and no answer came.
    Uncertain,
}

/// Why an attempt ended before its dot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AbortCause {
    /// The server took longer than the phase's limit.
    Timeout,
    /// The connection broke.
    Disconnected,
    /// The server said what no server may say.
    OddReply,
    /// The intent could not be written to disk.
    NoIntent,
    /// The owner of the attempt died before its dot.
    OwnerLost,
    /// The draft was outdated by a change.
    Outdated,
}

/// Why an attempt wasn't begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotBegun {
    /// A stop, a cancellation or a pause took the permission back.
    Revoked,
    /// The permit's life ended before `MAIL`.
    PermitExpired,
    /// The lane was broken (421, or closed while idle): a free retry.
    LaneBroken,
    /// The letter at hand was another plan's. Only a mistake in this program brings that about.
    OtherLetter,
}

/// What the transport gives back for an [`Attempt`](super::Attempt) that it took: the store records it, nobody else can.
#[derive(Debug)]
#[must_use = "an attempt that isn't closed stays open for ever"]
pub struct Carried {
    /// The attempt that this closes.
    pub attempt: AttemptId,
    /// Its plan.
    pub plan: PlanId,
    /// What became of it.
    pub receipt: Receipt,
}

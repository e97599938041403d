//! What a customer can change about a gate's answer: theirs are a yes and a no, an address, a time zone, an answer, a
//! limit and a silence of their own.
//!
//! Not here: what the business could change. Its policy is the same for everybody, and no single message is a reason to
//! widen it.

use super::{
    Reason,
    frequency::{OWN_OF_ALL, OWN_OF_PURPOSE},
};
use crate::people::SuppressionReason;
use serde::Serialize;

/// What they can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Say yes.
    Agree,
    /// Take a no back, which nobody can do for them.
    TakeBackTheNo,
    /// Give another address.
    GiveAnAddress,
    /// Say where they live.
    TellTheZone,
    /// Answer otherwise.
    AnswerOtherwise,
    /// Want more: the limit is their own.
    LiftTheLimit,
    /// Want to hear again: the silence is their own.
    EndTheSilence,
    /// Ask the business to lift what was restricted.
    AskTheBusiness,
    /// Stop the purpose: of what leaves.
    Stop,
    /// Nothing.
    Nothing,
}

impl Choice {
    /// All.
    pub const ALL: [Self; 10] = [
        Self::Agree,
        Self::TakeBackTheNo,
        Self::GiveAnAddress,
        Self::TellTheZone,
        Self::AnswerOtherwise,
        Self::LiftTheLimit,
        Self::EndTheSilence,
        Self::AskTheBusiness,
        Self::Stop,
        Self::Nothing,
    ];

    /// It, in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Agree => "The customer can change that by agreeing to this purpose.",
            Self::TakeBackTheNo => {
                "Only the customer can change that, from the mailbox itself: no import and no clerk can."
            }
            Self::GiveAnAddress => "The customer can change that by giving another address.",
            Self::TellTheZone => "The customer can change that by saying in which time zone they live.",
            Self::AnswerOtherwise => {
                "The customer can change that by another answer, through the links in the message."
            }
            Self::LiftTheLimit => "The customer can change that: the limit is their own.",
            Self::EndTheSilence => "The customer can change that: the silence is their own.",
            Self::AskTheBusiness => "The customer can change that by asking the business to lift the restriction.",
            Self::Stop => "The customer can stop this purpose by the link in each of its messages.",
            Self::Nothing => "There is nothing that the customer could change about that.",
        }
    }
}

impl Reason {
    /// What the customer can change about it.
    #[must_use]
    pub fn choice(&self) -> Choice {
        match self {
            Self::NeverAgreed
            | Self::ConsentExpired { .. }
            | Self::Reworded { .. }
            | Self::Suppressed { why: SuppressionReason::Erased, .. } => Choice::Agree,
            Self::Withdrawn { .. }
            | Self::Objected { .. }
            | Self::Suppressed { why: SuppressionReason::Stopped, .. } => Choice::TakeBackTheNo,
            Self::Restricted { .. } => Choice::AskTheBusiness,
            Self::Suppressed { why: SuppressionReason::NoSuchMailbox, .. } => Choice::GiveAnAddress,
            Self::ZoneUnknown { .. } | Self::Quiet { .. } => Choice::TellTheZone,
            Self::Snoozed { .. } => Choice::EndTheSilence,
            Self::Answered { .. } => Choice::AnswerOtherwise,
            Self::CapFull { cap, .. } if [OWN_OF_ALL, OWN_OF_PURPOSE].contains(&cap.as_str()) => Choice::LiftTheLimit,
            _ => Choice::Nothing,
        }
    }
}

//! The rules by name: what each asks, and what it is called.

use serde::{Deserialize, Serialize};

/// The rules, in the order in which they are asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Is sending halted?
    Halt,
    /// Is the use of the person's data restricted?
    Restriction,
    /// Did the person object?
    Objection,
    /// Is the person a child?
    Minor,
    /// Did the mailbox refuse?
    Suppression,
    /// Did the person agree, or is there a contract?
    Consent,
    /// Did the person ask us to be silent?
    Snooze,
    /// Is the message still true, and in time?
    Relevance,
    /// Is an earlier step still on its way?
    Sequence,
    /// Would it disturb?
    QuietHours,
    /// Would it be one too many?
    Frequency,
    /// Has somebody said yes to it?
    Approval,
    /// Is the customer left out, for comparison?
    Holdout,
}

impl Rule {
    /// All, in the order in which they are asked.
    pub const ALL: [Self; 13] = [
        Self::Halt,
        Self::Restriction,
        Self::Objection,
        Self::Minor,
        Self::Suppression,
        Self::Consent,
        Self::Snooze,
        Self::Relevance,
        Self::Sequence,
        Self::QuietHours,
        Self::Frequency,
        Self::Approval,
        Self::Holdout,
    ];

    /// What holds a message where this rule does: the beginning of a sentence.
    pub(super) const fn holder(self) -> &'static str {
        match self {
            Self::Halt => "The halt",
            Self::Restriction => "The restriction",
            Self::Objection => "The objection",
            Self::Minor => "That the person is a minor",
            Self::Suppression => "What the mailbox refused",
            Self::Consent => "The day from which the consent holds",
            Self::Snooze => "The silence that the person asked for",
            Self::Relevance => "Its own due time",
            Self::Sequence => "Another message on the same matter",
            Self::QuietHours => "The quiet hours",
            Self::Frequency => "A full cap",
            Self::Approval => "A missing approval",
            Self::Holdout => "The comparison",
        }
    }

    /// As JSON and the log name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Halt => "halt",
            Self::Restriction => "restriction",
            Self::Objection => "objection",
            Self::Minor => "minor",
            Self::Suppression => "suppression",
            Self::Consent => "consent",
            Self::Snooze => "snooze",
            Self::Relevance => "relevance",
            Self::Sequence => "sequence",
            Self::QuietHours => "quiet-hours",
            Self::Frequency => "frequency",
            Self::Approval => "approval",
            Self::Holdout => "holdout",
        }
    }

    /// What the rule asks.
    #[must_use]
    pub const fn question(self) -> &'static str {
        match self {
            Self::Halt => "Is sending halted?",
            Self::Restriction => "Is the use of the person's data restricted?",
            Self::Objection => "Did the person object?",
            Self::Minor => "Is the person a minor?",
            Self::Suppression => "Did the mailbox refuse?",
            Self::Consent => "Did the person agree, or is there a contract?",
            Self::Snooze => "Did the person ask us to be silent?",
            Self::Relevance => "Is the message still true, and in time?",
            Self::Sequence => "Is another message on the same matter on its way?",
            Self::QuietHours => "Would it disturb?",
            Self::Frequency => "Would it be one too many?",
            Self::Approval => "Has somebody said yes to it?",
            Self::Holdout => "Is the person left out, for comparison?",
        }
    }
}

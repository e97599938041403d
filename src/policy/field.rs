//! A declared field: its type, and the purposes that it may serve.

use super::{OrderPart, Phrase};
use crate::base::Term;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One field of a customer or a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// What it holds.
    pub kind: FieldType,
    /// The purposes that it may serve.
    pub purposes: FieldPurposes,
    /// How long it is kept, where it ends: see [`super::retention`].
    pub keep: Option<Term>,
    /// Health, belief, origin, orientation, finances of a special kind: never serves marketing, and never stands in a
    /// subject or a preheader.
    pub sensitive: bool,
    /// What people read for it, where the policy says it. Without it they read its name.
    pub title: Option<Phrase>,
    /// Its category in the fideslang taxonomy, where the policy names one: `user.health_and_medical`.
    pub category: Option<String>,
    /// Which part of a calendar's event fills it, where one does.
    pub calendar: Option<CalendarPart>,
    /// Which part of an order's line fills it, where one does.
    pub order: Option<OrderPart>,
    /// Who writes it.
    pub written_by: WrittenBy,
}

/// Who writes a field. The names are those of `policy.toml`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrittenBy {
    /// `imports`: the business's own files and calendars.
    #[default]
    Imports,
    /// `answers`: customers, by the links of their messages, and nobody else.
    Answers,
    /// `sign-ups`: whoever signs up, by our own form, and nobody else.
    SignUps,
    /// `data-requests`: whoever asks for their data on our own page, and nobody else.
    DataRequests,
    /// `address-changes`: whoever wants us to write to another address, on our own page, and nobody else.
    AddressChanges,
    /// `notices`: the daemon, when what people are told about their data has changed, and nobody else.
    Notices,
    /// `discoveries`: the daemon, when it recommends what else could please somebody, and nobody else.
    Discoveries,
    /// `repeats`: the daemon, when it may be time for more of what somebody bought, and nobody else.
    Repeats,
}

impl WrittenBy {
    /// Whether records with such a field are made by the daemon: the business tells of none.
    #[must_use]
    pub const fn is_daemon(self) -> bool {
        match self {
            Self::Imports | Self::Answers => false,
            Self::SignUps
            | Self::DataRequests
            | Self::AddressChanges
            | Self::Notices
            | Self::Discoveries
            | Self::Repeats => true,
        }
    }
}

/// A part of a calendar's event. The names are those of `policy.toml`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CalendarPart {
    /// `start`: when it begins.
    Start,
    /// `minutes`: how long it lasts.
    Minutes,
    /// `status`: `booked`, `tentative` or `cancelled`.
    Status,
    /// `title`.
    Title,
    /// `notes`.
    Notes,
    /// `place`.
    Place,
}

impl CalendarPart {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 6] = [Self::Start, Self::Minutes, Self::Status, Self::Title, Self::Notes, Self::Place];

    /// As `policy.toml` writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Minutes => "minutes",
            Self::Status => "status",
            Self::Title => "title",
            Self::Notes => "notes",
            Self::Place => "place",
        }
    }

    /// The type of field that it fills.
    #[must_use]
    pub const fn kind(self) -> FieldType {
        match self {
            Self::Start => FieldType::Datetime,
            Self::Minutes => FieldType::Integer,
            Self::Status | Self::Title | Self::Notes | Self::Place => FieldType::Text,
        }
    }
}

/// Which purposes a field may serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldPurposes {
    /// `["*"]`.
    All,
    /// Those named.
    Only(BTreeSet<String>),
}

impl FieldPurposes {
    /// Whether the field may serve this purpose.
    #[must_use]
    pub fn allow(&self, purpose: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(named) => named.contains(purpose),
        }
    }
}

/// What a field holds. The names are those of `policy.toml`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldType {
    /// `text`.
    Text,
    /// `integer`.
    Integer,
    /// `boolean`: `yes`/`no`, `true`/`false`, `1`/`0` in a CSV.
    Boolean,
    /// `money`: `12.50 EUR`, or `12.50` in the business's currency.
    Money,
    /// `datetime`: civil date and time.
    Datetime,
    /// `date`.
    Date,
    /// `month-day`: `03-29`, a birthday without its year.
    MonthDay,
    /// `products`: products that are recommended, each with its reason. The daemon alone writes them.
    Products,
}

impl FieldType {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Integer,
        Self::Boolean,
        Self::Money,
        Self::Datetime,
        Self::Date,
        Self::MonthDay,
        Self::Products,
    ];

    /// As `policy.toml` writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Money => "money",
            Self::Datetime => "datetime",
            Self::Date => "date",
            Self::MonthDay => "month-day",
            Self::Products => "products",
        }
    }
}

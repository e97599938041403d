//! What sets a workflow off, as its file says it.
//!
//! A trigger is about a *subject*: a record of one type, or the customer. From it [`crate::trigger`] makes occurrences, each
//! with an anchor in civil time from which the steps are counted.

use super::Cron;
use crate::base::Term;
use std::fmt;

/// The subject of a workflow that is about the customer. No record type may be called so.
pub const CUSTOMER: &str = "customer";

/// See the module. The names are those of the keys under `[trigger]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// `before`: a date of a record draws near.
    Before(DateOf),
    /// `after`: a date of a record is past.
    After(DateOf),
    /// `absent`: the date of a customer's last record of this type is past, and no other one came.
    Absent(DateOf),
    /// `on`: something happens.
    On(Moment),
    /// `yearly`: the day of a customer's field comes round.
    Yearly {
        /// The field, of type `month-day`.
        field: String,
        /// What 29 February means in other years.
        leap_day: LeapDay,
    },
    /// `cron`: the calendar says so.
    Cron {
        /// When.
        schedule: Box<Cron>,
        /// On whose clock.
        clock: WhoseClock,
    },
    /// `digest`: a message of the same purpose is to leave, and others are due soon after it: they leave as one.
    Digest {
        /// How soon, on the business's calendar.
        within: Term,
    },
}

/// A date of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DateOf {
    /// The record's type.
    pub record: String,
    /// The field, of type `datetime`.
    pub field: String,
}

/// Something that happens once: the steps count from the moment at which we heard of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Moment {
    /// `created`, or `event` of what happens once: a record becomes known.
    Created {
        /// Its type.
        record: String,
    },
    /// `changed`: a record becomes what `only_if` asks for, and was not so before.
    Changed {
        /// Its type.
        record: String,
    },
    /// `consent`: the customer agrees to the workflow's purpose.
    Agreed(Yes),
}

/// Which yes a workflow counts from, where a customer says it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Yes {
    /// `consent`: the first one. A welcome comes once.
    First,
    /// `latest consent`: the last one. What still waits for an earlier one falls away, as that yes has.
    Latest,
}

/// What 29 February means in a year that has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LeapDay {
    /// `28 february`: the default, as most laws have it.
    #[default]
    February28,
    /// `1 march`.
    March1,
    /// `leap years only`.
    LeapYears,
}

/// Whose wall clock a schedule means.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WhoseClock {
    /// `customer`: nine o'clock is nine o'clock where the customer lives.
    #[default]
    Customer,
    /// `business`.
    Business,
}

impl Trigger {
    /// What the workflow is about: a record's type, or [`CUSTOMER`].
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::Before(date) | Self::After(date) | Self::Absent(date) => &date.record,
            Self::On(Moment::Created { record } | Moment::Changed { record }) => record,
            Self::On(Moment::Agreed(_)) | Self::Yearly { .. } | Self::Cron { .. } | Self::Digest { .. } => CUSTOMER,
        }
    }

    /// The record's date, where one is counted from.
    #[must_use]
    pub const fn date(&self) -> Option<&DateOf> {
        match self {
            Self::Before(date) | Self::After(date) | Self::Absent(date) => Some(date),
            Self::On(_) | Self::Yearly { .. } | Self::Cron { .. } | Self::Digest { .. } => None,
        }
    }

    /// Whether its messages are about something that is still to come.
    #[must_use]
    pub const fn is_ahead(&self) -> bool {
        matches!(self, Self::Before(_))
    }

    /// Whether it comes round, so that there is always another occurrence.
    #[must_use]
    pub const fn recurs(&self) -> bool {
        matches!(self, Self::Yearly { .. } | Self::Cron { .. })
    }

    /// How soon after a message others are due that it is gathered with.
    #[must_use]
    pub const fn gathers_within(&self) -> Option<Term> {
        match self {
            Self::Digest { within } => Some(*within),
            _ => None,
        }
    }

    /// The fields that say when, as `thing.field`.
    #[must_use]
    pub fn reads(&self) -> Option<String> {
        match self {
            Self::Yearly { field, .. } => Some(format!("{CUSTOMER}.{field}")),
            _ => self.date().map(|DateOf { record, field }| format!("{record}.{field}")),
        }
    }
}

/// As people say it: `24h before appointment.starts_at` without the steps.
impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(DateOf { record, field }) => write!(f, "before {record}.{field}"),
            Self::After(DateOf { record, field }) => write!(f, "after {record}.{field}"),
            Self::Absent(DateOf { record, field }) => {
                write!(f, "after the last {record}.{field}, where no other comes")
            }
            Self::On(Moment::Created { record }) => write!(f, "after a new {record}"),
            Self::On(Moment::Changed { record }) => write!(f, "after a change of the {record}"),
            Self::On(Moment::Agreed(Yes::First)) => f.write_str("after the customer's yes"),
            Self::On(Moment::Agreed(Yes::Latest)) => f.write_str("after the customer's latest yes"),
            Self::Yearly { field, .. } => write!(f, "each year on customer.{field}"),
            Self::Cron { schedule, .. } => write!(f, "at {schedule}"),
            Self::Digest { .. } => f.write_str("in place of messages that fall due together"),
        }
    }
}

//! What people ask of the business about their own data, and until when it must be answered.

use crate::base::{Instant, Zone};
use chrono::{Months, NaiveTime};
use serde::{Deserialize, Serialize};

/// What is asked for: a right that the GDPR gives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// To see what is known (article 15).
    Access,
    /// To have it put right (article 16).
    Rectification,
    /// To be erased (article 17).
    Erasure,
    /// To have its use restricted (article 18).
    Restriction,
    /// To take it away (article 20).
    Portability,
    /// To object to a use of it (article 21).
    Objection,
}

impl RequestKind {
    /// All, in the order of the law.
    pub const ALL: [Self; 6] =
        [Self::Access, Self::Rectification, Self::Erasure, Self::Restriction, Self::Portability, Self::Objection];

    /// Its name in commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Rectification => "rectification",
            Self::Erasure => "erasure",
            Self::Restriction => "restriction",
            Self::Portability => "portability",
            Self::Objection => "objection",
        }
    }

    /// What the person asked for: a sentence without its end.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Access => "The person asked what is known about them",
            Self::Rectification => "The person asked that something be put right",
            Self::Erasure => "The person asked to be erased",
            Self::Restriction => "The person asked that the use of their data be restricted",
            Self::Portability => "The person asked for their data to take away",
            Self::Objection => "The person objected",
        }
    }
}

/// How it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskedVia {
    /// By our own page.
    Page,
    /// By letter, by telephone, at the counter: written down by the operator.
    Operator,
}

/// When the time to answer ends: with the day that has the same number in the next month, or that month's last one (GDPR 12(3);
/// Regulation 1182/71, article 3(2)(c)). That the end moves on over a weekend is left out: whoever keeps this one keeps that one.
#[must_use]
pub fn due(at: Instant, zone: Zone) -> Instant {
    let day = zone.local(at).date();
    let last = day.checked_add_months(Months::new(1)).and_then(|day| day.succ_opt()).unwrap_or(day);
    zone.resolve(last.and_time(NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_with_the_day_of_the_same_number_or_with_the_months_last() {
        let paris = Zone::parse("Europe/Paris").unwrap();
        let at = |text: &str| paris.resolve(chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap());
        for (asked, due_at) in [
            ("2027-03-20T00:00", "2027-04-21T00:00"),
            ("2027-03-20T23:59", "2027-04-21T00:00"),
            ("2027-01-31T12:00", "2027-03-01T00:00"),
            ("2027-12-31T12:00", "2028-02-01T00:00"),
        ] {
            assert_eq!(due(at(asked), paris), at(due_at), "{asked}");
        }
    }
}

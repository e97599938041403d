//! What a purpose rests on that has `basis = "soft-opt-in"`: a sale, its date, and that the customer could say no to such
//! messages when their address was taken (ePrivacy Directive, 13(2); recital 41).
//!
//! Each message is about the sale that it rests on. There is none without a date, none without that opt-out, and none after
//! the time that the policy gives it. What may be written about is for the promise to say: products of one's own that are
//! like the one that was bought.

use super::cap::RecordField;
use crate::base::{Instant, Term, Value, Zone, value::Fields};

/// Which records are sales, and how long one is a ground to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sale {
    /// When it was: a date, or a date and time.
    pub at: RecordField,
    /// Whether the customer could say no when the address was taken: yes or no.
    pub opt_out_offered: String,
    /// How long after it, by the business's calendar.
    pub lasts: Term,
}

impl Sale {
    /// When the sale was, where the record says it. A day begins by the business's clock.
    #[must_use]
    pub fn at(&self, record: &Fields, zone: Zone) -> Option<Instant> {
        match record.get(&self.at.field)? {
            Value::Datetime(civil) => Some(civil.at(zone)),
            Value::Date(day) => Some(zone.resolve(day.and_time(chrono::NaiveTime::MIN))),
            _ => None,
        }
    }

    /// Whether the record says that they could say no.
    #[must_use]
    pub fn had_an_opt_out(&self, record: &Fields) -> bool {
        record.get(&self.opt_out_offered) == Some(&Value::Boolean(true))
    }
}

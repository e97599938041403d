//! Row ids, each its own type, so that a plan's id never stands where a customer's belongs.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

row_id! {
    /// A row of `customers`.
    CustomerId
}
row_id! {
    /// A row of `records`.
    RecordId
}
row_id! {
    /// A row of `plans`.
    PlanId
}
row_id! {
    /// A row of `attempts`.
    AttemptId
}
row_id! {
    /// One start of a daemon: a row of `nodes`. A new number each time, so that the dead are known by theirs.
    NodeId
}

/// A customer's public name in links: 128 random bits, never an address, never a serial number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(pub [u8; 16]);

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle(…)")
    }
}

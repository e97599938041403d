//! What stands beside a box of a web shop's checkout: with it, a tick that comes with an order shows to what somebody agreed.
//!
//! A shop's export says that a box was ticked, and not what stood there. So a tick is a yes only to the words that the policy
//! has for that box on that day; without them the order serves the contract alone.

use super::Policy;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// The box that needs no name: Shopify's own, `Accepts Marketing`.
pub const USUAL_BOX: &str = "accepts-marketing";

/// The words beside a box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkout {
    /// The box, as the shop's orders name it.
    pub ticked: String,
    /// The words, as people were shown them.
    pub shown: String,
    /// From this day on, by the business's calendar, until the next words.
    pub since: NaiveDate,
}

/// What a tick is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tick<'p> {
    /// A yes to these words.
    Yes(&'p Checkout),
    /// The words came later.
    Early,
}

impl Policy {
    /// The boxes of which the policy says what stands there.
    #[must_use]
    pub fn checkout_boxes(&self) -> BTreeSet<&str> {
        self.purposes.values().flat_map(|purpose| &purpose.checkout).map(|words| words.ticked.as_str()).collect()
    }

    /// What a tick of this box on that day is worth, for each purpose that is asked for there.
    pub fn ticked<'p>(&'p self, ticked: &str, day: NaiveDate) -> impl Iterator<Item = (&'p str, Tick<'p>)> {
        self.purposes.iter().filter_map(move |(key, purpose)| {
            let mut words = purpose.checkout.iter().filter(|words| words.ticked == ticked).peekable();
            words.peek()?;
            let shown = words.filter(|words| words.since <= day).max_by_key(|words| words.since);
            Some((key.as_str(), shown.map_or(Tick::Early, Tick::Yes)))
        })
    }
}

//! What the office notes when somebody objects, restricts the use of their data, or is a child.

use super::{Office, Unnamed};
use crate::{
    people::BarWord,
    store::{Barred, NewBar, StoreError, entry::Evidence},
};
use serde::{Deserialize, Serialize};

/// Where it is written, for the record.
const SOURCE: &str = "operator";

/// What somebody of the business notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Of whom: by `@` and the number here, the customer's id in its source, or the address.
    pub customer: String,
    /// What was said.
    pub word: BarWord,
    /// Of an objection, to which purpose; none: to marketing.
    pub purpose: Option<String>,
    /// What shows it.
    pub evidence: Evidence,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noted {
    /// It is on record, by this row, and holds.
    Now(i64),
    /// It was so already.
    Already,
    /// The policy has no such purpose.
    NoSuchPurpose,
    /// Nobody is meant.
    OfNobody(Unnamed),
}

impl Office {
    /// Notes it. When it returns, nothing of theirs begins that was permitted before.
    ///
    /// # Errors
    /// The database's.
    pub async fn bar(&self, Order { customer, word, purpose, evidence }: Order) -> Result<Noted, StoreError> {
        if purpose.as_ref().is_some_and(|purpose| !self.policy().purposes.contains_key(purpose)) {
            return Ok(Noted::NoSuchPurpose);
        }
        let customer = match self.one(&customer).await? {
            Ok(customer) => customer,
            Err(why) => return Ok(Noted::OfNobody(why)),
        };
        let (at, source) = (self.clock.now(), SOURCE.to_owned());
        let bar = NewBar { customer, word, purpose, at, source, evidence };
        let Barred { row, open } = self.store.bar(bar).await?;
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(row.map_or(Noted::Already, Noted::Now))
    }
}

//! What the office keeps when somebody says how much they want to hear of us at most.

use super::{Office, Unnamed};
use crate::{
    ledger::entry::LimitVia,
    policy::{OwnLimits, own_limit::Wish},
    store::{StoreError, limits},
};
use serde::{Deserialize, Serialize};

/// What somebody says, by the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Whose limits: by `@` and the number here, the customer's id in its source, or the address.
    pub customer: String,
    /// What they want.
    pub wish: Wish,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limited {
    /// These hold.
    Now(OwnLimits),
    /// These held already.
    Already(OwnLimits),
    /// The policy has no such purpose.
    NoSuchPurpose,
    /// Nobody is meant.
    OfNobody(Unnamed),
}

impl Office {
    /// Keeps a customer's own limit, or lifts it. When it returns, nothing of theirs begins that was permitted before.
    ///
    /// # Errors
    /// The database's.
    pub async fn limit(&self, Order { customer, wish }: Order) -> Result<Limited, StoreError> {
        let is_known = |purpose: &str| purpose.is_empty() || self.policy().purposes.contains_key(purpose);
        // A limit on a purpose that is gone can be lifted.
        if matches!(wish, Wish::Limit(_)) && !is_known(wish.purpose()) {
            return Ok(Limited::NoSuchPurpose);
        }
        let customer = match self.one(&customer).await? {
            Ok(customer) => customer,
            Err(why) => return Ok(Limited::OfNobody(why)),
        };
        let limits::Limited { before, now, open } = self.store.limit(customer, wish, LimitVia::Operator).await?;
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(if before == now { Limited::Already(now) } else { Limited::Now(now) })
    }
}

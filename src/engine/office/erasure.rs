//! Erasing a person at the operator's word: for `comity erase`. By their own word it goes the same way.

use super::Office;
use crate::{base::CustomerId, ledger::ErasedVia, store::StoreError};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Between two tries to empty the log: a reader ends soon.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// So often it is tried before the answer. The daemon goes on trying after it.
const TRIES: u32 = 40;

/// What became of an order to erase somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Erased {
    /// They are gone.
    Gone {
        /// The number that they had here.
        customer: CustomerId,
        /// Whether the database's log holds nothing of them any more. Else that follows.
        scrubbed: bool,
    },
    /// Nobody answers to this.
    NoSuchCustomer,
    /// Several do.
    SeveralCustomers,
}

impl Office {
    /// Erases whoever this names, by `@` and the number here, the source's id or the address.
    ///
    /// # Errors
    /// The database's: nothing was done.
    pub async fn erase(&self, whom: &str) -> Result<Erased, StoreError> {
        match self.named(whom).await?.as_slice() {
            [] => Ok(Erased::NoSuchCustomer),
            [one] => self.erase_customer(one.id, ErasedVia::Operator).await,
            _ => Ok(Erased::SeveralCustomers),
        }
    }

    /// Erases a customer. Returns when no message of theirs begins any more.
    ///
    /// # Errors
    /// The database's: nothing was done.
    pub async fn erase_customer(&self, customer: CustomerId, via: ErasedVia) -> Result<Erased, StoreError> {
        let Some(open) = self.store.erase(customer, via).await? else { return Ok(Erased::NoSuchCustomer) };
        self.flights.revoke(&open).await;
        Ok(Erased::Gone { customer, scrubbed: self.scrub().await? })
    }

    async fn scrub(&self) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            if self.store.scrub().await? {
                return Ok(true);
            }
            self.clock.wait_for(AGAIN_AFTER).await;
        }
        Ok(false)
    }
}

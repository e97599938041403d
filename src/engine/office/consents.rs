//! What a customer agreed to, what shows it, and what holds of it now: for `comity consent`.

use super::Office;
use crate::{
    base::CustomerId,
    gate::{Outcome, Reason, consent},
    people::{Bars, ConsentEntry, Customer},
    store::{BarNoted, Said, StoreError},
};
use serde::{Deserialize, Serialize};

/// One customer's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Agreements {
    /// The customer's row.
    pub customer: CustomerId,
    /// The address, masked.
    pub mailbox: String,
    /// What holds of each purpose now. A stop of the mailbox is beside it: `comity explain` tells of those.
    pub standing: Vec<Standing>,
    /// All that they said, oldest first.
    pub said: Vec<Said>,
    /// What stops messages to them whatever they agreed to, and what ended that, oldest first.
    pub noted: Vec<BarNoted>,
}

/// What holds of a purpose.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// Its key.
    pub purpose: String,
    /// Whether a message of it may rest on what they said.
    pub outcome: Outcome,
    /// Why. None: it rests on a contract, and they did not object.
    pub reason: Option<Reason>,
}

impl Office {
    /// What is known about customers, by `@` and the number here, the source's id or the address.
    ///
    /// # Errors
    /// The database's.
    pub async fn consents(&self, about: &str) -> Result<Vec<Agreements>, StoreError> {
        let mut all = vec![];
        for customer in self.named(about).await? {
            all.push(self.agreements(&customer).await?);
        }
        Ok(all)
    }

    async fn agreements(&self, customer: &Customer) -> Result<Agreements, StoreError> {
        let said = self.store.consents(customer.id).await?;
        let noted = self.store.bars(customer.id).await?;
        let bars = Bars::of(&noted.iter().map(BarNoted::entry).collect::<Vec<_>>());
        let (policy, now) = (self.policy(), self.clock.now());
        let about = |purpose: &str| -> Vec<ConsentEntry> {
            said.iter().filter(|said| said.purpose.as_deref().is_none_or(|of| of == purpose)).map(Said::entry).collect()
        };
        let standing = policy.purposes.iter().map(|(key, purpose)| {
            let zone = policy.business.time_zone;
            let (outcome, reason) = consent::of_history(&about(key), &bars, (key, purpose), now, zone);
            Standing { purpose: key.clone(), outcome, reason }
        });
        let standing = standing.collect();
        Ok(Agreements { customer: customer.id, mailbox: customer.address.masked(), standing, said, noted })
    }
}

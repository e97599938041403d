//! What a customer agreed to, what shows it, and what holds of it now; and a yes that staff write down: for `comity consent`.

use super::{Office, Unnamed};
use crate::{
    base::CustomerId,
    gate::{Outcome, Reason, consent},
    ledger::Shown,
    people::{Bars, ConsentEntry, ConsentKind, Customer, Language, consent::ConsentMethod},
    policy::Basis,
    store::{
        BarNoted, ConsentClaim, Said, StoreError,
        entry::{Evidence, NewYes, Recorded},
    },
};
use serde::{Deserialize, Serialize};

/// Where a yes is written that staff took.
const SOURCE: &str = "operator";

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
    /// Why. None: it rests on a record, and they did not object.
    pub reason: Option<Reason>,
}

/// A yes that somebody of the business writes down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Whose: by `@` and the number here, the customer's id in its source, or the address.
    pub customer: String,
    /// To which purpose.
    pub purpose: String,
    /// How it was said.
    pub method: ConsentMethod,
    /// In which language the words were shown; the business's where none is named.
    pub language: Option<Language>,
    /// What shows it. Where it has no words, they were those in force.
    pub evidence: Evidence,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// It is on record, by this row, and holds.
    Now(i64),
    /// This stands against it: nothing was written.
    Refused(Reason),
    /// The purpose rests on something else than a yes.
    NeedsNone,
    /// The policy has no such purpose.
    NoSuchPurpose,
    /// Nobody is meant.
    OfNobody(Unnamed),
}

impl Office {
    /// Keeps a yes that was given to somebody of the business.
    ///
    /// # Errors
    /// The database's.
    pub async fn record_yes(&self, order: Order) -> Result<Kept, StoreError> {
        let Order { customer, purpose: key, method, language, mut evidence } = order;
        let policy = self.policy();
        let Some(purpose) = policy.purposes.get(&key) else { return Ok(Kept::NoSuchPurpose) };
        if purpose.basis != Basis::Consent {
            return Ok(Kept::NeedsNone);
        }
        let customer = match self.one(&customer).await? {
            Ok(customer) => customer,
            Err(why) => return Ok(Kept::OfNobody(why)),
        };
        let shown_in = language.as_ref().unwrap_or(&policy.business.language);
        let in_force = || format!("{}. {}", purpose.title_in(shown_in), purpose.promise_in(shown_in));
        evidence.wording.get_or_insert_with(in_force);
        let claim = ConsentClaim {
            language: Some(shown_in.clone()),
            ..ConsentClaim::new(&key, ConsentKind::Granted, self.clock.now(), SOURCE)
        };
        self.note_rules().await?;
        let yes = NewYes { customer, claim, method, evidence };
        Ok(match self.store.record_yes(yes, self.rules()).await? {
            Recorded::Now(row, open) => {
                self.flights.revoke(&open).await;
                self.wake.notify_one();
                Kept::Now(row)
            }
            Recorded::Refused(reason) => Kept::Refused(reason),
            Recorded::NoSuchCustomer => Kept::OfNobody(Unnamed::Nobody),
        })
    }

    /// What is known about customers, by `@` and the number here, the source's id or the address.
    ///
    /// # Errors
    /// The database's.
    pub async fn consents(&self, about: &str) -> Result<Vec<Agreements>, StoreError> {
        let mut all = vec![];
        for customer in self.named(about).await? {
            self.store.note_look(customer.id, Shown::Consents).await?;
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

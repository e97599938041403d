//! What the office knows of visits whose customer nobody knows, and how the business settles them.

use super::office::Office;
use crate::{
    base::{CustomerId, EmailAddress, Instant, Value},
    people::{Customer, Whose},
    store::{Put, StoreError, calendar::OpenVisit},
};
use serde::{Deserialize, Serialize};

/// A visit that waits for the business's word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// Its number, for `comity visits settle`.
    pub visit: i64,
    /// When it begins.
    pub starts_at: Instant,
    /// Title, notes and place, as the calendar has them.
    pub says: Vec<String>,
    /// Why.
    pub why: Why,
    /// Who it may be.
    pub likely: Vec<Likely>,
}

/// Why nobody is known for a visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Nobody fits.
    NobodyFits,
    /// Somebody does by now, and gets it when the calendar or customers are read next.
    FoundByNow,
    /// Several fit, or what the visit says contradicts itself.
    SeveralFit,
}

/// A customer who may be meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likely {
    /// The source's id, or else the number here after an `@`, which no shell minds: what `comity visits settle` takes.
    pub customer: String,
    /// First and last name, where the policy says which fields hold them.
    pub name: String,
}

/// What became of a settlement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// It is that customer's now, with the others of its series.
    Done,
    /// It is said whose it is, but the visit can't be taken now, for this reason.
    NotTaken(String),
    /// No visit that waits has this number.
    NoSuchVisit,
    /// Nobody has this id or address.
    NoSuchCustomer,
    /// Several customers have this address: the id says which.
    SeveralCustomers,
}

impl Office {
    /// The visits to come that nobody is known for, the next first.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting_visits(&self) -> Result<Vec<Waiting>, StoreError> {
        let mut waiting = vec![];
        for OpenVisit { id, starts_at, texts, whose } in
            self.store.open_visits(self.clock.now(), &self.policy().matching).await?
        {
            let (why, near) = match whose {
                Whose::Customer(customer) => (Why::FoundByNow, vec![customer]),
                Whose::Nobody(near) => (Why::NobodyFits, near),
                Whose::Several(near) => (Why::SeveralFit, near),
            };
            waiting.push(Waiting { visit: id, starts_at, says: texts, why, likely: self.likely(&near).await? });
        }
        Ok(waiting)
    }

    async fn likely(&self, near: &[CustomerId]) -> Result<Vec<Likely>, StoreError> {
        let mut likely = vec![];
        for id in near {
            if let Some((external_id, customer)) = self.store.named_customer(*id).await? {
                likely.push(Likely {
                    name: self.name_of(&customer),
                    customer: external_id.unwrap_or_else(|| format!("@{}", id.0)),
                });
            }
        }
        Ok(likely)
    }

    fn name_of(&self, customer: &Customer) -> String {
        let matching = &self.policy().matching;
        let fields = [&matching.first_name, &matching.last_name];
        let words = fields.into_iter().flatten().filter_map(|field| match customer.fields.get(field) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Says whose a visit is, once and for all: by the customer's id in its source, `@` and the number here,
    /// or the address.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_visit(&self, visit: i64, customer: &str) -> Result<Settled, StoreError> {
        let mut named: Vec<Customer> = self.store.find_by_external_id(customer).await?.into_iter().collect();
        if let Some(Ok(number)) = customer.strip_prefix('@').map(str::parse).filter(|_| named.is_empty()) {
            named.extend(self.store.named_customer(CustomerId(number)).await?.map(|(_, customer)| customer));
        }
        if named.is_empty()
            && let Ok(address) = EmailAddress::parse(customer)
        {
            named = self.store.find_by_mailbox(&address).await?;
        }
        let customer = match named.as_slice() {
            [] => return Ok(Settled::NoSuchCustomer),
            [one] => one.id,
            _ => return Ok(Settled::SeveralCustomers),
        };
        let Some(applied) = self.store.settle_visit(visit, customer, self.replan()).await? else {
            return Ok(Settled::NoSuchVisit);
        };
        self.flights.revoke(&applied.open).await;
        self.wake.notify_one();
        Ok(match applied.puts.first() {
            Some(Put::Rejected(why)) => Settled::NotTaken(why.to_string()),
            _ => Settled::Done,
        })
    }
}

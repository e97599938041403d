//! What the office knows of visits whose customer nobody knows, and how the business settles them.

use super::Office;
use crate::{
    base::{
        CustomerId, Handle, Instant, PlanId, Value,
        keys::Keyring,
        token::{Link, LinkPurpose},
    },
    config::Config,
    people::{Customer, Whose},
    store::{
        Put, StoreError,
        calendar::{OpenVisit, VisitStands},
    },
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
    /// The source's id where it can be typed as it stands, or else the number here after an `@`, which no shell minds: what `comity visits settle` takes.
    pub customer: String,
    /// First and last name, where the policy says which fields hold them.
    pub name: String,
    /// Their mailbox, masked: two may have one name.
    pub mailbox: String,
}

impl Likely {
    /// By name, and by what tells two of one name apart.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { customer, name, mailbox } = self;
        if name.is_empty() { format!("{customer} ({mailbox})") } else { format!("{name} ({customer}, {mailbox})") }
    }
}

/// How the question stands whose a visit is.
#[derive(Clone, Debug)]
pub enum Question {
    /// It is open.
    Open(Waiting),
    /// The visit has its customer.
    Settled,
    /// It is said whose it is, but the visit can't be taken now, for this reason.
    NotTaken(String),
    /// The visit has begun, or is past.
    Over,
    /// There is no such visit any more.
    Gone,
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

/// The link by which the owner says whose a visit is.
#[must_use]
pub fn settle_url(config: &Config, keys: &Keyring, visit: i64, now: Instant) -> String {
    // No customer's and no message's: the number alone is vouched for.
    let link = Link { customer: Handle([0; 16]), purpose: visit.to_string(), plan: PlanId(0), issued_at: now };
    format!("{}/visit/{}", config.web.public_url, link.sign(keys, LinkPurpose::Settle))
}

/// The visit that such a link is about.
#[must_use]
pub fn settled_by(keys: &Keyring, token: &str) -> Option<i64> {
    Link::verify(keys, LinkPurpose::Settle, token)?.purpose.parse().ok()
}

/// Whether a source's id can be typed as it stands: it is foreign, and people copy commands.
fn is_plain(id: &str) -> bool {
    let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    id.bytes().all(inside) && id.starts_with(|c: char| c.is_ascii_alphanumeric())
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
            let named = match self.store.named_customer(*id).await {
                // Nobody can say whether it is them.
                Err(StoreError::Unreadable(_)) => None,
                named => named?,
            };
            if let Some((external_id, customer)) = named {
                likely.push(Likely {
                    name: self.name_of(&customer),
                    mailbox: customer.address.masked(),
                    customer: external_id.filter(|id| is_plain(id)).unwrap_or_else(|| format!("@{}", id.0)),
                });
            }
        }
        Ok(likely)
    }

    pub(in crate::engine) fn name_of(&self, customer: &Customer) -> String {
        let matching = &self.policy().matching;
        let fields = [&matching.first_name, &matching.last_name];
        let words = fields.into_iter().flatten().filter_map(|field| match customer.fields.get(field) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// How the question stands whose this visit is.
    ///
    /// # Errors
    /// The database's.
    pub async fn question(&self, visit: i64) -> Result<Question, StoreError> {
        if let Some(waiting) = self.waiting_visits().await?.into_iter().find(|waiting| waiting.visit == visit) {
            return Ok(Question::Open(waiting));
        }
        Ok(match self.store.visit_stands(visit).await? {
            Some((VisitStands::HasItsCustomer, _)) => Question::Settled,
            Some((VisitStands::OfNobody, starts_at)) if starts_at <= self.clock.now() => Question::Over,
            _ => Question::Gone,
        })
    }

    /// Says whose a visit is, if it is one of the likely ones.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_likely(&self, visit: i64, customer: &str) -> Result<Question, StoreError> {
        let question = self.question(visit).await?;
        match &question {
            Question::Open(waiting) if waiting.likely.iter().any(|likely| likely.customer == customer) => {}
            _ => return Ok(question),
        }
        Ok(match self.settle_visit(visit, customer).await? {
            Settled::Done => Question::Settled,
            Settled::NotTaken(why) => Question::NotTaken(why),
            // Somebody settled it meanwhile, or the customer went.
            Settled::NoSuchVisit | Settled::NoSuchCustomer | Settled::SeveralCustomers => self.question(visit).await?,
        })
    }

    /// Says whose a visit is, once and for all: by `@` and the number here, the customer's id in its source, or the address.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_visit(&self, visit: i64, customer: &str) -> Result<Settled, StoreError> {
        let customer = match self.named(customer).await?.as_slice() {
            [] => return Ok(Settled::NoSuchCustomer),
            [one] => one.id,
            _ => return Ok(Settled::SeveralCustomers),
        };
        self.note_rules().await?;
        let Some(applied) = self.store.settle_visit(visit, customer, self.rules()).await? else {
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

//! The register of what people ask about their own data: what is open, until when the law wants an answer, and whose turn it is.

use super::{Office, Unnamed};
use crate::{
    base::{CustomerId, Instant},
    ledger::{Entry, Happening, Shown},
    people::{AskedVia, RequestKind, data_request::due},
    store::{NewRequest, Requested, StoreError},
};
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

/// A request with what the operator needs to answer it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// The row.
    #[serde(flatten)]
    pub request: Requested,
    /// Their mailbox, masked; none of who was erased.
    pub mailbox: Option<String>,
    /// When the time to answer ends.
    pub due_at: Instant,
    /// Who is to do something about it.
    pub turn: Turn,
}

/// Who is to do something about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// The business.
    Ours,
    /// The business, and its time is over.
    Overdue,
    /// The person: the link to their data is in their mailbox.
    Theirs,
    /// Nobody: it was answered.
    Answered,
}

/// What came by letter, by telephone or at the counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEntry {
    /// Of whom: by `@` and the number here, the customer's id in its source, or the address.
    pub customer: String,
    /// For what.
    pub kind: RequestKind,
    /// On which day it came; none: today.
    pub on: Option<NaiveDate>,
    /// What they wrote.
    pub words: Option<String>,
}

/// A time that somebody of the business looked a customer up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Instant,
    /// Whom: the number that they have here, or had.
    pub customer: CustomerId,
    /// Their mailbox, masked; none of who was erased.
    pub mailbox: Option<String>,
    /// What was shown.
    pub shown: Shown,
}

/// As many looks are shown at most.
const LOOKS: usize = 1_000;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Added {
    /// It stands there.
    Entered(Box<Entered>),
    /// As much of theirs is to be put right already as is kept.
    Enough,
    /// The day is still to come.
    NotYet,
    /// Nobody is meant.
    OfNobody(Unnamed),
}

impl Office {
    /// The register: what is open, oldest first; or the last ones whatever became of them, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn requests(&self, all: bool) -> Result<Vec<Entered>, StoreError> {
        let requests = self.store.requests(all).await?;
        let customers = self.store.find_customers(&requests.iter().map(|request| request.customer).collect()).await?;
        let mailbox = |request: &Requested| customers.get(&request.customer).map(|customer| customer.address.masked());
        Ok(requests
            .into_iter()
            .map(|request| (mailbox(&request), request))
            .map(|(to, it)| self.entered(it, to))
            .collect())
    }

    /// Who of our customers was looked up by somebody of the business, newest first: the last thousand times.
    ///
    /// # Errors
    /// The database's.
    pub async fn looks(&self) -> Result<Vec<Look>, StoreError> {
        let entries = self.store.looks(LOOKS).await?;
        let customers = self.store.find_customers(&entries.iter().filter_map(|entry| entry.customer).collect()).await?;
        let look = |entry: Entry| match (entry.customer, entry.happening) {
            (Some(customer), Happening::LookedUp { at: shown }) => {
                let mailbox = customers.get(&customer).map(|customer| customer.address.masked());
                Some(Look { at: entry.at, customer, mailbox, shown })
            }
            _ => None,
        };
        Ok(entries.into_iter().filter_map(look).collect())
    }

    fn entered(&self, request: Requested, mailbox: Option<String>) -> Entered {
        let due_at = due(request.at, self.policy().business.time_zone);
        let turn = match request.answered_at {
            Some(_) => Turn::Answered,
            None if request.mailed => Turn::Theirs,
            None if self.clock.now() >= due_at => Turn::Overdue,
            None => Turn::Ours,
        };
        Entered { request, mailbox, due_at, turn }
    }

    /// Writes a request into the register, and gives it as it stands there.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_request(&self, new: NewEntry) -> Result<Added, StoreError> {
        let customer = match self.one(&new.customer).await? {
            Ok(customer) => customer,
            Err(why) => return Ok(Added::OfNobody(why)),
        };
        let (zone, now) = (self.policy().business.time_zone, self.clock.now());
        let at = new.on.map_or(now, |day| zone.resolve(day.and_time(NaiveTime::MIN)));
        if at > now {
            return Ok(Added::NotYet);
        }
        let (kind, via, words) = (new.kind, AskedVia::Operator, new.words);
        let request = NewRequest { customer, kind, via, at, words: words.clone() };
        let Some(row) = self.store.add_request(request).await? else { return Ok(Added::Enough) };
        let request = Requested { row, customer, kind, at, via, words, mailed: false, answered_at: None };
        Ok(Added::Entered(Box::new(self.entered(request, None))))
    }

    /// Notes that a request was answered. `false` where there is no such open one.
    ///
    /// # Errors
    /// The database's.
    pub async fn answer_request(&self, request: i64) -> Result<bool, StoreError> {
        self.store.answer_request(request).await
    }
}

//! Who is meant, and how a no is taken that somebody said to the business itself.
//!
//! A no is never lost for want of knowing who said it: one for an address that several customers share, or that nobody is
//! known by, holds for the mailbox.

use super::consents::{Evidence, keep_evidence};
use crate::store::database::query;
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, Instant},
    ledger::{Happening, entry::StopVia},
    people::{ConsentKind, consent::ConsentMethod},
    store::{
        StoreError,
        book::Line,
        customers::{self, Found},
        round::Desk,
        sealing::StoredCustomer,
        statements::people::CUSTOMERS_BY_MAILBOX,
        stop::{self, Suppressed},
        types::{ConsentClaim, CustomerRef, PutError},
    },
};
use std::collections::BTreeSet;

/// The mailboxes and the customers who are meant.
pub(super) struct Whom {
    pub mailboxes: BTreeSet<BlindIndex>,
    pub customers: Vec<(CustomerId, BlindIndex)>,
}

impl Whom {
    /// Everybody who is meant by this. What looks like an address may be somebody's id, too: both are meant.
    pub async fn of(desk: &mut Desk, customer: &CustomerRef) -> Result<Result<Self, PutError>, StoreError> {
        let (text, mailbox) = match customer {
            CustomerRef::ExternalId(id) => (id.as_str(), None),
            CustomerRef::Address { address, text } => (text.as_str(), Some(BlindIndex::of(&desk.keys, address))),
        };
        let mut customers = Vec::new();
        if let Found::Customer(one) = customers::by_external_id(desk, text).await? {
            customers.push((one.id, one.mailbox));
        }
        if let Some(mailbox) = mailbox {
            let asked = query(CUSTOMERS_BY_MAILBOX).bind(mailbox.0.as_slice());
            for row in asked.fetch_all(desk.database.alone().await?).await? {
                let one = StoredCustomer::read(&row)?;
                if customers.iter().all(|(known, _)| *known != one.id) {
                    customers.push((one.id, one.mailbox));
                }
            }
        } else if customers.is_empty() {
            return Ok(Err(PutError::UnknownCustomer));
        }
        let mailboxes = customers.iter().map(|(_, mailbox)| *mailbox).chain(mailbox).collect();
        Ok(Ok(Self { mailboxes, customers }))
    }
}

/// What is new after a no.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum No {
    /// It is.
    New,
    /// It stood already.
    Known,
}

/// Takes a no: of each mailbox, and of each who is meant. Names all attempts that it found. `""` is all purposes.
pub(super) async fn stop(
    desk: &mut Desk,
    whom: &Whom,
    claim: &ConsentClaim,
    method: ConsentMethod,
    evidence: &Evidence,
) -> Result<(No, Vec<AttemptId>), StoreError> {
    let now = desk.clock.now();
    let mut no = No::Known;
    for mailbox in &whom.mailboxes {
        if stop::suppress(desk, *mailbox, &claim.purpose, claim.at).await? != Suppressed::Already {
            no = No::New;
        }
    }
    let is_suppressed_now = no == No::New;
    let stopped = Happening::Stopped { purpose: claim.purpose.clone(), via: StopVia::Api };
    // The person's own no, beside the mailbox's: it holds at another address, too.
    for (customer, mailbox) in &whom.customers {
        let (added, _) = customers::claim_consent(desk, *customer, *mailbox, claim, method).await?;
        if let Some(row) = added {
            no = No::New;
            keep_evidence(desk, *customer, row, evidence).await?;
            let reported = Happening::ConsentReported { purpose: claim.purpose.clone(), row };
            desk.enter(now, &[Line::of_customer(*customer, reported)])?;
        }
        if is_suppressed_now {
            desk.enter(now, &[Line::of_customer(*customer, stopped.clone())])?;
        }
    }
    if whom.customers.is_empty() && is_suppressed_now {
        desk.enter(now, &[Line::of_house(stopped)])?;
    }
    Ok((no, revoke(desk, whom, &claim.purpose).await?))
}

/// Takes back what is permitted for all who are meant, and names all that was open.
pub(super) async fn revoke(desk: &mut Desk, whom: &Whom, purpose: &str) -> Result<Vec<AttemptId>, StoreError> {
    let mut open = Vec::new();
    for mailbox in &whom.mailboxes {
        open.extend(stop::revoke_of(desk, *mailbox, purpose).await?);
    }
    Ok(open)
}

/// A claim of a no that was said at this time, or at the latest now: a clock elsewhere may be ahead.
pub(super) fn no(desk: &Desk, purpose: &str, at: Instant, source: &str) -> ConsentClaim {
    ConsentClaim::new(purpose, ConsentKind::Withdrawn, at.min(desk.clock.now()), source)
}

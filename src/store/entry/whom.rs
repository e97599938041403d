//! Who is meant, and how a no is taken that somebody said to the business itself.
//!
//! A no is never lost for want of knowing who said it: one for an address that several customers share, or that nobody is
//! known by, holds for the mailbox.

use super::consents::{Evidence, keep_evidence};
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, Instant},
    ledger::{Happening, entry::StopVia},
    people::{ConsentKind, ConsentState, consent, consent::ConsentMethod},
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

/// A mailbox, and the customers who are meant.
pub(super) struct Whom {
    pub mailbox: BlindIndex,
    pub customers: Vec<CustomerId>,
}

impl Whom {
    /// Everybody who is meant by this.
    pub async fn of(desk: &mut Desk, customer: &CustomerRef) -> Result<Result<Self, PutError>, StoreError> {
        match customer {
            CustomerRef::ExternalId(id) => Ok(match customers::by_external_id(desk, id).await? {
                Found::Customer(one) => Ok(Self { mailbox: one.mailbox, customers: vec![one.id] }),
                Found::Nobody | Found::Several => Err(PutError::UnknownCustomer),
            }),
            CustomerRef::Address(address) => {
                let mailbox = BlindIndex::of(&desk.keys, address);
                let query = sqlx::query(CUSTOMERS_BY_MAILBOX.sqlite).bind(mailbox.0.as_slice());
                let rows = query.fetch_all(desk.database.alone().await?).await?;
                let customers = rows.iter().map(|row| StoredCustomer::read(row).map(|stored| stored.id));
                Ok(Ok(Self { mailbox, customers: customers.collect::<Result<_, _>>()? }))
            }
        }
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

/// Takes a no: the mailbox's, and that of each who is meant. Names all attempts that it found.
pub(super) async fn stop(
    desk: &mut Desk,
    whom: &Whom,
    claim: &ConsentClaim,
    method: ConsentMethod,
    evidence: &Evidence,
) -> Result<(No, Vec<AttemptId>), StoreError> {
    let now = desk.clock.now();
    let suppressed = stop::suppress(desk, whom.mailbox, &claim.purpose, claim.at).await?;
    let mut no = if suppressed == Suppressed::Now { No::New } else { No::Known };
    let everything = claim.purpose.is_empty();
    let purpose = if everything { "*".to_owned() } else { claim.purpose.clone() };
    let stopped = Happening::Stopped { purpose, via: StopVia::Api };
    for customer in &whom.customers {
        let purposes = if everything { granted(desk, *customer).await? } else { vec![claim.purpose.clone()] };
        for purpose in purposes {
            let claim = ConsentClaim { purpose, ..claim.clone() };
            let (added, _) = customers::claim_consent(desk, *customer, whom.mailbox, &claim, method).await?;
            if let Some(row) = added {
                no = No::New;
                keep_evidence(desk, row, evidence).await?;
                let reported = Happening::ConsentReported { purpose: claim.purpose, row };
                desk.enter(now, &[Line::of_customer(*customer, reported)])?;
            }
        }
        if suppressed == Suppressed::Now {
            desk.enter(now, &[Line::of_customer(*customer, stopped.clone())])?;
        }
    }
    if whom.customers.is_empty() && suppressed == Suppressed::Now {
        desk.enter(now, &[Line::of_house(stopped)])?;
    }
    Ok((no, stop::revoke_of(desk, whom.mailbox, &claim.purpose).await?))
}

/// The purposes that the customer's history says yes to.
async fn granted(desk: &mut Desk, customer: CustomerId) -> Result<Vec<String>, StoreError> {
    let histories = stop::consents_of(desk.database.alone().await?, customer).await?;
    let holds = |history: &[_]| matches!(consent::fold(history), ConsentState::Granted { .. });
    Ok(histories.into_iter().filter(|(_, history)| holds(history)).map(|(purpose, _)| purpose).collect())
}

/// A claim of a no that was said at this time, or at the latest now: a clock elsewhere may be ahead.
pub(super) fn no(desk: &Desk, purpose: &str, at: Instant, source: &str) -> ConsentClaim {
    ConsentClaim {
        purpose: purpose.to_owned(),
        kind: ConsentKind::Withdrawn,
        at: at.min(desk.clock.now()),
        source: source.to_owned(),
    }
}

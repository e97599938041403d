//! Consents and withdrawals that one of the business's programs reports, each with its evidence.
//!
//! A yes after the person's own no is kept as history and has no effect: only an act from the mailbox itself is the way
//! back. A no is a stop, whatever stood before.

use super::{
    Doing, Outcome,
    whom::{self, No, Whom},
};
use crate::{
    base::Instant,
    ledger::Happening,
    people::{ConsentKind, Language, consent::ConsentMethod},
    store::{
        StoreError,
        book::Line,
        cards,
        customers::{self, Stands},
        round::Desk,
        sealing::seal_evidence,
        statements::api::ADD_EVIDENCE,
        types::{ConsentClaim, CustomerRef, PutError, Replan},
    },
    trigger::News,
};
use serde::{Deserialize, Serialize};

/// One report of a yes or a no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRow {
    /// Whose.
    pub customer: CustomerRef,
    /// The purpose's key in the policy.
    pub purpose: String,
    /// Yes or no.
    pub kind: ConsentKind,
    /// When it was said.
    pub at: Instant,
    /// How it was said.
    pub method: ConsentMethod,
    /// In which language the words were shown, where that is known.
    pub language: Option<Language>,
    /// Until when, exclusive, where they agreed for a time.
    pub expires_at: Option<Instant>,
    /// What shows it.
    pub evidence: Evidence,
}

/// What shows that somebody agreed or withdrew, besides when and how. Kept sealed: it may hold anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The words that the person was shown or told.
    pub wording: Option<String>,
    /// Where: a page, a form's number, a shop.
    pub place: Option<String>,
    /// Who wrote it down.
    pub actor: Option<String>,
}

pub(super) async fn take(
    desk: &mut Desk,
    rows: &[ConsentRow],
    source: &str,
    planner: &dyn Replan,
) -> Result<Doing, StoreError> {
    let mut doing = Doing::default();
    let source = format!("api:{source}");
    for row in rows {
        let outcome = match row.kind {
            ConsentKind::Granted => grant(desk, row, &source, planner, &mut doing).await?,
            ConsentKind::Withdrawn => withdraw(desk, row, &source, &mut doing).await?,
        };
        doing.outcomes.push(outcome);
    }
    Ok(doing)
}

async fn grant(
    desk: &mut Desk,
    row: &ConsentRow,
    source: &str,
    planner: &dyn Replan,
    doing: &mut Doing,
) -> Result<Result<Outcome, PutError>, StoreError> {
    let whom = match Whom::of(desk, &row.customer).await? {
        Ok(whom) => whom,
        Err(why) => return Ok(Err(why)),
    };
    // Consent is each person's: nobody is guessed.
    let (customer, mailbox) = match whom.customers.as_slice() {
        [] => return Ok(Err(PutError::UnknownCustomer)),
        [one] => *one,
        _ => return Ok(Err(PutError::AmbiguousCustomer)),
    };
    let claim = ConsentClaim {
        language: row.language.clone(),
        expires_at: row.expires_at,
        ..ConsentClaim::new(&row.purpose, ConsentKind::Granted, row.at.min(desk.clock.now()), source)
    };
    let (added, stands) = customers::claim_consent(desk, customer, mailbox, &claim, row.method).await?;
    if let Some(id) = added {
        keep_evidence(desk, id, &row.evidence).await?;
        let reported = Happening::ConsentReported { purpose: claim.purpose.clone(), row: id };
        desk.enter(desk.clock.now(), &[Line::of_customer(customer, reported)])?;
        if stands == Stands::Free {
            let news = News::Agreed([(claim.purpose, claim.at)].into());
            doing.open.extend(cards::plan_of(desk, customer, news, planner).await?);
        }
    }
    Ok(Ok(match (stands, added) {
        (Stands::No, _) => Outcome::StaysStopped,
        (Stands::Free, Some(_)) => Outcome::Granted,
        (Stands::Free, None) => Outcome::Unchanged,
    }))
}

async fn withdraw(
    desk: &mut Desk,
    row: &ConsentRow,
    source: &str,
    doing: &mut Doing,
) -> Result<Result<Outcome, PutError>, StoreError> {
    let whom = match Whom::of(desk, &row.customer).await? {
        Ok(whom) => whom,
        Err(why) => return Ok(Err(why)),
    };
    let claim = whom::no(desk, &row.purpose, row.at, source);
    let (no, open) = whom::stop(desk, &whom, &claim, row.method, &row.evidence).await?;
    doing.open.extend(open);
    Ok(Ok(if no == No::New { Outcome::Stopped } else { Outcome::Unchanged }))
}

/// Puts the evidence beside a row of the history.
pub(super) async fn keep_evidence(desk: &mut Desk, row: i64, evidence: &Evidence) -> Result<(), StoreError> {
    if *evidence == Evidence::default() {
        return Ok(());
    }
    let content = seal_evidence(&desk.keys, row, evidence)?;
    sqlx::query(ADD_EVIDENCE.sqlite).bind(row).bind(content).execute(desk.database.alone().await?).await?;
    Ok(())
}

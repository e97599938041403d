//! Consents and withdrawals that one of the business's programs reports, each with its evidence.
//!
//! A yes after the person's own no is kept as history and has no effect: only an act from the mailbox itself is the way
//! back. A no is a stop, whatever stood before.

use super::{
    Doing, Outcome,
    whom::{self, No, Whom},
};
use crate::store::database::query;
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, Instant, NetworkPrefix, value::Fields},
    gate::Reason,
    ledger::Happening,
    people::{ConsentKind, Language, consent::ConsentMethod},
    store::{
        Store, StoreError,
        book::Line,
        cards,
        consents::position,
        customers::{self, Found},
        keystore,
        round::Desk,
        sealing::seal_evidence,
        sign_ups::{self, SignUp},
        statements::api::ADD_EVIDENCE,
        types::{ConsentClaim, CustomerRef, PutError, Replan, Rules},
    },
    trigger::News,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

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
    /// The question that the address itself is asked, where this yes counts only when it is confirmed.
    pub question: Option<Question>,
}

/// The record that a question is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its type.
    pub kind: String,
    /// What it says.
    pub fields: Fields,
    /// In which language the words were shown.
    pub language: Language,
}

/// Free fields of one piece of evidence.
pub const PROOF_FIELDS_MAX: usize = 8;
/// Letters of such a field's name, and of what it holds.
pub const PROOF_NAME_MAX: usize = 40;
/// See [`PROOF_NAME_MAX`].
pub const PROOF_TEXT_MAX: usize = 200;

/// Whether a free field of evidence may be called this: lower-case letters, digits, hyphens and low lines after a letter.
#[must_use]
pub fn is_proof_name(name: &str) -> bool {
    let mut letters = name.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && name.len() <= PROOF_NAME_MAX
        && letters.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
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
    /// What else there is, by names of the business's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub proof: BTreeMap<String, String>,
}

impl Evidence {
    /// Of a yes on our own pages.
    #[must_use]
    pub fn of_page(from: Option<NetworkPrefix>) -> Self {
        let proof = from.map(|from| ("network".to_owned(), from.to_string()));
        Self { proof: proof.into_iter().collect(), ..Self::default() }
    }
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
    let (outcome, open) = grant_to(desk, (customer, mailbox), row, source, planner).await?;
    doing.open.extend(open);
    Ok(Ok(outcome))
}

/// A yes of this customer, whoever the row names. Names the attempts that were open.
pub(in crate::store) async fn grant_to(
    desk: &mut Desk,
    (customer, mailbox): (CustomerId, BlindIndex),
    row: &ConsentRow,
    source: &str,
    planner: &dyn Replan,
) -> Result<(Outcome, Vec<AttemptId>), StoreError> {
    let claim = ConsentClaim {
        language: row.language.clone(),
        expires_at: row.expires_at,
        ..ConsentClaim::new(&row.purpose, ConsentKind::Granted, row.at.min(desk.clock.now()), source)
    };
    let Yes { added, against, mut open } =
        say_yes(desk, (customer, mailbox), &claim, row.method, &row.evidence, planner).await?;
    if let Some(question) = &row.question {
        if added.is_some() {
            open.extend(ask(desk, customer, &claim, question, planner).await?);
        }
        // The same whether they were asked lately or said no: what counts is what comes back.
        return Ok((if added.is_some() { Outcome::ToConfirm } else { Outcome::Unchanged }, open));
    }
    let outcome = match (against, added) {
        (Some(_), _) => Outcome::StaysStopped,
        (None, Some(_)) => Outcome::Granted,
        (None, None) => Outcome::Unchanged,
    };
    Ok((outcome, open))
}

/// Asks the address whether it agrees, as a form of ours would.
async fn ask(
    desk: &mut Desk,
    customer: CustomerId,
    claim: &ConsentClaim,
    Question { kind, fields, language }: &Question,
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    let sign_up = SignUp {
        whom: sign_ups::Whom::Customer(customer),
        purposes: vec![claim.purpose.clone()],
        language: language.clone(),
        source: claim.source.clone(),
        record: (kind.clone(), fields.clone()),
    };
    sign_ups::keep(desk, &sign_up, planner).await
}

/// What became of a yes.
struct Yes {
    added: Option<i64>,
    /// What stands against it.
    against: Option<Reason>,
    open: Vec<AttemptId>,
}

/// Adds a yes that somebody vouches for, with its evidence, and plans what follows from it.
async fn say_yes(
    desk: &mut Desk,
    (customer, mailbox): (CustomerId, BlindIndex),
    claim: &ConsentClaim,
    method: ConsentMethod,
    evidence: &Evidence,
    planner: &dyn Replan,
) -> Result<Yes, StoreError> {
    let (added, against) = customers::claim_consent(desk, customer, mailbox, claim, method).await?;
    let mut open = Vec::new();
    if let Some(id) = added {
        keep_evidence(desk, customer, id, evidence).await?;
        let reported = Happening::ConsentReported { purpose: claim.purpose.clone(), row: id };
        desk.enter(desk.clock.now(), &[Line::of_customer(customer, reported)])?;
        if against.is_none() {
            let news = News::Agreed([(claim.purpose.clone(), claim.at)].into());
            open = cards::plan_of(desk, customer, news, planner).await?;
        }
    }
    Ok(Yes { added, against, open })
}

/// A yes that somebody of the business writes down.
#[derive(Clone, Debug)]
pub struct NewYes {
    /// Whose.
    pub customer: CustomerId,
    /// To what, and where it is written.
    pub claim: ConsentClaim,
    /// How it was said.
    pub method: ConsentMethod,
    /// What shows it.
    pub evidence: Evidence,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is on record, by this row, and holds. Attempts that were open are named.
    Now(i64, Vec<AttemptId>),
    /// This stands against it: nothing was written.
    Refused(Reason),
    /// Nobody has this number.
    NoSuchCustomer,
}

impl Store {
    /// Keeps a yes that somebody of the business writes down. Other than what a program reports, it isn't kept as history
    /// where it would come to nothing: whoever writes it down is there to hear so.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn record_yes(&self, yes: NewYes, rules: Arc<dyn Rules>) -> Result<Recorded, StoreError> {
        self.errand(move |desk| Box::pin(async move { record(desk, &yes, &*rules.in_force()).await })).await
    }
}

async fn record(desk: &mut Desk, yes: &NewYes, planner: &dyn Replan) -> Result<Recorded, StoreError> {
    let NewYes { customer, claim, method, evidence } = yes;
    let Found::Customer(stored) = customers::by_number(desk, *customer).await? else {
        return Ok(Recorded::NoSuchCustomer);
    };
    let mailbox = stored.mailbox;
    let position = position(desk.database.alone().await?, *customer, mailbox, &claim.purpose).await?;
    if let Some(reason) = position.against {
        return Ok(Recorded::Refused(reason));
    }
    let Yes { added, open, .. } = say_yes(desk, (*customer, mailbox), claim, *method, evidence, planner).await?;
    // Dated now, it is like none before it.
    added.map_or_else(|| Err(StoreError::odd("consents", "the same yes twice")), |row| Ok(Recorded::Now(row, open)))
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
pub(in crate::store) async fn keep_evidence(
    desk: &mut Desk,
    customer: CustomerId,
    row: i64,
    evidence: &Evidence,
) -> Result<(), StoreError> {
    if *evidence == Evidence::default() {
        return Ok(());
    }
    let content = seal_evidence(&keystore::of(desk, customer).await?, row, evidence)?;
    query(ADD_EVIDENCE).bind(row).bind(content).execute(desk.database.alone().await?).await?;
    Ok(())
}

//! Answers: what a customer says about a visit, on its record, in one transaction with what follows from it.
//!
//! The record takes the answer as a field, the ledger and the list of answers take a line each, and the plans are made
//! anew: those that the answer ends are voided, permissions that have not reached an intent are taken back, and every
//! attempt without a receipt is named, so that the engine can wait for it before it acknowledges, as for a stop.
//!
//! An answer is about the date that the message named. When the visit is elsewhere by now, cancelled or past, nothing is
//! written, and the caller hears which.

use super::{
    Store, StoreError,
    book::Line,
    database::{Link, query, query_as},
    notices::{self, Matter, NewNotice, Way},
    plan_rows::{Whole, plan_facts},
    records,
    replan::replan,
    round::Desk,
    statements::answers::{ASKED, COUNT_ANSWERS, COUNT_PAST, TAKE_ANSWER},
    types::{Replan, Rules, Status},
};
use crate::{
    base::{AttemptId, Handle, Instant, PlanId},
    gate::facts::PlanFacts,
    ledger::Happening,
    people::{Answer, Customer},
    trigger::{News, Record, Subject},
};
use std::{sync::Arc, time::Duration};

/// How long the owner's mail server, or their own, may be away before an answer is told by the morning mail alone.
const TOLD_WITHIN: Duration = Duration::from_hours(72);

/// Whether an answer can be given still, and what it does to the record. Asked when a page is shown, and again inside
/// the transaction that takes the answer.
pub trait Hear: Replan {
    /// About the plan whose message carried the link, as its record stands now.
    fn hear(&self, plan: &PlanFacts, customer: &Customer, record: &Record, answer: Answer) -> Heard;

    /// How the owner hears of an answer to a visit that stood so before it, and not before when.
    fn tell(&self, before: &Record, answer: Answer, now: Instant) -> Vec<(Way, Instant)>;
}

/// See [`Hear`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// It is taken: the record with the answer on it.
    Taken(Record),
    /// The visit has begun, or is past.
    Over,
    /// The visit is at another time now: the answer was about the old one.
    Moved,
    /// The visit was cancelled.
    Cancelled,
    /// The installation doesn't ask any more.
    NotAsked,
}

/// An answer, from a verified link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerOrder {
    /// Whose.
    pub customer: Handle,
    /// The message whose link was used.
    pub plan: PlanId,
    /// What they said.
    pub answer: Answer,
}

/// What an answer did.
#[derive(Clone, Debug)]
#[must_use = "an answer is acknowledged only when the open attempts are past MAIL or revoked"]
pub struct Answered {
    /// What it was about, as it stands since, and what it was found to be. `None`: the customer or the message is unknown.
    pub heard: Option<(Asked, Heard)>,
    /// As in [`super::Applied::open`].
    pub open: Vec<AttemptId>,
}

/// What an answer is about: the message, whose it is, and the visit.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The plan whose message carried the link.
    pub plan: PlanFacts,
    /// Whose.
    pub customer: Customer,
    /// The visit.
    pub record: Record,
}

impl Store {
    /// What the link of a message asks about. `None` when there is no such message, or it is another customer's.
    ///
    /// # Errors
    /// When the database or a row can't be read.
    pub async fn asked(&self, customer: Handle, plan: PlanId) -> Result<Option<Asked>, StoreError> {
        let Some((plan, whole)) = read(&mut self.reader().await?, customer, plan).await? else { return Ok(None) };
        let (customer, record) = whole.open(&self.inner.keys)?;
        Ok(Some(Asked { plan, customer, record }))
    }

    /// Takes an answer; on disk when this returns.
    ///
    /// # Errors
    /// When the database can't be written: the answer is nowhere then.
    pub async fn answer(&self, order: AnswerOrder, rules: Arc<dyn Rules>) -> Result<Answered, StoreError> {
        self.change(move |desk| Box::pin(async move { take(desk, order, &*rules.in_force()).await })).await
    }
}

async fn read(connection: &mut Link, customer: Handle, plan: PlanId) -> Result<Option<(PlanFacts, Whole)>, StoreError> {
    let row = query(ASKED).bind(plan.0).bind(customer.0.as_slice()).fetch_optional(connection).await?;
    row.map(|row| Ok((plan_facts(&row)?, Whole::read(&row)?))).transpose()
}

async fn take(desk: &mut Desk, order: AnswerOrder, hear: &dyn Hear) -> Result<Answered, StoreError> {
    let AnswerOrder { customer, plan, answer } = order;
    let Some((plan, whole)) = read(desk.database.alone().await?, customer, plan).await? else {
        return Ok(Answered { heard: None, open: Vec::new() });
    };
    let (customer, record) = whole.open(&desk.keys)?;
    let heard = hear.hear(&plan, &customer, &record, answer);
    let Heard::Taken(mut wanted) = heard else {
        let asked = Asked { plan, customer, record };
        return Ok(Answered { heard: Some((asked, heard)), open: Vec::new() });
    };
    if wanted.fields != record.fields {
        wanted.version = record.version + 1;
        records::change(desk, &whole.record.external_id, &record, &wanted).await?;
        let now = desk.clock.now();
        let row: i64 = query_as(TAKE_ANSWER)
            .bind(record.id.0)
            .bind(&plan.occurrence)
            .bind(customer.id.0)
            .bind(plan.id.0)
            .bind(answer.name())
            .bind(now.ms())
            .fetch_one(desk.database.alone().await?)
            .await?;
        for (way, next_at) in hear.tell(&record, answer, now) {
            let expires_at = now.plus(TOLD_WITHIN);
            notices::put(desk, &NewNotice { matter: Matter::Answer(row), way, next_at, expires_at }).await?;
        }
        desk.enter(now, &[Line::of_plan(customer.id, plan.id, Happening::Answered { answer })])?;
    }
    // The same answer again changes nothing, but is not acknowledged before the first one is.
    let subject = Subject { record: wanted.clone(), customer: customer.clone(), news: News::Nothing };
    let open = replan(desk, &[subject], hear).await?;
    let asked = Asked { plan, customer, record: wanted.clone() };
    Ok(Answered { heard: Some((asked, Heard::Taken(wanted))), open })
}

/// Counts the answers, and the visits that are past.
pub(super) async fn count(connection: &mut Link, now: Instant, status: &mut Status) -> Result<(), StoreError> {
    for row in query(COUNT_ANSWERS).fetch_all(&mut *connection).await? {
        let answers: i64 = row.try_get("answers")?;
        status.answers.insert(super::sealing::parse(&row, "answer")?, u64::try_from(answers).unwrap_or(0));
    }
    let row = query(COUNT_PAST).bind(now.ms()).fetch_one(connection).await?;
    let number = |column: &str| row.try_get::<i64, _>(column).map(|number| u64::try_from(number).unwrap_or(0));
    status.visits_past = number("past")?;
    status.visits_kept = number("kept")?;
    Ok(())
}

//! Stops and halts: they take permissions back.
//!
//! A stop writes the suppression of (mailbox, purpose) and the person's withdrawal, and revokes the permissions that
//! have not reached an intent; their plans are asked again, and the gate says why they don't leave. It names every
//! attempt that has no receipt yet, because one of them may be on the wire at this moment: the engine acknowledges the
//! stop when those are past `MAIL` or revoked (promise P2). That includes attempts which an earlier stop revoked: the
//! second click may not be answered before the first.
//!
//! When the database is away, the stop is on disk in the journal before it is answered, and nothing is permitted until it
//! is applied (promise P8).

use super::{
    Store, StoreError,
    book::{Line, rows},
    consents::{NewConsent, consents_of, is_refused},
    customers,
    database::{query, query_as},
    journal::JournalEntry,
    kept::Word,
    preferences::Undo,
    round::{Desk, Kind, Results},
    sealing::name,
    statements::{
        people::{OPEN, OPEN_FOR_MAILBOX, REVOKE_ATTEMPTS, REVOKE_PLANS, SUPPRESS},
        pipeline::{HALT, HALTS, RESUME, WAKE_HALTED},
    },
    suppressions,
    writer::Message,
};
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, Handle, Instant, PlanId},
    fault::{self, Point, Switch},
    gate::facts::HaltCause,
    ledger::{Happening, entry::StopVia},
    people::{ConsentKind, SuppressionReason, consent::ConsentMethod},
};

/// A stop, from a verified link or from the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopOrder {
    /// Whose.
    pub customer: Handle,
    /// From what.
    pub purpose: String,
    /// How it came.
    pub via: StopVia,
    /// The message whose link was used.
    pub plan: Option<PlanId>,
    /// When.
    pub at: Instant,
}

/// What a stop did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a stop is acknowledged only when the open attempts are past MAIL or revoked"]
pub struct Stopped {
    /// What happened.
    pub state: StopState,
    /// Attempts that were open: the engine revokes those that have not begun, and waits for the others to be past
    /// `MAIL`, before it acknowledges. After [`StopState::Journalled`] this is the best knowledge that a read gave.
    pub open: Vec<AttemptId>,
    /// How to take it back, where it came by the page of preferences and is new to the person and to the mailbox.
    pub undo: Option<Undo>,
}

impl Stopped {
    /// One that changed nothing here.
    pub(super) const fn without_rows(state: StopState) -> Self {
        Self { state, open: Vec::new(), undo: None }
    }
}

/// How a stop was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopState {
    /// It holds from now on.
    Now,
    /// It held already.
    Already,
    /// The database is away; it is in the journal, and nothing leaves before it is applied.
    Journalled,
    /// Nobody has this handle.
    UnknownCustomer,
}

/// Held plans that one transaction wakes, so that it stays short.
const WAKE_MAX: i64 = 1000;

impl Store {
    /// A stop: on disk when this returns, in the database or in the journal.
    ///
    /// # Errors
    /// When it is in neither: whoever asked must not be told that it holds.
    pub async fn stop(&self, order: StopOrder) -> Result<Stopped, StoreError> {
        let (customer, purpose) = (order.customer, order.purpose.clone());
        let mut stopped = self.ask(&self.inner.urgent, |reply| Message::Stop(order, reply)).await?;
        if stopped.state == StopState::Journalled {
            // Reads work where writes don't; if they fail too, the permits' short life is the bound.
            stopped.open = self.open_for(customer, &purpose).await.unwrap_or_default();
        }
        Ok(stopped)
    }

    /// Halts everything, and takes back what was permitted. Names the attempts that were open.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn halt(&self, cause: HaltCause, note: &str) -> Result<Vec<AttemptId>, StoreError> {
        let note = note.to_owned();
        self.change(move |desk| Box::pin(async move { halt(desk, cause, &note).await })).await
    }

    /// Lifts one halt. When it was the last, the plans that it held are due.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn resume(&self, cause: HaltCause) -> Result<(), StoreError> {
        self.change(move |desk| Box::pin(resume(desk, cause))).await?;
        fault::point(Point::AfterResume);
        self.wake_held().await
    }

    /// Makes all that was held due, once nothing is halted any more.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn wake_held(&self) -> Result<(), StoreError> {
        while self.errand(move |desk| Box::pin(wake(desk))).await? {}
        Ok(())
    }
}

/// See the module.
pub(super) struct Stops;

impl Kind for Stops {
    type Ask = StopOrder;
    type Answer = Stopped;
    const POINTS: Option<(Point, Point)> = Some((Point::BeforeStopCommit, Point::AfterStopCommit));

    async fn run(desk: &mut Desk, asks: &[StopOrder]) -> Results<Stopped> {
        let mut results = Vec::with_capacity(asks.len());
        for order in asks {
            results.push(Ok(apply(desk, order).await?));
        }
        Ok(results)
    }

    fn away(desk: &mut Desk, asks: &[StopOrder], error: &StoreError) -> Vec<Result<Stopped, StoreError>> {
        let now = desk.clock.now();
        asks.iter()
            .map(|order| {
                tracing::warn!(%error, "the database is away: the stop goes to the journal");
                desk.journal.append(JournalEntry::stop(order), now)?;
                Ok(Stopped::without_rows(StopState::Journalled))
            })
            .collect()
    }
}

/// One stop, inside a transaction. Applied twice, it changes nothing the second time.
pub(super) async fn apply(desk: &mut Desk, order: &StopOrder) -> Result<Stopped, StoreError> {
    let Some(customer) = customers::by_handle(desk, order.customer).await? else {
        return Ok(Stopped::without_rows(StopState::UnknownCustomer));
    };
    // On the page where it can be taken back, it is noted what stood before.
    let before = match order.via {
        StopVia::Preferences => Some(suppressions::of(desk.database.alone().await?, customer.mailbox).await?),
        _ => None,
    };
    let suppressed = suppress(desk, customer.mailbox, &order.purpose, order.at).await?;
    let withdrawn = withdraw(desk, customer.id, order).await?;
    let is_new = suppressed != Suppressed::Already || withdrawn.is_some();
    let state = if is_new { StopState::Now } else { StopState::Already };
    let undo = match (before, suppressed, withdrawn) {
        (Some(before), Suppressed::Now { row }, Some(no)) if before.iter().all(|known| known.id != row) => {
            Some(Undo::no(customer.version, no, row))
        }
        _ => None,
    };
    if state == StopState::Now {
        let stopped = Happening::Stopped { purpose: order.purpose.clone(), via: order.via };
        let line = Line { plan: order.plan, ..Line::of_customer(customer.id, stopped) };
        desk.enter(order.at, &[line])?;
    }
    Ok(Stopped { state, open: revoke_of(desk, customer.mailbox, &order.purpose).await?, undo })
}

/// Whether a suppression is new.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Suppressed {
    Now { row: i64 },
    Already,
}

/// A mailbox's no to a purpose, or with `""` to all.
pub(super) async fn suppress(
    desk: &mut Desk,
    mailbox: BlindIndex,
    purpose: &str,
    at: Instant,
) -> Result<Suppressed, StoreError> {
    let row: Option<i64> = query_as(SUPPRESS)
        .bind(mailbox.0.as_slice())
        .bind(purpose)
        .bind(name(&SuppressionReason::Stopped))
        .bind(at.ms())
        .fetch_optional(desk.database.alone().await?)
        .await?;
    if row.is_some() {
        desk.kept.note(Word::stopped(mailbox, purpose, SuppressionReason::Stopped, at));
    }
    Ok(row.map_or(Suppressed::Already, |row| Suppressed::Now { row }))
}

/// Takes back what was permitted for a mailbox and a purpose, or with `""` for all, and names all that was open.
pub(super) async fn revoke_of(
    desk: &mut Desk,
    mailbox: BlindIndex,
    purpose: &str,
) -> Result<Vec<AttemptId>, StoreError> {
    let open: Vec<OpenRow> = query_as(OPEN_FOR_MAILBOX)
        .bind(mailbox.0.as_slice())
        .bind(purpose)
        .fetch_all(desk.database.alone().await?)
        .await?;
    revoke(desk, &open).await
}

/// The new row of the history, where there was anything to withdraw.
async fn withdraw(desk: &mut Desk, customer: CustomerId, order: &StopOrder) -> Result<Option<i64>, StoreError> {
    let history = consents_of(desk.database.alone().await?, customer).await?;
    if is_refused(&history, &order.purpose) {
        return Ok(None);
    }
    let method = match order.via {
        StopVia::OneClick | StopVia::Page => ConsentMethod::OneClick,
        StopVia::Preferences => ConsentMethod::PreferencePage,
        StopVia::Operator | StopVia::Bounce | StopVia::Api => ConsentMethod::InPerson,
    };
    let said = NewConsent {
        purpose: &order.purpose,
        kind: ConsentKind::Withdrawn,
        method,
        at: order.at,
        source: &name(&order.via),
        language: None,
        expires_at: None,
    };
    said.write(desk, customer).await.map(Some)
}

/// Attempt, plan, state.
pub(super) type OpenRow = (i64, i64, String);

/// Takes back the permissions without an intent, plans theirs again, and names all that were open.
pub(super) async fn revoke(desk: &mut Desk, open: &[OpenRow]) -> Result<Vec<AttemptId>, StoreError> {
    let plans = revoke_attempts(desk, open).await?;
    if !plans.is_empty() {
        let now = desk.clock.now();
        query(REVOKE_PLANS).bind(rows(&plans)?).bind(now.ms()).execute(desk.database.alone().await?).await?;
    }
    Ok(named(open))
}

/// The same, leaving the plans to the caller. Gives back the plans whose permission was taken.
pub(super) async fn revoke_attempts(desk: &mut Desk, open: &[OpenRow]) -> Result<Vec<PlanId>, StoreError> {
    let ids: Vec<i64> = open.iter().filter(|(_, _, state)| state == "permitted").map(|(id, _, _)| *id).collect();
    if ids.is_empty() || fault::is_on(Switch::SkipRevocation) {
        return Ok(Vec::new());
    }
    let now = desk.clock.now();
    let plans: Vec<i64> =
        query_as(REVOKE_ATTEMPTS).bind(rows(&ids)?).bind(now.ms()).fetch_all(desk.database.alone().await?).await?;
    Ok(plans.into_iter().map(PlanId).collect())
}

/// The attempts that a caller must revoke in memory or wait for.
pub(super) fn named(open: &[OpenRow]) -> Vec<AttemptId> {
    if fault::is_on(Switch::SkipRevocation) {
        return Vec::new();
    }
    let mut named: Vec<AttemptId> = open.iter().map(|(id, _, _)| AttemptId(*id)).collect();
    named.sort_unstable();
    named
}

/// Halts everything. Halting twice for one cause keeps the first time.
pub(super) async fn halt(desk: &mut Desk, cause: HaltCause, note: &str) -> Result<Vec<AttemptId>, StoreError> {
    let now = desk.clock.now();
    let done = query(HALT).bind(name(&cause)).bind(now.ms()).bind(note).execute(desk.database.alone().await?).await?;
    if done.rows_affected() == 1 {
        tracing::warn!(?cause, note, "sending is halted");
        desk.enter(now, &[Line::of_house(Happening::Halted { cause })])?;
    }
    let open: Vec<OpenRow> = query_as(OPEN).fetch_all(desk.database.alone().await?).await?;
    revoke(desk, &open).await
}

/// Lifts one halt.
pub(super) async fn resume(desk: &mut Desk, cause: HaltCause) -> Result<(), StoreError> {
    let done = query(RESUME).bind(name(&cause)).execute(desk.database.alone().await?).await?;
    if done.rows_affected() == 1 {
        let now = desk.clock.now();
        desk.enter(now, &[Line::of_house(Happening::Resumed { cause })])?;
    }
    Ok(())
}

/// Makes a chunk of the held plans due, once nothing is halted any more. Says whether more may wait.
pub(super) async fn wake(desk: &mut Desk) -> Result<bool, StoreError> {
    if query(HALTS).fetch_optional(desk.database.alone().await?).await?.is_some() {
        return Ok(false);
    }
    let now = desk.clock.now();
    let woken = query(WAKE_HALTED).bind(now.ms()).bind(WAKE_MAX).execute(desk.database.alone().await?).await?;
    Ok(woken.rows_affected() > 0)
}

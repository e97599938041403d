//! One plan's life, from its claim to its receipt, on one page.
//!
//! ```text
//!  prepare                                                    deliver
//! claimed ─► pace ─► draft ─► letter ─► lane ─► permit ┄┄┄► flight ─► receipt
//!    │            │                    │               │                        │
//! merged       refused             released      held, refused,           sent, again later,
//! (with        (template)          (no server)    outdated: draft          rejected, uncertain
//! others)                                         again
//! ```
//!
//! While a lane carries one message its worker makes the next one ready: see `super::worker`.
//!
//! A step that is a task for a person of the business asks the gate alike, and ends there: it is given. What leaves on paper
//! leaves otherwise: see [`super::rehearse::scribe`].
//!
//! All branches are here; what each step does is a leaf in its own module. Nothing that matters is in memory alone: a
//! process that dies anywhere on this page leaves rows that the next one understands (see `store::rescue`).

use super::{
    berth::{Berth, Route},
    files::in_force::{Edition, InForce},
    flights::{Flights, OpenFlight},
    letter, outcome,
    rehearse::scribe::Scribe,
    wording,
};
use crate::{
    base::{Clock, Instant, NodeId, instant::Standstill, keys::Keyring},
    deliver::{Letter, Parcel, pace::NotYet},
    fault::{self, Point},
    gate::{Reason, Rule},
    ledger::{Attempt, Carried, Receipt, receipt::NotBegun},
    store::{Claimed, Next, Permission, Refusal, Store, StoreError},
};
use std::sync::Arc;

/// How often a draft is made anew because the facts changed under it, before the plan is put back for later.
const REDRAFTS_MAX: usize = 3;

/// What every plan passes through.
pub struct Pipeline {
    /// Where everything is.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The files in force: each draft takes one edition, and keeps it to its receipt.
    pub in_force: Arc<InForce>,
    /// For stop links and message ids.
    pub keys: Arc<Keyring>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// This incarnation.
    pub node: NodeId,
}

/// A message with its permission: nothing is between it and the wire but its lane.
pub struct Ready {
    edition: Arc<Edition>,
    claimed: Arc<Claimed>,
    letter: Letter,
    attempt: Attempt,
    /// Open, so that a stop takes it back while it waits.
    flight: OpenFlight,
    still: Standstill,
}

/// For whom a message is made ready.
pub enum Place<'a> {
    /// A worker who has nothing else to do: a lane comes first.
    Free(&'a mut Berth),
    /// One whose lane carries the message before, on this way.
    Taken(&'a Route),
}

impl Place<'_> {
    /// Until when nothing should be permitted, because there is no server to say it to.
    async fn closed_until(&mut self, edition: &Edition, store: &Store) -> Option<Instant> {
        match self {
            Self::Free(berth) => {
                let has_lane = berth.has_lane(&edition.transport, store).await;
                (!has_lane).then(|| berth.retry_at(&edition.transport))
            }
            Self::Taken(route) => route.closed_until(&edition.transport),
        }
    }
}

impl Pipeline {
    /// Brings one plan as far as its permission. `None`: it goes no further, or not now.
    ///
    /// # Errors
    /// The database's: the plan may still be leased, and is to be given back when the database is.
    pub async fn prepare(
        &self,
        claimed: Claimed,
        still: Standstill,
        mut place: Place<'_>,
    ) -> Result<Option<Ready>, StoreError> {
        let mut claimed = Arc::new(claimed);
        // What falls due together may leave as one; then that one is claimed next.
        if self.store.gather(&claimed, self.in_force.now().rulebook.clone()).await?.is_some() {
            fault::point(Point::AfterGather);
            return Ok(None);
        }
        for _ in 0..REDRAFTS_MAX {
            fault::point(Point::AfterClaim);
            let (plan, epoch) = (claimed.plan.id, claimed.plan.epoch);
            let edition = self.in_force.now();
            self.read_parts(&edition, &mut claimed).await?;
            if let Some(task) = wording::task(&claimed, &edition.rulebook, &self.keys) {
                match self.give(&edition, &claimed, task).await? {
                    Some(fresh) => claimed = Arc::new(fresh),
                    None => return Ok(None),
                }
                continue;
            }
            if let Some(later) = self.too_fast(&edition, &claimed) {
                self.store.release(plan, epoch, later).await?;
                return Ok(None);
            }

            let letter = match letter::write(Arc::make_mut(&mut claimed), &edition, &self.keys, self.clock.now()) {
                Ok(letter) => letter,
                Err(reason) => {
                    tracing::warn!(plan = plan.0, ?reason, "no letter");
                    let refusal = Refusal { rule: Rule::Relevance, reason };
                    self.store.refuse(plan, epoch, refusal, edition.revision()).await?;
                    return Ok(None);
                }
            };
            fault::point(Point::AfterDraft);

            if let Some(until) = place.closed_until(&edition, &self.store).await {
                self.store.release(plan, epoch, until).await?;
                return Ok(None);
            }
            let attempt = match self.store.permit(self.node, Arc::clone(&claimed), edition.rulebook.clone()).await? {
                Permission::Permitted(attempt) => attempt,
                Permission::Ended | Permission::Lost => return Ok(None),
                Permission::Outdated => match self.store.reload(plan, epoch).await? {
                    Some(fresh) => {
                        claimed = Arc::new(fresh);
                        continue;
                    }
                    None => return Ok(None),
                },
            };
            fault::point(Point::AfterPermit);
            let flight = self.flights.open(attempt.id(), letter.digest, &self.store);
            return Ok(Some(Ready { edition, claimed, letter, attempt, flight, still }));
        }
        let later = self.clock.now().plus(outcome::UNSETTLED_WAIT);
        self.store.release(claimed.plan.id, claimed.plan.epoch, later).await?;
        Ok(None)
    }

    /// Carries it, and hands its receipt to the store.
    pub async fn deliver(&self, ready: Ready, berth: &mut Berth) {
        let Ready { edition, claimed, letter, attempt, flight, still } = ready;
        // The lane may have ended with the message before.
        berth.has_lane(&edition.transport, &self.store).await;
        let carried = berth.carry(attempt, &letter, &flight).await;
        drop(flight);
        let next = self.next(&edition, &claimed, &carried);
        self.record(carried, next, still, berth).await;
    }

    /// Gives a permission back that nobody has begun with: its message is due again.
    ///
    /// # Errors
    /// When that is nowhere on disk; the attempt is taken back when its permit's life has passed.
    pub async fn give_up(&self, ready: Ready) -> Result<(), StoreError> {
        let Ready { edition, claimed, letter, attempt, flight, still: _still } = ready;
        drop(flight);
        let carried = match Parcel::of(attempt, &letter) {
            Ok(parcel) => parcel.carried(Receipt::NotBegun(NotBegun::PermitExpired)),
            Err(carried) => carried,
        };
        let next = self.next(&edition, &claimed, &carried);
        self.store.receipt(carried, next).await
    }

    /// What went into a message that gathers others, as it stands now.
    async fn read_parts(&self, edition: &Edition, claimed: &mut Arc<Claimed>) -> Result<(), StoreError> {
        if edition.rulebook.gathers(&claimed.plan) {
            let parts = self.store.parts(claimed, edition.rulebook.clone()).await?;
            Arc::make_mut(claimed).parts = parts;
        }
        Ok(())
    }

    /// Gives a person a task in place of a message. Where it is out of date, it is to be said anew.
    async fn give(
        &self,
        edition: &Edition,
        claimed: &Arc<Claimed>,
        task: Result<String, String>,
    ) -> Result<Option<Claimed>, StoreError> {
        let (plan, epoch) = (claimed.plan.id, claimed.plan.epoch);
        let words = match task {
            Ok(words) => words,
            Err(why) => {
                let refusal = Refusal { rule: Rule::Relevance, reason: Reason::NotRenderable { why } };
                self.store.refuse(plan, epoch, refusal, edition.revision()).await?;
                return Ok(None);
            }
        };
        match self.store.give(self.node, Arc::clone(claimed), edition.rulebook.clone(), words).await? {
            Permission::Outdated => self.store.reload(plan, epoch).await,
            Permission::Permitted(_) | Permission::Ended | Permission::Lost => Ok(None),
        }
    }

    /// When the receiving domain may be written to again, if not now.
    fn too_fast(&self, edition: &Edition, claimed: &Claimed) -> Option<Instant> {
        let (customer, _) = claimed.content.as_ref().ok()?;
        let NotYet(wait) = edition.pace.take(customer.address.domain()).err()?;
        Some(self.clock.now().plus(wait))
    }

    /// Who writes in place of all that, in a rehearsal.
    #[must_use]
    pub fn scribe(&self) -> Option<Scribe> {
        let edition = self.in_force.now();
        let stack = Arc::clone(edition.stack.as_ref()?);
        Some(Scribe { edition, stack, keys: Arc::clone(&self.keys), clock: Arc::clone(&self.clock) })
    }

    /// What follows from a receipt.
    fn next(&self, edition: &Edition, claimed: &Claimed, carried: &Carried) -> Next {
        outcome::next(&carried.receipt, claimed, &edition.rulebook, self.clock.now(), outcome::roll())
    }

    /// Hands the receipt to the store, and doesn't wait for the disk: the next message needs no receipt before its body.
    async fn record(&self, carried: Carried, next: Next, still: Standstill, berth: &mut Berth) {
        if let Receipt::RouteRefused { reply, .. } = &carried.receipt {
            tracing::error!(code = reply.code, "the mail server refuses us; sending is paused");
        }
        let store = self.store.clone();
        let recorded = async move {
            let recorded = store.receipt(carried, next).await;
            drop(still);
            recorded
        };
        berth.settle(Box::pin(recorded)).await;
    }
}

//! How a stop is carried out: the fact first, then the flights, then the answer.

use super::{Business, Look, Readiness, StopDesk, StopFailed, StopOutcome, StopView, proof};
use crate::{
    base::{Clock, token::Link},
    deliver::transport::Boxed,
    engine::{
        files::in_force::InForce,
        flights::Flights,
        house::lifecycle::Stage,
        office::{Keeper, Office},
    },
    fault::{self, Point},
    ledger::entry::StopVia,
    store::{Standby, StopOrder, StopState, Store, Undo},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};

/// The desk of a running daemon.
pub struct Desk {
    /// Where the fact is written.
    pub standby: Arc<Standby>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// For titles and promises.
    pub in_force: Arc<InForce>,
    /// When it was handed in.
    pub clock: Arc<dyn Clock>,
    /// How long a permit lives: the bound of a stop that could only be journalled.
    pub permit_life: Duration,
    /// Where the daemon stands.
    pub stage: watch::Receiver<Stage>,
    /// Rung when something new may be due.
    pub wake: Arc<Notify>,
}

impl Desk {
    /// What the business asks, over this database.
    pub(in crate::engine) fn office_over(&self, store: Store) -> Office {
        Office {
            store,
            in_force: Arc::clone(&self.in_force),
            keeper: Keeper::Daemon,
            flights: Arc::clone(&self.flights),
            clock: Arc::clone(&self.clock),
            wake: Arc::clone(&self.wake),
        }
    }

    async fn view(&self, link: &Link) -> Option<StopView> {
        let customer = match self.standby.store() {
            Some(store) => match store.find_customer(link.customer).await {
                Ok(found) => Some(found?),
                Err(_) => None,
            },
            // The database is away: the page still offers the stop, without a name on it.
            None => None,
        };
        let edition = self.in_force.now();
        let policy = edition.policy();
        let language = customer.as_ref().and_then(|customer| customer.language.clone());
        let shown = language.clone().unwrap_or_else(|| policy.business.language.clone());
        // A purpose that left the policy can still be stopped; its key is all that is left of it.
        let purpose = policy.purposes.get(&link.purpose);
        Some(StopView {
            business: policy.business.name.clone(),
            title: purpose.map_or(link.purpose.as_str(), |purpose| purpose.title_in(&shown)).to_owned(),
            promise: purpose.map_or("", |purpose| purpose.promise_in(&shown)).to_owned(),
            mailbox: customer.map(|customer| customer.address.masked()),
            language,
        })
    }

    pub(super) async fn carry_out(&self, link: &Link, via: StopVia) -> Result<(StopOutcome, Option<Undo>), StopFailed> {
        let order = StopOrder {
            customer: link.customer,
            purpose: link.purpose.clone(),
            via,
            plan: Some(link.plan),
            at: self.clock.now(),
        };
        let stopped = self.standby.stop(order).await.map_err(|error| StopFailed(error.to_string()))?;
        self.flights.revoke(&stopped.open).await;
        fault::point(Point::BeforeStopAnswer);
        let outcome = match stopped.state {
            StopState::Now | StopState::Already => StopOutcome::Stopped,
            StopState::Journalled => {
                StopOutcome::Journalled { within: (!self.standby.is_shared()).then_some(self.permit_life) }
            }
            StopState::UnknownCustomer => StopOutcome::Unknown,
        };
        Ok((outcome, stopped.undo))
    }
}

impl StopDesk for Desk {
    fn look<'a>(&'a self, link: &'a Link) -> Boxed<'a, Option<StopView>> {
        Box::pin(self.view(link))
    }

    fn stop<'a>(&'a self, link: &'a Link, via: StopVia) -> Boxed<'a, Result<StopOutcome, StopFailed>> {
        Box::pin(async move { self.carry_out(link, via).await.map(|(outcome, _)| outcome) })
    }

    fn prove(&self, url: &str) -> Result<(), StopFailed> {
        proof::note(self.in_force.now().config(), url, self.clock.now())
            .map_err(|error| StopFailed(format!("{error:#}")))
    }

    fn business(&self) -> Business {
        let edition = self.in_force.now();
        let business = &edition.policy().business;
        Business {
            name: business.name.clone(),
            language: business.language.clone(),
            time_zone: business.time_zone,
            public_url: edition.config().web.public_url.clone(),
            look: Look { accent: business.look.accent, logo: edition.rulebook.installation().logo.clone() },
        }
    }

    fn readiness(&self) -> Readiness {
        match *self.stage.borrow() {
            Stage::Starting => Readiness::Starting,
            Stage::Running => Readiness::Ready,
            Stage::DatabaseAway(why) => Readiness::DatabaseAway(why),
            Stage::Stopping => Readiness::Stopping,
        }
    }
}

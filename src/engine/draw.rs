//! Draws up what comes round: whose birthday it is, who belongs to the audience of a schedule.
//!
//! What is about a record is planned when the record changes. What comes round has no such moment, so a duty looks ahead:
//! for each day of the year that draws near it asks an index who has it, and for each time of a schedule it goes through
//! all customers once. Planned ahead like this, a message survives a daemon that is off for a day; and whatever changes in
//! between, the gate asks anew.
//!
//! Drawing twice changes nothing, so nothing is kept of it on disk: after a start, and whenever the files change, the
//! days and times ahead are drawn once more. Who becomes known later, or changes, is planned for in that same transaction.

use super::{flights::Flights, in_force::InForce, rulebook::Rulebook};
use crate::{
    base::{Clock, CustomerId, Instant, Zone, civil::MonthDay},
    fault,
    store::{Store, StoreError},
    plan::reach,
    trigger::day_in,
    workflow::{LeapDay, State, Trigger, Workflow},
};
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::Notify;

/// No zone is further from UTC than this.
const ZONE_MAX: Duration = Duration::from_hours(26);
/// Between two looks.
const LOOK: Duration = Duration::from_mins(15);
/// Customers whose plans are looked at in one transaction.
const PAGE: usize = 100;

/// See the module.
pub struct Draw {
    /// Where everybody is.
    pub store: Store,
    /// What comes round.
    pub in_force: Arc<InForce>,
    /// What is in the air.
    pub flights: Arc<Flights>,
    /// When.
    pub clock: Arc<dyn Clock>,
    /// Rung when something is planned.
    pub wake: Arc<Notify>,
}

/// What was drawn already, by the files of one revision.
#[derive(Default)]
struct Drawn {
    revision: String,
    days: BTreeMap<String, BTreeSet<NaiveDate>>,
    times: BTreeMap<String, NaiveDateTime>,
}

impl Draw {
    /// Looks ahead until dropped. Where the database can't be asked, the next look does it.
    pub async fn keep(&self) {
        let mut drawn = Drawn::default();
        loop {
            if let Err(error) = self.look(&mut drawn).await {
                tracing::warn!(%error, "what comes round could not be drawn up");
            }
            self.clock.wait_for(LOOK).await;
        }
    }

    async fn look(&self, drawn: &mut Drawn) -> Result<(), StoreError> {
        let edition = self.in_force.now();
        if drawn.revision != edition.revision() {
            *drawn = Drawn { revision: edition.revision().to_owned(), ..Drawn::default() };
        }
        let rulebook = &edition.rulebook;
        let workflows = rulebook.installation().workflows.values();
        for workflow in workflows.filter(|workflow| workflow.state == State::Live) {
            match &workflow.trigger {
                Trigger::Yearly { field, leap_day } => {
                    self.days(workflow, field, *leap_day, rulebook, drawn.days.entry(workflow.name.clone()).or_default())
                        .await?;
                }
                Trigger::Cron { schedule, .. } => {
                    let (from, to) = self.wall(Duration::ZERO, reach(workflow).ahead);
                    let last = drawn.times.get(&workflow.name).copied().unwrap_or(from).max(from);
                    let Some(time) = schedule.after(last).take_while(|time| *time <= to).last() else { continue };
                    self.everybody(rulebook).await?;
                    drawn.times.insert(workflow.name.clone(), time);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What walls show somewhere on earth between these moments.
    fn wall(&self, before: Duration, ahead: Duration) -> (NaiveDateTime, NaiveDateTime) {
        let now: Instant = self.clock.now();
        let local = |at: Instant| Zone::UTC.local(at);
        (local(now.minus(before).minus(ZONE_MAX)), local(now.plus(ahead).plus(ZONE_MAX)))
    }

    async fn days(
        &self,
        workflow: &Workflow,
        field: &str,
        leap_day: LeapDay,
        rulebook: &Arc<Rulebook>,
        drawn: &mut BTreeSet<NaiveDate>,
    ) -> Result<(), StoreError> {
        let reach = reach(workflow);
        let (from, to) = self.wall(reach.after, reach.ahead);
        drawn.retain(|day| *day >= from.date());
        let days = std::iter::successors(Some(from.date()), |day| day.checked_add_days(Days::new(1)));
        for day in days.take_while(|day| *day <= to.date()) {
            if drawn.contains(&day) {
                continue;
            }
            for kept in kept_on(day, leap_day) {
                let mut after = CustomerId(0);
                loop {
                    let page = self.store.customers_on(field, kept, after, PAGE).await?;
                    let Some(last) = page.last() else { break };
                    after = *last;
                    self.plan(page, rulebook).await?;
                }
            }
            drawn.insert(day);
        }
        Ok(())
    }

    async fn everybody(&self, rulebook: &Arc<Rulebook>) -> Result<(), StoreError> {
        let mut after = CustomerId(0);
        loop {
            let page = self.store.customers_after(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = *last;
            self.plan(page, rulebook).await?;
        }
    }

    async fn plan(&self, customers: Vec<CustomerId>, rulebook: &Arc<Rulebook>) -> Result<(), StoreError> {
        let open = self.store.plan_about(customers, rulebook.clone()).await?;
        fault::point("after-drawn-page");
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(())
    }
}

/// The days of the year that are kept on this day: its own, and 29 February where that is moved here.
fn kept_on(day: NaiveDate, leap_day: LeapDay) -> Vec<MonthDay> {
    let own = MonthDay { month: day.month(), day: day.day() };
    let leap = MonthDay { month: 2, day: 29 };
    let moved = day_in(leap, leap_day, day.year()) == Some(day) && own != leap;
    std::iter::once(own).chain(moved.then_some(leap)).collect()
}

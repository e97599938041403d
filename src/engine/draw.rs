//! Draws up what comes round: whose birthday it is, who belongs to the audience of a schedule.
//!
//! What is about a record is planned when the record changes. What comes round has no such moment, so the loop looks ahead:
//! for each day of the year that draws near it asks an index who has it, and for each time of a schedule it goes through
//! all customers once. It does so a page at a time, and between two pages the loop claims what is due: nobody's reminder is
//! late because a letter is drawn up. Planned ahead like this, a message survives a daemon that is off for a day; and
//! whatever changes in between, the gate asks anew.
//!
//! Drawing twice changes nothing, so nothing is kept of it on disk: after a start, and whenever the files change, the
//! days and times ahead are drawn once more. Who becomes known later, or changes, is planned for in that same transaction.

use super::{files::in_force::InForce, flights::Flights, rulebook::Rulebook};
use crate::{
    base::{Clock, CustomerId, Instant, Zone, civil::MonthDay},
    plan::{Reach, reach},
    store::{Store, StoreError},
    trigger::day_in,
    workflow::{LeapDay, Trigger, Workflow},
};
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

/// No zone is further from UTC than this.
const ZONE_MAX: Duration = Duration::from_hours(26);
/// Between two looks.
const LOOK: Duration = Duration::from_mins(15);
/// Customers whose plans are looked at in one transaction.
const PAGE: usize = 100;

/// See the module.
pub struct Draw {
    store: Store,
    in_force: Arc<InForce>,
    flights: Arc<Flights>,
    clock: Arc<dyn Clock>,
    /// By which files the rest was drawn.
    revision: String,
    next_look: Instant,
    /// The days that were drawn, by workflow.
    days: BTreeMap<String, BTreeSet<NaiveDate>>,
    /// The last time that was drawn, by workflow.
    times: BTreeMap<String, NaiveDateTime>,
    to_do: VecDeque<Task>,
}

/// Pages that are still to be gone through.
struct Task {
    whose: Whose,
    after: CustomerId,
}

#[derive(PartialEq, Eq)]
enum Whose {
    /// Everybody's.
    Everybody,
    /// Those who have this day in this field.
    Day(String, MonthDay),
}

/// What a turn came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Drawn {
    /// A page is done, and there is another.
    More,
    /// There is nothing to do before then.
    Until(Instant),
}

impl Draw {
    /// Nothing is drawn yet.
    #[must_use]
    pub fn new(store: Store, in_force: Arc<InForce>, flights: Arc<Flights>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            in_force,
            flights,
            clock,
            revision: String::new(),
            next_look: Instant::from_ms(i64::MIN),
            days: BTreeMap::new(),
            times: BTreeMap::new(),
            to_do: VecDeque::new(),
        }
    }

    /// One page, or a look ahead.
    ///
    /// # Errors
    /// The database's; the next turn tries again.
    pub async fn turn(&mut self) -> Result<Drawn, StoreError> {
        let edition = self.in_force.now();
        if self.revision != edition.revision() {
            edition.revision().clone_into(&mut self.revision);
            self.next_look = Instant::from_ms(i64::MIN);
            self.days.clear();
            self.times.clear();
            self.to_do.clear();
        }
        if self.to_do.is_empty() && self.clock.now() >= self.next_look {
            self.look(&edition.rulebook);
        }
        let Some(Task { whose, after }) = self.to_do.front() else { return Ok(Drawn::Until(self.next_look)) };
        let page = match whose {
            Whose::Everybody => self.store.customers_after(*after, PAGE).await?,
            Whose::Day(field, day) => self.store.customers_on(field, *day, *after, PAGE).await?,
        };
        let Some(last) = page.last().copied() else {
            self.to_do.pop_front();
            return Ok(Drawn::More);
        };
        let open = self.store.plan_about(page, self.in_force.clone()).await?;
        self.flights.revoke(&open).await;
        // Not before it is planned: a page that failed is drawn again.
        if let Some(task) = self.to_do.front_mut() {
            task.after = last;
        }
        Ok(Drawn::More)
    }

    /// Notes what has come into reach since the last look.
    fn look(&mut self, rulebook: &Arc<Rulebook>) {
        let now = self.clock.now();
        let workflows = rulebook.installation().workflows.values();
        let coming = workflows.filter(|workflow| workflow.trigger.recurs());
        let mut any = false;
        for workflow in coming {
            any = true;
            match &workflow.trigger {
                Trigger::Yearly { field, leap_day } => self.look_at_days(workflow, field, *leap_day, now),
                Trigger::Cron { schedule, .. } => {
                    let (from, to) = wall(now, Duration::ZERO, reach(workflow).ahead);
                    let last = self.times.get(&workflow.name).copied().unwrap_or(from).max(from);
                    if let Some(time) = schedule.after(last).take_while(|time| *time <= to).last() {
                        self.times.insert(workflow.name.clone(), time);
                        self.note(Whose::Everybody);
                    }
                }
                _ => {}
            }
        }
        self.next_look = if any { now.plus(LOOK) } else { Instant::NEVER };
    }

    fn look_at_days(&mut self, workflow: &Workflow, field: &str, leap_day: LeapDay, now: Instant) {
        let Reach { ahead, after, .. } = reach(workflow);
        let (from, to) = wall(now, after, ahead);
        let drawn = self.days.entry(workflow.name.clone()).or_default();
        drawn.retain(|day| *day >= from.date());
        let days = std::iter::successors(Some(from.date()), |day| day.checked_add_days(Days::new(1)));
        let new: Vec<NaiveDate> = days.take_while(|day| *day <= to.date()).filter(|day| drawn.insert(*day)).collect();
        for day in new {
            for kept in kept_on(day, leap_day) {
                self.note(Whose::Day(field.to_owned(), kept));
            }
        }
    }

    /// Two workflows that need the same page share it.
    fn note(&mut self, whose: Whose) {
        if self.to_do.iter().all(|task| task.whose != whose) {
            self.to_do.push_back(Task { whose, after: CustomerId(0) });
        }
    }
}

/// What walls show somewhere on earth between these moments.
fn wall(now: Instant, before: Duration, ahead: Duration) -> (NaiveDateTime, NaiveDateTime) {
    let local = |at: Instant| Zone::UTC.local(at);
    (local(now.minus(before).minus(ZONE_MAX)), local(now.plus(ahead).plus(ZONE_MAX)))
}

/// The days of the year that are kept on this day: its own, and 29 February where that is moved here.
fn kept_on(day: NaiveDate, leap_day: LeapDay) -> Vec<MonthDay> {
    let own = MonthDay { month: day.month(), day: day.day() };
    let leap = MonthDay { month: 2, day: 29 };
    let moved = day_in(leap, leap_day, day.year()) == Some(day) && own != leap;
    std::iter::once(own).chain(moved.then_some(leap)).collect()
}

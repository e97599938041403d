//! What is in force: one set of files with all that is made from it, behind one place to ask.
//!
//! The files of an installation can change while the daemon runs. Whoever needs a rule, a name or an address asks here,
//! at the moment of use, and keeps nothing; whoever needs several things that must fit together (a message's wording, its
//! letterhead, the gate's rules) takes one [`Edition`] and uses it to the end. An edition never changes, so half of one
//! set and half of another is never seen.
//!
//! Invariant: nothing outside this module keeps a policy, a workflow, a template or a setting beyond one piece of work,
//! except what only a new start takes over (see `config`).

use super::{letterhead, paper::Paper, rulebook::Rulebook};
use crate::{
    base::{Clock, Instant},
    clock::ClockWatch,
    config::{self, Config, Installation},
    deliver::{Letterhead, Pace, Transport},
    gate::facts::PlanFacts,
    people::{Answer, Customer},
    plan::Existing,
    policy::{Matching, Policy},
    store::{Hear, Heard, Replan, WorkflowChanges, notices::Way},
    trigger::Record,
};
use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc};
use tokio::sync::watch;

/// One set of files, and what is made from it.
pub struct Edition {
    /// Policy, workflows, templates and settings.
    pub rulebook: Arc<Rulebook>,
    /// Makes bytes and signs them.
    pub letterhead: Arc<Letterhead>,
    /// The way to the mail server.
    pub transport: Arc<dyn Transport>,
    /// How fast each receiving domain may be written to.
    pub pace: Arc<Pace>,
}

impl Edition {
    /// Of this installation.
    #[must_use]
    pub fn new(
        installation: Arc<Installation>,
        letterhead: Arc<Letterhead>,
        transport: Arc<dyn Transport>,
        clock: &Arc<dyn Clock>,
        watch: ClockWatch,
    ) -> Self {
        let pace = Arc::new(pace(&installation.config.smtp.pace, watch, clock));
        let rulebook = Arc::new(Rulebook::new(installation, Arc::clone(clock)));
        Self { rulebook, letterhead, transport, pace }
    }

    /// For whoever sends nothing: an office without a daemon.
    ///
    /// # Errors
    /// When the sender can't stand in a header.
    pub fn on_paper(installation: Arc<Installation>, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let letterhead = Arc::new(letterhead::on_paper(&installation)?);
        let paper = Arc::new(Paper::new(Arc::clone(clock)));
        Ok(Self::new(installation, letterhead, paper, clock, ClockWatch::Off))
    }

    /// `comity.toml`.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.rulebook.installation().config
    }

    /// `policy.toml`.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.rulebook.installation().policy
    }
}

/// The pace of the wire. Its seconds are real ones, so virtual time has none.
fn pace(settings: &config::Pace, watch: ClockWatch, clock: &Arc<dyn Clock>) -> Pace {
    match watch {
        ClockWatch::On => Pace::new(settings.per_minute, &settings.domains, clock),
        ClockWatch::Off => Pace::new(NonZeroU32::MAX, &BTreeMap::new(), clock),
    }
}

/// See the module. To the store it is the book of rules that holds at the moment of the transaction, however long the
/// work has waited for its turn.
pub struct InForce(watch::Sender<Arc<Edition>>);

impl InForce {
    /// From the start on.
    #[must_use]
    pub fn new(edition: Edition) -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(Arc::new(edition))))
    }

    /// The edition in force.
    #[must_use]
    pub fn now(&self) -> Arc<Edition> {
        Arc::clone(&self.0.borrow())
    }

    /// The rules in force.
    #[must_use]
    pub fn rulebook(&self) -> Arc<Rulebook> {
        Arc::clone(&self.0.borrow().rulebook)
    }
}

impl Replan for InForce {
    fn replan(
        &self,
        record: &Record,
        customer: &Customer,
        existing: &BTreeMap<String, Vec<Existing>>,
    ) -> Vec<WorkflowChanges> {
        self.rulebook().replan(record, customer, existing)
    }

    fn matching(&self) -> Matching {
        self.rulebook().matching()
    }

    fn outdate(&self, before: &Record, after: &mut Record) {
        self.rulebook().outdate(before, after);
    }
}

impl Hear for InForce {
    fn hear(&self, plan: &PlanFacts, customer: &Customer, record: &Record, answer: Answer) -> Heard {
        self.rulebook().hear(plan, customer, record, answer)
    }

    fn tell(&self, before: &Record, answer: Answer, now: Instant) -> Vec<(Way, Instant)> {
        self.rulebook().tell(before, answer, now)
    }
}

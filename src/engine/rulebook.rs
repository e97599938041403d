//! The installation in force, as the store asks it: what to plan for a record, and whether a message may leave.
//!
//! It only connects: the trigger says which occurrence, the plan which messages, the gate whether one may leave, the
//! renderer in which words.

use super::owner;
use crate::{
    base::{Clock, Instant, Value, Zone},
    config::Installation,
    gate::{self, Decision, Facts, Rules, ceiling, facts::PlanFacts},
    people::{Answer, Customer},
    plan::{self, Existing},
    policy::{Basis, FieldType, Matching, Policy, RecordType},
    store::{AfterUncertain, Decide, Hear, Heard, Replan, WorkflowChanges, notices::Way},
    trigger::{self, Record, RecordStatus},
    workflow::{IfUncertain, State, Workflow},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// See the module.
pub struct Rulebook {
    installation: Arc<Installation>,
    clock: Arc<dyn Clock>,
}

impl Rulebook {
    /// Over an installation.
    #[must_use]
    pub fn new(installation: Arc<Installation>, clock: Arc<dyn Clock>) -> Self {
        Self { installation, clock }
    }

    /// The files in force.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.installation.policy
    }

    /// A workflow, if it still exists.
    #[must_use]
    pub fn workflow(&self, name: &str) -> Option<&Workflow> {
        self.installation.workflows.get(name).map(AsRef::as_ref)
    }

    /// The ground that a purpose rests on, if it still exists.
    #[must_use]
    pub fn basis(&self, purpose: &str) -> Option<Basis> {
        self.policy().purposes.get(purpose).map(|purpose| purpose.basis)
    }

    /// The workflows whose messages of unknown fate may be sent again.
    #[must_use]
    pub fn after_uncertain(&self) -> AfterUncertain {
        let again = |workflow: &&Arc<Workflow>| workflow.if_uncertain == IfUncertain::SendAgain;
        let workflows = self.installation.workflows.values();
        AfterUncertain { send_again: workflows.filter(again).map(|workflow| workflow.name.clone()).collect() }
    }

    /// What the customer said about this visit.
    #[must_use]
    pub fn answer(&self, record: &Record) -> Option<Answer> {
        self.policy().records.get(&record.kind)?.answer_in(&record.fields)
    }

    fn changes(
        &self,
        workflow: &Workflow,
        record: &Record,
        customer: &Customer,
        existing: &[Existing],
        now: Instant,
        ended_by: Option<Answer>,
    ) -> Vec<plan::Change> {
        let zone = customer.zone.unwrap_or(self.fallback_zone());
        let applies = || match &workflow.only_if {
            _ if workflow.state == State::Draft || ended_by.is_some() => false,
            None => true,
            // A condition that can't be answered plans nothing; the gate would refuse it, and says why.
            Some(condition) => condition.holds(&record.fields, &customer.fields) == Ok(true),
        };
        let occurrence = trigger::occurrence(workflow, record, zone).filter(|_| applies());
        let wanted = occurrence.map(|occurrence| plan::schedule(workflow, self.policy(), &occurrence, zone));
        plan::reconcile(workflow, now, &wanted.unwrap_or_default(), existing, record.version)
    }
}

impl Replan for Rulebook {
    fn replan(
        &self,
        record: &Record,
        customer: &Customer,
        existing: &BTreeMap<String, Vec<Existing>>,
    ) -> Vec<WorkflowChanges> {
        let now = self.clock.now();
        let of_this_kind = || self.installation.workflows.values().filter(|workflow| workflow.record == record.kind);
        let gone = existing.iter().filter(|(name, _)| of_this_kind().all(|workflow| workflow.name != **name));
        let abandoned = gone.map(|(name, plans)| WorkflowChanges {
            workflow: name.clone(),
            // Nothing is planned for it.
            purpose: String::new(),
            marketing: true,
            ended_by: None,
            changes: plan::abandon(plans),
        });
        of_this_kind()
            .map(|workflow| {
                let plans = existing.get(&workflow.name).map(Vec::as_slice).unwrap_or_default();
                let ended_by = self.answer(record).filter(|answer| workflow.ends_on.contains(answer));
                WorkflowChanges {
                    workflow: workflow.name.clone(),
                    purpose: workflow.purpose.clone(),
                    marketing: self.basis(&workflow.purpose).is_none_or(Basis::is_marketing),
                    ended_by,
                    changes: self.changes(workflow, record, customer, plans, now, ended_by),
                }
            })
            .chain(abandoned)
            .collect()
    }

    fn matching(&self) -> Matching {
        self.policy().matching.clone()
    }

    fn outdate(&self, before: &Record, after: &mut Record) {
        let Some(kind) = self.policy().records.get(&after.kind) else { return };
        let times = kind.fields.iter().filter(|(_, field)| field.kind == FieldType::Datetime).map(|(name, _)| name);
        if let Some(answer) = kind.answer_field()
            && times.into_iter().any(|time| before.fields.get(time) != after.fields.get(time))
        {
            after.fields.remove(answer);
        }
    }
}

impl Hear for Rulebook {
    fn hear(&self, plan: &PlanFacts, customer: &Customer, record: &Record, answer: Answer) -> Heard {
        if record.status == RecordStatus::Cancelled {
            return Heard::Cancelled;
        }
        let kind = self.policy().records.get(&record.kind);
        let (Some(workflow), Some(field)) = (self.workflow(&plan.workflow), kind.and_then(RecordType::answer_field))
        else {
            return Heard::NotAsked;
        };
        let zone = customer.zone.unwrap_or(self.fallback_zone());
        let occurrence = trigger::occurrence(workflow, record, zone);
        let Some(occurrence) = occurrence.filter(|occurrence| occurrence.key() == plan.occurrence) else {
            return Heard::Moved;
        };
        if occurrence.starts_at() <= self.clock.now() {
            return Heard::Over;
        }
        let mut wanted = record.clone();
        wanted.fields.insert(field.to_owned(), Value::Text(answer.name().to_owned()));
        Heard::Taken(wanted)
    }

    fn tell(&self, before: &Record, answer: Answer, now: Instant) -> Vec<(Way, Instant)> {
        owner::answers::ways(&self.installation.config.owner, self.answer(before), answer, now)
    }
}

impl Decide for Rulebook {
    fn decide(&self, facts: &Facts) -> Decision {
        gate::decide(facts, &Rules { policy: self.policy(), workflow: self.workflow(&facts.plan.workflow) })
    }

    fn occurrence(&self, plan: &PlanFacts, record: &Record, customer_zone: Zone) -> Option<String> {
        let workflow = self.workflow(&plan.workflow)?;
        trigger::occurrence(workflow, record, customer_zone).map(|occurrence| occurrence.key())
    }

    fn fallback_zone(&self) -> Zone {
        self.policy().business.time_zone
    }

    fn revision(&self) -> &str {
        &self.installation.revision
    }

    fn look_back(&self) -> Duration {
        let policy = self.policy();
        let purposes = policy.purposes.values().flat_map(|purpose| &purpose.caps);
        let overall = policy.caps.all.iter().chain(&policy.caps.all_marketing).chain(&ceiling::MARKETING);
        let workflows = self.installation.workflows.values().flat_map(|workflow| &workflow.caps);
        purposes.chain(overall).chain(workflows).map(|cap| cap.per.reach()).max().unwrap_or_default()
    }
}

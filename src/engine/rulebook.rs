//! The installation in force, as the store asks it: what to plan for a record, and whether a message may leave.
//!
//! It only connects: the trigger says which occurrence, the plan which messages, the gate whether one may leave, the
//! renderer in which words.

use super::owner;
use crate::{
    base::{Clock, Instant, Value, Zone, value::Fields},
    config::Installation,
    gate::{
        self, Decision, Facts, Rules, Wants, ceiling,
        facts::{PlanFacts, Word},
    },
    people::{Answer, Customer},
    plan::{self, Change, Existing, Gone, Planned},
    policy::{
        Basis, FieldType, Matching, Merging, Nature, Policy, RecordType,
        cap::{RecordField, Same},
    },
    store::{AfterUncertain, Decide, Gathering, Hear, Heard, PlansOf, Replan, WorkflowChanges, notices::Way},
    trigger::{self, News, Occurrence, Record, RecordStatus, Subject, Zones},
    workflow::{Approval, Condition, IfUncertain, Moment, Trigger, Workflow, Yes},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

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

    /// The customer's zone and the business's.
    fn zones(&self, customer: Option<Zone>) -> Zones {
        let business = self.policy().business.time_zone;
        Zones { customer: customer.unwrap_or(business), business }
    }

    /// The plan's occurrence, where the record and the customer still give rise to it.
    #[must_use]
    pub fn recall(&self, plan: &PlanFacts, record: &Record, customer: &Customer) -> Option<Occurrence> {
        let workflow = self.workflow(&plan.workflow)?;
        trigger::recall(workflow, record, &customer.fields, self.zones(customer.zone), &plan.occurrence)
    }

    /// Whether a message is made of others.
    #[must_use]
    pub fn gathers(&self, plan: &PlanFacts) -> bool {
        self.workflow(&plan.workflow).is_some_and(|workflow| workflow.trigger.gathers_within().is_some())
    }

    /// The messages that a workflow should have planned for this record.
    fn wanted(&self, workflow: &Workflow, subject: &Subject, existing: &[Existing], now: Instant) -> Vec<Planned> {
        let Subject { record, customer, .. } = subject;
        let zones = self.zones(customer.zone);
        let occurrences: Vec<Occurrence> = match &workflow.trigger {
            Trigger::Before(_) | Trigger::After(_) | Trigger::Absent(_) => {
                trigger::occurrence(workflow, record, zones.customer).into_iter().collect()
            }
            Trigger::On(_) if let Some(news) = happened(workflow, subject, existing, now, zones.customer) => vec![news],
            Trigger::On(_) | Trigger::Yearly { .. } | Trigger::Cron { .. } | Trigger::Digest { .. } => {
                let open = existing.iter().filter(|plan| !plan.state.is_ended() || plan.may_return());
                let open = open.filter(|plan| !is_superseded(workflow, plan, existing));
                let known: BTreeSet<&str> = open.map(|plan| plan.occurrence.as_str()).collect();
                let recall = |key: &&str| trigger::recall(workflow, record, &customer.fields, zones, key);
                let coming = self.coming(workflow, record, &customer.fields, zones);
                let coming = coming.into_iter().filter(|occurrence| !known.contains(occurrence.key.as_str()));
                known.iter().filter_map(recall).chain(coming).collect()
            }
        };
        let plans = occurrences
            .iter()
            .flat_map(|occurrence| plan::schedule(workflow, self.policy(), occurrence, &record.fields, zones.customer));
        plans.collect()
    }

    /// The occurrences of what comes round that should be planned by now. A birthday that was not known in time is kept
    /// as long as its day lasts; a time of a schedule that is past is past.
    fn coming(&self, workflow: &Workflow, record: &Record, customer: &Fields, zones: Zones) -> Vec<Occurrence> {
        let (now, reach) = (self.clock.now(), plan::reach(workflow));
        let since = if matches!(workflow.trigger, Trigger::Yearly { .. }) { now.minus(reach.after) } else { now };
        trigger::coming(workflow, record, customer, zones, since, now.plus(reach.horizon))
    }

    fn changes(
        &self,
        workflow: &Workflow,
        subject: &Subject,
        existing: &[Existing],
        ended_by: Option<Answer>,
    ) -> Vec<Change> {
        let Subject { record, customer, .. } = subject;
        let now = self.clock.now();
        let holds = |condition: &Condition| condition.holds(&record.fields, &customer.fields);
        let applies = || match &workflow.only_if {
            _ if ended_by.is_some() => false,
            None => true,
            // A condition that can't be answered plans nothing; the gate would refuse it, and says why.
            Some(condition) => holds(condition) == Ok(true),
        };
        let wanted = if applies() { self.wanted(workflow, subject, existing, now) } else { Vec::new() };
        plan::reconcile(workflow, now, &wanted, existing, record.version)
    }
}

/// What has happened just now, where it counts. A moment comes once, and what was planned for it keeps it; only a later yes
/// takes the place of an earlier one, where the workflow says so.
fn happened(
    workflow: &Workflow,
    subject: &Subject,
    existing: &[Existing],
    now: Instant,
    zone: Zone,
) -> Option<Occurrence> {
    let news = trigger::of_news(workflow, subject, now, zone).filter(|_| became_so(workflow, subject))?;
    let is_later = || existing.iter().all(|plan| anchor(plan) < Some(news.starts_at()));
    let counts = existing.is_empty() || (counts_the_latest(workflow) && is_later());
    counts.then_some(news)
}

/// Whether a plan is of a yes that was said again since: it doesn't come to life any more.
fn is_superseded(workflow: &Workflow, plan: &Existing, existing: &[Existing]) -> bool {
    counts_the_latest(workflow) && existing.iter().any(|other| anchor(other) > anchor(plan))
}

const fn counts_the_latest(workflow: &Workflow) -> bool {
    matches!(workflow.trigger, Trigger::On(Moment::Agreed(Yes::Latest)))
}

/// The moment from which a plan's steps are counted. The key names its zone.
fn anchor(plan: &Existing) -> Option<Instant> {
    trigger::start_in(&plan.occurrence).map(|start| start.at(Zone::UTC))
}

/// Whether a record has become what a workflow waits for, just now. Others wait for nothing.
fn became_so(workflow: &Workflow, Subject { customer, news, .. }: &Subject) -> bool {
    match (&workflow.trigger, &workflow.only_if, news) {
        (Trigger::On(Moment::Changed { .. }), Some(condition), News::Changed(was)) => {
            condition.holds(was, &customer.fields) != Ok(true)
        }
        _ => true,
    }
}

impl Replan for Rulebook {
    fn replan(&self, subject: &Subject, existing: &PlansOf) -> Vec<WorkflowChanges> {
        let record = &subject.record;
        let is_of_this_kind = |workflow: &&Arc<Workflow>| workflow.trigger.subject() == record.kind;
        let of_this_kind = || self.installation.workflows.values().filter(is_of_this_kind);
        let gone = existing.iter().filter(|(name, _)| of_this_kind().all(|workflow| workflow.name != **name));
        let abandoned = gone.map(|(name, plans)| WorkflowChanges {
            workflow: name.clone(),
            // Nothing is planned for it.
            purpose: String::new(),
            marketing: true,
            ended_by: None,
            changes: plan::abandon(plans, if self.workflow(name).is_some() { Gone::Step } else { Gone::Workflow }),
        });
        of_this_kind()
            .map(|workflow| {
                let existing = existing.get(&workflow.name).map_or(&[][..], Vec::as_slice);
                let ended_by = self.answer(record).filter(|answer| workflow.ends_on.contains(answer));
                WorkflowChanges {
                    workflow: workflow.name.clone(),
                    purpose: workflow.purpose.clone(),
                    marketing: self.basis(&workflow.purpose).is_none_or(Basis::is_marketing),
                    ended_by,
                    changes: self.changes(workflow, subject, existing, ended_by),
                }
            })
            .chain(abandoned)
            .collect()
    }

    fn concerns(&self, customer: &Customer, news: &News) -> bool {
        let zones = self.zones(customer.zone);
        let card = Record::card(customer.id);
        self.installation.workflows.values().any(|workflow| match (&workflow.trigger, news) {
            (Trigger::On(Moment::Agreed(_)), News::Agreed(purposes)) => purposes.contains_key(&workflow.purpose),
            (Trigger::Yearly { .. } | Trigger::Cron { .. }, _) => {
                let answers = |audience: &Condition| audience.holds(&card.fields, &customer.fields) == Ok(true);
                workflow.only_if.as_ref().is_none_or(answers)
                    && !self.coming(workflow, &card, &customer.fields, zones).is_empty()
            }
            _ => false,
        })
    }

    fn nature(&self, kind: &str) -> Nature {
        self.policy().nature(kind)
    }

    fn zone(&self) -> Zone {
        self.policy().business.time_zone
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
        let (Some(_), Some(field)) = (self.workflow(&plan.workflow), kind.and_then(RecordType::answer_field)) else {
            return Heard::NotAsked;
        };
        let Some(occurrence) = self.recall(plan, record, customer) else { return Heard::Moved };
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

    fn occurrence(&self, plan: &PlanFacts, record: &Record, customer: &Fields, zone: Zone) -> Option<String> {
        let (workflow, zones) = (self.workflow(&plan.workflow)?, self.zones(Some(zone)));
        let occurrence = trigger::recall(workflow, record, customer, zones, &plan.occurrence);
        occurrence.map(|occurrence| occurrence.key)
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

    fn counted_by(&self, plan: &PlanFacts) -> Vec<RecordField> {
        let policy = self.policy();
        let purpose = policy.purposes.get(&plan.purpose);
        let workflow = self.workflow(&plan.workflow);
        let own =
            purpose.into_iter().flat_map(|purpose| &purpose.caps).chain(workflow.into_iter().flat_map(|of| &of.caps));
        let is_marketing = purpose.is_none_or(|purpose| purpose.basis.is_marketing());
        let of_marketing = policy.caps.all_marketing.iter().filter(|_| is_marketing);
        let caps = policy.caps.all.iter().chain(of_marketing).chain(own);
        let fields = caps.filter_map(|cap| match &cap.same {
            Same::Field(field) => Some(field.clone()),
            Same::Mailbox | Same::Record => None,
        });
        fields.collect()
    }

    fn wants(&self, plan: &PlanFacts) -> Wants {
        let (all, zone) = (self.installation.workflows.values(), self.fallback_zone());
        self.workflow(&plan.workflow).map(|workflow| gate::wants(workflow, plan, all, zone)).unwrap_or_default()
    }

    fn gathering(&self, plan: &PlanFacts, now: Instant) -> Option<Gathering> {
        let purpose =
            self.policy().purposes.get(&plan.purpose).filter(|purpose| purpose.merging == Merging::Allowed)?;
        let of_it = || self.installation.workflows.values().filter(|workflow| workflow.purpose == plan.purpose);
        let (workflow, within) = of_it().find_map(|workflow| Some((workflow, workflow.trigger.gathers_within()?)))?;
        let own = self.workflow(&plan.workflow)?;
        // What a person says about one message, or about all of a day, is said of them as they are.
        let is_judged = matches!(own.oversight.approval, Approval::Each | Approval::Above(_));
        if own.name == workflow.name || is_judged || own.task_of(&plan.step).is_some() {
            return None;
        }
        Some(Gathering {
            workflow: workflow.name.clone(),
            marketing: purpose.basis.is_marketing(),
            members: of_it().map(|member| member.name.clone()).filter(|name| *name != workflow.name).collect(),
            until: within.end(now, self.policy().business.time_zone),
        })
    }

    fn is_live(&self, gathering: &Gathering, word: Option<&Word>, now: Instant) -> bool {
        let today = self.policy().business.time_zone.local(now).date();
        let workflow = self.workflow(&gathering.workflow);
        workflow.is_some_and(|workflow| gate::approval::of_workflow(workflow, word, today).is_ok())
    }

    fn gathered(&self, gathering: &Gathering, card: &Record, zone: Option<Zone>) -> Option<Planned> {
        let workflow = self.workflow(&gathering.workflow)?;
        let zone = zone.unwrap_or(self.policy().business.time_zone);
        let occurrence = Occurrence::at(card, trigger::to_the_minute(zone.local(self.clock.now())), zone);
        plan::schedule(workflow, self.policy(), &occurrence, &card.fields, zone).into_iter().next()
    }
}

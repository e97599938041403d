//! Relevance: is what the message says still true, and in time?
//!
//! Asked from the cheapest to the dearest question; the first that is answered against the message is the reason:
//!
//! 1. Does the workflow still exist, and is the plan not expired? `expires_at` itself is too late (promise P7).
//! 2. Does the record stand, is it this customer's, and is it at the date that the plan is about?
//! 3. For a message that says that a visit moved: was the customer told another date?
//! 4. Is it due?
//! 5. Did the customer come back, where the workflow is about those who stay away? Asked here and not when the later
//!    record comes, for that one may be cancelled again. Of several records of one date one alone is the last.
//! 6. Did the customer give an answer that ends the workflow?
//! 7. Did a record of a type that ends the workflow become known since?
//! 8. Do `exit_when`, `only_if` and the step's own condition say that it goes on, asked again with what is so now?
//!
//! Everything but "not due yet" refuses, a record that can't be read and a condition that can't be answered too: damage
//! doesn't heal by waiting, a refusal is counted where the operator looks, and an error is never permission (P8).

use super::{Arrival, Facts, Finding, Outcome, Reason, Rule, Rules, Until, facts::Told};
use crate::{
    base::{Zone, value::Fields},
    trigger::{self, Record, RecordStatus},
    workflow::{Condition, Step, Workflow},
};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let (outcome, reason) = match standing(facts, rules) {
        Err(reason) => (Outcome::Refuse, reason),
        Ok(_) if facts.now < facts.plan.due_at => {
            (Outcome::Hold(Until::At(facts.plan.due_at)), Reason::NotDue { due_at: facts.plan.due_at })
        }
        Ok((workflow, record)) => {
            match came_back(facts)
                .and_then(|()| unanswered(workflow, record, rules))
                .and_then(|()| arrivals(workflow, facts))
                .and_then(|()| conditions(workflow, record, facts))
            {
                Err(reason) => (Outcome::Refuse, reason),
                Ok(()) => (Outcome::Pass, Reason::Relevant { version: record.version }),
            }
        }
    };
    Finding { rule: Rule::Relevance, outcome, reason }
}

/// The workflow and the record that the plan is about, if both still stand as they were planned for.
fn standing<'a>(facts: &'a Facts, rules: &Rules<'a>) -> Result<(&'a Workflow, &'a Record), Reason> {
    let plan = &facts.plan;
    let workflow = rules.workflow.filter(|workflow| workflow.name == plan.workflow).ok_or(Reason::WorkflowGone)?;
    if facts.now >= plan.expires_at {
        return Err(Reason::Expired { expired_at: plan.expires_at });
    }
    let Ok(record) = &facts.record else { return Err(Reason::RecordUnreadable) };
    if record.status == RecordStatus::Cancelled {
        return Err(Reason::RecordCancelled);
    }
    if record.customer != plan.customer {
        return Err(Reason::NoLiveRecord);
    }
    if facts.occurrence.as_ref() != Some(&plan.occurrence) {
        let is_dated = workflow.trigger.date().is_some();
        return Err(if is_dated { Reason::RecordMoved } else { Reason::OccurrenceGone });
    }
    if !plan.step.is_moved() && workflow.step(&plan.step).is_none() {
        return Err(Reason::StepGone);
    }
    if plan.step.is_moved() && facts.sequence.told != Told::AnotherDate {
        return Err(Reason::NothingToCorrect);
    }
    Ok((workflow, record))
}

/// No later record takes this one's place, and no other one of the same date.
fn came_back(facts: &Facts) -> Result<(), Reason> {
    facts.besides.later.map_or(Ok(()), |plan| Err(Reason::CameBack { plan }))?;
    facts.besides.same_date.map_or(Ok(()), |plan| Err(Reason::SameDate { plan }))
}

/// No record that ends the workflow became known since it began.
fn arrivals(workflow: &Workflow, facts: &Facts) -> Result<(), Reason> {
    let began = trigger::start_in(&facts.plan.occurrence).map(|start| start.at(Zone::UTC));
    let ends = |arrival: &&Arrival| workflow.exit_on.contains(&arrival.kind) && began < Some(arrival.known_at);
    facts.besides.arrivals.iter().find(ends).map_or(Ok(()), |Arrival { kind, known_at }| {
        Err(Reason::RecordCame { kind: kind.clone(), known_at: *known_at })
    })
}

/// What the customer said about this visit doesn't end the workflow.
fn unanswered(workflow: &Workflow, record: &Record, rules: &Rules<'_>) -> Result<(), Reason> {
    let answer = rules.policy.records.get(&record.kind).and_then(|kind| kind.answer_in(&record.fields));
    match answer.filter(|answer| workflow.ends_on.contains(answer)) {
        Some(answer) => Err(Reason::Answered { answer }),
        None => Ok(()),
    }
}

/// The conditions, asked again.
fn conditions(workflow: &Workflow, record: &Record, facts: &Facts) -> Result<(), Reason> {
    match &facts.customer {
        Ok(customer) => goes_on(workflow, &facts.plan.step, &record.fields, customer),
        Err(_) if workflow.conditions().next().is_some() => Err(Reason::RecordUnreadable),
        Err(_) => Ok(()),
    }
}

/// Whether `exit_when`, `only_if` and the step's own condition say that a workflow goes on.
///
/// # Errors
/// Which of them says no, or can't be answered.
fn goes_on(workflow: &Workflow, step: &Step, record: &Fields, customer: &Fields) -> Result<(), Reason> {
    let ask = |condition: &Condition| {
        let answer = condition.holds(record, customer);
        answer.map_err(|why| Reason::ConditionFailed { why: why.to_string() })
    };
    if let Some(exit) = &workflow.exit_when
        && ask(exit)?
    {
        return Err(Reason::Exited);
    }
    let of_step = workflow.step(step).and_then(|step| step.only_if.as_ref());
    for condition in workflow.only_if.iter().chain(of_step) {
        if !ask(condition)? {
            return Err(Reason::ConditionFalse);
        }
    }
    Ok(())
}

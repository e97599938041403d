//! Approval: has somebody said yes to this, as it is now?
//!
//! A workflow without `approval = "none"` is a draft until a person approves it, and again from the moment that its file, its
//! template or a partial changes: the yes was given to other words. Past its `review_by` it is a draft, too, until somebody
//! has looked at it and written another day; a yes that was given before is no review.
//!
//! With `approval = "each"` every message waits for a yes of its own, to the words that the person saw: if it would read
//! otherwise at hand-off, it is asked again. A message that a person rejects is refused for good.
//!
//! With `approval = { above = 50 }` a *run*, which is all that the workflow would send on one day of the business's calendar,
//! leaves by itself where it is for 50 people or fewer, planned and written to together. A larger one waits as a whole until
//! a person says yes to it. That yes is for the workflow as it is, for as many people as there were, and for a tenth more:
//! whoever comes beyond that waits, and the run asks again. A run that a person rejects is refused, whoever comes to it.
//!
//! A draft holds and doesn't refuse: whoever approves it at noon still sends the messages that are worth sending at noon.
//! What expires meanwhile, relevance refuses. There is no date for a person's yes, so the hold ends with an event.
//!
//! Promise: a yes that is taken back holds from that commit on, as a halt does; the row is read in the permit transaction.
//! So is the number of people whom a run was permitted to write to, and each permission counts before the next decision.
//!
//! Where the workflow is gone, this rule has nothing to say: relevance refuses.

use super::{
    Facts, Finding, Outcome, Reason, Rule, Rules, Until,
    cause::{DraftCause, RunCause},
    facts::{PlanFacts, Run, RunFacts, Said, Topic, Word},
    finding::Event,
};
use crate::{
    base::{Instant, Zone, civil},
    workflow::{Approval, Workflow},
};
use chrono::{NaiveDate, NaiveTime};
use std::fmt;

/// What somebody said yes to who looked at a run: as `approvals.seen` keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// How many people it would write to.
    pub people: u32,
    /// The workflow's revision.
    pub revision: String,
}

impl Seen {
    /// As it was written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (people, revision) = text.split_once(" of ")?;
        Some(Self { people: people.parse().ok()?, revision: revision.to_owned() })
    }

    /// For how many people the yes is good: those that there were, and a tenth more.
    #[must_use]
    pub const fn covers(&self) -> u32 {
        self.people.saturating_add(self.people.div_ceil(10))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.people, self.revision)
    }
}

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let hold = Outcome::Hold(Until::When(Event::Approved));
    let (outcome, reason) = match rules.workflow {
        None => (Outcome::Pass, Reason::NeedsNoApproval),
        Some(workflow) => {
            let zone = rules.policy.business.time_zone;
            match of_workflow(workflow, facts.approvals.workflow.as_ref(), zone.local(facts.now).date()) {
                Ok(reason) if rules.gives_a_task(facts) => (Outcome::Pass, reason),
                Ok(_) if workflow.oversight.approval == Approval::Each => of_message(facts, hold),
                Ok(reason) => match run_of(workflow, facts.plan.due_at, zone) {
                    None => (Outcome::Pass, reason),
                    Some(run) => of_run(&run, workflow, facts.approvals.run.as_ref(), hold),
                },
                Err(why) => (hold, Reason::Draft { workflow: workflow.name.clone(), why }),
            }
        }
    };
    Finding { rule: Rule::Approval, outcome, reason }
}

/// The row of the yes that a message leaves by.
pub(super) const fn row(finding: &Finding) -> Option<i64> {
    match finding.reason {
        Reason::Approved { row, .. } => Some(row),
        _ => None,
    }
}

/// A yes to a message is to the words that the person saw. Where nobody knows how it reads now, nobody said yes to that.
fn of_message(facts: &Facts, hold: Outcome) -> (Outcome, Reason) {
    let plan = facts.plan.id;
    match &facts.approvals.message {
        Some(Word { said: Said::Rejected, row, at, .. }) => (Outcome::Refuse, Reason::Rejected { row: *row, at: *at }),
        Some(Word { said: Said::Approved, row, at, seen }) if facts.approvals.words.as_ref() == Some(seen) => {
            (Outcome::Pass, Reason::Approved { row: *row, at: *at })
        }
        Some(Word { said: Said::Approved, at, .. }) => (hold, Reason::Unread { plan, approved_at: Some(*at) }),
        Some(Word { said: Said::Withdrawn, .. }) | None => (hold, Reason::Unread { plan, approved_at: None }),
    }
}

/// The run that what is due then is of, where a large one needs a yes.
#[must_use]
pub fn run_of(workflow: &Workflow, due_at: Instant, zone: Zone) -> Option<Run> {
    let Approval::Above(above) = workflow.oversight.approval else { return None };
    let day = zone.local(due_at).date();
    let midnight = day.and_time(NaiveTime::MIN);
    let until = zone.resolve(civil::days_after(midnight, 1));
    Some(Run { workflow: workflow.name.clone(), day, from: zone.resolve(midnight), until, above: above.get() })
}

/// What nobody counted is too many.
fn of_run(run: &Run, workflow: &Workflow, known: Option<&RunFacts>, hold: Outcome) -> (Outcome, Reason) {
    let missing = match known {
        None => RunCause::NeverApproved,
        Some(RunFacts { word: Some(Word { said: Said::Rejected, row, at, .. }), .. }) => {
            return (Outcome::Refuse, Reason::Rejected { row: *row, at: *at });
        }
        Some(known) if known.people <= run.above => return (Outcome::Pass, Reason::NeedsNoApproval),
        Some(RunFacts { permitted, among, word, .. }) => match covers(workflow, word.as_ref()) {
            // Who comes now is one more.
            Ok((seen, word)) if *among || *permitted < seen.covers() => {
                return (Outcome::Pass, Reason::Approved { row: word.row, at: word.at });
            }
            Ok((seen, word)) => RunCause::Grown { approved_at: word.at, people: seen.people },
            Err(why) => why,
        },
    };
    (hold, too_many(run, missing))
}

/// What a yes to a run of this workflow was said to, where it still holds.
///
/// # Errors
/// Why there is none.
pub fn covers<'a>(workflow: &Workflow, word: Option<&'a Word>) -> Result<(Seen, &'a Word), RunCause> {
    let word = word.filter(|word| word.said == Said::Approved).ok_or(RunCause::NeverApproved)?;
    let seen = Seen::parse(&word.seen).filter(|seen| seen.revision == workflow.revision);
    seen.map(|seen| (seen, word)).ok_or(RunCause::Changed { approved_at: word.at })
}

/// A run waits, and why.
#[must_use]
pub fn too_many(Run { workflow, day, above, .. }: &Run, why: RunCause) -> Reason {
    Reason::ManyPeople { workflow: workflow.clone(), day: *day, above: *above, why }
}

/// Why a workflow is live, by the last word about it, on a day of the business's calendar.
///
/// # Errors
/// Why it is a draft.
pub fn of_workflow(workflow: &Workflow, word: Option<&Word>, today: NaiveDate) -> Result<Reason, DraftCause> {
    if let Some(by) = workflow.oversight.review_by.filter(|by| today > *by) {
        return Err(DraftCause::ReviewDue { by });
    }
    match (workflow.oversight.approval, word) {
        // Of each message by itself, and of a run, is asked elsewhere.
        (Approval::None | Approval::Each | Approval::Above(_), _) => Ok(Reason::NeedsNoApproval),
        (Approval::Workflow, None) => Err(DraftCause::NeverApproved),
        (Approval::Workflow, Some(Word { said: Said::Withdrawn | Said::Rejected, at, .. })) => {
            Err(DraftCause::Withdrawn { at: *at })
        }
        (Approval::Workflow, Some(Word { seen, at, .. })) if *seen != workflow.revision => {
            Err(DraftCause::Changed { approved_at: *at })
        }
        (Approval::Workflow, Some(Word { row, at, .. })) => Ok(Reason::Approved { row: *row, at: *at }),
    }
}

/// What the rule wants to hear people's last words about, for a message of this workflow.
pub(super) fn topics(workflow: &Workflow, plan: &PlanFacts, zone: Zone) -> Vec<Topic> {
    let name = workflow.name.clone();
    match workflow.oversight.approval {
        Approval::None => Vec::new(),
        Approval::Workflow => vec![Topic::Workflow(name)],
        Approval::Each => vec![Topic::Message { workflow: name, plan: plan.id }],
        Approval::Above(_) => run_of(workflow, plan.due_at, zone).map(Topic::Run).into_iter().collect(),
    }
}

//! Approval: has somebody said yes to this, as it is now?
//!
//! A workflow without `approval = "none"` is a draft until a person approves it, and again from the moment that its file, its
//! template or a partial changes: the yes was given to other words. Past its `review_by` it is a draft, too, until somebody
//! has looked at it and written another day; a yes that was given before is no review.
//!
//! With `approval = "each"` every message waits for a yes of its own, to the words that the person saw: if it would read
//! otherwise at hand-off, it is asked again. A message that a person rejects is refused for good.
//!
//! A draft holds and doesn't refuse: whoever approves it at noon still sends the messages that are worth sending at noon.
//! What expires meanwhile, relevance refuses. There is no date for a person's yes, so the hold ends with an event.
//!
//! Promise: a yes that is taken back holds from that commit on, as a halt does; the row is read in the permit transaction.
//!
//! Where the workflow is gone, this rule has nothing to say: relevance refuses.

use super::{
    Facts, Outcome, Reason, Rules, Until,
    facts::{Said, Topic, Word},
    reason::{DraftCause, Event, Finding, Rule},
};
use crate::{
    base::PlanId,
    workflow::{Approval, Workflow},
};
use chrono::NaiveDate;

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let hold = Outcome::Hold(Until::When(Event::Approved));
    let (outcome, reason) = match rules.workflow {
        None => (Outcome::Pass, Reason::NeedsNoApproval),
        Some(workflow) => {
            let today = rules.policy.business.time_zone.local(facts.now).date();
            match of_workflow(workflow, facts.approvals.workflow.as_ref(), today) {
                Ok(_) if workflow.oversight.approval == Approval::Each => of_message(facts, hold),
                Ok(reason) => (Outcome::Pass, reason),
                Err(why) => (hold, Reason::Draft { workflow: workflow.name.clone(), why }),
            }
        }
    };
    Finding { rule: Rule::Approval, outcome, reason }
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

/// Why a workflow is live, by the last word about it, on a day of the business's calendar.
///
/// # Errors
/// Why it is a draft.
pub fn of_workflow(workflow: &Workflow, word: Option<&Word>, today: NaiveDate) -> Result<Reason, DraftCause> {
    if let Some(by) = workflow.oversight.review_by.filter(|by| today > *by) {
        return Err(DraftCause::ReviewDue { by });
    }
    match (workflow.oversight.approval, word) {
        // Of each message by itself is asked elsewhere.
        (Approval::None | Approval::Each, _) => Ok(Reason::NeedsNoApproval),
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
pub(super) fn topics(workflow: &Workflow, plan: PlanId) -> Vec<Topic> {
    let name = workflow.name.clone();
    match workflow.oversight.approval {
        Approval::None => Vec::new(),
        Approval::Workflow => vec![Topic::Workflow(name)],
        Approval::Each => vec![Topic::Message { workflow: name, plan }],
    }
}

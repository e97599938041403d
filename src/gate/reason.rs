//! Reasons as values: which rule, what it saw, and when it would be allowed. Operator, customer's page and log read the
//! same value; [`Reason::sentence`] (in `sentence.rs`) is the only place that puts it into words.

use super::{
    Rule,
    cause::{DraftCause, RunCause},
    facts::HaltCause,
};
use crate::{
    base::{Instant, PlanId},
    people::{Answer, SuppressionReason},
    policy::cap::Window,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a rule saw. Each variant has its sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Halt: nothing is halted.
    Running,
    /// Halt: sending is halted, since then.
    Halted {
        /// What brought it about.
        cause: HaltCause,
        /// Since when.
        since: Instant,
    },
    /// Halt: it was due in a time that the restored database knows nothing of, and a person chose not to send it again.
    MayHaveLeft {
        /// The end of that time.
        came_to: Instant,
    },
    /// Restriction: there is none, or the person asked for this since.
    NotRestricted,
    /// Restriction: the person's data may not be used for this.
    Restricted {
        /// The row.
        row: i64,
        /// Since when.
        since: Instant,
    },
    /// Objection: there is none that applies.
    NoObjection,
    /// Objection: the person objected.
    Objected {
        /// The row.
        row: i64,
        /// When.
        at: Instant,
        /// To this purpose by name; else to marketing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<String>,
    },
    /// Minor: the person is not marked as one, or it is a service that was arranged for them.
    NoMinor,
    /// Minor: they are.
    Minor {
        /// The row.
        row: i64,
        /// Since when.
        since: Instant,
    },
    /// Suppression: the mailbox has refused nothing that applies.
    NotSuppressed,
    /// Suppression: the mailbox refused.
    Suppressed {
        /// The row.
        row: i64,
        /// Why.
        why: SuppressionReason,
        /// Since when.
        since: Instant,
    },
    /// Consent: the person agreed.
    Agreed {
        /// The row.
        row: i64,
        /// When.
        at: Instant,
    },
    /// Consent: a live record that the person made.
    Contract {
        /// The record.
        record: i64,
        /// Its version.
        version: i64,
    },
    /// Consent: a sale, at which they could say no.
    Sold {
        /// The record.
        record: i64,
        /// Its version.
        version: i64,
        /// When it was.
        at: Instant,
    },
    /// Consent: the record is no sale with a date, or can't be read as one.
    NoSale,
    /// Consent: nothing says that they could say no when the address was taken.
    NoOptOutOffered,
    /// Consent: the sale is longer ago than the policy lets it be a ground.
    SaleExpired {
        /// When it was.
        at: Instant,
        /// When that ended.
        ended_at: Instant,
    },
    /// Consent: nobody asked.
    NeverAgreed,
    /// Consent: the person said no.
    Withdrawn {
        /// The row.
        row: i64,
        /// When.
        at: Instant,
    },
    /// Consent: the yes is older than the policy lets it last, or than the person did.
    ConsentExpired {
        /// When it was given.
        at: Instant,
        /// When it ended.
        ended_at: Instant,
    },
    /// Consent: the purpose was worded otherwise when the person agreed to it.
    Reworded {
        /// The row.
        row: i64,
        /// When they agreed.
        at: Instant,
    },
    /// Consent: anybody who knows the address could have given this yes, and the address has not confirmed it.
    Unconfirmed {
        /// The row.
        row: i64,
        /// When it was given.
        at: Instant,
    },
    /// Consent: the purpose is not in the policy any more.
    PurposeGone,
    /// Consent: there is no live record for the contract to rest on.
    NoLiveRecord,
    /// Snooze: the person didn't ask us to be silent.
    NotSnoozed,
    /// Snooze: they did.
    Snoozed {
        /// The first moment at which they want to hear from us again.
        until: Instant,
    },
    /// Relevance: the message is still true.
    Relevant {
        /// The record's version.
        version: i64,
    },
    /// Relevance: the plan expired.
    Expired {
        /// When.
        expired_at: Instant,
    },
    /// Relevance: it is not due yet.
    NotDue {
        /// When it is.
        due_at: Instant,
    },
    /// Relevance: it was due before its record was known.
    KnownTooLate {
        /// When it was due.
        due_at: Instant,
    },
    /// Relevance: the record was cancelled.
    RecordCancelled,
    /// Relevance: the record is at another date now.
    RecordMoved,
    /// Relevance: the customer gave an answer after which the workflow writes no more.
    Answered {
        /// Which.
        answer: Answer,
    },
    /// Relevance: the record changed so that `only_if` is false.
    ConditionFalse,
    /// Relevance: `only_if` could not be answered.
    ConditionFailed {
        /// What the evaluation said; field names, no values.
        why: String,
    },
    /// Relevance: the record can't be read.
    RecordUnreadable,
    /// Relevance: the workflow is gone.
    WorkflowGone,
    /// Relevance: the workflow goes on without this step.
    StepGone,
    /// Relevance: what set it off is no longer so.
    OccurrenceGone,
    /// Relevance: the customer came back since: there is a later record, with a plan of its own.
    CameBack {
        /// That plan.
        plan: PlanId,
    },
    /// Relevance: several records have this date, as the lines of one order; another one of them, with a plan of its own, is the
    /// last.
    SameDate {
        /// That plan.
        plan: PlanId,
    },
    /// Relevance: a record of a type that ends the workflow became known since it began.
    RecordCame {
        /// Its type.
        kind: String,
        /// When.
        known_at: Instant,
    },
    /// Relevance: the workflow's `exit_when` holds.
    Exited,
    /// Relevance: of the messages that went into this one, none is true and in time any more.
    NothingLeftToSay,
    /// Relevance: nobody was told another date, so there is nothing to correct.
    NothingToCorrect,
    /// Relevance: the template could not be filled.
    NotRenderable {
        /// Template, line and name; no values.
        why: String,
    },
    /// Relevance: an earlier attempt may have arrived, and the message has changed since: two would contradict.
    DiffersFromUncertain,
    /// Sequence: no other step is on its way.
    InOrder,
    /// Sequence: another step about the same record is on the wire.
    StepInFlight {
        /// That plan.
        plan: PlanId,
    },
    /// Sequence: the step before it has not ended.
    StepBefore {
        /// That plan.
        plan: PlanId,
    },
    /// Sequence: the step before it left later than planned, and the distance to it is kept.
    TooSoonAfterStep {
        /// When that one left.
        left_at: Instant,
        /// When this one may.
        opens_at: Instant,
    },
    /// Quiet hours: it is not quiet where the person lives.
    NotQuiet,
    /// Quiet hours: the person asked for it a moment ago.
    JustAsked,
    /// Quiet hours: it is quiet, until then.
    Quiet {
        /// The end of the window.
        until: Instant,
    },
    /// Quiet hours: the person's time zone is not known to us.
    ZoneUnknown {
        /// What is stored.
        name: String,
    },
    /// Quiet hours and frequency: it is a task for a person, so nothing is sent.
    NothingIsSent,
    /// Frequency: it fits under every cap.
    UnderCaps,
    /// Frequency: a cap is full.
    CapFull {
        /// The cap's key: the purpose, the workflow, `all`, `all-marketing`, or that it is the customer's own.
        cap: String,
        /// How many.
        at_most: u32,
        /// In which window.
        per: Window,
        /// What the messages have in common that it counts: `record`, or a field such as `purchase.product`. None: the mailbox.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        same: Option<String>,
        /// When it opens.
        opens_at: Instant,
        /// The messages that fill it, the oldest first.
        filled_by: Vec<Counted>,
    },
    /// Frequency: what the customer said about their own limits can't be read.
    OwnLimitUnreadable,
    /// Frequency: the last place under a cap is kept for a message that goes before this one.
    KeptFree {
        /// The cap's key, as in [`Self::CapFull`].
        cap: String,
        /// Whose place it is.
        plan: PlanId,
        /// Its workflow.
        workflow: String,
        /// When it will have been asked.
        until: Instant,
    },
    /// Frequency: so many messages about this record were sent, and no more will be.
    EnoughAboutRecord {
        /// How many.
        at_most: u32,
    },
    /// Approval: nobody needs to be asked.
    NeedsNoApproval,
    /// Approval: somebody said yes, to what it is now.
    Approved {
        /// The row.
        row: i64,
        /// When.
        at: Instant,
    },
    /// Approval: each message of the workflow waits for a yes of its own, and nobody has said it to these words.
    Unread {
        /// The message.
        plan: PlanId,
        /// When other words of it were approved, if they were.
        approved_at: Option<Instant>,
    },
    /// Approval: a person looked at it and said no.
    Rejected {
        /// The row.
        row: i64,
        /// When.
        at: Instant,
    },
    /// Approval: so many people would get it that somebody has to say yes.
    ManyPeople {
        /// The workflow's name.
        workflow: String,
        /// The day on which they would.
        day: NaiveDate,
        /// So many need no yes.
        above: u32,
        /// What is missing.
        why: RunCause,
    },
    /// Approval: the workflow is a draft.
    Draft {
        /// Its name, for the command that would make it live.
        workflow: String,
        /// Why it is one.
        why: DraftCause,
    },
    /// Holdout: the customer is not left out.
    NotHeldOut,
    /// Holdout: the customer is left out, for comparison.
    HeldOut {
        /// How large a part of the audience is.
        percent: u8,
    },
    /// The hold would outlast the plan.
    HoldOutlastsPlan {
        /// The rule that would hold it.
        rule: Rule,
        /// When the hold would end.
        until: Instant,
        /// When the plan expires.
        expires_at: Instant,
    },
}

/// A message that counted under a full cap, as it stood then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Counted {
    /// It.
    pub plan: PlanId,
    /// Its workflow.
    pub workflow: String,
    /// When it counted: its departure, or its permission while it is on its way.
    pub at: Instant,
}

impl Reason {
    /// As JSON, the database and `comity status` name it: `never-agreed`.
    #[must_use]
    pub fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            // A variant with fields is `{"name": {…}}`.
            Ok(serde_json::Value::Object(fields)) => {
                fields.into_iter().next().map(|(name, _)| name).unwrap_or_default()
            }
            _ => String::new(),
        }
    }

    /// Whether it would be another one by another clock. While the clock is in doubt, such a refusal doesn't count.
    #[must_use]
    pub const fn rests_on_the_time(&self) -> bool {
        matches!(
            self,
            Self::ConsentExpired { .. }
                | Self::SaleExpired { .. }
                | Self::Expired { .. }
                | Self::TooSoonAfterStep { .. }
                | Self::Quiet { .. }
                | Self::Snoozed { .. }
                | Self::HoldOutlastsPlan { .. }
        )
    }
}

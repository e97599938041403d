//! What the gate sees: plain data, read in one transaction. No fact is optional by accident: where the database could
//! not say, the fact says so, and the rule that needs it holds or refuses (promise P8).

use crate::{
    base::{BlindIndex, CustomerId, Instant, PlanId, RecordId, Zone, value::Fields},
    people::{Bars, ConsentState, Snooze, Suppression},
    plan::PlanState,
    policy::OwnLimits,
    trigger::Record,
    workflow::Step,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything that a decision rests on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The time of asking.
    pub now: Instant,
    /// What the operator or the engine has halted. Where several halts are in force, one that
    /// [doubts the time](HaltCause::doubts_the_time), for it changes what `now` is worth.
    pub halt: Option<Halt>,
    /// After an older database was restored: what was due by then may have left, and is not sent again.
    pub skipped_to: Option<Instant>,
    /// The plan in question.
    pub plan: PlanFacts,
    /// The customer's own zone, the business's where none is set, or what was stored and can't be read.
    pub zone: Result<Zone, String>,
    /// The customer's declared fields, opened, for `only_if`; or why they couldn't be.
    pub customer: Result<Fields, String>,
    /// The customer's version, for the digest.
    pub customer_version: i64,
    /// What stops messages to this customer whatever they agreed to.
    pub bars: Bars,
    /// Suppressions of the mailbox, of any purpose.
    pub suppressions: Vec<Suppression>,
    /// Consent of this customer for the plan's purpose.
    pub consent: ConsentState,
    /// The record, opened; or why it couldn't be.
    pub record: Result<Record, String>,
    /// The occurrence's key that the record gives rise to now.
    pub occurrence: Option<String>,
    /// Other steps of the same record and workflow.
    pub sequence: Sequence,
    /// Where the customer stands in the workflow's draw: below [`crate::base::draw::NUMBERS`].
    pub draw: u16,
    /// What people said about its leaving, where its workflow asks them.
    pub approvals: Approvals,
    /// The silence that the customer asked for, if they did.
    pub snooze: Option<Snooze>,
    /// What was read for this plan alone, because its rules [want](Wants) to know it.
    pub besides: Besides,
    /// The customer's own limits; or why they can't be read.
    pub own_limits: Result<OwnLimits, String>,
    /// By which values its caps count it, where they count by a field. Of a message that others went into, theirs.
    pub cap_keys: Vec<CapKey>,
    /// Messages to this mailbox that count toward caps, within the longest window of the policy and of the customer's own.
    pub slots: Vec<Slot>,
}

/// The plan's own facts.
#[derive(Clone, Debug)]
pub struct PlanFacts {
    /// Row id.
    pub id: PlanId,
    /// The claim under which it is asked: an answer for another epoch is void.
    pub epoch: i64,
    /// Whose.
    pub customer: CustomerId,
    /// The workflow's name.
    pub workflow: String,
    /// The step.
    pub step: Step,
    /// The occurrence it was planned for.
    pub occurrence: String,
    /// The purpose, frozen when it was planned.
    pub purpose: String,
    /// When it should leave.
    pub due_at: Instant,
    /// When it is too late.
    pub expires_at: Instant,
}

/// The steps around this one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sequence {
    /// Another step of the same record and workflow that is on the wire now.
    pub in_flight: Option<PlanId>,
    /// For a message that says that a visit moved: an earlier date that the customer was told, if any was.
    pub told: Told,
    /// Messages of the same record and workflow that left, may have left, or are on their way.
    pub about: u32,
    /// The other steps of the same occurrence.
    pub others: Vec<OtherStep>,
}

/// Another step of the same occurrence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtherStep {
    /// Its plan.
    pub plan: PlanId,
    /// Which.
    pub step: Step,
    /// Where it stands.
    pub state: PlanState,
    /// When it left, or may have left.
    pub left_at: Option<Instant>,
}

/// Whether the customer was told another date than the present one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Told {
    /// No message about this record left.
    #[default]
    Nothing,
    /// The last message that left named this occurrence.
    ThisDate,
    /// The last message that left named another.
    AnotherDate,
}

/// The last words of people about what a plan is part of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Approvals {
    /// About its workflow.
    pub workflow: Option<Word>,
    /// About this message.
    pub message: Option<Word>,
    /// The digest of the draft at hand, in hexadecimal, where each message is approved.
    pub words: Option<String>,
    /// About its run, and how far that reaches, where a large one is approved.
    pub run: Option<RunFacts>,
}

/// What a workflow would send on one day of the business's calendar.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Run {
    /// The workflow's name.
    pub workflow: String,
    /// The day, of due times.
    pub day: NaiveDate,
    /// When that day begins.
    pub from: Instant,
    /// When the next one does.
    pub until: Instant,
    /// So many people need no yes.
    pub above: u32,
}

impl fmt::Display for Run {
    /// As people name it: `spring-news@2027-03-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.workflow, self.day)
    }
}

/// How far a plan's run reaches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RunFacts {
    /// People whom it would write to or has written to. It may be counted up to one more than need no yes, and no further.
    pub people: u32,
    /// People whom it was permitted to write to.
    pub permitted: u32,
    /// Whether the plan's customer is one of those.
    pub among: bool,
    /// The last word about it.
    pub word: Option<Word>,
}

/// What the rules want to know about a plan beyond what is read for every plan.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wants {
    /// The last words of people about these.
    pub topics: Vec<Topic>,
    /// Whether another record of the customer takes its place: [`Besides::later`] and [`Besides::same_date`].
    pub later: bool,
    /// Which types of records end it: [`Besides::arrivals`].
    pub arrivals: Vec<String>,
    /// Whose messages go before it: [`Besides::ahead`].
    pub ahead: Vec<String>,
}

/// What is so of this customer besides the plan, as far as its rules want to know it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Besides {
    /// The plan of the same step about a later record, where only the last record counts.
    pub later: Option<PlanId>,
    /// The plan of the same step about the last of the records that have the same date, where the plan's own isn't that one.
    pub same_date: Option<PlanId>,
    /// Records that became known after the plan's own.
    pub arrivals: Vec<Arrival>,
    /// Messages of a higher priority that are still to come before this one expires, by their times.
    pub ahead: Vec<Ahead>,
}

/// The last live record of a type that became known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// Its type.
    pub kind: String,
    /// When.
    pub known_at: Instant,
}

/// A message of a higher priority, to the same customer, who agreed to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ahead {
    /// The place that it would take, at the time at which it is asked next.
    pub slot: Slot,
    /// When it is too late for it.
    pub expires_at: Instant,
}

/// What people can say a word about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Topic {
    /// A workflow as a whole, by its name.
    Workflow(String),
    /// One message.
    Message {
        /// Of this workflow.
        workflow: String,
        /// Its plan.
        plan: PlanId,
    },
    /// What a workflow would send on one day.
    Run(Run),
}

/// What somebody said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Word {
    /// Its row.
    pub row: i64,
    /// Yes, or no more.
    pub said: Said,
    /// To what: the revision of a workflow, the digest of a message, [`Seen`](super::approval::Seen) of a run.
    pub seen: String,
    /// When.
    pub at: Instant,
}

/// What can be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// It may leave.
    Approved,
    /// It may not any more.
    Withdrawn,
    /// It never may: of a message, or of a run.
    Rejected,
}

/// A message that counts toward caps: sent, or on its way, or of unknown fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// It.
    pub plan: PlanId,
    /// When it counts: of the permit while it is open, of the receipt once accepted.
    pub at: Instant,
    /// The purpose it counts for.
    pub purpose: String,
    /// Whether it counts as marketing.
    pub marketing: bool,
    /// The workflow's name.
    pub workflow: String,
    /// What it was about.
    pub record: RecordId,
    /// By which values its caps counted it when it was permitted. Of a message to come it isn't known.
    pub cap_keys: Vec<CapKey>,
}

/// What a field of a message's record holds, as far as a cap must know it: whether it is the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CapKey {
    /// The field: `purchase.product`.
    pub field: String,
    /// A keyed hash of the value.
    pub value: BlindIndex,
}

/// Everything is halted, or one workflow is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// What brought it about.
    pub cause: HaltCause,
    /// Since when.
    pub since: Instant,
}

/// Why sending is halted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HaltCause {
    /// `comity pause`.
    Operator,
    /// The wall clock went backwards, or jumped: it lifts itself when readings agree again.
    Clock,
    /// The wall clock jumped by more than a day: a person must look.
    ClockFarAhead,
    /// The journal of stops is not empty.
    Journal,
    /// The route refuses us: authentication, policy or quota.
    Route,
    /// The database is older than what was done with it: a person must say what becomes of what may have left.
    Restored,
}

impl HaltCause {
    /// While this halts, no refusal that rests on the time may be final.
    #[must_use]
    pub const fn doubts_the_time(self) -> bool {
        matches!(self, Self::Clock | Self::ClockFarAhead)
    }
}

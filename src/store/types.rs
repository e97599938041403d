//! What goes into the store and what comes out: plain types, and the two questions that it asks the engine.

pub use super::{
    gather::Gathering,
    incoming::{ConsentClaim, CustomerRef, CustomerRow, RecordRow, merged},
    put::{Applied, Put, PutError},
    stop::{StopOrder, StopState, Stopped},
};

use super::{answer::Hear, calendar::SourceState, fence::Restored};
use crate::{
    base::{AttemptId, CustomerId, Instant, PlanId, RecordId, Zone, value::Fields},
    gate::{
        Decision, Facts, Halt, Reason, Rule, Wants,
        facts::{PlanFacts, Word},
    },
    ledger::{Attempt, Entry},
    people::{Answer, Customer, Snooze},
    plan::{Change, Existing, PlanState, Planned},
    policy::{Matching, Nature, OwnLimits, cap::RecordField},
    trigger::{News, Record, Subject},
    workflow::Step,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Whether an import is done or only shown. A preview does the same work and rolls it back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dry {
    /// Do it all, then take it back.
    Preview,
    /// Do it.
    Apply,
}

/// What a beat found of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pulse {
    /// Nothing new.
    Steady,
    /// The clock can't be believed; sending is halted.
    Held,
    /// The clock can be believed again: its halt is lifted, and the plans that it held are due.
    Lifted,
}

/// What a page of `Store::replan_all` did.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct Replanned {
    /// Where the next page begins; `None` at the end.
    pub next: Option<RecordId>,
    /// As in [`Applied::open`].
    pub open: Vec<AttemptId>,
}

/// Which plans a record calls for. Called inside the transaction that changes the record, so that there is no moment at
/// which the record is changed and its plans are not.
pub trait Replan: Send + Sync {
    /// What should change among this record's plans, by workflow.
    fn replan(&self, subject: &Subject, existing: &PlansOf) -> Vec<WorkflowChanges>;

    /// Whether anything may have to be planned about this customer, who has no card yet.
    fn concerns(&self, customer: &Customer, news: &News) -> bool;

    /// Whether records of this type change.
    fn nature(&self, kind: &str) -> Nature;

    /// The business's zone.
    fn zone(&self) -> Zone;

    /// How a calendar's visits find their customers, where no attendee is named.
    fn matching(&self) -> Matching;

    /// Takes out of a record that is about to change what the change makes untrue: an answer about another time.
    fn outdate(&self, before: &Record, after: &mut Record);
}

/// Rules that may change from one transaction to the next. Each asks once, at its beginning, however long it has waited for
/// its turn: all that it does is by one set of files, and by the one in force.
pub trait Rules: Send + Sync {
    /// Those in force now.
    fn in_force(self: Arc<Self>) -> Arc<dyn Hear>;
}

/// One set of rules, whatever comes into force.
impl<R: Hear + 'static> Rules for R {
    fn in_force(self: Arc<Self>) -> Arc<dyn Hear> {
        self
    }
}

/// Plans by workflow.
pub type PlansOf = BTreeMap<String, Vec<Existing>>;

/// One workflow's changes for one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowChanges {
    /// The workflow's name.
    pub workflow: String,
    /// Its purpose, frozen on the plans that are created.
    pub purpose: String,
    /// Whether that purpose is marketing, frozen likewise.
    pub marketing: bool,
    /// The customer's answer that ends the workflow, if one does: why plans fall away.
    pub ended_by: Option<Answer>,
    /// What to change.
    pub changes: Vec<Change>,
}

/// The gate as the permit transaction sees it.
pub trait Decide: Send + Sync {
    /// The decision.
    fn decide(&self, facts: &Facts) -> Decision;
    /// The key of the plan's occurrence, where record and customer still give rise to it; for a date, the key of the one that
    /// they give rise to now.
    fn occurrence(&self, plan: &PlanFacts, record: &Record, customer: &Fields, zone: Zone) -> Option<String>;
    /// The business's zone, where a customer has none.
    fn fallback_zone(&self) -> Zone;
    /// The revision of the rules that decide. Where another one is in force, they are not asked.
    fn revision(&self) -> &str;
    /// The longest window of all caps of the policy and of workflows.
    fn look_back(&self) -> Duration;
    /// The fields by which caps count this plan's message.
    fn counted_by(&self, plan: &PlanFacts) -> Vec<RecordField>;
    /// What it wants to know about this plan beyond what is read for every plan.
    fn wants(&self, plan: &PlanFacts) -> Wants;
    /// Which workflow may send this message together with others, if one may.
    fn gathering(&self, plan: &PlanFacts, now: Instant) -> Option<Gathering>;
    /// Whether that workflow may send anything, by the last word about it.
    fn is_live(&self, gathering: &Gathering, word: Option<&Word>, now: Instant) -> bool;
    /// The message that takes their place, about the customer's card.
    fn gathered(&self, gathering: &Gathering, card: &Record, zone: Option<Zone>) -> Option<Planned>;
}

/// A plan that this node works on now.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The plan, with the epoch of this claim.
    pub plan: PlanFacts,
    /// How many attempts failed before, for the back-off. Free retries don't count.
    pub attempts: u32,
    /// What it is rendered from; or why that can't be read, in which case the plan is refused.
    pub content: Result<(Customer, Record), String>,
    /// The customer's own limits, of the same version; or why they can't be read.
    pub own_limits: Result<OwnLimits, String>,
    /// The silence that the customer asked for, of the same version.
    pub snooze: Option<Snooze>,
    /// Where the customer stands in the workflow's draw. Of what can't be read it is the first number, which is left out first.
    pub draw: u16,
    /// The digest of its draft, where somebody's yes to these words is asked for. It is made after the claim.
    pub words: Option<[u8; 32]>,
    /// The messages that went into this one, where any did, and may leave with it. They are read after the claim.
    pub parts: Vec<Claimed>,
    /// For a message that says that a visit moved: the occurrence's key that was told last.
    pub told_before: Option<String>,
    /// The digest of an earlier attempt whose fate is unknown. Only the same message may be sent again.
    pub uncertain_digest: Option<[u8; 32]>,
}

impl Claimed {
    /// The versions of the customer and of the record that it is rendered from, if they can be read.
    #[must_use]
    pub fn versions(&self) -> Option<(i64, i64)> {
        self.content.as_ref().ok().map(|(customer, record)| (customer.version, record.version))
    }

    /// No message counts under the customer's own limits that is older than this.
    #[must_use]
    pub fn reach(&self) -> Duration {
        self.own_limits.as_ref().map(OwnLimits::reach).unwrap_or_default()
    }
}

/// The answer.
#[derive(Debug)]
pub enum Permission {
    /// It may leave, now.
    Permitted(Attempt),
    /// Customer, record or rules changed since the draft: render again and ask again. Still leased.
    Outdated,
    /// The gate held or refused; recorded with its findings, nothing to do.
    Ended,
    /// Another claim or a change of the record took the plan away.
    Lost,
}

/// What to do after a receipt that isn't an end in itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next {
    /// What the receipt says. Where that is no end (`Deferred` and the like), the plan is due again at once.
    Done,
    /// Again at this time. After `Uncertain` only a message that isn't marketing is sent again.
    RetryAt(Instant),
    /// Never again: it would be too late.
    GiveUp,
}

/// What to do with messages whose fate is unknown because their owner died.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AfterUncertain {
    /// The workflows with `if_uncertain = "send-again"`.
    pub send_again: BTreeSet<String>,
}

/// What a new node found of its dead predecessors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Attempts without an intent, or whose dot had surely not left: nothing arrived, planned again.
    pub aborted: u64,
    /// Other attempts with an intent: nobody knows.
    pub uncertain: u64,
    /// Plans that were leased and are planned again.
    pub released: u64,
}

/// Whose history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// One message's.
    Plan(PlanId),
    /// Everything about a customer.
    Customer(CustomerId),
}

/// A plan as pages and commands show it.
#[derive(Clone, Debug)]
pub struct PlanRow {
    /// What the gate sees of it.
    pub facts: PlanFacts,
    /// Which record it is about.
    pub record: RecordId,
    /// Where it stands.
    pub state: PlanState,
    /// When it is asked next.
    pub next_at: Instant,
    /// How many attempts failed.
    pub attempts: u32,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
}

/// An entry of the ledger about a message, and what the message is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub entry: Entry,
    /// What the sources call its customer and its record.
    pub names: PlanNames,
    /// Of which workflow it is.
    pub workflow: String,
    /// Which step of it.
    pub step: Step,
    /// For which purpose.
    pub purpose: String,
}

/// What the sources call the people and things of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanNames {
    /// The customer's id in its source, where it has one.
    pub customer: Option<String>,
    /// The record's id in its source.
    pub record: String,
}

/// Why a plan ended without being sent. The column `plans.refusal` holds it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// By which rule.
    pub rule: Rule,
    /// Why.
    pub reason: Reason,
}

/// A node that is alive, of several that share a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivingNode {
    /// Its number.
    pub id: i64,
    /// The machine, and the folder of its data there.
    pub home: String,
    /// When it last said so, by the database's clock.
    pub beat_at: Instant,
    /// Messages that it is about to decide or to send.
    pub holds: u64,
}

/// The whole at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// How many customers.
    pub customers: u64,
    /// How many records.
    pub records: u64,
    /// Plans by state.
    pub plans: BTreeMap<PlanState, u64>,
    /// Refused plans by the name of the reason, such as `suppressed`.
    pub refused: BTreeMap<String, u64>,
    /// How many (mailbox, purpose) are suppressed.
    pub suppressions: u64,
    /// When the oldest open attempt was permitted.
    pub oldest_open: Option<Instant>,
    /// When the next plan is due.
    pub next_due: Option<Instant>,
    /// What is halted.
    pub halts: Vec<Halt>,
    /// That the database is an older one, and what is at stake, until a person has said how to go on.
    #[serde(default)]
    pub restored: Option<Restored>,
    /// Entries in the journal that wait for the database.
    pub journal: u64,
    /// The nodes that are alive, where several may share the database.
    #[serde(default)]
    pub nodes: Vec<LivingNode>,
    /// How the calendars stand that are polled.
    pub sources: Vec<SourceState>,
    /// Visits to come whose customer nobody knows.
    pub visits_of_nobody: u64,
    /// What customers answered: the last word about each visit.
    pub answers: BTreeMap<Answer, u64>,
    /// Visits that we wrote about and that are past.
    pub visits_past: u64,
    /// Those of them that the business reported as kept, or about which it reported nothing and nobody cancelled or said
    /// "I can't come".
    pub visits_kept: u64,
    /// Why the owner could not be told something that waits.
    pub owner_untold: Option<String>,
}

//! One line of the ledger: when, about whom and what, and what happened. Ids only; never an address, never a body.

use super::{Act, EventKind, Preferred, receipt::Receipt};
use crate::{
    base::{AttemptId, CustomerId, Instant, PlanId},
    gate::{Finding, Reason, Rule, Until, clearance::Evidence},
    people::{Answer, AskedVia, BarWord, RequestKind},
    policy::own_limit::Wish,
};
use serde::{Deserialize, Serialize};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// Whose.
    pub customer: Option<CustomerId>,
    /// Which message.
    pub plan: Option<PlanId>,
    /// Which attempt.
    pub attempt: Option<AttemptId>,
    /// What.
    pub happening: Happening,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// A message was planned.
    Planned {
        /// When it should leave.
        due_at: Instant,
        /// When it is too late.
        expires_at: Instant,
    },
    /// A plan's times changed with its record.
    Retimed {
        /// When it should leave now.
        due_at: Instant,
        /// When it is too late now.
        expires_at: Instant,
    },
    /// A plan fell away with a change of its record.
    Voided,
    /// A plan fell away because of what the customer answered.
    Ended {
        /// The answer.
        answer: Answer,
    },
    /// It went into another message.
    Merged {
        /// That one.
        into: PlanId,
    },
    /// It went out of the message that it had gone into: it may not go along any more.
    Parted {
        /// That one.
        from: PlanId,
    },
    /// A plan that fell away, or that the files no longer had, lives again.
    Revived {
        /// When it should leave now.
        due_at: Instant,
    },
    /// The gate holds it.
    Held {
        /// By this rule.
        rule: Rule,
        /// Why.
        reason: Reason,
        /// Until then.
        until: Until,
        /// What each rule found.
        findings: Vec<Finding>,
    },
    /// The gate refused it.
    Refused {
        /// By this rule.
        rule: Rule,
        /// Why.
        reason: Reason,
        /// What each rule found.
        findings: Vec<Finding>,
    },
    /// The gate let it go, on this evidence.
    Permitted {
        /// What the permission rests on.
        evidence: Evidence,
        /// The row of a person's yes, where it needed one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approval: Option<i64>,
    },
    /// The gate let it go, and it is a task for a person of the business.
    Given {
        /// The task.
        task: i64,
    },
    /// The task has ended.
    TaskEnded {
        /// The task.
        task: i64,
        /// How.
        how: TaskEnd,
        /// The person, by the name that they gave.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        who: String,
    },
    /// What became of the attempt.
    Received {
        /// The outcome.
        receipt: Receipt,
        /// When it will be tried again, where it will.
        retry_at: Option<Instant>,
        /// SHA-256 of what the customer would see, in hexadecimal, where its body may have been begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
    /// A stop: the mailbox refuses this purpose from now on.
    Stopped {
        /// The purpose.
        purpose: String,
        /// How it came.
        via: StopVia,
    },
    /// The customer said whether they come, by a link of this message.
    Answered {
        /// What they said.
        answer: Answer,
    },
    /// Somebody agreed or withdrew, by an import.
    ConsentImported {
        /// The purpose.
        purpose: String,
        /// The row of the consent history.
        row: i64,
    },
    /// Somebody agreed or withdrew, as one of the business's programs reports, with its evidence.
    ConsentReported {
        /// The purpose.
        purpose: String,
        /// The row of the consent history.
        row: i64,
    },
    /// Somebody signed the address up by our form. That agrees to nothing.
    SignedUp {
        /// The purpose.
        purpose: String,
    },
    /// The person confirmed it, by the link of the message that asked.
    Confirmed {
        /// The purpose.
        purpose: String,
        /// The row of the consent history.
        row: i64,
    },
    /// Somebody objected, or the business noted what stops messages to them whatever they agreed to, or that it does no more.
    Barred {
        /// What was said.
        word: BarWord,
        /// Of an objection, to which purpose; none: to marketing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<String>,
        /// The row of that history.
        row: i64,
    },
    /// One of the business's programs reported something.
    Reported {
        /// What.
        event: EventKind,
    },
    /// What the customer said about their own limits holds from now on.
    Limited {
        /// What they said.
        wish: Wish,
        /// How it came.
        via: LimitVia,
    },
    /// The customer changed what they get, on the page of preferences.
    Preferred(Preferred),
    /// Somebody of the business looked the customer up.
    LookedUp {
        /// What they were shown.
        at: Shown,
    },
    /// The customer asked for something about their own data.
    Requested {
        /// What.
        kind: RequestKind,
        /// How it came.
        via: AskedVia,
        /// The row in the register.
        row: i64,
    },
    /// The customer opened all that is known about them, by the link that was mailed for it.
    OpenedOwnData {
        /// The row in the register.
        row: i64,
    },
    /// The customer saw what is kept about them, and said that it is right.
    ConfirmedOwnData {
        /// The row in the register by which they saw it.
        row: i64,
    },
    /// What the customer asked for was answered.
    RequestAnswered {
        /// The row in the register.
        row: i64,
    },
    /// The customer wants to be written to at another address.
    AddressChange {
        /// The row of that change.
        row: i64,
        /// How far it is.
        step: AddressStep,
    },
    /// All that was known about the customer was erased.
    Erased {
        /// How it came.
        via: ErasedVia,
    },
    /// Somebody of the business did something to the installation.
    Did {
        /// What.
        act: Act,
    },
    /// Everything was halted.
    Halted {
        /// What brought it about.
        cause: crate::gate::facts::HaltCause,
    },
    /// The halt was lifted.
    Resumed {
        /// Which.
        cause: crate::gate::facts::HaltCause,
    },
}

/// How a customer's word about their own limits came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitVia {
    /// The operator's command.
    Operator,
    /// One of the business's programs, on the person's word.
    Api,
    /// The page of preferences.
    Page,
}

/// How far a change of address is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressStep {
    /// Somebody asked for it, and the mailbox that the customer has is asked.
    Asked,
    /// It agreed, and the new one is asked.
    Agreed,
    /// That agreed, too.
    Changed,
}

/// What somebody of the business was shown about a customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// What happened to their messages.
    History,
    /// What they agreed to.
    Consents,
    /// All that is known about them, to be handed to them.
    Everything,
}

/// How an erasure came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErasedVia {
    /// The person's own act: the link of a message that was mailed for nothing else.
    Link,
    /// The operator's command, on the person's word.
    Operator,
    /// Nobody: they were signed up by a form, and never confirmed it.
    Unconfirmed,
}

/// How a task ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskEnd {
    /// A person did it.
    Done,
    /// A person won't do it.
    Dropped,
    /// The gate would not give it any more: a stop, a cancellation, or too late.
    Withdrawn,
}

/// How a stop came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopVia {
    /// RFC 8058: the mail program's own button.
    OneClick,
    /// The button on our page.
    Page,
    /// The page of preferences.
    Preferences,
    /// The operator's command.
    Operator,
    /// One of the business's programs, on the person's word.
    Api,
    /// The server said that there is no such mailbox.
    Bounce,
}

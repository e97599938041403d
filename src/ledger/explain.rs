//! What happened, in plain English: the sentences of `comity explain`, of the pages and of the log.
//!
//! Example, one message's history as `explain` prints it, each line after its moment:
//!
//! ```text
//! Planned for 21:00 on Monday, 29 March (Europe/Paris); of use until 09:00 on Tuesday, 30 March (Europe/Paris).
//! Held until 08:00 on Tuesday, 30 March (Europe/Paris). It is quiet where the person lives until then.
//! Allowed to leave. It rests on what the customer asked for (record 7, version 1).
//! Delivered to the mail server (250 2.0.0 Ok).
//! ```
//!
//! Invariant: a sentence holds no address. Replies of servers come in here with theirs masked already.

use super::{
    Happening, Phase, Receipt, Reply,
    entry::{AddressStep, ErasedVia, LimitVia, Shown, StopVia, TaskEnd},
    receipt::{AbortCause, NotBegun},
};
use crate::{
    base::{Instant, Zone},
    gate::{
        Reason, Until,
        sentence::{self, moment},
    },
    people::{AskedVia, RequestKind},
    policy::own_limit::Wish,
};
use std::fmt;

impl Happening {
    /// The sentence, with moments by the wall clock of `zone`.
    #[must_use]
    pub fn sentence(&self, zone: Zone) -> String {
        match self {
            Self::Planned { due_at, expires_at } => {
                format!("Planned for {}; of use until {}.", moment(*due_at, zone), moment(*expires_at, zone))
            }
            Self::Retimed { due_at, expires_at } => {
                format!("Planned anew for {}; of use until {}.", moment(*due_at, zone), moment(*expires_at, zone))
            }
            Self::Voided => "Dropped: what it is about changed, or its workflow.".to_owned(),
            Self::Ended { answer } => format!("Dropped: the customer answered \"{}\".", answer.words()),
            Self::Answered { answer } => format!("The customer answered \"{}\".", answer.words()),
            Self::Merged { into } => format!("It went into another message, together with others (plan {into})."),
            Self::Parted { from } => {
                format!("It doesn't go along with that message any more (plan {from}).")
            }
            Self::Revived { due_at } => {
                format!("It is to be sent after all: planned again for {}.", moment(*due_at, zone))
            }
            Self::Held { reason, until, .. } => held(reason, *until, zone),
            Self::Refused { reason, .. } => format!("Not sent. {}", reason.sentence(zone)),
            Self::Permitted { evidence, approval: None } => format!("Allowed to leave. {}", evidence.sentence()),
            Self::Permitted { evidence, approval: Some(row) } => {
                format!("Allowed to leave. {} A person approved it (row {row}).", evidence.sentence())
            }
            Self::Given { task } => format!("Given to a person, as task {task}: nothing is sent."),
            Self::TaskEnded { how, .. } => how.sentence().to_owned(),
            Self::Received { receipt, retry_at, .. } => received(receipt, *retry_at, zone),
            Self::Stopped { purpose, via } if purpose.is_empty() => format!("Stopped everything {}.", via.phrase()),
            Self::Stopped { purpose, via } => format!("Stopped \"{purpose}\" {}.", via.phrase()),
            Self::ConsentImported { purpose, row } => {
                format!("An import brought the person's answer about \"{purpose}\" (row {row}).")
            }
            Self::ConsentReported { purpose, row } if purpose.is_empty() => {
                format!("The business reported that the person wants no messages at all (row {row}).")
            }
            Self::ConsentReported { purpose, row } => {
                format!("The business reported the person's answer about \"{purpose}\" (row {row}).")
            }
            Self::SignedUp { purpose } => {
                format!("Somebody signed this address up for \"{purpose}\": the address is asked whether it agrees.")
            }
            Self::Confirmed { purpose, row } => {
                format!("The person agreed to \"{purpose}\", by the link of a confirmation (row {row}).")
            }
            Self::Barred { word, purpose, row } => format!("{} (row {row}).", word.phrase(purpose.as_deref())),
            Self::Reported { event } => event.sentence().to_owned(),
            Self::Limited { wish: Wish::Limit(limit), via } => {
                format!("The person's own limit, {}: {}.", via.phrase(), sentence::own_limit(limit))
            }
            Self::Limited { wish: Wish::None(purpose), via } if purpose.is_empty() => {
                format!("The person's own limit on everything was lifted {}.", via.phrase())
            }
            Self::Limited { wish: Wish::None(purpose), via } => {
                format!("The person's own limit on \"{purpose}\" was lifted {}.", via.phrase())
            }
            Self::Preferred(preferred) => preferred.sentence(zone),
            Self::LookedUp { at } => format!("Somebody of the business looked at {}.", at.phrase()),
            Self::Requested { row, .. }
            | Self::OpenedOwnData { row }
            | Self::ConfirmedOwnData { row }
            | Self::RequestAnswered { row } => format!("{} (request {row}).", self.of_request()),
            Self::AddressChange { row, step } => step.sentence(*row),
            Self::Erased { via } => format!("All that was known about the person was erased, {}.", via.phrase()),
            Self::Did { act } => act.sentence(),
            Self::Halted { cause } => format!("Sending was halted. {}", cause.sentence()),
            Self::Resumed { .. } => "Sending was resumed.".to_owned(),
        }
    }

    /// What somebody asked for about their own data, and what became of it: a sentence without its end.
    const fn of_request(&self) -> &'static str {
        match self {
            Self::Requested { kind: RequestKind::Access, via: AskedVia::Page, .. } => {
                "The person asked for the link to all that is known about them"
            }
            Self::Requested { kind: RequestKind::Rectification, via: AskedVia::Page, .. } => {
                "The person asked on their page that something be put right"
            }
            Self::Requested { kind, .. } => kind.sentence(),
            Self::OpenedOwnData { .. } => {
                "The person opened all that is known about them, by the link that was mailed for it"
            }
            Self::ConfirmedOwnData { .. } => "The person said that what is kept about them is right",
            _ => "What the person asked for was answered",
        }
    }
}

impl Shown {
    /// For after "looked at".
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::History => "the history of this customer's messages",
            Self::Consents => "what this customer agreed to",
            Self::Everything => "all that is known about this customer",
        }
    }
}

impl TaskEnd {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Done => "A person did the task.",
            Self::Dropped => "A person dropped the task.",
            Self::Withdrawn => "The task was withdrawn: it would not be given any more.",
        }
    }
}

impl AddressStep {
    fn sentence(self, row: i64) -> String {
        let what = match self {
            Self::Asked => {
                "Somebody asked on the person's page for another address: the mailbox that they have is asked"
            }
            Self::Agreed => {
                "The mailbox that they have agreed to another address, by the link that was mailed for it: the new one is asked"
            }
            Self::Changed => "The new mailbox agreed, too: it is theirs from now on",
        };
        format!("{what} (change {row}).")
    }
}

impl ErasedVia {
    const fn phrase(self) -> &'static str {
        match self {
            Self::Link => "at their own word",
            Self::Operator => "by the operator's command",
            Self::Unconfirmed => "because nobody confirmed that they signed up",
        }
    }
}

/// A hold names its end first. Where the reason would only repeat that moment, it says "until then".
fn held(reason: &Reason, until: Until, zone: Zone) -> String {
    let end = until.phrase(zone);
    let sentence = reason.sentence(zone);
    let why = match (until, reason) {
        (_, Reason::NotDue { .. }) => "It is not due before.".to_owned(),
        (Until::At(_), _) => sentence.replace(&end, "until then"),
        (Until::When(_), _) => sentence,
    };
    format!("Held {end}. {why}")
}

fn received(receipt: &Receipt, retry_at: Option<Instant>, zone: Zone) -> String {
    match retry_at {
        Some(at) => format!("{} It will be tried again at {}.", receipt.sentence(), moment(at, zone)),
        None => receipt.sentence(),
    }
}

impl Receipt {
    /// What became of an attempt.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Accepted(reply) => format!("Delivered to the mail server ({reply})."),
            Self::Rehearsed(Some(reply)) => format!("Rehearsed: it went to the owner, not to the customer ({reply})."),
            Self::Rehearsed(None) => {
                "Rehearsed: it may have reached the owner, and didn't go to the customer.".to_owned()
            }
            Self::Deferred { phase, reply } => {
                format!("The mail server asked us to come again, at {} ({reply}).", phase.name())
            }
            Self::Rejected { phase, reply } => format!("The mail server refused it, at {} ({reply}).", phase.name()),
            Self::RouteRefused { phase, reply } => {
                format!("The mail server refused us, not the customer, at {} ({reply}).", phase.name())
            }
            Self::Aborted { phase, why } => {
                format!("{}, at {}; nothing can have arrived.", why.phrase(), phase.name())
            }
            Self::NotBegun(why) => why.sentence().to_owned(),
            Self::Uncertain => "The mail server gave no answer at the very end: it may have arrived.".to_owned(),
        }
    }
}

impl Phase {
    /// As SMTP names it, in a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "the connection",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Body => "the body",
            Self::Dot => "the end of the message",
        }
    }
}

impl AbortCause {
    const fn phrase(self) -> &'static str {
        match self {
            Self::Timeout => "The mail server took too long",
            Self::Disconnected => "The connection broke",
            Self::OddReply => "The mail server said what no mail server may say",
            Self::NoIntent => "We could not record its departure",
            Self::OwnerLost => "Our own program ended",
            Self::Outdated => "The message was out of date",
        }
    }
}

impl NotBegun {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Revoked => "Taken back before it left: a stop, a cancellation or a pause came first.",
            Self::PermitExpired => "Its permission ended before it left.",
            Self::LaneBroken => "The connection was closed before it left.",
            Self::OtherLetter => "The letter at hand was another message's: it was not begun.",
        }
    }
}

impl LimitVia {
    const fn phrase(self) -> &'static str {
        match self {
            Self::Operator => "by the operator",
            Self::Api => "as the business reported",
            Self::Page => "on the page of preferences",
        }
    }
}

impl StopVia {
    /// For after "stopped".
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::OneClick => "by the mail program's own button",
            Self::Page => "on the stop page",
            Self::Preferences => "on the page of preferences",
            Self::Operator => "by the operator",
            Self::Api => "on the person's word, as the business reported",
            Self::Bounce => "because there is no such mailbox",
        }
    }
}

impl fmt::Display for Reply {
    /// `550 5.1.1 no such user`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some((class, subject, detail)) = self.enhanced {
            write!(f, " {class}.{subject}.{detail}")?;
        }
        if self.text.is_empty() { Ok(()) } else { write!(f, " {}", self.text) }
    }
}

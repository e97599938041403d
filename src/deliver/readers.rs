//! Who reads the letters: the customers, or in a rehearsal the owner in their place.
//!
//! What · `mode = "rehearsal"` in comity.toml lets everything run as in truth (plans, gate, caps, ledger, lanes) but for
//! one thing: the envelope bears the owner's address. The letter says on top whose it would have been.
//!
//! Promise · A rehearsed letter reaches no customer. A customer's [`Recipient`] is made by [`Readers::recipient`] alone, a letter has
//! exactly one, and a lane reads the envelope from nothing else; the letterhead of a rehearsal knows only the owner.
//!
//! Promise · A rehearsal leaves nothing behind that a customer could feel. What the server says about the owner's mailbox
//! is never held against a customer's: a rejection is the route's. Links of a rehearsed letter stop nothing. A rehearsed
//! plan has ended for ever: when the owner goes live, the same reminder of the same visit isn't sent again, because it may
//! be hours late by then; the visit's later reminders leave as planned. Under the caps it counts as long as the rehearsal
//! lasts, so that the owner sees what caps do, and not any more from the first live start on; nor does it then count as
//! told, so that nobody hears that a visit moved of which they never heard.
//!
//! Not promised · That a stop stays out of force in a rehearsal. A link in mail that left before it is a stop like any.

use crate::{
    base::EmailAddress,
    ledger::{Phase, Receipt},
    people::Language,
    render::{Draft, Notice, marked},
};
use std::borrow::Cow;

/// Whom the letters of an installation go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Each customer, what is theirs.
    Customers,
    /// The owner, everything.
    Owner(Owner),
}

/// The person who runs the business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    address: EmailAddress,
    language: Language,
}

/// The one address of an envelope, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    address: EmailAddress,
    is: Is,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Customer,
    Owner,
}

impl Owner {
    /// By their mailbox, and the language in which they are told things. No gate stands before what goes there: only the
    /// letterhead and `comity send-test` say who it is; `tests/tidy` sees to it.
    #[must_use]
    pub const fn named(address: EmailAddress, language: Language) -> Self {
        Self { address, language }
    }

    /// In which language they are told things.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }
}

impl Readers {
    /// Where the letter for a customer goes.
    #[must_use]
    pub fn recipient(&self, customer: &EmailAddress) -> Recipient {
        match self {
            Self::Customers => Recipient { address: customer.clone(), is: Is::Customer },
            Self::Owner(owner) => Recipient::owner(owner.clone()),
        }
    }

    /// The draft as these readers see it.
    pub(super) fn copy<'a>(&self, draft: &'a Draft) -> Cow<'a, Draft> {
        match self {
            Self::Customers => Cow::Borrowed(draft),
            Self::Owner(owner) => {
                let notice = Notice::Rehearsal { customer: draft.to.reveal().clone() };
                Cow::Owned(marked(draft, &notice, &owner.language))
            }
        }
    }
}

impl Recipient {
    /// The owner, for what is written to them.
    pub(super) fn owner(owner: Owner) -> Self {
        Self { address: owner.address, is: Is::Owner }
    }

    /// For `RCPT TO`.
    #[must_use]
    pub const fn address(&self) -> &EmailAddress {
        &self.address
    }

    /// What became of the customer's message, where the server spoke about this recipient.
    pub(super) fn judge(&self, receipt: Receipt) -> Receipt {
        match (self.is, receipt) {
            (Is::Owner, Receipt::Accepted(reply)) => Receipt::Rehearsed(Some(reply)),
            (Is::Owner, Receipt::Uncertain) => Receipt::Rehearsed(None),
            (Is::Owner, Receipt::Rejected { phase: phase @ Phase::Rcpt, reply }) => {
                Receipt::RouteRefused { phase, reply }
            }
            (_, receipt) => receipt,
        }
    }
}

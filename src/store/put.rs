//! What became of the rows that somebody brought: of each one, and of all together.

use crate::base::AttemptId;

/// What became of one row of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is new.
    Created,
    /// It was there and differs in these fields.
    Changed(Vec<String>),
    /// It was there and says the same.
    Unchanged,
    /// A visit that nobody is known for: kept until somebody is.
    OfNobody,
    /// A visit that several customers may have: kept until a person says whose it is.
    OfSeveral,
    /// A visit that is cancelled, and whose calendar doesn't say that it was booked again.
    StaysCancelled,
    /// It was not taken.
    Rejected(PutError),
}

/// Why a row was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PutError {
    /// No customer answers to this reference.
    #[error("no customer has this id or address; import the customer first")]
    UnknownCustomer,
    /// Several do, and guessing would show one person's visit to another.
    #[error("several customers share this address; name the customer by its id")]
    AmbiguousCustomer,
    /// The record belongs to somebody else already.
    #[error("this record belongs to another customer already; give the new one an id of its own")]
    OtherCustomer,
    /// No record answers to this reference.
    #[error("no record of this type has this id; bring the record first")]
    UnknownRecord,
    /// Another event has this id.
    #[error("an event with this id was reported before, and it said something else; give this one an id of its own")]
    OtherEvent,
    /// A file about a visit of which a polled calendar tells.
    #[error("a calendar of comity.toml tells of this visit: change it there")]
    CalendarTells,
    /// Two calendars with one visit.
    #[error("another calendar of comity.toml has this visit too: it was taken from there")]
    OtherCalendar,
    /// Somebody who was erased, or a record of theirs.
    #[error(
        "all that was known about this person was erased: no import brings them back; they come back by a new booking with \
         their address, or by signing up"
    )]
    Erased,
    /// A request that takes too many products out of the catalogue.
    #[error(
        "more than 30 % of the products would be gone: that needs a person. Import the whole catalogue with `comity import \
         products FILE --allow-removals`"
    )]
    TooManyGone,
    /// The store could not read what it has.
    #[error(
        "what is stored for this row can't be read; see `comity status`, and check that the key file is the right one"
    )]
    Unreadable,
}

/// What an import chunk did.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct Applied {
    /// One for each row, in order.
    pub puts: Vec<Put>,
    /// Attempts that were open for plans or people that the change concerns: the engine revokes those that have not
    /// begun, and waits for the others to be past `MAIL`, before it acknowledges the change.
    pub open: Vec<AttemptId>,
    /// Consent rows that were added. A claim that the history holds already adds none.
    pub consents: u64,
    /// Rows, by their place in the chunk, that claim a yes to a purpose whose person or mailbox has said no: the claim
    /// is kept as history, and the no stays.
    pub stay_stopped: Vec<usize>,
}

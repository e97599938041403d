//! Whose visit is it? The one place that answers.
//!
//! So far by the addresses of those who attend: if they are one customer's, and no other's, it is theirs. Two customers,
//! or a mailbox that two share, is a question for a person. Nobody is ever guessed (a reminder to the wrong person tells
//! a stranger about somebody's visit).

use super::{
    StoreError,
    calendar::VisitContent,
    customers::{self, Found},
    round::Desk,
    sealing::StoredCustomer,
};
use crate::base::BlindIndex;

/// The answer.
pub(super) enum Whose {
    /// This customer's.
    Customer(Box<StoredCustomer>),
    /// Nobody fits.
    Unknown,
    /// Several fit.
    Several,
}

/// Asks about one visit.
pub(super) async fn find(desk: &mut Desk, visit: &VisitContent) -> Result<Whose, StoreError> {
    let mut fits: Option<Box<StoredCustomer>> = None;
    for (address, _) in &visit.people {
        match customers::by_mailbox(desk, BlindIndex::of(&desk.keys, address)).await? {
            Found::Nobody => {}
            Found::Several => return Ok(Whose::Several),
            Found::Customer(found) => match &fits {
                Some(other) if other.id != found.id => return Ok(Whose::Several),
                _ => fits = Some(found),
            },
        }
    }
    Ok(fits.map_or(Whose::Unknown, Whose::Customer))
}

//! A parcel: an attempt and its letter, known to be one plan's. What a lane carries.

use super::transport::Letter;
use crate::ledger::{Attempt, Carried, Receipt, receipt::NotBegun};

/// See the module.
///
/// Invariant: [`Parcel::of`] alone makes one, so that no lane can carry one person's letter under another's permission.
#[derive(Debug)]
pub struct Parcel<'a> {
    attempt: Attempt,
    letter: &'a Letter,
}

impl<'a> Parcel<'a> {
    /// Puts them together.
    ///
    /// # Errors
    /// When the letter is another plan's: nothing is begun, and the attempt ends with that.
    pub fn of(attempt: Attempt, letter: &'a Letter) -> Result<Self, Carried> {
        let parcel = Self { attempt, letter };
        if parcel.attempt.plan() == letter.plan {
            Ok(parcel)
        } else {
            Err(parcel.carried(Receipt::NotBegun(NotBegun::OtherLetter)))
        }
    }

    /// The permission.
    #[must_use]
    pub const fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The letter.
    #[must_use]
    pub const fn letter(&self) -> &'a Letter {
        self.letter
    }

    /// Its end. What went to the owner instead of the customer was rehearsed, whatever the server said of it.
    pub fn carried(self, receipt: Receipt) -> Carried {
        let receipt = self.letter.recipient.judge(receipt);
        Carried { attempt: self.attempt.id(), plan: self.attempt.plan(), receipt }
    }
}

//! Why a product is in a list: the true reason, read off the account of its score.
//!
//! "Because you bought X" is said only where X carries at least a fifth of the score. On a gift shop the strongest product
//! carries a third; among groceries it carries a twelfth, and naming it would mislead: there the truth is "goes with what
//! you buy".
//!
//! Invariant: a reason names no other person, no count, and no product that the reader didn't buy.

use super::{
    Day,
    account::{Account, Ground},
    model::Model,
    pick::{By, Pick},
    profile::Profile,
    wishes::Wish,
};

/// A product is named as the reason from this share of the score on.
pub const NAMED_FROM: f32 = 0.2;

/// Why a product is in a list.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Reason {
    /// The customer asked for more of this.
    Asked,
    /// They bought this product, which carries that share of the score.
    Bought {
        /// Its number in the shop.
        product: u32,
        /// From [`NAMED_FROM`] to 1.
        share: f32,
    },
    /// It goes with several things that they bought, none of which stands out.
    GoesWithWhatYouBuy,
    /// They bought it before, the last time on that day.
    Again {
        /// The day.
        last: Day,
    },
    /// Enough different people bought it in the last so many days.
    PopularOfLate {
        /// The days.
        days: u16,
    },
    /// Enough different people bought it ever.
    Popular,
    /// The owner favours what it stands for, by the number of that value.
    Value(u8),
    /// It is from a category that is new to them, on purpose.
    SomethingElse,
}

impl Model {
    /// The reason for a pick.
    #[must_use]
    pub fn reason(&self, profile: &Profile, pick: &Pick, account: &Account, k: u32) -> Reason {
        if pick.wish == Wish::More {
            return Reason::Asked;
        }
        match pick.by {
            By::Exploring => return Reason::SomethingElse,
            By::Favour => return self.popular(pick, k),
            By::Score => {}
        }
        let (again, together) = (account.of(Ground::Again), account.together());
        let (popular, values) = (account.of(Ground::Popular), account.of(Ground::Values));
        let most = again.max(together).max(popular);
        if let Some(value) = account.value.filter(|_| values > most) {
            return Reason::Value(value);
        }
        if again >= together && again >= popular && again > 0.0 {
            let last = profile.owned.iter().find(|owned| owned.place == pick.place);
            return Reason::Again { last: last.map_or(self.shelf.cut, |owned| owned.newest) };
        }
        if let Some((product, amount)) = account.foremost() {
            let share = amount / account.score();
            if share >= NAMED_FROM {
                return Reason::Bought { product, share };
            }
        }
        if together >= popular && together > 0.0 { Reason::GoesWithWhatYouBuy } else { self.popular(pick, k) }
    }

    fn popular(&self, pick: &Pick, k: u32) -> Reason {
        let days = self.tuned.popular_days;
        let enough = self.shelf.item(pick.place).is_some_and(|item| item.lately(days) >= k);
        if enough { Reason::PopularOfLate { days } } else { Reason::Popular }
    }
}

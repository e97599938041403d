//! What the owner may set, and what the shop's own past chooses.

use super::Weights;
use std::num::NonZeroUsize;

/// So many different customers must stand behind everything that is shown, where the policy says nothing else.
pub const K: u32 = 10;
/// So many products a list has.
pub const LIST: usize = 10;

/// What the owner may set.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// So many different customers must have bought a pair before it says anything, and a product before it is shown.
    pub k: u32,
    /// So many of a customer's products count, newest first: nobody outweighs the others, and the work, which grows with the
    /// square of it, stays in bounds. On groceries 600 foretold a little more than 400 in every window that was tried.
    pub products_max: usize,
    /// The length of a list.
    pub list: usize,
    /// A product that the customer bought in the last so many days isn't offered again yet.
    pub rest_days: u16,
    /// What the owner favours.
    pub weights: Weights,
    /// How wide a list looks.
    pub view: View,
    /// How many threads compute. The result doesn't depend on it.
    pub hands: NonZeroUsize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            k: K,
            products_max: 600,
            list: LIST,
            rest_days: 0,
            weights: Weights::default(),
            view: View::Narrow,
            hands: NonZeroUsize::MIN,
        }
    }
}

/// How wide a list looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum View {
    /// The best by score.
    #[default]
    Narrow,
    /// No category crowds the others out, and the last place is for a category that is new to the customer.
    Wide,
}

/// Which question a list answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Section {
    /// What else could please them: nothing that they bought before.
    Discoveries,
    /// Time for more? Only what they bought before.
    Again,
    /// What they will buy next, new or not. For measuring, and for lists that must not have two sections.
    Both,
}

/// What the shop's own past chooses: see [`super::tuning`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tuned {
    /// What a pair weighs, from its log-likelihood ratio.
    pub power: Power,
    /// So many partners of a product count, the strongest ones.
    pub partners: usize,
    /// How much a product counts that the customer bought often and lately.
    pub use_of_it: Use,
    /// Popularity is what was bought in the last so many days.
    pub popular_days: u16,
    /// In [`Section::Both`], what discoveries weigh beside repeats.
    pub discoveries: f32,
}

/// The power of the log-likelihood ratio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Power {
    /// Its square root.
    Root,
    /// Itself.
    Whole,
}

impl Power {
    /// The weight of a pair.
    #[must_use]
    pub fn of(self, ratio: f32) -> f32 {
        match self {
            Self::Root => ratio.sqrt(),
            Self::Whole => ratio,
        }
    }
}

/// What one product of a customer counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Each the same.
    Alike,
    /// As often and as lately as they bought it: its [`super::repeat::interest`].
    ByInterest,
}

impl Default for Tuned {
    /// Where there is no past to choose from.
    fn default() -> Self {
        Self { power: Power::Root, partners: 20, use_of_it: Use::Alike, popular_days: 28, discoveries: 0.2 }
    }
}

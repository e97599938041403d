//! What a customer said themself: more of this, less of that, never this. It stands above all that is inferred.

use super::shelf::Item;
use std::collections::BTreeMap;

/// What a wish is about, by its number in the shop.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// One product: "not interested".
    Product(u32),
    /// A whole category.
    Category(u32),
}

/// What they wish of it. In the order in which products come: those of which more is wanted first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wish {
    /// Before everything else that has any score.
    More,
    /// They said nothing.
    Nothing,
    /// After everything else.
    Less,
    /// Not at all.
    Never,
}

/// The wishes of one customer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wishes(BTreeMap<Subject, Wish>);

impl Wishes {
    /// These wishes; the last word on a subject holds.
    #[must_use]
    pub fn new(wishes: impl IntoIterator<Item = (Subject, Wish)>) -> Self {
        Self(wishes.into_iter().collect())
    }

    /// What they wish of a product. A word on the product itself goes before one on its category, but for "never", which
    /// always holds.
    #[must_use]
    pub fn of(&self, item: &Item) -> Wish {
        if self.0.is_empty() {
            return Wish::Nothing;
        }
        let on = |subject| self.0.get(&subject).copied();
        let (product, category) = (on(Subject::Product(item.product)), on(Subject::Category(item.category)));
        if category == Some(Wish::Never) {
            return Wish::Never;
        }
        product.or(category).unwrap_or(Wish::Nothing)
    }
}

//! What the owner favours, said aloud: weights for seasonal, local or low-waste things.
//!
//! Invariant: a weight never works silently. What it adds to a score is a part of the score's own account, and where it is
//! the largest part, it is the reason that is shown.

/// So many values a shop may have.
pub const VALUES_MAX: usize = 32;
/// A weight moves a score by no more than this factor, up or down.
pub const WEIGHT_MAX: f32 = 2.0;

/// Which of the owner's values a product has, as numbers into [`Weights`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Values(u32);

impl Values {
    /// With one more; a number beyond [`VALUES_MAX`] says nothing.
    #[must_use]
    pub const fn and(self, number: u8) -> Self {
        match 1_u32.checked_shl(number as u32) {
            Some(bit) => Self(self.0 | bit),
            None => self,
        }
    }

    const fn has(self, number: u32) -> bool {
        match 1_u32.checked_shl(number) {
            Some(bit) => self.0 & bit != 0,
            None => false,
        }
    }
}

/// A value and its weight.
#[derive(Clone, PartialEq, Debug)]
pub struct Weight {
    /// What customers read: `seasonal`.
    pub name: String,
    /// What a score is multiplied by, from a half to [`WEIGHT_MAX`].
    pub factor: f32,
}

/// The owner's values with their weights.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Weights(Vec<Weight>);

impl Weights {
    /// These weights; what is beyond the limits is brought within them.
    #[must_use]
    pub fn new(mut weights: Vec<Weight>) -> Self {
        weights.truncate(VALUES_MAX);
        for weight in &mut weights {
            weight.factor =
                if weight.factor.is_nan() { 1.0 } else { weight.factor.clamp(1.0 / WEIGHT_MAX, WEIGHT_MAX) };
        }
        Self(weights)
    }

    /// The number of a value, for [`Values::and`].
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u8> {
        self.0.iter().position(|weight| weight.name == name).and_then(|at| u8::try_from(at).ok())
    }

    /// What the score of a product is multiplied by.
    #[must_use]
    pub fn factor(&self, values: Values) -> f32 {
        let product: f32 = self.of(values).map(|(_, weight)| weight.factor).product();
        product.clamp(1.0 / WEIGHT_MAX, WEIGHT_MAX)
    }

    /// The value that lifts a product most, if any does.
    #[must_use]
    pub fn foremost(&self, values: Values) -> Option<u8> {
        let lifts = self.of(values).filter(|(_, weight)| weight.factor > 1.0);
        // The first of equals: `max_by` would take the last.
        let best = lifts.reduce(|best, next| if next.1.factor > best.1.factor { next } else { best });
        best.and_then(|(number, _)| u8::try_from(number).ok())
    }

    /// The name of a value.
    #[must_use]
    pub fn name(&self, number: u8) -> Option<&str> {
        self.0.get(usize::from(number)).map(|weight| weight.name.as_str())
    }

    fn of(&self, values: Values) -> impl Iterator<Item = (u32, &Weight)> {
        (0..).zip(&self.0).filter(move |(number, _)| values.has(*number))
    }
}

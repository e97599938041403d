//! Conversions between kinds of numbers, each with the reason why nothing is lost that matters.

/// Scores need no more than 24 bits.
#[expect(clippy::cast_possible_truncation, reason = "a score is compared with scores of the same precision")]
pub const fn narrow(wide: f64) -> f32 {
    wide as f32
}

/// How many there are, as a number to compute with; nobody has more than four thousand million of anything here.
pub fn count(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap_or(u32::MAX))
}

/// A position, in four bytes.
pub fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

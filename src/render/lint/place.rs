//! Where the reading of a template stands, and how the words around there are found.

use super::{hidden::Hidden, reach::Context};
use crate::base::Source;
use std::ops::Range;

/// Where the reading stands.
#[derive(Clone)]
pub(super) struct Place<'a> {
    pub source: &'a Source,
    /// The byte at which the present element begins.
    pub at: usize,
    pub context: Context,
    /// Whether `moved` is known to be true here.
    pub moved: bool,
    /// In a partial, which may show the block that it was given.
    pub in_partial: bool,
    /// Whether it stands in a preheader.
    pub hidden: Hidden,
}

/// Handlebars knows where an element begins; the word is looked for from there, or, for a block whose place is its
/// end, before it.
pub(super) fn find(place: &Place<'_>, word: &str) -> Option<Range<usize>> {
    let text = &place.source.text;
    let ahead = text.get(place.at..).and_then(|rest| rest.find(word)).map(|found| place.at + found);
    let start = ahead.or_else(|| text.get(..place.at)?.rfind(word))?;
    Some(start..start + word.len())
}

/// The tag at a place, to its closing braces.
pub(super) fn tag(place: &Place<'_>) -> Range<usize> {
    let end = place.source.text.get(place.at..).and_then(|rest| rest.find("}}"));
    place.at..end.map_or(place.at, |end| place.at + end + 2)
}

/// The words of a text in quotes, of the element at a place.
pub(super) fn quoted(place: &Place<'_>, words: &str) -> Range<usize> {
    let found = find(place, &format!("\"{words}\"")).or_else(|| find(place, &format!("'{words}'")));
    found.map_or(place.at..place.at, |found| found.start + 1..found.end - 1)
}

//! From a claimed plan to its letter.

use super::{files::in_force::Edition, wording};
use crate::{
    base::{Instant, keys::Keyring},
    deliver::{Letter, digest},
    gate::Reason,
    store::Claimed,
};

/// The letter for a claimed plan, or why there can be none. Where a yes to these words is asked for, the plan notes their
/// digest.
///
/// # Errors
/// The reason for which it is refused.
pub fn write(claimed: &mut Claimed, edition: &Edition, keys: &Keyring, now: Instant) -> Result<Letter, Reason> {
    has_something_to_say(claimed, edition)?;
    claimed.words = None;
    let unrenderable = |why| Reason::NotRenderable { why };
    let draft = wording::draft(claimed, &edition.rulebook, keys).map_err(unrenderable)?;
    let letter = edition.letterhead.compose(&draft, now).map_err(|error| unrenderable(error.to_string()))?;
    if claimed.uncertain_digest.is_some_and(|earlier| earlier != letter.digest) {
        return Err(Reason::DiffersFromUncertain);
    }
    claimed.words = wording::is_read(claimed, &edition.rulebook).then(|| digest(&draft));
    Ok(letter)
}

/// What gathers others needs at least one.
///
/// # Errors
/// The reason for which it is refused.
pub fn has_something_to_say(claimed: &Claimed, edition: &Edition) -> Result<(), Reason> {
    let is_empty = edition.rulebook.gathers(&claimed.plan) && claimed.parts.is_empty();
    if is_empty { Err(Reason::NothingLeftToSay) } else { Ok(()) }
}

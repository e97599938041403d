//! Priority: a place under a cap is kept for the messages that go before this one.
//!
//! A message of a higher priority that falls due before this one expires keeps its place, where both can't fit: this one
//! waits until that one has been asked. Only as many places are kept as are needed: not for one that would find no place
//! anyway before it expires, nor for one that would fit beside this one; so nothing starves.
//!
//! Example: one letter a week, a birthday card on Friday, a newsletter due on Monday. The newsletter waits until Friday;
//! the card leaves; the cap holds the newsletter until the Friday after. Without the birthday it leaves on Monday.
//!
//! Not promised: that the more important message always wins. A cap is exact, this is best effort: whoever becomes due
//! later than expected finds what others left.

use super::{Facts, Reason, frequency::Measure};
use crate::base::Instant;
use std::time::Duration;

/// A message is asked within this time after it is due. What waits for it waits so long.
const ASKED_WITHIN: Duration = Duration::from_mins(1);

/// Until when this message must leave a place to another, at this instant, and why.
pub(super) fn kept<'a>(
    facts: &Facts,
    mut measures: impl Iterator<Item = Measure<'a>>,
    now: Instant,
) -> Option<(Instant, Reason)> {
    let waiting = || facts.besides.ahead.iter().filter(|ahead| ahead.slot.at.plus(ASKED_WITHIN) > now);
    // Nearly always nobody goes before it.
    let until = waiting().map(|ahead| ahead.slot.at.plus(ASKED_WITHIN)).min()?;
    measures.find_map(|measure| {
        let mut taken: Vec<Instant> = measure.counted().collect();
        for ahead in waiting().filter(|ahead| measure.counts(&ahead.slot)) {
            let opens_at =
                |taken: &[Instant]| measure.cap.opens_at(taken.iter().copied(), ahead.slot.at, measure.zone());
            let place = opens_at(&taken);
            if place >= ahead.expires_at.min(facts.plan.expires_at) {
                continue;
            }
            taken.push(now.min(place));
            if opens_at(&taken) > place {
                let (cap, workflow) = (measure.key.to_owned(), ahead.slot.workflow.clone());
                return Some((until, Reason::KeptFree { cap, plan: ahead.slot.plan, workflow, until }));
            }
            taken.pop();
            taken.push(place);
        }
        None
    })
}

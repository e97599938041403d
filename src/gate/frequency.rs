//! Frequency: would it be one too many (promise P3)?
//!
//! Caps are asked over everything (`all`), over all marketing (`all-marketing`), of the message's purpose, and of its
//! workflow; and above them the [ceiling] that no policy can lift. Each counts the messages in its window; this one
//! must fit beside them. Of several full caps the one that opens last is the reason, and its opening is exact: one
//! millisecond earlier the window still holds the message that must leave it.
//!
//! A purpose may say that it obeys no caps (`obeys_caps = false`, for what a person has just asked for), or that its
//! messages don't count for others (`counts_toward_caps = false`). Neither touches the ceiling, nor its own caps.
//!
//! What counts is the store's to say, in the permit transaction: messages that left, are on their way, or are of
//! unknown fate, to this *mailbox*. A rolling day is 24 hours everywhere; a calendar day is one where the person lives.
//!
//! A purpose that is gone from the policy counts as marketing, the stricter of the two; consent refuses it anyway.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, Until, ceiling, facts::Slot};
use crate::{
    base::{Instant, Zone},
    policy::{Basis, Cap, Purpose, cap::Same},
};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let purpose = rules.policy.purposes.get(&facts.plan.purpose);
    let (outcome, reason) = if is_enough(facts, purpose) {
        (Outcome::Refuse, Reason::EnoughAboutRecord { at_most: ceiling::ABOUT_ONE_RECORD })
    } else {
        match last_to_open(facts, rules, purpose) {
            None => (Outcome::Pass, Reason::UnderCaps),
            Some(full) => (Outcome::Hold(Until::At(full.opens_at)), full.into_reason()),
        }
    };
    Finding { rule: Rule::Frequency, outcome, reason }
}

fn is_enough(facts: &Facts, purpose: Option<&Purpose>) -> bool {
    purpose.is_some_and(|purpose| purpose.basis == Basis::Contract) && facts.sequence.about >= ceiling::ABOUT_ONE_RECORD
}

/// The first of the full caps that open last, so that the same facts always name the same cap.
fn last_to_open<'a>(facts: &'a Facts, rules: &Rules<'a>, purpose: Option<&'a Purpose>) -> Option<Full<'a>> {
    let policy = rules.policy;
    let key = facts.plan.purpose.as_str();
    let is_marketing = purpose.is_none_or(|purpose| purpose.basis.is_marketing());
    let obeys = purpose.is_none_or(|purpose| purpose.obeys_caps);
    let counts = |slot: &Slot| {
        slot.purpose == key || policy.purposes.get(&slot.purpose).is_none_or(|purpose| purpose.counts_toward_caps)
    };

    let of_purpose = purpose.map_or(&[][..], |purpose| &purpose.caps).iter();
    let of_purpose = of_purpose.filter_map(|cap| full(facts, key, cap, |slot| slot.purpose == key));
    let of_workflow = rules.workflow.map_or(&[][..], |workflow| &workflow.caps).iter();
    let of_workflow = of_workflow
        .filter_map(|cap| full(facts, &facts.plan.workflow, cap, |slot| slot.workflow == facts.plan.workflow));
    let of_all = policy.caps.all.iter().filter(|_| obeys);
    let of_all = of_all.filter_map(|cap| full(facts, "all", cap, counts));
    let of_marketing = policy.caps.all_marketing.iter().filter(|_| is_marketing && obeys);
    let of_marketing =
        of_marketing.filter_map(|cap| full(facts, "all-marketing", cap, |slot| slot.marketing && counts(slot)));
    let above = ceiling::MARKETING.iter().filter(|_| is_marketing);
    let above = above.filter_map(|cap| full(facts, "all-marketing", cap, |slot| slot.marketing));

    let all = of_purpose.chain(of_workflow).chain(of_all).chain(of_marketing).chain(above);
    all.reduce(|a, b| if b.opens_at > a.opens_at { b } else { a })
}

struct Full<'a> {
    key: &'a str,
    cap: &'a Cap,
    opens_at: Instant,
}

impl Full<'_> {
    fn into_reason(self) -> Reason {
        Reason::CapFull {
            cap: self.key.to_owned(),
            at_most: self.cap.at_most.get(),
            per: self.cap.per,
            opens_at: self.opens_at,
        }
    }
}

fn full<'a>(facts: &Facts, key: &'a str, cap: &'a Cap, counts: impl Fn(&Slot) -> bool + Copy) -> Option<Full<'a>> {
    let record = facts.record.as_ref().ok().map(|record| record.id);
    // A record that can't be read leaves the stricter: all messages are about it.
    let is_same = |slot: &&Slot| cap.same == Same::Mailbox || record.is_none_or(|record| slot.record == record);
    let counted = facts.slots.iter().filter(move |slot| counts(slot)).filter(is_same).map(|slot| slot.at);
    // Where the zone can't be read, the quiet hours refuse; any zone will do here.
    let zone = facts.zone.as_ref().copied().unwrap_or(Zone::UTC);
    let opens_at = cap.opens_at(counted, facts.now, zone);
    (opens_at > facts.now).then_some(Full { key, cap, opens_at })
}

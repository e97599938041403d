//! Frequency: would it be one too many (promise P3)?
//!
//! Three kinds of caps are asked: the purpose's own, those over everything (`all`), and those over all marketing
//! (`all-marketing`, asked only for marketing). Each counts the messages in a rolling window that ends now; this one
//! must fit beside them. Of several full caps the one that opens last is the reason, and its opening is exact: one
//! millisecond earlier the window still holds the message that must leave it.
//!
//! What counts is the store's to say, in the permit transaction: messages that left, are on their way, or are of
//! unknown fate, to this *mailbox*. Caps over different zones need no zone: a rolling day is 24 hours everywhere.
//!
//! A purpose that is gone from the policy counts as marketing, the stricter of the two; consent refuses it anyway.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, Until, facts::Slot};
use crate::{base::Instant, policy::Cap};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let policy = rules.policy;
    let key = facts.plan.purpose.as_str();
    let purpose = policy.purposes.get(key);
    let is_marketing = purpose.is_none_or(|purpose| purpose.basis.is_marketing());

    let of_purpose = purpose.map_or(&[][..], |purpose| &purpose.caps).iter();
    let of_purpose = of_purpose.filter_map(|cap| full(facts, key, cap, |slot| slot.purpose == key));
    let of_all = policy.caps.all.iter().filter_map(|cap| full(facts, "all", cap, |_| true));
    let of_marketing = policy.caps.all_marketing.iter().filter(|_| is_marketing);
    let of_marketing = of_marketing.filter_map(|cap| full(facts, "all-marketing", cap, |slot| slot.marketing));

    // The first of those that open last, so that the same facts always name the same cap.
    let last = of_purpose.chain(of_all).chain(of_marketing).reduce(|a, b| if b.opens_at > a.opens_at { b } else { a });
    let (outcome, reason) = match last {
        None => (Outcome::Pass, Reason::UnderCaps),
        Some(full) => (Outcome::Hold(Until::At(full.opens_at)), full.into_reason()),
    };
    Finding { rule: Rule::Frequency, outcome, reason }
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
            per_seconds: self.cap.per.as_secs(),
            opens_at: self.opens_at,
        }
    }
}

fn full<'a>(facts: &Facts, key: &'a str, cap: &'a Cap, counts: impl Fn(&Slot) -> bool + Copy) -> Option<Full<'a>> {
    let counted = facts.slots.iter().filter(move |slot| counts(slot)).map(|slot| slot.at);
    let opens_at = cap.opens_at(counted, facts.now);
    (opens_at > facts.now).then_some(Full { key, cap, opens_at })
}

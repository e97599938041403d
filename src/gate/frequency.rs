//! Frequency: would it be one too many (promise P3)?
//!
//! Caps are asked over everything (`all`), over all marketing (`all-marketing`), of the message's purpose, and of its
//! workflow; beside them the limits that the customer set, and above them the [ceiling] that no policy can lift. Each counts
//! the messages in its window; this one must fit beside them. Of several full caps the one that opens last is the reason,
//! and its opening is exact: one millisecond earlier the window still holds the message that must leave it.
//!
//! Where it fits, but would take the last place of a message that goes [before](super::priority) it, it waits for that one.
//!
//! A purpose may say that it obeys no caps (`obeys_caps = false`, for what a person has just asked for), or that its
//! messages don't count for others (`counts_toward_caps = false`). Neither touches the ceiling, nor its own caps, nor what
//! the customer said about this very purpose.
//!
//! What counts is the store's to say, in the permit transaction: messages that left, are on their way, or are of
//! unknown fate, to this *mailbox*. A rolling day is 24 hours everywhere; a calendar day is one where the person lives.
//!
//! The reason names the messages that fill the cap, as they stood at the time of asking.
//!
//! A purpose that is gone from the policy counts as marketing, the stricter of the two; consent refuses it anyway.

use super::{
    Facts, Finding, Outcome, Reason, Rule, Rules, Until, ceiling,
    facts::{CapKey, Slot},
    priority,
    reason::Counted,
};
use crate::{
    base::{Instant, Zone},
    policy::{Basis, Cap, Policy, Purpose, cap::Same},
};

/// A cap of hundreds is told by so many of those that fill it.
const NAMED_MAX: usize = 20;

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let purpose = rules.policy.purposes.get(&facts.plan.purpose);
    let (outcome, reason) = if rules.gives_a_task(facts) {
        (Outcome::Pass, Reason::NothingIsSent)
    } else if is_enough(facts, purpose) {
        (Outcome::Refuse, Reason::EnoughAboutRecord { at_most: ceiling::ABOUT_ONE_RECORD })
    } else if facts.own_limits.is_err() {
        (Outcome::Refuse, Reason::OwnLimitUnreadable)
    } else {
        match objection(facts, rules) {
            None => (Outcome::Pass, Reason::UnderCaps),
            Some((until, reason)) => (Outcome::Hold(Until::At(until)), reason),
        }
    };
    Finding { rule: Rule::Frequency, outcome, reason }
}

fn is_enough(facts: &Facts, purpose: Option<&Purpose>) -> bool {
    purpose.is_some_and(|purpose| purpose.basis == Basis::Contract) && facts.sequence.about >= ceiling::ABOUT_ONE_RECORD
}

/// The first instant at which no cap is full and no place is kept for another, and what ends then.
fn objection(facts: &Facts, rules: &Rules<'_>) -> Option<(Instant, Reason)> {
    let mut now = facts.now;
    let mut last = None;
    loop {
        let full = last_to_open(facts, rules, now);
        let objection = full.or_else(|| priority::kept(facts, measures(facts, rules), now));
        let Some((until, reason)) = objection else { return last };
        now = until;
        last = Some((until, reason));
        if facts.besides.ahead.is_empty() {
            return last;
        }
    }
}

/// The first of the full caps that open last, so that the same facts always name the same cap.
fn last_to_open(facts: &Facts, rules: &Rules<'_>, now: Instant) -> Option<(Instant, Reason)> {
    let full = measures(facts, rules).filter_map(|measure| {
        let opens_at = measure.cap.opens_at(measure.counted(), now, measure.zone());
        (opens_at > now).then_some((opens_at, measure))
    });
    let (opens_at, measure) = full.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    let Measure { key, cap, .. } = measure;
    let same = match &cap.same {
        Same::Mailbox => None,
        Same::Record => Some("record".to_owned()),
        Same::Field(field) => Some(field.to_string()),
    };
    let (at_most, filled_by) = (cap.at_most.get(), measure.filled_by(now));
    let reason = Reason::CapFull { cap: key.to_owned(), at_most, per: cap.per, same, opens_at, filled_by };
    Some((opens_at, reason))
}

/// How a reason names the customer's own limit over everything: no purpose or workflow has such a name.
pub(super) const OWN_OF_ALL: &str = "own limit";
/// The same of the message's purpose.
pub(super) const OWN_OF_PURPOSE: &str = "own limit of the purpose";

/// A cap that this message must fit under.
#[derive(Clone, Copy)]
pub(super) struct Measure<'a> {
    /// As a reason names it.
    pub key: &'a str,
    pub cap: &'a Cap,
    /// The value by which it counts, where it counts by a field.
    by: Option<&'a CapKey>,
    of: Of,
    facts: &'a Facts,
    policy: &'a Policy,
}

/// What a cap counts.
#[derive(Clone, Copy)]
enum Of {
    Purpose,
    Workflow,
    All,
    AllMarketing,
    /// The ceiling: no flag of a policy takes a message out of it.
    AllMarketingWhatever,
}

impl Measure<'_> {
    /// Whether it counts a message.
    pub fn counts(&self, slot: &Slot) -> bool {
        let plan = &self.facts.plan;
        let does_count = || self.policy.purposes.get(&slot.purpose).is_none_or(|purpose| purpose.counts_toward_caps);
        let is_of_it = match self.of {
            Of::Purpose => slot.purpose == plan.purpose,
            Of::Workflow => slot.workflow == plan.workflow,
            Of::All => slot.purpose == plan.purpose || does_count(),
            Of::AllMarketing => slot.marketing && (slot.purpose == plan.purpose || does_count()),
            Of::AllMarketingWhatever => slot.marketing,
        };
        // A record that can't be read leaves the stricter: all messages are about it.
        let record = || self.facts.record.as_ref().ok().map(|record| record.id);
        is_of_it
            && match self.cap.same {
                Same::Mailbox => true,
                Same::Record => record().is_none_or(|record| slot.record == record),
                Same::Field(_) => self.by.is_some_and(|by| slot.cap_keys.contains(by)),
            }
    }

    /// When the messages left that it counts.
    pub fn counted(&self) -> impl Iterator<Item = Instant> + Clone + '_ {
        self.facts.slots.iter().filter(|slot| self.counts(slot)).map(|slot| slot.at)
    }

    /// Those that take its places: the latest of those in its window. Nearly always no cap is full, and nobody asks.
    fn filled_by(&self, now: Instant) -> Vec<Counted> {
        let inside = |slot: &&Slot| self.counts(slot) && self.cap.per.holds(slot.at, now, self.zone());
        let mut inside: Vec<&Slot> = self.facts.slots.iter().filter(inside).collect();
        inside.sort_unstable_by_key(|slot| (slot.at, slot.plan));
        let places = usize::try_from(self.cap.at_most.get()).unwrap_or(usize::MAX);
        let before = inside.len().saturating_sub(places);
        let told = |slot: &Slot| Counted { plan: slot.plan, workflow: slot.workflow.clone(), at: slot.at };
        inside.into_iter().skip(before).take(NAMED_MAX).map(told).collect()
    }

    /// The customer's. Where it can't be read, the quiet hours refuse; any zone will do here.
    pub fn zone(&self) -> Zone {
        self.facts.zone.as_ref().copied().unwrap_or(Zone::UTC)
    }
}

/// The caps that hold for this message.
fn measures<'a>(facts: &'a Facts, rules: &Rules<'a>) -> impl Iterator<Item = Measure<'a>> + Clone {
    let policy = rules.policy;
    let purpose = policy.purposes.get(&facts.plan.purpose);
    let is_marketing = purpose.is_none_or(|purpose| purpose.basis.is_marketing());
    let of_requests = policy.answers(&facts.plan.purpose).map_or(&[][..], ceiling::of_requests);
    let obeys = purpose.is_none_or(|purpose| purpose.obeys_caps);
    let only_if = |does: bool, caps: &'a [Cap]| if does { caps } else { &[] };
    let of_purpose = purpose.map_or(&[][..], |purpose| &purpose.caps);
    let of_workflow = rules.workflow.map_or(&[][..], |workflow| &workflow.caps);
    let own = |purpose: &str| facts.own_limits.as_ref().map_or(&[][..], |limits| limits.of(purpose));
    let all = [
        (Of::Purpose, facts.plan.purpose.as_str(), of_purpose),
        (Of::Workflow, facts.plan.workflow.as_str(), of_workflow),
        (Of::All, "all", only_if(obeys, &policy.caps.all)),
        (Of::AllMarketing, "all-marketing", only_if(obeys && is_marketing, &policy.caps.all_marketing)),
        (Of::AllMarketingWhatever, "all-marketing", only_if(is_marketing, &ceiling::MARKETING)),
        (Of::Purpose, "requests", of_requests),
        (Of::Purpose, OWN_OF_PURPOSE, own(&facts.plan.purpose)),
        (Of::All, OWN_OF_ALL, only_if(obeys, own(""))),
    ];
    let measures = all.into_iter().flat_map(|(of, key, caps)| caps.iter().map(move |cap| (of, key, cap)));
    measures
        .flat_map(move |(of, key, cap)| values(facts, cap).map(move |by| Measure { key, cap, by, of, facts, policy }))
}

/// The values by which a cap counts this message, each by itself: none where it has none, and once where the cap counts by no
/// field.
fn values<'a>(facts: &'a Facts, cap: &'a Cap) -> impl Iterator<Item = Option<&'a CapKey>> + Clone {
    let field = match &cap.same {
        Same::Mailbox | Same::Record => None,
        Same::Field(field) => Some(field),
    };
    let of_field = field.into_iter().flat_map(|field| facts.cap_keys.iter().filter(|key| field.is_named(&key.field)));
    field.is_none().then_some(None).into_iter().chain(of_field.map(Some))
}

//! Snooze: did the person ask us to be silent until a day?
//!
//! It holds until that day begins, exactly; what expires before is refused, as by any hold. A snooze of marketing leaves
//! alone what the person arranged. A purpose that is gone from the policy counts as marketing, the stricter of the two.
//! A task for a person of the business is held alike: who wants silence isn't called either.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, Until};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let purpose = rules.policy.purposes.get(&facts.plan.purpose);
    let is_marketing = purpose.is_none_or(|purpose| purpose.basis.is_marketing());
    let (outcome, reason) = match facts.snooze.filter(|snooze| snooze.holds(is_marketing, facts.now)) {
        None => (Outcome::Pass, Reason::NotSnoozed),
        Some(snooze) => (Outcome::Hold(Until::At(snooze.until)), Reason::Snoozed { until: snooze.until }),
    };
    Finding { rule: Rule::Snooze, outcome, reason }
}

//! Consent: on which row would the permission rest (promise P1)?
//!
//! - Basis `consent`: the folded history must say yes, and the yes must not be older than `consent_lasts`, by the
//!   business's calendar, nor past the end that the person set to it. It lasts up to its end, exclusive. A yes that is dated in the future holds until its time comes:
//!   before that nobody has agreed. And it is a yes to the words that were in force then: where title or promise have
//!   changed since, beyond a translation, nobody has agreed to what we promise now.
//! - Basis `contract`: the customer's own live record, at the date that the plan is about. A withdrawal ends that too:
//!   people may stop reminders of visits that they keep.
//! - A purpose that the policy no longer has refuses: nobody can agree to what nobody can read.
//!
//! Where there is no live record, relevance nearly always says more exactly why; `decide` prefers its reason.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, Until, clearance::Evidence};
use crate::{
    base::{Instant, Zone},
    people::{ConsentEntry, ConsentState, Grant, consent},
    policy::{Basis, Purpose},
    trigger::RecordStatus,
};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let (outcome, reason) = match (rules.policy.purposes.get(&facts.plan.purpose), facts.consent) {
        (None, _) => (Outcome::Refuse, Reason::PurposeGone),
        (Some(_), ConsentState::Withdrawn { row, at }) => (Outcome::Refuse, Reason::Withdrawn { row, at }),
        (Some(purpose), state) => match purpose.basis {
            Basis::Contract => contract(facts),
            Basis::Consent => agreed(state, purpose, facts.now, rules.policy.business.time_zone),
        },
    };
    Finding { rule: Rule::Consent, outcome, reason }
}

/// What a passing finding of this rule rests on. `None` for any other: then there is no clearance.
pub(super) const fn evidence(finding: &Finding) -> Option<Evidence> {
    match (finding.outcome, &finding.reason) {
        (Outcome::Pass, Reason::Agreed { row, .. }) => Some(Evidence::Consent(*row)),
        (Outcome::Pass, Reason::Contract { record, version }) => {
            Some(Evidence::Contract { record: *record, version: *version })
        }
        _ => None,
    }
}

fn contract(facts: &Facts) -> (Outcome, Reason) {
    match &facts.record {
        Ok(record)
            if record.status == RecordStatus::Live
                && record.customer == facts.plan.customer
                && facts.occurrence.as_ref() == Some(&facts.plan.occurrence) =>
        {
            (Outcome::Pass, Reason::Contract { record: record.id.0, version: record.version })
        }
        _ => (Outcome::Refuse, Reason::NoLiveRecord),
    }
}

/// What holds of a purpose by all that one person said about it, oldest first: whether a message may rest on it, and why. No
/// reason: it rests on a contract, and they did not object.
#[must_use]
pub fn of_history(history: &[ConsentEntry], purpose: &Purpose, now: Instant, zone: Zone) -> (Outcome, Option<Reason>) {
    let (outcome, reason) = match (consent::fold(history), purpose.basis) {
        (ConsentState::Withdrawn { row, at }, _) => (Outcome::Refuse, Reason::Withdrawn { row, at }),
        (_, Basis::Contract) => return (Outcome::Pass, None),
        (state, Basis::Consent) => agreed(state, purpose, now, zone),
    };
    (outcome, Some(reason))
}

fn agreed(state: ConsentState, purpose: &Purpose, now: Instant, zone: Zone) -> (Outcome, Reason) {
    let ConsentState::Granted(Grant { row, at, wording, expires_at, .. }) = state else {
        return (Outcome::Refuse, Reason::NeverAgreed);
    };
    let ends = [purpose.consent_lasts.map(|lasts| lasts.end(at, zone)), expires_at];
    match ends.into_iter().flatten().min() {
        _ if wording != Some(purpose.wording) => (Outcome::Refuse, Reason::Reworded { row, at }),
        // One that ends before it begins never holds.
        Some(ended_at) if now >= ended_at || at >= ended_at => {
            (Outcome::Refuse, Reason::ConsentExpired { at, ended_at })
        }
        _ if at > now => (Outcome::Hold(Until::At(at)), Reason::Agreed { row, at }),
        _ => (Outcome::Pass, Reason::Agreed { row, at }),
    }
}

//! Consent: on which row would the permission rest (promise P1)?
//!
//! - Basis `consent`: the folded history must say yes, and the yes must not be older than `consent_lasts`, by the
//!   business's calendar, nor past the end that the person set to it. It lasts up to its end, exclusive. A yes that is dated in the future holds until its time comes:
//!   before that nobody has agreed. And it is a yes to the words that were in force then: where title or promise have
//!   changed since, beyond a translation, nobody has agreed to what we promise now. Where the purpose asks for a double
//!   opt-in, a yes that anybody could have given who knows the address waits for its confirmation.
//! - Basis `contract`: the customer's own live record, at the date that the plan is about. A withdrawal ends that too:
//!   people may stop reminders of visits that they keep.
//! - Basis `soft-opt-in`: the customer's own live record is a sale, with a date that is not too long ago, and says that they could
//!   say no when their address was taken. A no since then ends it, as it ends everything.
//! - Basis `request`: the person has just asked for this very answer, and it is still to be given. What they said before
//!   they asked doesn't count against it, except a no to such questions themselves: the mailbox's, by suppression.
//! - A purpose that the policy no longer has refuses: nobody can agree to what nobody can read.
//!
//! Where there is no live record, relevance nearly always says more exactly why; `decide` prefers its reason.

use super::{Facts, Finding, Outcome, Reason, Rule, Rules, Until, clearance::Evidence, minor, objection, restriction};
use crate::{
    base::{Instant, Zone},
    people::{Bars, ConsentEntry, ConsentState, Grant, Suppression, consent},
    policy::{Basis, Purpose},
    trigger::{RecordStatus, start_in},
};

pub(super) fn ask(facts: &Facts, rules: &Rules<'_>) -> Finding {
    let (outcome, reason) = match (rules.policy.purposes.get(&facts.plan.purpose), facts.consent) {
        (None, _) => (Outcome::Refuse, Reason::PurposeGone),
        (Some(purpose), ConsentState::Withdrawn { row, at }) if !asked_since(facts, purpose.basis, at) => {
            (Outcome::Refuse, Reason::Withdrawn { row, at })
        }
        (Some(purpose), state) => match purpose.basis {
            Basis::Contract | Basis::Request => contract(facts),
            Basis::SoftOptIn => sold(facts, purpose, rules.policy.business.time_zone),
            Basis::Consent => agreed(state, purpose, facts.now, rules.policy.business.time_zone),
        },
    };
    Finding { rule: Rule::Consent, outcome, reason }
}

/// Whether the message answers what the person asked for after they had said this.
pub(super) fn asked_since(facts: &Facts, basis: Basis, said_at: Instant) -> bool {
    let asked_at = || start_in(&facts.plan.occurrence).map(|asked| asked.at(Zone::UTC));
    basis == Basis::Request && asked_at().is_some_and(|asked_at| asked_at > said_at)
}

/// What a passing finding of this rule rests on. `None` for any other: then there is no clearance.
pub(super) const fn evidence(finding: &Finding) -> Option<Evidence> {
    match (finding.outcome, &finding.reason) {
        (Outcome::Pass, Reason::Agreed { row, .. }) => Some(Evidence::Consent(*row)),
        (Outcome::Pass, Reason::Contract { record, version }) => {
            Some(Evidence::Contract { record: *record, version: *version })
        }
        (Outcome::Pass, Reason::Sold { record, version, .. }) => {
            Some(Evidence::Sale { record: *record, version: *version })
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

fn sold(facts: &Facts, purpose: &Purpose, zone: Zone) -> (Outcome, Reason) {
    let (outcome, reason) = contract(facts);
    let (Ok(record), Some(sale), Outcome::Pass) = (&facts.record, &purpose.sale, outcome) else {
        return (Outcome::Refuse, if outcome == Outcome::Pass { Reason::NoSale } else { reason });
    };
    let Some(at) = sale.at(&record.fields, zone).filter(|_| record.kind == sale.at.kind) else {
        return (Outcome::Refuse, Reason::NoSale);
    };
    let ended_at = sale.lasts.end(at, zone);
    match (sale.had_an_opt_out(&record.fields), facts.now) {
        (false, _) => (Outcome::Refuse, Reason::NoOptOutOffered),
        (true, now) if now >= ended_at => (Outcome::Refuse, Reason::SaleExpired { at, ended_at }),
        (true, now) if at > now => {
            (Outcome::Hold(Until::At(at)), Reason::Sold { record: record.id.0, version: record.version, at })
        }
        (true, _) => (Outcome::Pass, Reason::Sold { record: record.id.0, version: record.version, at }),
    }
}

/// What stands against a yes that the mailbox itself didn't confirm, of somebody who said this about the purpose before: whoever
/// vouches for it, it comes to nothing.
#[must_use]
pub fn against_a_yes(purpose: &str, state: ConsentState, bars: &Bars, suppressions: &[Suppression]) -> Option<Reason> {
    let suppressed = || suppressions.iter().find(|row| row.forbids(purpose, state)).map(Reason::of_suppression);
    let barred = barred(bars, purpose, Basis::Consent, state);
    barred.or_else(suppressed).or(match state {
        ConsentState::Withdrawn { row, at } => Some(Reason::Withdrawn { row, at }),
        ConsentState::Never | ConsentState::Granted(_) => None,
    })
}

/// What stops messages of a purpose whatever the person agreed to.
fn barred(bars: &Bars, purpose: &str, basis: Basis, state: ConsentState) -> Option<Reason> {
    restriction::against(bars)
        .or_else(|| objection::against(bars, purpose, Some(basis), state))
        .or_else(|| minor::against(bars, Some(basis)))
}

/// What holds of a purpose by all that one person said about it, oldest first, and by what bars them: whether a message may
/// rest on it, and why. No reason: it rests on a record, and they did not object.
#[must_use]
pub fn of_history(
    history: &[ConsentEntry],
    bars: &Bars,
    (key, purpose): (&str, &Purpose),
    now: Instant,
    zone: Zone,
) -> (Outcome, Option<Reason>) {
    let state = consent::fold(history);
    if let Some(reason) = barred(bars, key, purpose.basis, state) {
        return (Outcome::Refuse, Some(reason));
    }
    let (outcome, reason) = match (state, purpose.basis) {
        (ConsentState::Withdrawn { row, at }, _) => (Outcome::Refuse, Reason::Withdrawn { row, at }),
        (_, Basis::Contract | Basis::Request | Basis::SoftOptIn) => return (Outcome::Pass, None),
        (state, Basis::Consent) => agreed(state, purpose, now, zone),
    };
    (outcome, Some(reason))
}

/// The same with what the mailbox itself refused, which goes before: whether a message of the purpose may go to them now, but for
/// an occasion.
#[must_use]
pub fn holds(
    history: &[ConsentEntry],
    bars: &Bars,
    refused: &[Suppression],
    of: (&str, &Purpose),
    (now, zone): (Instant, Zone),
) -> bool {
    let is_refused = refused.iter().any(|row| row.forbids(of.0, consent::fold(history)));
    !is_refused && of_history(history, bars, of, now, zone).0 == Outcome::Pass
}

/// When a yes that was given at this time ends, exclusive; `None` where it lasts until it is taken back.
#[must_use]
pub fn ends_at(purpose: &Purpose, at: Instant, expires_at: Option<Instant>, zone: Zone) -> Option<Instant> {
    let ends = [purpose.consent_lasts.map(|lasts| lasts.end(at, zone)), expires_at];
    ends.into_iter().flatten().min()
}

fn agreed(state: ConsentState, purpose: &Purpose, now: Instant, zone: Zone) -> (Outcome, Reason) {
    let ConsentState::Granted(Grant { row, at, method, wording, expires_at }) = state else {
        return (Outcome::Refuse, Reason::NeverAgreed);
    };
    match ends_at(purpose, at, expires_at, zone) {
        _ if purpose.double_opt_in && method.shows_no_mailbox() => (Outcome::Refuse, Reason::Unconfirmed { row, at }),
        _ if wording != Some(purpose.wording) => (Outcome::Refuse, Reason::Reworded { row, at }),
        // One that ends before it begins never holds.
        Some(ended_at) if now >= ended_at || at >= ended_at => {
            (Outcome::Refuse, Reason::ConsentExpired { at, ended_at })
        }
        _ if at > now => (Outcome::Hold(Until::At(at)), Reason::Agreed { row, at }),
        _ => (Outcome::Pass, Reason::Agreed { row, at }),
    }
}

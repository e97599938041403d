//! What must hold after all of it, by the mail server's own log and the rows.

use super::house::{AT_MOST, House, Run, uncertain_at_most};
use crate::support::{
    evidence::Evidence,
    proof::{self, LANES},
    real::Seen,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// So long a permit lives, and a `MAIL` may be on its way: a stop that could only be written down says so.
const PERMIT_NS: u64 = 2_500_000_000;

/// What was seen, for whoever reads the test's output.
#[derive(Default)]
pub struct Verdict {
    pub plans: usize,
    pub arrived: usize,
    pub uncertain: usize,
    /// Of those, how many the server saw no body of: where it was killed itself, or where another node than their own rescued them.
    pub unseen: usize,
    /// Plans under `send-again` that arrived twice.
    pub twice: usize,
    pub stopped: usize,
    pub erased: usize,
    pub held_by_caps: usize,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plans, arrived, uncertain, unseen, twice, stopped, erased, held_by_caps } = self;
        write!(
            f,
            "{plans} plans ended, {arrived} messages arrived; {uncertain} attempts uncertain, {unseen} of them without a body \
             at the server; {twice} plans under send-again arrived twice; {stopped} stops and {erased} erasures held, \
             {held_by_caps} messages were held by caps"
        )
    }
}

/// The house's own books besides.
pub fn judge(house: &House, evidence: &Evidence, seen: &[Seen]) -> Verdict {
    let quitters = house.stopped.iter().map(|stop| format!("C{}", stop.customer)).collect();
    let mut verdict = judge_plans(&house.runs, &quitters, evidence, seen);
    stops_hold(house, seen, &mut verdict);
    caps_hold(evidence, seen, &mut verdict);
    let reminders = evidence.plans.values().filter(|plan| plan.workflow == "once").count();
    let erased: BTreeSet<usize> = house.erased.iter().map(|(customer, _)| *customer).collect();
    verdict.erased = erased.len();
    // Whoever was erased is nobody's any more, and had no visit of that kind.
    assert_eq!(reminders, house.visits, "a reminder for each visit that was taken");
    verdict
}

/// Each plan ended once. Those of the quitters may have been refused.
pub fn judge_plans(runs: &[Run], quitters: &BTreeSet<String>, evidence: &Evidence, seen: &[Seen]) -> Verdict {
    let taken = taken(seen);
    let mut verdict = Verdict { plans: evidence.plans.len(), ..Verdict::default() };
    for (id, plan) in &evidence.plans {
        let (accepted, uncertain) = (evidence.attempts(*id, "accepted"), evidence.attempts(*id, "uncertain"));
        let wire = taken.get(id).map_or(&[][..], Vec::as_slice);
        let outcome = || {
            let by: Vec<_> = evidence.attempts.iter().filter(|attempt| attempt.plan == *id).collect();
            let runs: Vec<_> = by.iter().map(|attempt| run_of(runs, attempt.node).what.as_str()).collect();
            let why = plan.refused_for.as_deref().unwrap_or("no reason");
            format!(
                "plan {id} {plan:?} for {why}: {accepted} accepted, {uncertain} uncertain, at the server {wire:?}; {by:?} in {runs:?}"
            )
        };
        // Who may be sent again is so once, whatever becomes of it.
        let tries = if plan.workflow == "again" { 2 } else { 1 };
        match plan.state.as_str() {
            "sent" => assert_eq!(accepted, 1, "sent with one receipt: {}", outcome()),
            "uncertain" => assert_eq!((accepted, uncertain), (0, tries), "{}", outcome()),
            "refused" if quitters.contains(&plan.customer) => {}
            "planned" | "refused" if plan.workflow == "capped" => {}
            _ => panic!("lost: {}", outcome()),
        }
        assert!(accepted + uncertain <= tries, "twice: {}", outcome());
        assert!((accepted..=accepted + uncertain).contains(&wire.len()), "{}", outcome());
        assert!(wire.iter().all(|other| *other == wire[0]), "under several Message-IDs: {}", outcome());
        verdict.arrived += wire.len();
        verdict.uncertain += uncertain;
        verdict.twice += usize::from(wire.len() == 2);
    }
    let mut by_node: BTreeMap<i64, usize> = BTreeMap::new();
    for attempt in evidence.attempts.iter().filter(|attempt| attempt.state == "uncertain") {
        *by_node.entry(attempt.node).or_default() += 1;
    }
    for (node, uncertain) in by_node {
        let run = run_of(runs, node);
        let most = uncertain_at_most(run);
        assert!(uncertain <= most, "{uncertain} uncertain attempts of {LANES} lanes in {}, not {most}", run.what);
    }
    verdict.unseen = uncertain_without_a_body(runs, evidence, seen);
    verdict
}

/// In which of them this incarnation lived.
fn run_of(runs: &[Run], node: i64) -> &Run {
    runs.iter().find(|run| run.last_node >= node).expect("a run of this incarnation")
}

/// The Message-IDs that the server took, by plan.
fn taken(seen: &[Seen]) -> BTreeMap<i64, Vec<&str>> {
    let mut taken: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for id in seen.iter().filter(|seen| seen.event == "dot").filter_map(|seen| seen.message_id.as_deref()) {
        let plan = id.trim_start_matches('<').split('.').next().unwrap();
        taken.entry(plan.parse().unwrap()).or_default().push(id);
    }
    taken
}

/// No `MAIL FROM` after an answered stop or erasure.
fn stops_hold(house: &House, seen: &[Seen], verdict: &mut Verdict) {
    let mut last_mail: BTreeMap<u64, u64> = BTreeMap::new();
    let mut begun: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for line in seen {
        match (line.event.as_str(), line.to.as_deref()) {
            ("mail", _) => drop(last_mail.insert(line.session, line.boot_ns)),
            ("rcpt", Some(to)) => begun.entry(to).or_default().push(last_mail[&line.session]),
            _ => {}
        }
    }
    let stops = house.stopped.iter().map(|stop| {
        let grace = if stop.is_journalled { PERMIT_NS } else { 0 };
        (stop.customer, stop.answered_ns + grace)
    });
    for (customer, until) in stops.chain(house.erased.iter().copied()) {
        let begun = begun.get(proof::address(customer).as_str()).map_or(&[][..], Vec::as_slice);
        let late: Vec<_> = begun.iter().filter(|at| **at > until).map(|at| (at - until) / 1_000_000).collect();
        assert!(late.is_empty(), "MAIL FROM for customer {customer} {late:?} ms after the stop was answered");
    }
    verdict.stopped = house.stopped.len();
}

/// As many messages as the cap allows: not one more, and, for whoever was due more, not one less.
fn caps_hold(evidence: &Evidence, seen: &[Seen], verdict: &mut Verdict) {
    let taken = taken(seen);
    let mut left: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for (id, plan) in evidence.plans.iter().filter(|(_, plan)| plan.workflow == "capped") {
        let (due, gone, arrived) = left.entry(&plan.customer).or_default();
        *due += 1;
        *gone += evidence.attempts(*id, "accepted") + evidence.attempts(*id, "uncertain");
        *arrived += taken.get(id).map_or(0, Vec::len);
        verdict.held_by_caps += usize::from(plan.state != "sent" && plan.state != "uncertain");
    }
    for (customer, (due, gone, arrived)) in left {
        assert!(arrived <= AT_MOST, "{arrived} messages to {customer} under a cap of {AT_MOST}");
        assert_eq!(gone, AT_MOST, "messages to {customer} under a cap of {AT_MOST}, of {due} that were due");
    }
}

/// Attempts whose fate is unknown though the server saw no body of theirs. There are none, but where the server was killed over them,
/// or where nobody was left who could read what their node had noted.
fn uncertain_without_a_body(runs: &[Run], evidence: &Evidence, seen: &[Seen]) -> usize {
    let mut bodies: BTreeMap<&str, usize> = BTreeMap::new();
    for to in seen.iter().filter(|s| s.event == "body").filter_map(|s| s.to.as_deref()) {
        *bodies.entry(to).or_default() += 1;
    }
    let mut left: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for attempt in evidence.attempts.iter().filter(|a| matches!(a.state.as_str(), "accepted" | "uncertain")) {
        let Some(plan) = evidence.plans.get(&attempt.plan) else { continue };
        let n = plan.customer.trim_start_matches('C').parse().unwrap();
        let (attempts, is_excused) = left.entry(proof::address(n)).or_default();
        let run = run_of(runs, attempt.node);
        *attempts += 1;
        *is_excused |= attempt.state == "uncertain" && (run.others_killed > 0 || run.is_rescued_elsewhere);
    }
    let mut unseen = 0;
    for (address, (attempts, is_excused)) in left {
        let without = attempts.saturating_sub(bodies.get(address.as_str()).copied().unwrap_or(0));
        assert!(
            without == 0 || is_excused,
            "{address}: {without} of {attempts} may have arrived, and the server saw no body"
        );
        unseen += without;
    }
    unseen
}

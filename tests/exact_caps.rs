//! Caps are exact (promise P3), by the mail server's own log: eight lanes send side by side, some messages are deferred, the
//! daemon is killed in the middle and started again, and each customer gets as many messages as the cap allows. Not one
//! more; and not one less, but for what was on its way when the daemon died: nobody knows whether that arrived, so it counts.
//!
//! `COMITY_EXACT_CAPS=100 cargo test --test all exact_caps::` gives a hundred customers a hundred visits each; by default it is
//! twenty and twenty.

use crate::support::{
    evidence::Evidence,
    proof::{self, Dice},
    real::{self, Premises, Witness},
};
use std::{collections::BTreeMap, fmt::Write, fs, time::Duration};

/// `cap` of the purpose.
const AT_MOST: usize = 3;
/// Of the messages, one in so many is deferred.
const DEFER: u32 = 20;

#[test]
fn whoever_may_get_three_gets_exactly_three_over_deferrals_and_a_crash() {
    if !real::can_run() {
        return;
    }
    let count = proof::scale("COMITY_EXACT_CAPS", 20);
    let mut dice = Dice::new();
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::deferring(folder.path(), &["rcpt=0.002", "dot=0.01"], DEFER);
    let premises = open_shop(&witness, count);
    let database = premises.path().join("data/comity.db");

    let mut daemon = premises.serve(&[]);
    proof::wait_for(|| (witness.seen().iter().filter(|seen| seen.event == "dot").count() > count / 2).then_some(()));
    proof::wait(Duration::from_millis(dice.below(200)));
    assert!(!daemon.has_ended(), "the daemon ended by itself: {:#?}", daemon.said());
    daemon.kill();
    assert!(Evidence::of(&database).open() > 0, "it was killed in the middle");

    let daemon = premises.serve(&[]);
    proof::wait_for(|| (Evidence::of(&database).open() == 0).then_some(()));
    daemon.end();
    judge(&Evidence::of(&database), &witness, count);
}

/// Eight lanes, a cap, and for each customer as many visits as there are customers, all about to be reminded of.
fn open_shop(witness: &Witness, count: usize) -> Premises {
    let premises = proof::premises(witness);
    let settings = proof::settings(witness.port).replace("lanes = 4", "lanes = 8");
    assert!(settings.contains("lanes = 8"));
    fs::write(premises.path().join("comity.toml"), settings).unwrap();
    let cap = format!("basis = \"contract\"\ncap = {{ at_most = {AT_MOST}, per = \"7 days\" }}");
    let policy = proof::POLICY.replace("basis = \"contract\"", &cap);
    fs::write(premises.path().join("policy.toml"), policy).unwrap();
    fs::remove_file(premises.path().join("workflows/again.toml")).unwrap();
    premises.run(&["check"]);
    proof::bring_customers(&premises, count);
    let due = proof::now() + chrono::TimeDelta::seconds(5 + i64::try_from(count * count / 1000).unwrap());
    let mut visits = String::from("id;customer;starts_at\n");
    for n in 1..=count {
        for visit in 1..=count {
            let start = due + chrono::TimeDelta::hours(1);
            writeln!(visits, "V{n}-{visit};C{n};{}", start.format("%Y-%m-%dT%H:%M:%S%.3fZ")).unwrap();
        }
    }
    let file = premises.path().join("visits.csv");
    fs::write(&file, visits).unwrap();
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    let left = due - proof::now();
    assert!(left > chrono::TimeDelta::zero(), "the import took longer than the test thought");
    proof::wait(left.to_std().unwrap());
    premises
}

fn judge(evidence: &Evidence, witness: &Witness, count: usize) {
    assert_eq!(evidence.plans.len(), count * count);
    let seen = witness.seen();
    let deferred = seen.iter().filter(|seen| seen.event == "deferred").count();
    let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| seen.event == "dot") {
        *arrived.entry(seen.to.clone().unwrap()).or_default() += 1;
    }
    let mut uncertain = 0;
    for n in 1..=count {
        let (customer, arrived) = (format!("C{n}"), arrived.get(&proof::address(n)).copied().unwrap_or_default());
        let own = evidence.plans.iter().filter(|(_, plan)| plan.customer == customer);
        let (mut sent, mut unknown, mut refused) = (0, 0, 0);
        for (_, plan) in own {
            match plan.state.as_str() {
                "sent" => sent += 1,
                "uncertain" => unknown += 1,
                "refused" => refused += 1,
                state => panic!("a plan of {customer} is {state}"),
            }
        }
        assert_eq!(sent + unknown, AT_MOST, "{customer}: {sent} sent, {unknown} of unknown fate, {refused} refused");
        assert!((sent..=AT_MOST).contains(&arrived), "{customer}: {arrived} arrived, {sent} sent, {unknown} unknown");
        uncertain += unknown;
    }
    println!("{} plans, {count} customers: {deferred} deferred, {uncertain} of unknown fate", count * count);
    assert!(deferred > 0, "the server deferred nothing");
    // At most one a lane.
    assert!(uncertain <= 8, "{uncertain} of unknown fate after one crash");
}

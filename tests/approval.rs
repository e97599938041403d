//! What a person has not said yes to doesn't leave: a workflow, a message, or all that goes to many people on one day.

mod each;
mod runs;
mod workflow;

use crate::support::{
    daemon::{Daemon, NODE},
    proof,
    real::Premises,
};
use chrono::{DateTime, TimeDelta, Utc};
use comity::{
    base::Clock,
    gate::{Reason, Rule},
    ledger::Happening,
    people::Customer,
    plan::PlanState,
    store::Claimed,
};
use std::{fs, sync::Arc, time::Duration};

const AGAIN: &str = "workflows/again.toml";
const ONCE: &str = "workflows/once.toml";
const SUBJECT: &str = "templates/mail/plain/subject.hbs";
const WEEK: Duration = Duration::from_hours(7 * 24);

/// Two workflows, of which one, `once`, has this line in place of `approval = "none"`.
async fn daemon(approval: &str) -> Daemon {
    let daemon = Daemon::open().await;
    change(&daemon, ONCE, "approval = \"none\"\n", approval);
    daemon.files().reload().await.unwrap();
    daemon
}

fn change(daemon: &Daemon, path: &str, from: &str, to: &str) {
    let path = daemon.premises.path().join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn revision(daemon: &Daemon, workflow: &str) -> String {
    daemon.engine.rulebook().workflow(workflow).unwrap().revision.clone()
}

/// Where the message of `once` stands.
async fn state(daemon: &Daemon, customer: &Customer) -> PlanState {
    let plans = daemon.engine.store.plans_of(customer.id).await.unwrap();
    plans.iter().find(|plan| plan.facts.workflow == "once").unwrap().state
}

/// All that is due of `once`, claimed; the others' are put back, for a moment later.
async fn claimed(daemon: &Daemon) -> Vec<Arc<Claimed>> {
    const MOMENT: Duration = Duration::from_millis(1);
    let (store, now) = (&daemon.engine.store, daemon.clock.now());
    let mut ours = Vec::new();
    // Of a customer at most one message is claimed at a time.
    for _ in 0..2 {
        let claimed = store.claim(NODE, now, 1000).await.unwrap();
        let (of_once, others): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|one| one.plan.workflow == "once");
        ours.extend(of_once.into_iter().map(Arc::new));
        for other in others {
            store.release(other.plan.id, other.plan.epoch, now.plus(MOMENT)).await.unwrap();
        }
    }
    daemon.clock.go_on(MOMENT);
    ours
}

/// Why the message of `once` was refused.
async fn refused(daemon: &Daemon, customer: &Customer) -> Option<(Rule, Reason)> {
    daemon.history(customer).await.into_iter().find_map(|entry| match entry.happening {
        Happening::Refused { rule, reason, .. } => Some((rule, reason)),
        _ => None,
    })
}

/// A house for the real binary, in which `once` says this about its approval, with so many visits on each of the days after
/// the next two. The days come with it.
fn premises(approval: &str, visits: &[usize]) -> (Premises, Vec<DateTime<Utc>>) {
    let premises = proof::premises_to(25);
    let path = premises.path().join(ONCE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"none\"", approval)).unwrap();
    proof::bring_customers(&premises, visits.iter().sum());
    let days: Vec<_> = (3_i64..).zip(visits).map(|(day, _)| proof::now() + TimeDelta::days(day)).collect();
    let due = days.iter().zip(visits).flat_map(|(day, count)| std::iter::repeat_n(*day, *count));
    let file = premises.path().join("visits.csv");
    proof::write_visits(&file, "A", (1..).zip(due));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    (premises, days)
}

/// What `comity approvals list` prints as JSON.
fn listed(premises: &Premises) -> Vec<serde_json::Value> {
    let listed = premises.run(&["approvals", "list", "--json"]);
    listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

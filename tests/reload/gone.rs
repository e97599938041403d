//! What the files no longer have: open messages end with that as their reason, and live again with it.

use super::{ONCE, change, claim, permit, write};
use crate::support::daemon::{Daemon, NODE, eventually};
use comity::{
    base::{Clock, Zone},
    gate::Reason,
    ledger::Happening,
    people::Customer,
    plan::PlanState,
    store::{About, Permission, PlanRow},
};
use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

const BOTH: &str = "[\"2h\", \"1h\"]";
const ONE: &str = "[\"1h\"]";

/// The reminder of `once`, two hours before the visit instead of one.
async fn earlier(daemon: &Daemon, customer: &Customer) -> PlanRow {
    let plans = daemon.engine.store.plans_of(customer.id).await.unwrap();
    plans.into_iter().find(|plan| plan.facts.step.0 == "-2h").expect("it was planned")
}

async fn told(daemon: &Daemon, plan: &PlanRow) -> Vec<String> {
    let history = daemon.engine.store.history(About::Plan(plan.facts.id)).await.unwrap();
    history.iter().map(|entry| entry.happening.sentence(Zone::UTC)).collect()
}

/// With that reminder, of which nothing has left.
async fn with_two_steps() -> (Daemon, Customer) {
    let daemon = Daemon::open().await;
    change(&daemon, ONCE, ONE, BOTH);
    daemon.files().reload().await.unwrap();
    let anna = daemon.visit("anna", Duration::from_hours(5)).await;
    (daemon, anna)
}

#[tokio::test]
async fn a_step_that_is_taken_out_is_refused_with_that_reason_and_lives_again_when_it_is_put_back_in_time() {
    let (daemon, anna) = with_two_steps().await;
    let files = daemon.files();
    for round in 1..=2 {
        change(&daemon, ONCE, BOTH, ONE);
        files.reload().await.unwrap();
        let gone = earlier(&daemon, &anna).await;
        assert_eq!(gone.state, PlanState::Refused);
        assert_eq!(gone.refusal.as_ref().unwrap().reason, Reason::StepGone);
        let told = told(&daemon, &gone).await;
        assert_eq!(told.last().unwrap(), "Not sent. The workflow goes on without this step.");
        let status = daemon.engine.store.status().await.unwrap();
        assert_eq!(status.refused, BTreeMap::from([("step-gone".to_owned(), 1)]));
        assert_eq!(status.plans[&PlanState::Planned], 2, "the workflow's other step, and the other workflow");
        // A second look at the same files has nothing to say.
        files.reload().await.unwrap();
        assert_eq!(self::told(&daemon, &gone).await, told);

        if round == 2 {
            daemon.clock.pass(Duration::from_hours(5));
        }
        change(&daemon, ONCE, ONE, BOTH);
        files.reload().await.unwrap();
        let back = earlier(&daemon, &anna).await;
        let (state, refusal) = if round == 1 { (PlanState::Planned, None) } else { (gone.state, gone.refusal) };
        assert_eq!((back.state, back.refusal), (state, refusal), "its moment is past: it isn't sent late");
    }
    daemon.end().await;
}

#[tokio::test]
async fn what_is_leased_or_permitted_when_its_step_goes_is_refused_and_its_worker_hears_so() {
    let (daemon, anna) = with_two_steps().await;
    let bert = daemon.visit("bert", Duration::from_hours(5)).await;
    daemon.clock.pass(Duration::from_hours(4));
    let (leased, old_rules) = (claim(&daemon).await, daemon.engine.rulebook());
    let other = claim(&daemon).await;
    let Permission::Permitted(attempt) = permit(&daemon, &other).await else { panic!("it may leave") };
    change(&daemon, ONCE, BOTH, ONE);
    daemon.files().reload().await.unwrap();

    for rules in [old_rules, daemon.engine.rulebook()] {
        let asked = daemon.engine.store.permit(NODE, Arc::clone(&leased), rules).await.unwrap();
        assert!(!matches!(asked, Permission::Permitted(_)), "{asked:?}");
    }
    daemon.engine.store.release(leased.plan.id, leased.plan.epoch, daemon.clock.now()).await.unwrap();
    daemon.engine.store.intent(attempt.id(), [0; 32]).await.expect_err("its permission was taken back");
    for customer in [&anna, &bert] {
        let gone = earlier(&daemon, customer).await;
        assert_eq!((gone.state, gone.refusal.unwrap().reason), (PlanState::Refused, Reason::StepGone));
    }
    daemon.end().await;
}

#[tokio::test]
async fn a_step_that_was_sent_is_not_sent_again_when_it_comes_back() {
    let (mut daemon, anna) = with_two_steps().await;
    let files = daemon.files();
    daemon.clock.pass(Duration::from_hours(4));
    daemon.run().await;
    eventually("left", async || daemon.subjects().len() == 1).await;
    for (from, to) in [(BOTH, ONE), (ONE, BOTH)] {
        change(&daemon, ONCE, from, to);
        files.reload().await.unwrap();
        assert_eq!(earlier(&daemon, &anna).await.state, PlanState::Sent);
    }
    daemon.clock.go_on(Duration::from_hours(1));
    daemon.look();
    eventually("left", async || daemon.subjects().len() == 3).await;
    assert_eq!(earlier(&daemon, &anna).await.state, PlanState::Sent);
    daemon.end().await;
}

#[tokio::test]
async fn a_workflow_that_is_taken_away_is_the_reason_of_its_open_messages_until_it_is_put_back() {
    let daemon = Daemon::open().await;
    let files = daemon.files();
    let anna = daemon.visit("anna", Duration::from_hours(5)).await;
    let path = daemon.premises.path().join(ONCE);
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    files.reload().await.unwrap();
    let status = daemon.engine.store.status().await.unwrap();
    assert_eq!(status.refused, BTreeMap::from([("workflow-gone".to_owned(), 1)]));
    let plans = daemon.engine.store.plans_of(anna.id).await.unwrap();
    let gone = plans.iter().find(|plan| plan.facts.workflow == "once").unwrap();
    assert_eq!(told(&daemon, gone).await.last().unwrap(), "Not sent. The workflow was removed.");

    write(&daemon, ONCE, &text);
    files.reload().await.unwrap();
    assert_eq!(daemon.engine.store.status().await.unwrap().plans[&PlanState::Planned], 2);
    let history = daemon.engine.store.history(About::Plan(gone.facts.id)).await.unwrap();
    assert!(matches!(history.last().unwrap().happening, Happening::Revived { .. }), "{history:?}");
    daemon.end().await;
}

const JOURNEY: &str = "purpose = \"reminders\"\ntemplate = \"plain\"\napproval = \"none\"\n\n\
    [trigger]\nrecord = \"appointment\"\non = \"created\"\n\n[[steps]]\nname = \"one\"\nwait = \"0 hours\"\n";

#[tokio::test]
async fn the_step_after_one_that_is_taken_out_waits_for_it_no_more() {
    let mut daemon = Daemon::open().await;
    let files = daemon.files();
    let step = |name: &str, wait: &str| format!("\n[[steps]]\nname = \"{name}\"\nwait = \"{wait}\"\n");
    write(&daemon, ONCE, &format!("{JOURNEY}{}{}", step("two", "1 hour"), step("three", "1 hour")));
    files.reload().await.unwrap();
    let anna = daemon.visit("anna", Duration::from_hours(50)).await;
    daemon.run().await;
    eventually("the first", async || daemon.subjects().len() == 1).await;
    // The mail server asks to come again, much later.
    daemon.sql("UPDATE plans SET next_at = next_at + 36000000 WHERE step = 'two'").await;
    daemon.clock.go_on(Duration::from_hours(3));
    daemon.look();
    let third = async || {
        let plans = daemon.engine.store.plans_of(anna.id).await.unwrap();
        plans.into_iter().find(|plan| plan.facts.step.0 == "three").unwrap()
    };
    let waits = "The step before it has not ended.";
    daemon.beat_until("it waits", async || told(&daemon, &third().await).await.last().unwrap().contains(waits)).await;

    // Due when it was before.
    write(&daemon, ONCE, &format!("{JOURNEY}{}", step("three", "2 hours")));
    files.reload().await.unwrap();
    daemon.look();
    eventually("the third", async || daemon.subjects().len() == 2).await;
    daemon.end().await;
}

//! Stops, halts and cancellations: nothing permitted before them may begin after them.

use super::world::*;
use crate::support::anna;
use comity::{
    base::{Clock, Handle},
    gate::{Rule, facts::HaltCause},
    ledger::{Happening, Receipt, receipt::NotBegun},
    plan::PlanState,
    store::{CustomerRow, Next, Permission, StopState, StoreError},
};

#[tokio::test]
async fn a_stop_takes_back_a_permission_that_has_no_intent() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;

    let stopped = world.stop(&anna).await;
    assert_eq!(stopped.state, StopState::Now);
    assert_eq!(stopped.open, attempt_ids(&[&attempt]));
    let intent = world.store.intent(attempt.id(), [1; 32]).await;
    assert!(matches!(intent, Err(StoreError::NotOpen(_))), "the body may not be written: {intent:?}");

    world.close(&attempt, Receipt::NotBegun(NotBegun::Revoked), Next::Done).await;
    let again = world.claim_one().await;
    assert!(matches!(world.ask(&again).await, Permission::Ended));
    let plan = world.plan(claimed.plan.id).await;
    assert_eq!((plan.state, plan.refusal.unwrap().rule), (PlanState::Refused, Rule::Suppression));
}

#[tokio::test]
async fn a_stop_names_what_is_on_the_wire_and_lets_it_end() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, attempt) = world.on_the_wire().await;
    assert_eq!(world.stop(&anna).await.open, attempt_ids(&[&attempt]));
    world.close(&attempt, accepted(), Next::Done).await;
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sent);
    assert!(world.stop(&anna).await.open.is_empty());
}

#[tokio::test]
async fn the_second_stop_changes_nothing() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    assert_eq!(world.stop(&anna).await.state, StopState::Now);
    assert_eq!(world.stop(&anna).await.state, StopState::Already);
    let history = world.store.history(comity::store::About::Customer(anna.id)).await.unwrap();
    let stops = history.iter().filter(|entry| matches!(entry.happening, Happening::Stopped { .. })).count();
    assert_eq!(stops, 1);
    assert_eq!(world.sql("SELECT kind FROM consents").await, ["withdrawn"]);
}

#[tokio::test]
async fn a_second_stop_waits_for_what_the_first_one_found() {
    let mut world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;
    let first = world.stop(&anna).await;
    let second = world.stop(&anna).await;
    assert_eq!((first.state, second.state), (StopState::Now, StopState::Already));
    assert_eq!(first.open, attempt_ids(&[&attempt]));
    assert_eq!(second.open, first.open, "its lane may still be writing MAIL");
    let applied = world.records(vec![cancelled("anna", VISIT)]).await;
    assert_eq!(applied.open, first.open, "and so must a cancellation");

    let _ = world.restart(comity::store::AfterUncertain::default()).await;
    assert!(world.stop(&anna).await.open.is_empty(), "a dead owner writes nothing");
}

#[tokio::test]
async fn a_stop_for_a_name_that_nobody_has_says_so() {
    let world = World::new().await;
    let order = stop_order(Handle([9; 16]), world.clock.now());
    assert_eq!(world.store.stop(order).await.unwrap().state, StopState::UnknownCustomer);
}

#[tokio::test]
async fn a_stop_acts_on_the_mailbox_and_the_withdrawal_is_the_persons_own() {
    let world = World::new().await;
    let family = |name: &str| CustomerRow { address: address("family"), ..customer(name) };
    let _ = world.customers(vec![family("anna"), family("bert")]).await;
    let _ = world.records(vec![appointment("anna", VISIT), appointment("bert", VISIT)]).await;
    let (anna, bert) = (world.known("anna").await, world.known("bert").await);
    assert_ne!(anna.id, bert.id);
    assert_eq!(world.store.find_by_mailbox(&address("Family")).await.unwrap().len(), 2);

    let _ = world.stop(&anna).await;
    world.until(DAY_BEFORE).await;
    for claimed in world.claim().await {
        assert!(matches!(world.ask(&claimed).await, Permission::Ended));
        assert_eq!(world.plan(claimed.plan.id).await.refusal.unwrap().rule, Rule::Suppression);
    }
    let status = world.store.status().await.unwrap();
    assert_eq!(status.plans.get(&PlanState::Refused), Some(&2));
    assert_eq!(world.sql("SELECT c.external_id FROM consents k JOIN customers c ON c.id = k.customer").await, ["anna"]);
}

#[tokio::test]
async fn two_customers_with_one_mailbox_share_its_caps() {
    let mut policy = anna::policy();
    policy.caps.all =
        vec![comity::policy::Cap::rolling(std::num::NonZeroU32::MIN, std::time::Duration::from_hours(48))];
    let world = World::with(policy, anna::workflow(&["24h"])).await;
    let family = |name: &str| CustomerRow { address: address("family"), ..customer(name) };
    let _ = world.customers(vec![family("anna"), family("bert")]).await;
    let _ = world.records(vec![appointment("anna", VISIT), appointment("bert", VISIT)]).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim().await;
    let answers = futures_util::future::join_all(claimed.iter().map(|one| world.ask(one))).await;
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Permission::Permitted(_))).count(), 1);
}

#[tokio::test]
async fn stops_and_permits_at_once_leave_no_permission_open() {
    let world = World::new().await;
    let names: Vec<String> = (0..40).map(|n| format!("customer-{n}")).collect();
    let _ = world.customers(names.iter().map(|name| customer(name)).collect()).await;
    let _ = world.records(names.iter().map(|name| appointment(name, VISIT)).collect()).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim().await;
    assert_eq!(claimed.len(), 40);
    let stop = async |name: &String| world.stop(&world.known(name).await).await;
    let (answers, stops) = tokio::join!(
        futures_util::future::join_all(claimed.iter().map(|claimed| world.ask(claimed))),
        futures_util::future::join_all(names.iter().map(stop)),
    );
    assert!(stops.iter().all(|stopped| stopped.state == StopState::Now));
    for answer in answers {
        if let Permission::Permitted(attempt) = answer {
            assert!(world.store.intent(attempt.id(), [1; 32]).await.is_err());
        }
    }
    assert_eq!(world.store.status().await.unwrap().oldest_open, None);
}

#[tokio::test]
async fn a_cancelled_visit_takes_back_its_permission_and_voids_its_plans() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;
    let applied = world.records(vec![cancelled("anna", VISIT)]).await;
    assert_eq!(applied.open, attempt_ids(&[&attempt]));
    assert!(world.store.intent(attempt.id(), [1; 32]).await.is_err());
    world.close(&attempt, Receipt::NotBegun(NotBegun::Revoked), Next::Done).await;
    assert!(world.plans(&anna).await.iter().all(|plan| plan.state == PlanState::Void));
}

#[tokio::test]
async fn what_is_on_the_wire_is_not_voided() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, attempt) = world.on_the_wire().await;
    let applied = world.records(vec![cancelled("anna", VISIT)]).await;
    assert_eq!(applied.open, attempt_ids(&[&attempt]));
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sending);
    world.close(&attempt, accepted(), Next::Done).await;
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sent);
}

#[tokio::test]
async fn a_pause_takes_back_every_permission_and_its_end_gives_the_plans_back() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let _ = world.visit("bert", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim().await;
    let (first, second) = (world.permit(&claimed[0]).await, world.permit(&claimed[1]).await);
    let open = world.store.halt(HaltCause::Operator, "stock-taking").await.unwrap();
    assert_eq!(open, attempt_ids(&[&first, &second]));
    assert!(world.store.intent(first.id(), [1; 32]).await.is_err());
    for claimed in world.claim().await {
        assert!(matches!(world.ask(&claimed).await, Permission::Ended));
    }
    world.store.resume(HaltCause::Operator).await.unwrap();
    assert_eq!(world.claim().await.len(), 2);
}

#[tokio::test]
async fn what_happened_wins_over_a_revocation() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;
    let _ = world.stop(&anna).await;
    // A transport that broke its word: the ledger says what the server said.
    world.close(&attempt, accepted(), Next::Done).await;
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sent);
    assert!(world.claim().await.is_empty());
}

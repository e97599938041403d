//! One plan's life: claimed, permitted, intended, closed; and what a dead owner leaves behind.

use super::world::*;
use crate::support::anna::{self, at};
use comity::{
    base::Clock,
    gate::{Reason, Rule, Until, facts::HaltCause},
    ledger::{
        Happening, Phase, Receipt,
        receipt::{AbortCause, NotBegun},
    },
    plan::PlanState,
    policy::Cap,
    store::{AfterUncertain, CustomerRow, Next, Permission, Published, Rescued, StoreError},
};
use std::{collections::BTreeSet, num::NonZeroU32, time::Duration};

#[tokio::test]
async fn a_reminder_goes_from_planned_to_sent_and_its_history_says_how() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    assert!(world.claim().await.is_empty(), "nothing is due ten days before");
    assert_eq!(world.store.next_due().await.unwrap(), Some(at(DAY_BEFORE)));

    world.until(DAY_BEFORE).await;
    let (claimed, attempt) = world.on_the_wire().await;
    assert_eq!(claimed.plan.customer, anna.id);
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sending);
    world.close(&attempt, accepted(), Next::Done).await;

    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sent);
    let history = world.history(claimed.plan.id).await;
    let happened: Vec<&Happening> = history.iter().map(|entry| &entry.happening).collect();
    assert!(
        matches!(
            happened.as_slice(),
            [Happening::Planned { .. }, Happening::Permitted { .. }, Happening::Received { retry_at: None, .. }]
        ),
        "{happened:?}"
    );
}

#[tokio::test]
async fn plans_are_claimed_in_due_order_and_one_per_customer() {
    let world = World::new().await;
    let berta = world.visit("berta", "2027-03-30T11:00").await;
    let anna = world.visit("anna", "2027-03-30T10:00").await;
    let _ = world
        .records(vec![comity::store::RecordRow {
            external_id: "anna-2".to_owned(),
            ..appointment("anna", "2027-03-30T10:30")
        }])
        .await;
    world.until("2027-03-29T12:00").await;

    let first = world.claim().await;
    assert_eq!(ids(&first), [anna.id, berta.id]);
    assert!(world.claim().await.is_empty(), "Anna's second visit waits until the first is decided");
    let _ = world.permit(&first[0]).await;
    assert_eq!(ids(&world.claim().await), [anna.id]);
}

#[tokio::test]
async fn a_refusal_by_rules_that_are_not_in_force_puts_the_plan_back() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    world.store.put_in_force("r2", Published::default()).await.unwrap();
    // By the rules in force, and yet too early: its plan may be voided, and revived.
    world.refuse(&claimed, "r2").await;
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Planned);
    world.store.adopt("r2").await.unwrap();
    for (by, when, state) in
        [("r1", "2027-03-29T10:01", PlanState::Planned), ("r2", "2027-03-29T10:02", PlanState::Refused)]
    {
        world.until(when).await;
        let claimed = world.claim_one().await;
        world.refuse(&claimed, by).await;
        assert_eq!(world.state(claimed.plan.id).await, state, "{by}");
    }
}

#[tokio::test]
async fn nothing_is_claimed_as_long_as_plans_are_not_up_to_the_revision_in_force() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    world.store.put_in_force("r2", Published::default()).await.unwrap();
    assert_eq!(world.store.next_due().await.unwrap(), Some(at(DAY_BEFORE)), "it is due all the same");
    assert_eq!(world.store.next_claim("r2").await.unwrap(), None);
    assert!(world.claim().await.is_empty());
    world.store.adopt("r2").await.unwrap();
    assert_eq!(world.store.next_claim("r2").await.unwrap(), Some(at(DAY_BEFORE)));
    assert_eq!(world.store.next_claim("r1").await.unwrap(), None, "nor by who has other files");
    assert_eq!(world.claim().await.len(), 1);
}

#[tokio::test]
async fn caps_are_exact_however_many_ask_at_once() {
    let mut policy = anna::policy();
    policy.caps.all = vec![Cap::rolling(NonZeroU32::new(3).unwrap(), Duration::from_hours(24))];
    let world = World::with(policy, anna::workflow(&["24h"])).await;
    // Of one customer one message is asked at a time; twenty who share a mailbox all ask at once.
    let names: Vec<String> = (0..20).map(|n| format!("anna-{n}")).collect();
    let people = names.iter().map(|name| CustomerRow { address: address("anna"), ..customer(name) });
    let _ = world.customers(people.collect()).await;
    let visits = names.iter().enumerate().map(|(n, name)| appointment(name, &format!("2027-03-30T10:{n:02}")));
    let _ = world.records(visits.collect()).await;
    world.until("2027-03-29T10:30").await;

    let claimed = world.claim().await;
    assert_eq!(claimed.len(), 20);
    let answers = futures_util::future::join_all(claimed.iter().map(|claimed| world.ask(claimed))).await;
    let permitted = answers.iter().filter(|answer| matches!(answer, Permission::Permitted(_))).count();
    assert_eq!(permitted, 3);
    let ended = answers.iter().filter(|answer| matches!(answer, Permission::Ended)).count();
    assert_eq!(ended, 17);
}

#[tokio::test]
async fn a_released_slot_lets_the_next_message_go() {
    let mut policy = anna::policy();
    policy.caps.all = vec![Cap::rolling(NonZeroU32::new(1).unwrap(), Duration::from_hours(1))];
    let world = World::with(policy, anna::workflow(&["24h"])).await;
    let _ = world.visit("anna", "2027-03-30T10:00").await;
    let _ = world
        .records(vec![comity::store::RecordRow {
            external_id: "second".to_owned(),
            ..appointment("anna", "2027-03-30T10:05")
        }])
        .await;
    world.until("2027-03-29T10:05").await;
    let first = world.claim_one().await;
    let attempt = world.permit(&first).await;
    let second = world.claim_one().await;
    assert!(matches!(world.ask(&second).await, Permission::Ended), "the cap is full");
    assert_eq!(world.plan(second.plan.id).await.next_at, at("2027-03-29T11:05"));

    let deferred = Receipt::Deferred { phase: Phase::Rcpt, reply: reply(451, None) };
    world.close(&attempt, deferred, Next::RetryAt(at("2027-03-29T15:00"))).await;
    world.until("2027-03-29T11:05").await;
    let again = world.claim_one().await;
    assert_eq!(again.plan.id, second.plan.id);
    let _ = world.permit(&again).await;
}

#[tokio::test]
async fn a_claim_of_an_earlier_epoch_changes_nothing() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let stale = world.claim_one().await;
    world.store.release(stale.plan.id, stale.plan.epoch, at(DAY_BEFORE)).await.unwrap();
    let fresh = world.claim_one().await;
    assert_eq!(fresh.plan.epoch, stale.plan.epoch + 1);

    assert!(matches!(world.ask(&stale).await, Permission::Lost));
    world.store.release(stale.plan.id, stale.plan.epoch, at(VISIT)).await.unwrap();
    world.refuse(&stale, "r1").await;
    assert_eq!(world.state(stale.plan.id).await, PlanState::Leased);
    let _ = world.permit(&fresh).await;
}

#[tokio::test]
async fn a_draft_of_an_earlier_version_is_rendered_again() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let mut renamed = customer("anna");
    renamed.fields.insert("first_name".to_owned(), comity::base::Value::Text("Annette".to_owned()));
    let _ = world.customers(vec![renamed]).await;

    assert!(matches!(world.ask(&claimed).await, Permission::Outdated));
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Leased, "still ours");
    let fresh = world.store.reload(claimed.plan.id, claimed.plan.epoch).await.unwrap().unwrap();
    let _ = world.permit(&fresh).await;
}

#[tokio::test]
async fn an_identical_hold_is_written_once() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let halted = world.store.halt(HaltCause::Operator, "holidays").await.unwrap();
    assert!(halted.is_empty());
    for _ in 0..3 {
        let claimed = world.claim_one().await;
        assert!(matches!(world.ask(&claimed).await, Permission::Ended));
        let held = world.plan(claimed.plan.id).await;
        assert_eq!(held.state, PlanState::Planned);
        world.clock.allow_until(held.next_at);
        world.clock.wait_until(held.next_at).await;
    }
    let plan = world.claim_one().await.plan;
    let holds = world.history(plan.id).await;
    let holds = holds.iter().filter(|entry| matches!(entry.happening, Happening::Held { .. })).count();
    assert_eq!(holds, 1);
}

#[tokio::test]
async fn a_lifted_halt_makes_its_plans_due_at_once() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let _ = world.store.halt(HaltCause::Operator, "").await.unwrap();
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Ended));
    assert!(world.claim().await.is_empty());

    world.store.resume(HaltCause::Operator).await.unwrap();
    let again = world.claim_one().await;
    let _ = world.permit(&again).await;
}

#[tokio::test]
async fn a_quiet_hold_is_due_when_it_ends() {
    let world = World::new().await;
    let anna = world.visit("anna", "2027-03-30T22:00").await;
    world.until("2027-03-29T22:00").await;
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Ended));
    let plan = world.plan(claimed.plan.id).await;
    assert_eq!((plan.state, plan.next_at), (PlanState::Planned, at("2027-03-30T08:00")));
    let held = world.history(claimed.plan.id).await.pop().unwrap().happening;
    assert!(matches!(held, Happening::Held { rule: Rule::QuietHours, until: Until::At(_), .. }), "{held:?}");
    assert_eq!(world.plans(&anna).await.len(), 2);
}

#[tokio::test]
async fn an_attempt_without_intent_of_a_dead_owner_is_sent_again() {
    let mut world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;

    let rescued = world.restart(AfterUncertain::default()).await;
    assert_eq!(rescued, Rescued { aborted: 1, uncertain: 0, released: 0 });
    assert!(matches!(world.store.intent(attempt.id(), [1; 32]).await, Err(StoreError::NotOpen(_))));
    let again = world.claim_one().await;
    let _ = world.permit(&again).await;
}

#[tokio::test]
async fn an_intent_of_a_dead_owner_is_uncertain_and_stays() {
    let mut world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, _) = world.on_the_wire().await;

    let rescued = world.restart(AfterUncertain::default()).await;
    assert_eq!(rescued, Rescued { aborted: 0, uncertain: 1, released: 0 });
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Uncertain);
    assert!(world.claim().await.is_empty());
}

#[tokio::test]
async fn an_uncertain_service_message_is_sent_again_only_unchanged() {
    let mut world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, _) = world.on_the_wire().await;
    let again = AfterUncertain { send_again: BTreeSet::from([claimed.plan.workflow.clone()]) };
    let _ = world.restart(again).await;

    let claimed = world.claim_one().await;
    assert_eq!(claimed.uncertain_digest, Some([1; 32]));
    let attempt = world.permit(&claimed).await;
    let other = world.store.intent(attempt.id(), [2; 32]).await;
    assert!(matches!(other, Err(StoreError::DigestDiffers(_))), "{other:?}");
    world.store.intent(attempt.id(), [1; 32]).await.unwrap();
}

#[tokio::test]
async fn a_message_of_unknown_fate_is_repeated_once_however_many_owners_die() {
    let mut world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, _) = world.on_the_wire().await;
    let again = AfterUncertain { send_again: BTreeSet::from([claimed.plan.workflow.clone()]) };
    let _ = world.restart(again.clone()).await;
    let _ = world.on_the_wire().await;

    let rescued = world.restart(again).await;
    assert_eq!(rescued, Rescued { aborted: 0, uncertain: 1, released: 0 });
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Uncertain, "as where the server didn't answer twice");
    assert!(world.claim().await.is_empty());
}

#[tokio::test]
async fn a_claim_of_a_dead_owner_is_released() {
    let mut world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let _ = world.claim_one().await;
    let rescued = world.restart(AfterUncertain::default()).await;
    assert_eq!(rescued, Rescued { aborted: 0, uncertain: 0, released: 1 });
    let _ = world.claim_one().await;
}

#[tokio::test]
async fn a_deferral_waits_and_a_last_one_ends_as_expired() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, attempt) = world.on_the_wire().await;
    let deferred = || Receipt::Deferred { phase: Phase::Dot, reply: reply(451, None) };
    world.close(&attempt, deferred(), Next::RetryAt(at("2027-03-29T10:05"))).await;
    assert!(world.claim().await.is_empty());

    world.until("2027-03-29T10:05").await;
    let (again, attempt) = world.on_the_wire().await;
    assert_eq!(again.attempts, 1);
    world.close(&attempt, deferred(), Next::GiveUp).await;
    let plan = world.plan(claimed.plan.id).await;
    assert_eq!(plan.state, PlanState::Refused);
    assert!(matches!(plan.refusal.unwrap().reason, Reason::Expired { .. }));
    let status = world.store.status().await.unwrap();
    assert_eq!(status.refused.get("expired"), Some(&1));
}

#[tokio::test]
async fn a_free_retry_is_not_counted() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;
    let now = world.clock.now();
    world.close(&attempt, Receipt::NotBegun(NotBegun::LaneBroken), Next::RetryAt(now)).await;
    assert_eq!(world.claim_one().await.attempts, 0);
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_not_written_to_again() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, attempt) = world.on_the_wire().await;
    let rejected = Receipt::Rejected { phase: Phase::Rcpt, reply: reply(550, Some((5, 1, 1))) };
    world.close(&attempt, rejected, Next::Done).await;
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Rejected);

    world.until("2027-03-30T08:00").await;
    let second = world.claim_one().await;
    assert!(matches!(world.ask(&second).await, Permission::Ended));
    let refusal = world.plan(second.plan.id).await.refusal.unwrap();
    assert_eq!(refusal.rule, Rule::Suppression);
    assert_eq!(world.plans(&anna).await.len(), 2);
}

#[tokio::test]
async fn a_route_that_refuses_us_halts_everything_and_blames_nobody() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;
    let refused = Receipt::RouteRefused { phase: Phase::Mail, reply: reply(530, Some((5, 7, 0))) };
    world.close(&attempt, refused, Next::RetryAt(world.clock.now())).await;

    let halts = world.store.halts().await.unwrap();
    assert_eq!(halts.iter().map(|halt| halt.cause).collect::<Vec<_>>(), [HaltCause::Route]);
    let again = world.claim_one().await;
    assert_eq!(again.attempts, 0);
    assert!(matches!(world.ask(&again).await, Permission::Ended));
}

#[tokio::test]
async fn the_second_step_waits_while_the_first_is_on_the_wire() {
    let world = World::with(anna::policy(), anna::workflow(&["24h", "23h"])).await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (_, attempt) = world.on_the_wire().await;
    world.until("2027-03-29T11:00").await;
    let second = world.claim_one().await;
    assert!(matches!(world.ask(&second).await, Permission::Ended));
    assert!(world.claim().await.is_empty());

    let aborted = Receipt::Aborted { phase: Phase::Body, why: AbortCause::Disconnected };
    world.close(&attempt, aborted, Next::GiveUp).await;
    assert_eq!(world.claim_one().await.plan.id, second.plan.id, "the end of the first wakes the second");
}

#[tokio::test]
async fn a_receipt_is_recorded_once() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, attempt) = world.on_the_wire().await;
    world.close(&attempt, accepted(), Next::Done).await;
    world.close(&attempt, Receipt::Uncertain, Next::Done).await;
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sent);
    assert_eq!(world.history(claimed.plan.id).await.len(), 3);
}

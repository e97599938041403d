//! A database that is older than what was done with it sends nothing until a person has said how to go on.

use super::world::*;
use crate::support::anna::at;
use comity::{
    base::Clock,
    gate::facts::HaltCause,
    ledger::ErasedVia,
    people::Customer,
    plan::PlanState,
    store::{AfterRestore, AfterUncertain, Next, Opening, Permission, Restored, StopState, Store},
};
use std::{fs, path::PathBuf};

async fn is_held(store: &Store) -> bool {
    store.halts().await.unwrap().iter().any(|halt| halt.cause == HaltCause::Restored)
}

fn note(world: &World) -> PathBuf {
    world.dir.path().join("kept/reached.jsonl")
}

/// Anna's reminder leaves.
async fn send(world: &World) {
    let (_, attempt) = world.on_the_wire().await;
    world.close(&attempt, accepted(), Next::Done).await;
}

/// Anna's reminder left after the back-up that is restored.
async fn lost_what_left() -> (World, Customer) {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (world, old) = world.copied().await;
    send(&world).await;
    (world.restored(old).await, anna)
}

#[tokio::test]
async fn what_left_after_the_back_up_is_not_sent_again_and_all_else_is() {
    let (world, anna) = lost_what_left().await;
    let bert = world.visit("bert", VISIT).await;
    let at_stake = |messages| Restored { since: at(DAY_BEFORE), knows_to: None, came_to: at(DAY_BEFORE), messages };
    assert_eq!(world.store.restored().await.unwrap(), Some(at_stake(2)), "bert's is due, and may have been so before");
    for claimed in world.claim().await {
        assert!(matches!(world.ask(&claimed).await, Permission::Ended), "nothing leaves");
        assert_eq!(world.state(claimed.plan.id).await, PlanState::Planned);
    }
    assert_eq!(world.store.status().await.unwrap().restored, Some(at_stake(2)), "also where they were asked");
    assert_eq!(world.stop(&bert).await.state, StopState::Now);
    // Whoever starts it again sees the same.
    let mut world = world;
    world.restart(AfterUncertain::default()).await;
    assert_eq!(world.store.restored().await.unwrap(), Some(at_stake(2)));

    assert_eq!(world.store.resume_restored(AfterRestore::Skip).await.unwrap(), Some(at_stake(2)));
    assert_eq!(world.store.resume_restored(AfterRestore::Skip).await.unwrap(), None);
    let later = world.visit("cleo", "2027-03-30T12:00").await;
    for claimed in world.claim().await {
        assert!(matches!(world.ask(&claimed).await, Permission::Ended));
        assert_eq!(world.state(claimed.plan.id).await, PlanState::Refused);
    }
    let refused = "SELECT refused_for FROM plans WHERE refused_for IS NOT NULL ORDER BY refused_for";
    assert_eq!(world.sql(refused).await, ["may-have-left"; 2]);
    world.until("2027-03-29T12:00").await;
    let claimed = world.claim_one().await;
    assert_eq!(claimed.plan.customer, later.id);
    assert!(matches!(world.ask(&claimed).await, Permission::Permitted(_)), "it was not due by then");
    world.restart(AfterUncertain::default()).await;
    assert!(!is_held(&world.store).await);
    assert!(!world.plans(&anna).await.iter().any(|plan| plan.state == PlanState::Sent));
}

#[tokio::test]
async fn who_chooses_to_send_what_may_have_left_sends_it() {
    let (world, _) = lost_what_left().await;
    assert!(world.store.resume_restored(AfterRestore::Send).await.unwrap().is_some());
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Permitted(_)));
}

/// A plan that is made anew by a calendar or an import, because the back-up didn't know it.
#[tokio::test]
async fn what_is_planned_again_is_not_sent_again_either() {
    let world = World::new().await;
    let (world, old) = world.copied().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    send(&world).await;
    let world = world.restored(old).await;
    assert_eq!(world.store.restored().await.unwrap().unwrap().messages, 0, "nobody is known");
    let _ = world.store.resume_restored(AfterRestore::Skip).await.unwrap();
    let _ = world.visit("anna", VISIT).await;
    for claimed in world.claim().await {
        assert!(matches!(world.ask(&claimed).await, Permission::Ended));
        assert_eq!(world.state(claimed.plan.id).await, PlanState::Refused);
    }
}

/// The body may be on its way when the machine is lost: the intent alone is known.
#[tokio::test]
async fn an_intent_without_a_receipt_is_noticed() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (world, old) = world.copied().await;
    let _ = world.on_the_wire().await;
    assert!(is_held(&world.restored(old).await.store).await);
}

#[tokio::test]
async fn a_back_up_that_is_older_than_a_beat_is_noticed_though_nothing_left() {
    let world = World::new().await;
    let _ = world.store.beat(world.node).await.unwrap();
    let (world, old) = world.copied().await;
    world.until("2027-03-21T12:00").await;
    let _ = world.store.beat(world.node).await.unwrap();
    let world = world.restored(old).await;
    let found = world.store.restored().await.unwrap().unwrap();
    assert_eq!((found.knows_to, found.came_to), (Some(at(START)), at("2027-03-21T12:00")));
    // The beats go on, and what was lost stays as it was.
    world.until("2027-03-21T13:00").await;
    let _ = world.store.beat(world.node).await.unwrap();
    let mut world = world;
    world.restart(AfterUncertain::default()).await;
    let again = world.store.restored().await.unwrap().unwrap();
    assert_eq!((again.knows_to, again.came_to), (found.knows_to, found.came_to));
}

#[tokio::test]
async fn the_same_back_up_restored_twice_is_noticed_twice() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let (world, first) = world.copied().await;
    let (world, second) = world.copied().await;
    let (world, third) = world.copied().await;
    world.until(DAY_BEFORE).await;
    send(&world).await;
    let world = world.restored(first).await;
    assert!(is_held(&world.store).await);
    let world = world.restored(second).await;
    assert!(is_held(&world.store).await, "nobody has said anything");
    assert!(world.store.resume_restored(AfterRestore::Skip).await.unwrap().is_some());
    let mut world = world;
    world.restart(AfterUncertain::default()).await;
    assert!(!is_held(&world.store).await);
    assert!(is_held(&world.restored(third).await.store).await, "it doesn't know what was said");
}

#[tokio::test]
async fn no_crash_makes_a_false_alarm() {
    let mut world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let _ = world.visit("bert", VISIT).await;
    world.until(DAY_BEFORE).await;
    let _ = world.store.beat(world.node).await.unwrap();
    let before = fs::read(note(&world)).unwrap();
    let claimed = world.claim().await;
    let (first, second) = (world.permit(&claimed[0]).await, world.permit(&claimed[1]).await);
    world.store.intent(first.id(), [1; 32]).await.unwrap();
    assert_ne!(fs::read(note(&world)).unwrap(), before, "noted before the intent was answered");
    // The machine lost power between the commit and the note.
    fs::write(note(&world), &before).unwrap();
    world.restart(AfterUncertain::default()).await;
    assert!(!is_held(&world.store).await);
    // One that can't be given counts nothing that isn't there.
    assert!(world.store.intent(second.id(), [1; 32]).await.is_err(), "its owner was taken for dead");
    world.restart(AfterUncertain::default()).await;
    assert!(!is_held(&world.store).await);
}

#[tokio::test]
async fn an_installation_that_has_no_note_yet_goes_on_and_gets_one() {
    let mut world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    send(&world).await;
    let _ = world.store.beat(world.node).await.unwrap();
    world.store.close().await;
    fs::remove_file(note(&world)).unwrap();
    world.restart(AfterUncertain::default()).await;
    assert!(note(&world).exists() && !is_held(&world.store).await);
}

#[tokio::test]
async fn to_erase_whoever_was_written_to_last_is_no_older_database() {
    let mut world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    send(&world).await;
    assert!(world.store.erase(anna.id, ErasedVia::Operator).await.unwrap().is_some());
    world.restart(AfterUncertain::default()).await;
    assert!(!is_held(&world.store).await);
}

#[tokio::test]
async fn a_machine_that_is_called_otherwise_goes_on_and_notices_still() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (world, before) = world.copied().await;
    send(&world).await;
    let (world, after) = world.copied().await;
    world.store.close().await;
    let opening = opening(&world.path(), world.url.as_deref(), &world.clock);
    let store = Store::open(Opening { home: "renamed".to_owned(), ..opening }).await.unwrap();
    assert!(!is_held(&store).await);
    store.close().await;
    let world = world.restored(after).await;
    assert!(!is_held(&world.store).await, "it knows what left");
    world.store.close().await;
    let world = world.restored(before).await;
    assert!(is_held(&world.store).await);
}

#[tokio::test]
async fn a_note_that_says_nothing_any_more_is_no_permission() {
    let mut world = World::new().await;
    world.store.close().await;
    fs::write(note(&world), "half a li").unwrap();
    world.restart(AfterUncertain::default()).await;
    let found = world.store.restored().await.unwrap().unwrap();
    assert_eq!(found.came_to, world.clock.now());
    assert!(world.store.resume_restored(AfterRestore::Send).await.unwrap().is_some());
    world.restart(AfterUncertain::default()).await;
    assert!(!is_held(&world.store).await);
}

#[tokio::test]
async fn sending_goes_on_where_nothing_can_be_noted() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let folder = world.dir.path().join("kept");
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "in the way").unwrap();
    send(&world).await;
    fs::remove_file(&folder).unwrap();
    let _ = world.store.beat(world.node).await.unwrap();
    assert!(note(&world).exists(), "as soon as it can");
}

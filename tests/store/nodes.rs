//! Several nodes over one database: the living keep what is theirs, the dead lose it, and one does what one does alone.

use super::world::*;
use crate::support::{anna::at, postgres};
use comity::{
    base::{Clock, NodeId, keys::Keyring},
    gate::facts::HaltCause,
    plan::PlanState,
    store::{AfterRestore, AfterUncertain, BatchOutcome, Opening, Permission, Store, StoreError},
};
use std::sync::Arc;

/// Another machine, with the same keys and the same clock.
async fn joined(world: &World, home: &str) -> (Store, NodeId) {
    let opening = opening(&world.dir.path().join(home), world.url.as_deref(), &world.clock);
    let store = Store::open(Opening { home: home.to_owned(), ..opening }).await.unwrap();
    let (node, _) = store.begin_node(AfterUncertain::default()).await.unwrap();
    (store, node)
}

#[tokio::test]
async fn a_living_node_keeps_what_it_claimed_and_a_dead_one_loses_it() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let _ = world.visit("bert", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim().await;
    let [first, second] = claimed.as_slice() else { panic!("two are due") };
    let attempt = world.permit(first).await;

    let (other, node) = joined(&world, "elsewhere").await;
    assert!(other.claim(node, world.clock.now(), 10).await.unwrap().is_empty(), "both are in hand");
    let nodes = async || -> Vec<(String, u64)> {
        let nodes = other.status().await.unwrap().nodes;
        nodes.into_iter().map(|node| (node.home, node.holds)).collect()
    };
    assert_eq!(nodes().await, [(String::new(), 1), ("elsewhere".to_owned(), 0)]);
    let rescued = other.rescue(node, AfterUncertain::default()).await.unwrap();
    assert_eq!((rescued.aborted, rescued.uncertain, rescued.released), (0, 0, 0), "its node lives");
    assert_eq!(world.state(second.plan.id).await, PlanState::Leased);

    // It hasn't beaten for a minute.
    postgres::script(
        world.url.as_deref().unwrap(),
        &format!("UPDATE nodes SET beat_at = beat_at - 60000 WHERE id = {};", world.node.0),
    );
    assert_eq!(nodes().await, [("elsewhere".to_owned(), 0)]);
    let rescued = other.rescue(node, AfterUncertain::default()).await.unwrap();
    assert_eq!((rescued.aborted, rescued.uncertain, rescued.released), (1, 0, 1));
    let again = other.claim(node, world.clock.now(), 10).await.unwrap();
    assert_eq!(again.len(), 2);
    // It was only asleep: what it held is another's now.
    assert!(matches!(world.store.intent(attempt.id(), [1; 32]).await, Err(StoreError::NotOpen(_))));
    assert!(!matches!(world.ask(second).await, Permission::Permitted(_)));
    let kept = again.iter().find(|claimed| claimed.plan.id == second.plan.id).unwrap();
    let permission = other.permit(node, Arc::new(kept.clone()), world.house.clone()).await.unwrap();
    assert!(matches!(permission, Permission::Permitted(_)));
}

#[tokio::test]
async fn one_that_slept_is_alive_from_its_next_permission_on() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let [claimed] = &world.claim().await[..] else { panic!("one is due") };
    let (other, node) = joined(&world, "elsewhere").await;
    let asleep = format!("UPDATE nodes SET beat_at = beat_at - 60000 WHERE id = {};", world.node.0);
    postgres::script(world.url.as_deref().unwrap(), &asleep);
    let attempt = world.permit(claimed).await;
    let rescued = other.rescue(node, AfterUncertain::default()).await.unwrap();
    assert_eq!((rescued.aborted, rescued.released), (0, 0), "its message may begin, and a stop must wait for it");
    assert!(other.may_begin(&[attempt.id()]).await.unwrap());
}

#[tokio::test]
async fn one_that_begins_again_where_it_was_is_its_own_heir() {
    let mut world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let _ = world.on_the_wire().await;
    let (other, _) = joined(&world, "elsewhere").await;
    let rescued = world.restart(AfterUncertain::default()).await;
    assert_eq!((rescued.uncertain, rescued.aborted), (1, 0), "at once, without waiting for its lease");
    assert!(other.next_due().await.unwrap() < Some(at(VISIT)), "her second reminder");
}

#[tokio::test]
async fn one_node_leads_until_its_link_ends() {
    let world = World::new().await;
    let (other, _) = joined(&world, "elsewhere").await;
    assert!(other.leads().await.unwrap());
    assert!(!world.store.leads().await.unwrap());
    assert!(other.leads().await.unwrap(), "still");
    other.close().await;
    // The server ends the session when it has heard of it.
    for _ in 0..1000 {
        if world.store.leads().await.unwrap() {
            return;
        }
        let _ = world.sql("SELECT CAST(pg_sleep(0.02) AS TEXT)").await;
    }
    panic!("nobody leads");
}

#[tokio::test]
async fn a_machine_with_another_key_file_does_not_join() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let opening = opening(&world.dir.path().join("elsewhere"), world.url.as_deref(), &world.clock);
    let refused = Store::open(Opening { keys: Arc::new(Keyring::derive(&[8; 32])), ..opening }).await.err().unwrap();
    assert!(matches!(refused, StoreError::OtherKeys { .. }) && !refused.may_pass(), "{refused}");
}

#[tokio::test]
async fn two_that_make_the_lists_of_one_night_enter_one_batch() {
    let world = World::new().await;
    let (other, _) = joined(&world, "elsewhere").await;
    let add = async |store: &Store, last: i64| {
        store.add_batch(last, "v".to_owned(), BatchOutcome::Publishing, "{}".to_owned()).await.unwrap()
    };
    let first = add(&world.store, 0).await.unwrap();
    assert_eq!(add(&other, 0).await, None, "it began before the first was entered");
    assert!(add(&other, first).await.is_some(), "the next night");
}

async fn is_held(store: &Store) -> bool {
    store.halts().await.unwrap().iter().any(|halt| halt.cause == HaltCause::Restored)
}

/// Its reminder leaves from here.
async fn send(world: &World, store: &Store, node: NodeId) {
    let claimed = store.claim(node, world.clock.now(), 1).await.unwrap().remove(0);
    let permission = store.permit(node, Arc::new(claimed), world.house.clone()).await.unwrap();
    store.intent(permitted(permission).id(), [1; 32]).await.unwrap();
}

#[tokio::test]
async fn a_node_that_was_away_or_joins_late_finds_no_older_database() {
    let world = World::new().await;
    for name in ["anna", "bert", "cleo"] {
        let _ = world.visit(name, VISIT).await;
    }
    world.until(DAY_BEFORE).await;
    let (other, node) = joined(&world, "elsewhere").await;
    send(&world, &other, node).await;
    let _ = other.beat(node).await.unwrap();
    other.close().await;
    world.until("2027-03-29T10:01").await;
    send(&world, &world.store, world.node).await;
    let _ = world.store.beat(world.node).await.unwrap();
    let (late, _) = joined(&world, "late").await;
    let (back, _) = joined(&world, "elsewhere").await;
    for store in [&late, &back, &world.store] {
        assert!(!is_held(store).await);
    }
}

#[tokio::test]
async fn what_a_person_said_of_an_older_database_holds_for_all_nodes() {
    let world = World::new().await;
    for name in ["anna", "bert", "cleo"] {
        let _ = world.visit(name, VISIT).await;
    }
    world.until(DAY_BEFORE).await;
    let (other, _) = joined(&world, "elsewhere").await;
    other.close().await;
    let (world, first) = world.copied().await;
    let (other, node) = joined(&world, "elsewhere").await;
    send(&world, &other, node).await;
    other.close().await;
    world.until("2027-03-29T10:01").await;
    send(&world, &world.store, world.node).await;
    let world = world.restored(first).await;
    assert!(is_held(&world.store).await);
    let (world, second) = world.copied().await;
    let _ = world.store.resume_restored(AfterRestore::Skip).await.unwrap();
    let (other, node) = joined(&world, "elsewhere").await;
    assert!(!is_held(&other).await, "its note is of before that");
    let _ = other.beat(node).await.unwrap();
    other.close().await;
    // It is the one that was lost to each of them: the halt stands in it, and the word doesn't.
    let url = world.url.clone();
    let world = world.restored(second).await;
    let halts = "DELETE FROM halts;";
    postgres::script(world.url.as_deref().unwrap(), halts);
    let (unknown, _) = joined(&world, "elsewhere").await;
    assert!(is_held(&unknown).await && world.url != url);
}

/// A standby takes over that lacks what was committed last.
#[tokio::test]
async fn a_server_that_lost_what_was_committed_last_is_noticed_without_a_start() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let _ = world.visit("bert", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (world, old) = world.copied().await;
    let Copy::Server(standby) = old else { panic!("it is on a server") };
    send(&world, &world.store, world.node).await;
    let _ = world.stop(&anna).await;
    postgres::fail_over(world.url.as_deref().unwrap(), &standby);

    // The first finds its link broken.
    for _ in 0..100 {
        if world.store.leads().await.is_ok() && world.store.halts().await.is_ok_and(|halts| !halts.is_empty()) {
            break;
        }
    }
    assert!(is_held(&world.store).await);
    let left = "SELECT CAST(COUNT(*) AS TEXT) FROM attempts WHERE intent_at IS NOT NULL";
    assert_eq!(world.sql(left).await, ["0"], "nobody there knows of it");
    assert_eq!(world.sql("SELECT reason FROM suppressions").await, ["stopped"], "what she said holds again");
    for claimed in world.claim().await {
        assert!(!matches!(world.ask(&claimed).await, Permission::Permitted(_)));
    }
}

//! What people said holds also where an older database is put in the place of the last.

use super::world::*;
use crate::support::anna::at;
use comity::{
    base::Clock,
    ledger::ErasedVia,
    people::{BarWord, ConsentKind},
    plan::PlanState,
    store::{AfterUncertain, ConsentClaim, CustomerRow, NewBar, Permission, Put, PutError, StopState, entry::Evidence},
};
use std::{fs, path::Path};

/// The database as it was, in the place of the one that is.
async fn restore(world: World, old: &Path) -> World {
    world.store.close().await;
    for left in ["comity.db-wal", "comity.db-shm"] {
        let _ = fs::remove_file(world.dir.path().join(left));
    }
    fs::copy(old, world.path()).unwrap();
    let store = open(&world.path(), &world.clock).await.unwrap();
    let (node, _) = store.begin_node(AfterUncertain::default()).await.unwrap();
    World { store, node, ..world }
}

async fn copied(world: World, to: &Path) -> World {
    world.store.close().await;
    fs::copy(world.path(), to).unwrap();
    let store = open(&world.path(), &world.clock).await.unwrap();
    let (node, _) = store.begin_node(AfterUncertain::default()).await.unwrap();
    World { store, node, ..world }
}

/// How often an older database was brought up to what people said.
async fn replays(world: &World) -> usize {
    world.sql("SELECT happening FROM ledger WHERE happening LIKE '%replayed%'").await.len()
}

#[tokio::test]
async fn stops_objections_and_erasures_outlive_an_older_database() {
    let copies = tempfile::tempdir().unwrap();
    let old = copies.path().join("old.db");
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let bea = world.visit("bea", VISIT).await;
    let claim = ConsentClaim::new("birthday", ConsentKind::Granted, at(START), "list.csv:2");
    let _ = world.customers(vec![CustomerRow { consents: vec![claim], ..customer("cleo") }]).await;
    let cleo = world.known("cleo").await;
    let world = copied(world, &old).await;

    // What the copy doesn't know.
    assert_eq!(world.stop(&anna).await.state, StopState::Now);
    assert!(world.store.erase(bea.id, ErasedVia::Operator).await.unwrap().is_some());
    let bar = NewBar {
        customer: cleo.id,
        word: BarWord::Objected,
        purpose: None,
        at: world.clock.now(),
        source: "operator".to_owned(),
        evidence: Evidence::default(),
    };
    assert!(world.store.bar(bar).await.unwrap().row.is_some());
    let world = restore(world, &old).await;

    assert_eq!(world.store.find_customer(bea.handle).await.unwrap(), None);
    assert_eq!(world.customers(vec![customer("bea")]).await.puts, [Put::Rejected(PutError::Erased)]);
    assert_eq!(world.store.bars(cleo.id).await.unwrap().len(), 1);
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Ended), "anna stopped");
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Refused);
    assert_eq!(world.stop(&anna).await.state, StopState::Already);
    assert_eq!(replays(&world).await, 1);
    // The next opening has nothing to say again.
    let mut world = world;
    world.restart(AfterUncertain::default()).await;
    assert_eq!(replays(&world).await, 1);
}

#[tokio::test]
async fn a_file_that_is_gone_is_written_anew_from_what_stands() {
    let copies = tempfile::tempdir().unwrap();
    let old = copies.path().join("old.db");
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let world = copied(world, &old).await;
    let _ = world.stop(&anna).await;
    fs::remove_dir_all(world.dir.path().join("kept")).unwrap();
    let mut world = world;
    world.restart(AfterUncertain::default()).await;
    let world = restore(world, &old).await;
    assert_eq!(world.sql("SELECT reason || ':' || purpose FROM suppressions").await.len(), 1);
}

#[tokio::test]
async fn a_stop_holds_where_nothing_can_be_kept_outside_and_is_kept_as_soon_as_it_can() {
    let world = World::new().await;
    let (anna, bea) = (world.visit("anna", VISIT).await, world.visit("bea", VISIT).await);
    let folder = world.dir.path().join("kept");
    fs::write(&folder, "in the way").unwrap();
    assert_eq!(world.stop(&anna).await.state, StopState::Now);
    fs::remove_file(&folder).unwrap();
    assert_eq!(world.stop(&bea).await.state, StopState::Now);
    let lines = fs::read_to_string(folder.join("stops.jsonl")).unwrap();
    let stops = lines.lines().filter(|line| line.contains("\"stopped\"")).count();
    assert_eq!(stops, 2, "{lines}");
    assert!(!lines.contains('@'), "no address: {lines}");
}

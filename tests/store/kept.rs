//! What people said holds also where an older database is put in the place of the last.

use super::world::*;
use crate::support::anna::at;
use comity::{
    base::{Clock, CustomerId, Instant},
    ledger::ErasedVia,
    people::{BarWord, ConsentKind},
    plan::PlanState,
    store::{
        AfterUncertain, ConsentClaim, CustomerRow, Dry, NewBar, Permission, Put, PutError, RecordRow, StopState,
        entry::Evidence,
    },
};
use std::fs;

fn agreed(name: &str) -> CustomerRow {
    let claim = ConsentClaim::new("birthday", ConsentKind::Granted, at(START), "list.csv:2");
    CustomerRow { consents: vec![claim], ..customer(name) }
}

fn withdrawn(name: &str) -> CustomerRow {
    let claim = ConsentClaim::new("birthday", ConsentKind::Withdrawn, at(START), "list.csv:3");
    CustomerRow { consents: vec![claim], ..customer(name) }
}

fn objection(customer: CustomerId, at: Instant) -> NewBar {
    let (source, evidence) = ("operator".to_owned(), Evidence::default());
    NewBar { customer, word: BarWord::Objected, purpose: None, at, source, evidence }
}

/// How many lines outside the database say this.
fn lines(world: &World, said: &str) -> usize {
    let text = fs::read_to_string(world.dir.path().join("kept/stops.jsonl")).unwrap();
    text.lines().filter(|line| line.contains(said)).count()
}

/// How often an older database was brought up to what people said.
async fn replays(world: &World) -> usize {
    world.sql("SELECT happening FROM ledger WHERE happening LIKE '%replayed%'").await.len()
}

#[tokio::test]
async fn stops_objections_and_erasures_outlive_an_older_database() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let bea = world.visit("bea", VISIT).await;
    let _ = world.customers(vec![agreed("cleo")]).await;
    let cleo = world.known("cleo").await;
    let (world, old) = world.copied().await;

    // What the copy doesn't know.
    assert_eq!(world.stop(&anna).await.state, StopState::Now);
    assert!(world.store.erase(bea.id, ErasedVia::Operator).await.unwrap().is_some());
    assert!(world.store.bar(objection(cleo.id, world.clock.now())).await.unwrap().row.is_some());
    let world = world.restored(old).await;

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
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let erased = world.visit("bea", VISIT).await;
    let _ = world.customers(vec![agreed("cleo"), agreed("dora")]).await;
    let (cleo, dora) = (world.known("cleo").await, world.known("dora").await);
    let (world, old) = world.copied().await;

    let _ = world.stop(&anna).await;
    let _ = world.customers(vec![withdrawn("cleo")]).await;
    assert!(world.store.bar(objection(dora.id, world.clock.now())).await.unwrap().row.is_some());
    assert!(world.store.erase(erased.id, ErasedVia::Operator).await.unwrap().is_some());
    fs::remove_dir_all(world.dir.path().join("kept")).unwrap();
    let mut world = world;
    world.restart(AfterUncertain::default()).await;
    let world = world.restored(old).await;

    let refused = world.sql("SELECT reason || ':' || purpose FROM suppressions ORDER BY reason").await;
    assert_eq!(refused, ["erased:", "stopped:appointment-reminders"]);
    let last = "SELECT kind FROM consents WHERE purpose = 'birthday' ORDER BY id DESC LIMIT 1";
    assert_eq!(world.sql(last).await, ["withdrawn"], "cleo's");
    assert_eq!(world.store.bars(dora.id).await.unwrap().len(), 1);
    assert_eq!(world.store.find_customer(erased.handle).await.unwrap(), None);
    assert_eq!(world.customers(vec![customer("bea")]).await.puts, [Put::Rejected(PutError::Erased)]);
    let unnamed = RecordRow { external_id: "bea".to_owned(), ..appointment("anna", VISIT) };
    assert_eq!(world.records(vec![unnamed]).await.puts, [Put::Rejected(PutError::Erased)], "a record of hers");
    assert_eq!(world.known("cleo").await.id, cleo.id);
}

#[tokio::test]
async fn what_is_only_shown_is_not_kept() {
    let world = World::new().await;
    let _ = world.customers(vec![agreed("cleo")]).await;
    let shown = world.store.put_customers(vec![withdrawn("cleo")], world.house.clone(), Dry::Preview).await.unwrap();
    assert_eq!(shown.consents, 1);
    let anna = world.visit("anna", VISIT).await;
    let _ = world.stop(&anna).await;
    assert_eq!(lines(&world, "birthday"), 0);
    let _ = world.customers(vec![withdrawn("cleo")]).await;
    assert_eq!((lines(&world, "birthday"), lines(&world, r#""said":"stopped""#)), (1, 1));
}

#[tokio::test]
async fn a_file_that_can_not_be_read_keeps_the_database_shut_until_it_can() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let _ = world.stop(&anna).await;
    world.store.close().await;
    let file = world.dir.path().join("kept/stops.jsonl");
    let text = fs::read(&file).unwrap();
    fs::write(&file, [0xff, 0xfe]).unwrap();
    let error = world.open().await.err().unwrap();
    assert!(error.may_pass() && error.to_string().contains("stops.jsonl"), "{error}");
    // Half a line, as a power cut leaves it.
    fs::write(&file, [text.as_slice(), br#"{"number":2,"sa"#].concat()).unwrap();
    let mut world = world;
    world.restart(AfterUncertain::default()).await;
    let _ = world.stop(&world.visit("bea", VISIT).await).await;
    assert_eq!(lines(&world, r#""said":"stopped""#), 2);
}

#[tokio::test]
async fn a_stop_holds_where_nothing_can_be_kept_outside_and_is_kept_as_soon_as_it_can() {
    let world = World::new().await;
    let (anna, bea) = (world.visit("anna", VISIT).await, world.visit("bea", VISIT).await);
    let file = world.dir.path().join("kept/stops.jsonl");
    fs::create_dir(&file).unwrap();
    assert_eq!(world.stop(&anna).await.state, StopState::Now);
    fs::remove_dir(&file).unwrap();
    assert_eq!(world.stop(&bea).await.state, StopState::Now);
    assert_eq!(lines(&world, r#""said":"stopped""#), 2);
    let lines = fs::read_to_string(file).unwrap();
    assert!(!lines.contains('@'), "no address: {lines}");
}

//! Days on which rows, disks and clocks are against us.

use super::world::*;
use crate::support::anna::at;
use comity::{
    base::{Clock, keys::Keyring},
    clock::ClockWatch,
    gate::{Reason, facts::HaltCause},
    plan::PlanState,
    store::{
        AfterUncertain, Database, Dry, Files, Lasting, Next, Opening, Permission, Put, StopState, Store, StoreError,
    },
};
use sqlx::{Connection, SqliteConnection};
use std::{os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

#[tokio::test]
async fn a_row_that_cannot_be_read_is_refused_and_blocks_nobody() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let bert = world.visit("bert", VISIT).await;
    let _ = world.sql("UPDATE records SET fields = x'00' WHERE external_id = 'anna' RETURNING external_id").await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim().await;
    let [unreadable, readable] = claimed.as_slice() else { panic!("two are due: {claimed:?}") };
    assert!(unreadable.content.is_err());
    assert_eq!(readable.plan.customer, bert.id);
    let _ = world.permit(readable).await;

    // Asked all the same, the gate says why not.
    assert!(matches!(world.ask(unreadable).await, Permission::Ended));
    let refusal = world.plan(unreadable.plan.id).await.refusal.unwrap();
    assert_eq!(refusal.reason, Reason::RecordUnreadable);
}

#[tokio::test]
async fn one_bad_row_does_not_sink_the_others_of_its_lot() {
    let world = World::new().await;
    for name in ["anna", "bert", "carl"] {
        let _ = world.visit(name, VISIT).await;
    }
    world.until(DAY_BEFORE).await;
    let claimed = world.claim().await;
    let _ = world
        .sql(
            "CREATE TRIGGER bad BEFORE INSERT ON attempts
             WHEN NEW.customer = (SELECT id FROM customers WHERE external_id = 'bert')
             BEGIN SELECT RAISE(ABORT, 'a bad row'); END",
        )
        .await;
    let answers = futures_util::future::join_all(claimed.iter().map(|claimed| world.try_ask(claimed))).await;
    let [Ok(Permission::Permitted(_)), Err(StoreError::Database(_)), Ok(Permission::Permitted(_))] = answers.as_slice()
    else {
        panic!("only Bert's fails: {answers:?}")
    };
    assert_eq!(world.state(claimed[1].plan.id).await, PlanState::Leased);
}

#[tokio::test]
async fn a_stop_holds_while_another_program_has_locked_the_database() {
    let mut world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;
    let mut thief = lock(&world).await;

    let stopped = world.stop(&anna).await;
    assert_eq!(stopped.state, StopState::Journalled);
    assert_eq!(stopped.open, attempt_ids(&[&attempt]), "reads work while writes don't");
    assert!(matches!(world.try_ask(&claimed).await, Err(StoreError::Busy)), "nothing is permitted meanwhile");
    assert_eq!(world.store.status().await.unwrap().journal, 1);
    assert_eq!(world.store.halts().await.unwrap()[0].cause, HaltCause::Journal);

    sqlx::query("ROLLBACK").execute(&mut thief).await.unwrap();
    assert!(world.store.intent(attempt.id(), [1; 32]).await.is_err(), "the journal is applied before anything else");
    assert_eq!(world.store.status().await.unwrap().journal, 0);
    let _ = world.restart(AfterUncertain::default()).await;
    assert_eq!(world.stop(&anna).await.state, StopState::Already);
}

#[tokio::test]
async fn what_is_in_the_journal_is_applied_when_the_store_is_opened() {
    let mut world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, attempt) = world.on_the_wire().await;
    let mut thief = lock(&world).await;
    assert_eq!(world.stop(&anna).await.state, StopState::Journalled);
    world.close(&attempt, accepted(), Next::Done).await;
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sending);
    world.store.close().await;
    sqlx::query("ROLLBACK").execute(&mut thief).await.unwrap();

    let rescued = world.restart(AfterUncertain::default()).await;
    assert_eq!(rescued.uncertain, 0, "the receipt was in the journal");
    assert_eq!(world.state(claimed.plan.id).await, PlanState::Sent);
    assert_eq!(world.stop(&anna).await.state, StopState::Already);
    assert_eq!(world.store.status().await.unwrap().journal, 0);
}

#[tokio::test]
async fn a_torn_entry_at_the_end_of_the_journal_is_left_out() {
    let mut world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let thief = lock(&world).await;
    assert_eq!(world.stop(&anna).await.state, StopState::Journalled);
    world.store.close().await;
    drop(thief);
    let path = world.dir.path().join("journal");
    let mut bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 1 << 20, "its space is reserved");
    let length = usize::try_from(u32::from_le_bytes(bytes[..4].try_into().unwrap())).unwrap();
    let (first, second) = bytes.split_at_mut(8 + length);
    second[..8 + length].copy_from_slice(first);
    second[20] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let _ = world.restart(AfterUncertain::default()).await;
    assert_eq!(world.stop(&anna).await.state, StopState::Already);
}

#[tokio::test]
async fn the_high_water_mark_never_goes_back() {
    let mut world = World::new().await;
    assert_eq!(world.store.high_water().await.unwrap(), None);
    world.until(DAY_BEFORE).await;
    world.store.beat(world.node).await.unwrap();
    assert_eq!(world.store.high_water().await.unwrap(), Some(at(DAY_BEFORE)));
    // A day on which the wall clock says that it is a week ago.
    world.clock = comity::clock::VirtualClock::starting_at(at(START));
    let _ = world.restart(AfterUncertain::default()).await;
    world.store.beat(world.node).await.unwrap();
    assert_eq!(world.store.high_water().await.unwrap(), Some(at(DAY_BEFORE)));
}

#[tokio::test]
async fn the_files_are_the_owners_alone_and_hold_no_address() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    for name in ["comity.db", "comity.db-wal", "journal"] {
        let path = world.dir.path().join(name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"anna@salon."), "{name} holds an address");
    }
}

#[tokio::test]
async fn another_key_opens_nothing() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.store.close().await;
    let clock: Arc<dyn Clock> = world.clock.clone();
    let other = Opening {
        left: None,
        database: Database::file(world.path()),
        journal: world.path().with_file_name("journal"),
        keys: Arc::new(Keyring::derive(&[8; 32])),
        clock,
        watch: ClockWatch::Off,
        permit_life: Duration::from_secs(2),
        lasting: Lasting::ForEver,
        home: String::new(),
        kept: None,
    };
    let store = Store::open(other).await.unwrap();
    assert!(matches!(store.find_customer(anna.handle).await, Err(StoreError::Unreadable(_))));
    assert!(store.find_by_mailbox(&address("anna")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_is_no_database_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("comity.db");
    std::fs::write(&path, [b'x'; 8192]).unwrap();
    std::fs::write(dir.path().join("comity.keys.db"), []).unwrap();
    let clock = comity::clock::VirtualClock::starting_at(at(START));
    let Err(error) = open(&path, None, &clock).await else { panic!("it opened") };
    assert!(
        matches!(&error, StoreError::Damaged { database, .. } if *database == path.display().to_string()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_database_without_its_key_store_is_not_opened_and_a_new_store_of_keys_not_made() {
    let world = World::new().await;
    world.visit("anna", VISIT).await;
    world.store.close().await;
    let keystore = world.path().with_extension("keys.db");
    let apart = keystore.with_extension("apart");
    std::fs::rename(&keystore, &apart).unwrap();
    let Err(error) = world.open().await else { panic!("it opened") };
    assert!(matches!(&error, StoreError::KeystoreGone { path } if *path == keystore), "{error:?}");
    assert!(!keystore.exists());
    std::fs::rename(&apart, &keystore).unwrap();
    world.open().await.unwrap();
}

/// SQLite commits the rows first, and then the key store: a power cut may fall between.
#[tokio::test]
async fn a_key_that_was_taken_and_seems_spare_again_is_given_to_nobody_else() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.store.close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.path().with_extension("keys.db"));
    let mut keystore = SqliteConnection::connect_with(&options).await.unwrap();
    let forgotten = sqlx::query("UPDATE keys SET spare = 1").execute(&mut keystore).await.unwrap();
    assert!(forgotten.rows_affected() > 0);
    keystore.close().await.unwrap();
    let store = world.open().await.unwrap();
    let put = store.put_customers(vec![customer("bea")], world.house.clone(), Dry::Apply).await.unwrap();
    assert_eq!(put.puts, [Put::Created]);
    let [anna, bea] =
        [store.find_customer(anna.handle).await.unwrap(), store.find_by_mailbox(&address("bea")).await.unwrap().pop()];
    assert_eq!(anna.unwrap().address, address("anna"));
    assert_eq!(bea.unwrap().address, address("bea"));
}

/// Keys are made for as many as may come.
#[tokio::test]
async fn a_key_that_nobody_took_is_the_next_ones() {
    let world = World::new().await;
    let keys = async || -> i64 {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.path().with_extension("keys.db"));
        let mut keystore = SqliteConnection::connect_with(&options).await.unwrap();
        let keys = sqlx::query_scalar("SELECT COUNT(*) FROM keys").fetch_one(&mut keystore).await.unwrap();
        keystore.close().await.unwrap();
        keys
    };
    let rows: Vec<_> = (0..30).map(|n| customer(&format!("c{n}"))).collect();
    for _ in 0..3 {
        let shown = world.store.put_customers(rows.clone(), world.house.clone(), Dry::Preview).await.unwrap();
        assert!(shown.puts.iter().all(|put| *put == Put::Created));
    }
    assert_eq!(keys().await, 30, "a preview takes none");
    let _ = world.customers(rows[..10].to_vec()).await;
    world.store.close().await;
    let store = world.open().await.unwrap();
    let put = store.put_customers(rows, world.house.clone(), Dry::Apply).await.unwrap();
    assert_eq!(put.puts.iter().filter(|put| **put == Put::Created).count(), 20);
    // The second one asked for thirty, and twenty lay in stock.
    assert_eq!(keys().await, 40);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let world = World::new().await;
    world.store.close().await;
    assert!(matches!(world.store.beat(world.node).await, Err(StoreError::Closed)));
    assert!(matches!(world.store.next_due().await, Err(StoreError::Closed)));
}

#[tokio::test]
async fn a_copy_is_a_world_of_its_own() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rehearsal.db");
    Store::copy(&Database::file(world.path()), &Files::beside(path.clone())).await.unwrap();
    let copy = open(&path, None, &world.clock).await.unwrap();
    assert_eq!(copy.stop(stop_order(anna.handle, world.clock.now())).await.unwrap().state, StopState::Now);
    assert_eq!(copy.status().await.unwrap().suppressions, 1);
    assert_eq!(world.store.status().await.unwrap().suppressions, 0);
}

/// Another program in the middle of a write.
async fn lock(world: &World) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.path());
    let mut thief = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut thief).await.unwrap();
    thief
}

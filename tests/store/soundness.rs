//! A damaged file is found at a start, or within a day, and is not written any more; a stop is heard all the same.

use super::world::*;
use comity::store::{StopState, StoreError};
use sqlx::{Connection, SqliteConnection};
use std::{
    fs::OpenOptions,
    io::{Seek, SeekFrom, Write},
};

/// Bytes of a page.
const PAGE: u16 = 4096;

/// Writes over the page at which a table begins that nobody needs now.
async fn damage(world: &World) {
    let roots = world.sql("SELECT CAST(rootpage AS TEXT) FROM sqlite_schema WHERE name = 'answers'").await;
    let root: u64 = roots[0].parse().unwrap();
    let mut file = OpenOptions::new().write(true).open(world.path()).unwrap();
    file.seek(SeekFrom::Start((root - 1) * u64::from(PAGE))).unwrap();
    file.write_all(&vec![0x55; usize::from(PAGE)]).unwrap();
}

async fn is_damaged(world: &World) -> bool {
    match world.open().await {
        Ok(store) => {
            store.close().await;
            false
        }
        Err(StoreError::Damaged { database, .. }) if database == world.path().display().to_string() => true,
        Err(error) => panic!("{error}"),
    }
}

/// Until the log is in the file.
async fn reopened(mut world: World) -> World {
    world.store.close().await;
    world.store = world.open().await.unwrap();
    world
}

#[tokio::test]
async fn a_day_after_the_last_look_the_files_are_looked_through_and_what_is_damaged_is_not_written() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let world = reopened(world).await;
    world.store.check_files().await.unwrap();
    let world = reopened(world).await;

    damage(&world).await;
    // It was sound today.
    world.store.check_files().await.unwrap();
    world.until("2027-03-21T12:30").await;
    let found = world.store.check_files().await;
    assert!(
        matches!(&found, Err(StoreError::Damaged { database, .. }) if *database == world.path().display().to_string())
    );

    let written = world.store.beat(world.node).await;
    assert!(matches!(written, Err(StoreError::Damaged { .. })), "{written:?}");
    assert_eq!(world.stop(&anna).await.state, StopState::Journalled);
    world.store.close().await;
    assert!(is_damaged(&world).await, "a start says so, too");
}

#[tokio::test]
async fn of_a_large_database_a_start_takes_the_last_days_word() {
    let world = World::new().await;
    world.store.close().await;
    let mut connection = SqliteConnection::connect(world.path().to_str().unwrap()).await.unwrap();
    let large = "CREATE TABLE ballast AS SELECT zeroblob(80000000) AS ballast";
    sqlx::raw_sql(large).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    // Nobody ever looked: this start does.
    assert!(!is_damaged(&world).await);
    damage(&world).await;
    assert!(!is_damaged(&world).await);
    world.until("2027-03-22T00:30").await;
    assert!(is_damaged(&world).await);
}

//! What only the writer's own connection can be made to feel: a full disk, a read-only file.

use super::{Database, Files, Lasting, Opening, StopOrder, StopState, Store, StoreError, journal_in};
use crate::{
    base::{Clock, Handle, Instant, keys::Keyring},
    clock::{ClockWatch, VirtualClock},
    ledger::entry::StopVia,
};
use std::{sync::Arc, time::Duration};

async fn store() -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = VirtualClock::starting_at(Instant::from_ms(1_800_000_000_000));
    let opening = Opening {
        database: Database::Files(Files::beside(dir.path().join("comity.db"))),
        left: None,
        journal: journal_in(dir.path()),
        keys: Arc::new(Keyring::derive(&[7; 32])),
        clock,
        watch: ClockWatch::Off,
        permit_life: Duration::from_secs(2),
        lasting: Lasting::ForEver,
        home: String::new(),
        kept: None,
    };
    (Store::open(opening).await.unwrap(), dir)
}

async fn tell(store: &Store, text: &'static str) {
    let told =
        store.change(move |desk| Box::pin(async move { desk.database.alone().await?.script(text.to_owned()).await }));
    told.await.unwrap();
}

/// A customer, put there by hand.
async fn anna(store: &Store) -> Handle {
    tell(
        store,
        "INSERT INTO customers (handle, mailbox, address, fields, version)
         VALUES (zeroblob(16), zeroblob(32), x'', x'', 1)",
    )
    .await;
    Handle([0; 16])
}

fn order(customer: Handle, purpose: String) -> StopOrder {
    StopOrder { customer, purpose, via: StopVia::Page, plan: None, at: Instant::from_ms(1_800_000_000_000) }
}

#[tokio::test]
async fn a_full_disk_does_not_stop_a_stop() {
    let (store, _dir) = store().await;
    let anna = anna(&store).await;
    // No page more than there is: the database is full.
    tell(&store, "PRAGMA max_page_count = 1").await;
    let mut stopped = 0;
    for n in 0..2000 {
        stopped = n;
        if store.stop(order(anna, format!("purpose-{n}"))).await.unwrap().state == StopState::Journalled {
            break;
        }
    }
    assert!(stopped < 1999, "the disk never filled");
    assert_eq!(store.status().await.unwrap().journal, 1);

    let full = store.change(|_| Box::pin(async { Ok(()) })).await;
    assert!(matches!(full, Err(StoreError::Full)), "nothing else goes on while the journal waits: {full:?}");
}

#[tokio::test]
async fn a_database_that_turns_read_only_keeps_stops_in_the_journal_and_permits_nothing() {
    let (store, dir) = store().await;
    let anna = anna(&store).await;
    tell(&store, "PRAGMA query_only = ON").await;
    assert_eq!(store.stop(order(anna, "news".into())).await.unwrap().state, StopState::Journalled);
    assert_eq!(store.stop(order(anna, "news".into())).await.unwrap().state, StopState::Journalled);
    let refused = store.change(|_| Box::pin(async { Ok(()) })).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
    store.close().await;

    let clock: Arc<dyn Clock> = VirtualClock::starting_at(Instant::from_ms(1_800_000_000_000));
    let keys = Arc::new(Keyring::derive(&[7; 32]));
    let database = Database::Files(Files::beside(dir.path().join("comity.db")));
    let journal = journal_in(dir.path());
    let (watch, permit_life, lasting, kept) = (ClockWatch::Off, Duration::from_secs(2), Lasting::ForEver, None);
    let store = Store::open(Opening {
        database,
        left: None,
        journal,
        keys,
        clock,
        watch,
        permit_life,
        lasting,
        home: String::new(),
        kept,
    })
    .await
    .unwrap();
    assert_eq!(store.stop(order(anna, "news".into())).await.unwrap().state, StopState::Already);
    let status = store.status().await.unwrap();
    assert_eq!((status.journal, status.suppressions), (0, 1));
}

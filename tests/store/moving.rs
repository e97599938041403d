//! An installation moves from its files to a server: all of it, once, and whatever cuts it off.

use super::world::*;
use crate::support::{anna::at, postgres};
use comity::{
    base::{Clock, PlanId},
    ledger::ErasedVia,
    plan::PlanState,
    store::{
        AfterUncertain, Database, Files, Heir, Moving, MovingError, Opening, Permission, Server, StopState, Store,
        StoreError,
    },
};
use sqlx::{Connection, PgConnection};
use std::{fs, sync::Arc};

const HOME: &str = "salon";

fn heir() -> Heir {
    Heir { home: HOME.to_owned(), keeps_file: true }
}

/// Files with something in hand, something stopped, somebody erased, and a server with an empty database.
struct Move {
    world: World,
    url: String,
    /// Which was leased when the daemon died.
    leased: PlanId,
}

impl Move {
    async fn new() -> Self {
        let world = World::new().await;
        let _ = world.somebody().await;
        let _ = world.visit("anna", VISIT).await;
        let bert = world.visit("bert", VISIT).await;
        let gone = world.visit("gone", VISIT).await;
        let _ = world.stop(&bert).await;
        assert!(world.store.erase(gone.id, ErasedVia::Operator).await.unwrap().is_some());
        world.until(DAY_BEFORE).await;
        let leased = world.claim().await.first().unwrap().plan.id;
        world.store.close().await;
        Self { world, url: postgres::database(), leased }
    }

    fn files(&self) -> Files {
        Files::beside(self.world.path())
    }

    fn server(&self) -> Server {
        Server::parse(&self.url, None).unwrap()
    }

    async fn begin(&self) -> Result<Moving, MovingError> {
        Moving::begin(&self.files(), &self.server()).await
    }

    /// Carried, and cut off before its end.
    async fn carried(&self) -> (Moving, u64) {
        let mut moving = self.begin().await.unwrap();
        let rows = moving.carry(self.world.clock.now(), |_| {}).await.unwrap();
        (moving, rows)
    }

    async fn whole(&self) {
        let (moving, rows) = self.carried().await;
        assert!(rows > 20, "{rows} rows");
        moving.finish(self.world.clock.now(), &heir()).await.unwrap();
    }

    /// As the daemon opens it whose settings name the server.
    async fn open(&self) -> Result<Store, StoreError> {
        Store::open(self.opening()).await
    }

    fn opening(&self) -> Opening {
        let opening = opening(&self.world.path(), Some(&self.url), &self.world.clock);
        Opening { left: Some(self.files()), home: HOME.to_owned(), ..opening }
    }

    async fn ask(&self, text: &'static str) -> Vec<String> {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        sqlx::query_scalar(text).fetch_all(&mut connection).await.unwrap()
    }
}

/// What a table holds, in words that both databases have.
const PEOPLE: &str = "SELECT id || '|' || COALESCE(external_id, '-') || '|' || version FROM customers ORDER BY id";
const PLANS: &str = "SELECT id || '|' || state || '|' || due_at || '|' || epoch || '|' || node FROM plans ORDER BY id";
const LEDGER: &str = "SELECT id || '|' || at || '|' || happening FROM ledger ORDER BY id";

#[tokio::test]
async fn an_installation_that_moved_goes_on_where_it_was() {
    let one = Move::new().await;
    let tables = [PEOPLE, PLANS, LEDGER];
    let before = [one.world.sql(PEOPLE).await, one.world.sql(PLANS).await, one.world.sql(LEDGER).await];
    assert!(matches!(one.open().await, Err(StoreError::Unmoved { .. })), "nothing is in force there yet");
    one.whole().await;
    for (asked, before) in tables.into_iter().zip(before) {
        assert_eq!(one.ask(asked).await, before);
    }
    assert!(Moving::is_over(&one.files(), &one.server()).await.unwrap(), "a second time nothing is to be moved");

    let store = one.open().await.unwrap();
    let (node, rescued) = store.begin_node(AfterUncertain::default()).await.unwrap();
    assert!(node.0 > one.world.node.0, "numbers go on");
    assert!(rescued.released > 0, "the daemon that held it can't come back");
    assert_eq!(store.plan(one.leased).await.unwrap().unwrap().state, PlanState::Planned);
    let bert = store.find_by_external_id("bert").await.unwrap().unwrap();
    let stopped = store.stop(stop_order(bert.handle, one.world.clock.now())).await.unwrap();
    assert_eq!(stopped.state, StopState::Already, "what was said holds, and nobody says it twice");
    assert!(store.find_by_external_id("gone").await.unwrap().is_none());
    // The rows know every line of the file of stops outside them: none is said again.
    assert!(fs::read_to_string(one.world.dir.path().join("kept/stops.jsonl")).unwrap().contains("erased"));
    assert!(one.ask("SELECT happening FROM ledger WHERE happening LIKE '%replayed%'").await.is_empty());
    // Somebody new gets the next number, and messages go out.
    let new = store.put_customers(vec![customer("new")], one.world.house.clone(), comity::store::Dry::Apply).await;
    assert_eq!(new.unwrap().puts, [comity::store::Put::Created]);
    let claimed = store.claim(node, one.world.clock.now(), 10).await.unwrap();
    let first = Arc::new(claimed.into_iter().next().expect("Anna's is due"));
    assert!(matches!(store.permit(node, first, one.world.house.clone()).await.unwrap(), Permission::Permitted(_)));
}

#[tokio::test]
async fn what_was_moved_takes_no_change_any_more() {
    let one = Move::new().await;
    // A process has it open all the time.
    let open = one.world.open().await.unwrap();
    let anna = open.find_by_external_id("anna").await.unwrap().unwrap();
    one.whole().await;
    let stopped = open.stop(stop_order(anna.handle, one.world.clock.now())).await.unwrap();
    assert_eq!(stopped.state, StopState::Journalled, "a stop holds, and comes along");
    assert!(matches!(open.begin_node(AfterUncertain::default()).await, Err(StoreError::Moved)));
    let refused = open.put_customers(vec![customer("late")], one.world.house.clone(), comity::store::Dry::Apply).await;
    assert!(matches!(refused, Err(StoreError::Moved)), "{refused:?}");
    open.close().await;
    assert!(matches!(one.world.open().await, Err(StoreError::Moved)));

    let store = one.open().await.unwrap();
    let again = store.stop(stop_order(anna.handle, one.world.clock.now())).await.unwrap();
    assert_eq!(again.state, StopState::Already, "the journal was applied at the new place");
}

#[tokio::test]
async fn a_move_that_is_cut_off_leaves_one_database_or_none_to_work_with_and_is_finished_by_the_next() {
    let one = Move::new().await;
    // Before anything is there.
    drop(one.begin().await.unwrap());
    assert!(one.world.open().await.unwrap().status().await.is_ok(), "the files are as they were");
    // Carried, and not finished: the server's rows are nobody's yet.
    drop(one.carried().await);
    assert!(matches!(one.open().await, Err(StoreError::Unmoved { .. })));
    let elsewhere = tempfile::tempdir().unwrap();
    let fresh = Opening { left: None, journal: elsewhere.path().join("journal"), ..one.opening() };
    assert!(matches!(Store::open(fresh.clone()).await, Err(StoreError::Arriving)), "nor another machine's");
    // The owner goes back to the files for a day, and tries again: what came since comes along.
    let back = one.world.open().await.unwrap();
    let _ =
        back.put_customers(vec![customer("late")], one.world.house.clone(), comity::store::Dry::Apply).await.unwrap();
    back.close().await;
    let (moving, _) = one.carried().await;
    // The end itself is cut off between the two databases.
    postgres::script(&one.url, "CREATE RULE fails AS ON UPDATE TO nodes DO INSTEAD SELECT 1 / 0;");
    assert!(moving.finish(at(DAY_BEFORE), &heir()).await.is_err());
    assert!(matches!(one.world.open().await, Err(StoreError::Moved)));
    assert!(matches!(Store::open(fresh).await, Err(StoreError::Arriving)));
    postgres::script(&one.url, "DROP RULE fails ON nodes;");
    let (moving, carried) = one.carried().await;
    assert_eq!(carried, 0, "everything is there, and was compared again");
    moving.finish(at(DAY_BEFORE), &heir()).await.unwrap();
    let store = one.open().await.unwrap();
    assert!(store.find_by_external_id("late").await.unwrap().is_some());
}

#[tokio::test]
async fn an_installation_moves_to_no_place_that_is_taken_and_a_row_that_changes_on_the_way_is_named() {
    let one = Move::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let other = open(&elsewhere.path().join("comity.db"), Some(&one.url), &one.world.clock).await.unwrap();
    let _ = other
        .put_customers(vec![customer("theirs")], one.world.house.clone(), comity::store::Dry::Apply)
        .await
        .unwrap();
    other.close().await;
    let taken = one.begin().await.err().unwrap();
    assert!(matches!(&taken, MovingError::Taken { .. }), "{taken}");
    assert!(one.world.open().await.is_ok(), "nothing happened");

    let one = Move::new().await;
    drop(one.begin().await);
    postgres::script(
        &one.url,
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN IF NEW.external_id = ''bert'' THEN NEW.version := NEW.version + 1; END IF; RETURN NEW; END';
         CREATE TRIGGER spoil BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION spoil();",
    );
    let mut moving = one.begin().await.unwrap();
    let differs = moving.carry(one.world.clock.now(), |_| {}).await.err().unwrap();
    let bert = one.world.sql("SELECT CAST(id AS TEXT) FROM customers WHERE external_id = 'bert'").await.remove(0);
    assert!(
        matches!(&differs, MovingError::Differs { table, key } if table == "customers" && *key == bert),
        "{differs}"
    );
    drop(moving);
    assert!(one.world.open().await.is_ok(), "the files are worked with as before");
}

#[tokio::test]
async fn nobody_takes_an_empty_server_for_the_one_that_they_worked_with() {
    let one = Move::new().await;
    one.whole().await;
    one.open().await.unwrap().close().await;
    let wrong =
        Opening { database: Database::Server(Server::parse(&postgres::database(), None).unwrap()), ..one.opening() };
    assert!(matches!(Store::open(wrong).await, Err(StoreError::Gone { .. })), "the stops of the journal would be lost");
}

#[tokio::test]
async fn who_opened_the_empty_server_before_a_move_began_does_not_work_with_what_arrives() {
    let one = Move::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let fresh = Opening { left: None, journal: elsewhere.path().join("journal"), kept: None, ..one.opening() };
    let early = Store::open(fresh).await.unwrap();
    let (moving, _) = one.carried().await;
    assert!(matches!(early.begin_node(AfterUncertain::default()).await, Err(StoreError::Arriving)));
    moving.finish(one.world.clock.now(), &heir()).await.unwrap();
    assert!(early.begin_node(AfterUncertain::default()).await.is_ok());
}

#[tokio::test]
async fn an_installation_does_not_move_without_its_key_store() {
    let one = Move::new().await;
    let keys = one.world.path().with_extension("keys.db");
    fs::rename(&keys, one.world.dir.path().join("away")).unwrap();
    let refused = one.begin().await.err().unwrap();
    assert!(matches!(refused, MovingError::Store(StoreError::KeystoreGone { .. })), "{refused}");
    assert!(!keys.exists(), "none was made in its place");
}

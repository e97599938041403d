//! How the database looks things up: every statement is prepared, none reads a whole table, and a tick with nothing due
//! costs the same whether two thousand or two hundred thousand plans lie ahead.

use super::world::*;
use comity::store::statements;
use sqlx::{Connection, Executor, Row, SqlSafeStr, SqliteConnection};

pub async fn connect(world: &World) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.path());
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let keystore = world.path().with_extension("keys.db");
    let attach = sqlx::query("ATTACH DATABASE $1 AS keystore").bind(keystore.to_str().unwrap().to_owned());
    attach.execute(&mut connection).await.unwrap();
    connection
}

pub async fn query_plan(connection: &mut SqliteConnection, text: &str) -> Vec<String> {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
    let rows = sqlx::query(explain).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

#[tokio::test]
async fn every_statement_is_prepared_on_sqlite() {
    let world = World::new().await;
    let mut connection = connect(&world).await;
    let mut prepared = 0;
    for statement in statements::all() {
        let done = (&mut connection).prepare(statement.sqlite.into_sql_str()).await;
        assert!(done.is_ok(), "{}: {:?}", statement.name, done.err());
        prepared += 1;
    }
    assert!(prepared > 60, "{prepared} statements");
}

/// A permit trusts what the claim read of a customer and a record as long as their versions are the same.
#[test]
fn nothing_changes_a_customer_or_a_record_without_counting_its_version() {
    let changes = |sql: &str, table: &str| {
        sql.split_whitespace().collect::<Vec<_>>().join(" ").contains(&format!("UPDATE {table} "))
    };
    let mut found = 0;
    for statement in statements::all() {
        for sql in [statement.sqlite, statement.postgres] {
            if changes(sql, "customers") || changes(sql, "records") {
                assert!(sql.contains("version = version + 1"), "{}", statement.name);
                found += 1;
            }
        }
    }
    assert!(found >= 4, "{found} statements on two databases");
}

/// Counting reads what it counts; halts are five at most; the directory is of everybody, and made when somebody changed; a
/// calendar that is no more is let go once; and of the indexes themselves there are few.
pub const MAY_SCAN: [&str; 20] = [
    "ALL_BARS",
    "ALL_CUSTOMERS",
    "ALL_ERASED",
    "ALL_REFUSED",
    "ALL_WITHDRAWN",
    "CUSTOMERS_STAMP",
    "COUNT_CUSTOMERS",
    "COUNT_RECORDS",
    "COUNT_SUPPRESSIONS",
    "COUNT_PLANS",
    "COUNT_REFUSED",
    "COUNT_PAST",
    // One row for each start of a daemon.
    "DEAD_NODES",
    "LIVING_NODES",
    "HALTS",
    "INDEXES_BY_STATE",
    "KEYS",
    "LAST_REQUESTS",
    "FORGET_SOURCES",
    "RELEASE_VISITS",
];

#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let world = World::new().await;
    let mut connection = connect(&world).await;
    let mut looked_at = 0;
    let mut whole = Vec::new();
    for statement in statements::all().filter(|statement| !MAY_SCAN.contains(&statement.name)) {
        for step in query_plan(&mut connection, statement.sqlite).await {
            let scans = step.starts_with("SCAN ") && !step.contains("USING");
            // The rows that come in as JSON, and what was selected from them.
            let own = ["SCAN j", "SCAN n", "SCAN due", "SCAN turns", "SCAN those", "SCAN (subquery", "SCAN CONSTANT"]
                .iter()
                .any(|own| step.starts_with(own));
            if scans && !own {
                whole.push(format!("{}: {step}", statement.name));
            }
            looked_at += 1;
        }
    }
    assert!(whole.is_empty(), "these read a whole table: {whole:#?}");
    assert!(looked_at > 60, "{looked_at} steps");
}

/// What rows come in as JSON is looked up for each of them. The other way round, everything that one word of an index leaves
/// (all cards, all plans of a workflow) would be gone through, and held against each row.
#[tokio::test]
async fn what_comes_in_as_rows_is_gone_through_first() {
    let world = World::new().await;
    let mut connection = connect(&world).await;
    let (mut looked_at, mut last) = (0, Vec::new());
    for statement in statements::all().filter(|statement| statement.sqlite.contains("_each($1)")) {
        let steps = query_plan(&mut connection, statement.sqlite).await;
        let is_list = steps.iter().any(|step| step.starts_with("LIST SUBQUERY"));
        let first = steps.iter().find(|step| step.starts_with("SCAN ") || step.starts_with("SEARCH ")).unwrap();
        if !is_list && !first.starts_with("SCAN j") {
            last.push(format!("{}: {steps:#?}", statement.name));
        }
        looked_at += 1;
    }
    assert!(last.is_empty(), "{last:#?}");
    assert!(looked_at > 20, "{looked_at} statements");
}

/// The plans above are those of a database without statistics.
#[tokio::test]
async fn no_statistics_are_kept_that_would_change_these_plans() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    world.store.close().await;
    let mut connection = connect(&world).await;
    let kept: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept, [""; 0]);
}

/// So many plans lie ahead, a minute apart.
async fn fill(connection: &mut SqliteConnection, plans: i64) {
    sqlx::query(
        "WITH RECURSIVE n (i) AS (SELECT (SELECT COUNT(*) FROM plans) + 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         INSERT INTO plans (customer, record, workflow, step, occurrence, purpose, marketing, state, due_at, expires_at,
                            next_at, epoch, node, attempts, hold)
         SELECT 1, 1, 'w', '-24h', 'o' || i, 'p', 0, 'planned', 1900000000000 + i * 60000, 1900000000000 + i * 60000,
                1900000000000 + i * 60000, 0, 0, 0, ''
         FROM n",
    )
    .bind(plans)
    .execute(connection)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_tick_with_nothing_due_costs_the_same_with_a_hundred_times_the_plans() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let mut connection = connect(&world).await;
    let tick: Vec<&str> = statements::all()
        .filter(|statement| ["NEXT_CLAIM", "CLAIM"].contains(&statement.name))
        .map(|statement| statement.sqlite)
        .collect();
    assert_eq!(tick.len(), 2);
    let mut plans = Vec::new();
    for ahead in [2_000, 200_000] {
        fill(&mut connection, ahead).await;
        sqlx::query("ANALYZE").execute(&mut connection).await.unwrap();
        let mut steps = Vec::new();
        for text in &tick {
            steps.extend(query_plan(&mut connection, text).await);
        }
        plans.push(steps);
        assert!(world.claim().await.is_empty());
    }
    assert_eq!(plans[0], plans[1]);
    insta::assert_snapshot!(plans[0].join("\n"));
}

#[tokio::test]
async fn a_tick_with_nothing_due_writes_nothing() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let mut connection = connect(&world).await;
    let version = async |connection: &mut SqliteConnection| -> i64 {
        // Counts commits by other connections: sqlite.org/pragma.html#pragma_data_version.
        sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await.unwrap()
    };
    let before = version(&mut connection).await;
    assert!(world.claim().await.is_empty());
    assert!(world.store.next_claim("r1").await.unwrap().is_some());
    assert_eq!(version(&mut connection).await, before);
    world.store.beat(world.node).await.unwrap();
    assert_ne!(version(&mut connection).await, before, "a beat is seen");
}

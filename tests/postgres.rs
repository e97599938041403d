//! The other database: the same tables, and every statement prepared on it from the first day.

use crate::support::postgres::{self, Cluster};
use comity::store::statements;
use sqlx::{
    Column, Connection, Executor, SqlSafeStr, SqliteConnection, Statement, TypeInfo, sqlite::SqliteConnectOptions,
};
use std::{collections::BTreeSet, fmt::Write as _, fs, iter, path::Path};

fn migrations(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// Each gives columns of the same names on both, and on PostgreSQL of the three types that rows are read by.
#[tokio::test]
async fn every_statement_is_prepared_on_both_and_gives_the_same_columns() {
    let mut postgres = sqlx::PgConnection::connect(&postgres::database()).await.unwrap();
    for (name, text) in migrations("postgres") {
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut postgres).await;
        done.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let mut sqlite = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let attached = iter::once("ATTACH ':memory:' AS keystore".to_owned());
    for text in attached.chain(migrations("sqlite").into_iter().map(|(_, text)| text)) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut sqlite).await.unwrap();
    }
    let mut failures = String::new();
    let mut prepared = 0;
    for statement in statements::all() {
        let there = (&mut postgres).prepare(statement.postgres.into_sql_str()).await;
        let here = (&mut sqlite).prepare(statement.sqlite.into_sql_str()).await.unwrap();
        // What has no name of its own is read by its place, and called by each as it likes.
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let names: Vec<Option<&str>> =
            here.columns().iter().map(|column| Some(column.name()).filter(|name| is_name(name))).collect();
        match there {
            Err(error) => writeln!(failures, "{}: {error}", statement.name).unwrap(),
            Ok(there) => {
                let columns = there.columns();
                let are_same = columns.len() == names.len()
                    && iter::zip(columns, &names).all(|(column, name)| name.is_none_or(|name| name == column.name()));
                if !are_same {
                    writeln!(failures, "{}: other columns: {columns:?}, not {names:?}", statement.name).unwrap();
                }
                for column in columns {
                    let kind = column.type_info().name();
                    if !["INT8", "TEXT", "BYTEA"].contains(&kind) {
                        writeln!(failures, "{}: `{}` is {kind}", statement.name, column.name()).unwrap();
                    }
                }
            }
        }
        prepared += 1;
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(prepared > 60, "{prepared} statements");
}

/// 0019 makes the table anew.
#[tokio::test]
async fn who_was_erased_before_a_migration_is_known_after_it_in_both_databases() {
    let before = "INSERT INTO erasures (id, customer, at, via, keys, scrubbed_at) VALUES (7, 41, 1000, 'operator', '[3]', NULL);";
    let after = "INSERT INTO erasures (customer, handle, at, via, keys) VALUES (42, NULL, 2000, 'unconfirmed', '[]');";
    let look = "SELECT id || '|' || customer || '|' || at || '|' || via || '|' || keys
            || '|' || CASE WHEN handle IS NULL AND scrubbed_at IS NULL THEN 'open' ELSE 'odd' END
        FROM erasures ORDER BY id";
    let found = ["7|41|1000|operator|[3]|open", "8|42|2000|unconfirmed|[]|open"];
    let split = |files: &[(String, String)]| -> (String, String) {
        let text = |files: &[(String, String)]| files.iter().map(|(_, text)| text.as_str()).collect();
        let at = files.iter().position(|(name, _)| name.starts_with("0019")).unwrap();
        (text(&files[..at]), text(&files[at..]))
    };

    let (first, rest) = split(&migrations("postgres"));
    let cluster = Cluster::start();
    let seen = cluster.script(&[&first, before, &rest, after, "\\a \\t on\n", look, ";"].join("\n")).unwrap();
    assert_eq!(seen.lines().rev().take(2).collect::<Vec<_>>(), [found[1], found[0]], "{seen}");

    let (first, rest) = split(&migrations("sqlite"));
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(folder.path().join("one.db")).create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options.foreign_keys(false)).await.unwrap();
    let keystore = "ATTACH ':memory:' AS keystore".to_owned();
    for script in [keystore, first, before.to_owned(), rest, after.to_owned()] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut database).await.unwrap();
    }
    assert_eq!(sqlx::query_scalar::<_, String>(look).fetch_all(&mut database).await.unwrap(), found);
}

#[test]
fn both_databases_have_the_same_migrations_and_tables() {
    let (sqlite, postgres) = (migrations("sqlite"), migrations("postgres"));
    let names = |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    let columns = |files: &[(String, String)]| -> BTreeSet<String> {
        let text: String = files.iter().map(|(_, text)| text.as_str()).collect();
        let mut table = String::new();
        let mut found = BTreeSet::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["CREATE", "TABLE", name, ..] => table = (*name).to_owned(),
                [name, kind, ..] if ["INTEGER", "BIGINT", "TEXT", "BLOB", "BYTEA"].contains(kind) => {
                    found.insert(format!("{table}.{name}"));
                }
                _ => {}
            }
        }
        found
    };
    assert!(columns(&sqlite).len() > 60, "{:?}", columns(&sqlite));
    assert_eq!(columns(&sqlite), columns(&postgres));
}

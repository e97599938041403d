//! The other database: the same tables, and every statement prepared on it from the first day.

use crate::support::postgres::Cluster;
use comity::store::statements;
use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

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

#[test]
fn every_statement_is_prepared_on_postgresql() {
    let cluster = Cluster::start();
    for (name, text) in migrations("postgres") {
        cluster.script(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let mut failures = String::new();
    let mut prepared = 0;
    for statement in statements::all() {
        if let Err(error) = cluster.script(&format!("PREPARE one AS {};", statement.postgres)) {
            writeln!(failures, "{}: {error}", statement.name).unwrap();
        }
        prepared += 1;
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(prepared > 60, "{prepared} statements");
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

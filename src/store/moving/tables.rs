//! Which tables there are, and what they are made of. It is read off a file's own catalogue, so that no table of a later
//! migration is forgotten.

use crate::store::{StoreError, database::Link};
use futures_util::TryStreamExt;
use std::collections::BTreeSet;

/// What is no row of ours, but how far the schema has come.
const OF_MIGRATIONS: &str = "_sqlx_migrations";

/// One table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// With its schema, where it isn't the first.
    pub name: String,
    pub columns: Vec<String>,
    pub key: Vec<KeyPart>,
    /// The tables that its rows point to.
    refers_to: BTreeSet<String>,
}

/// A column of a table's key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyPart {
    pub column: String,
    is_text: bool,
}

impl Table {
    /// All rows, in the order of their keys, which is the same on both databases.
    pub fn select(&self, is_server: bool) -> String {
        let key = self.key.iter().map(|KeyPart { column, is_text }| {
            // A server sorts text by somebody's language otherwise.
            let by = if *is_text && is_server { " COLLATE \"C\"" } else { "" };
            format!("\"{column}\"{by}")
        });
        let key: Vec<String> = key.collect();
        format!("SELECT {} FROM {} ORDER BY {}", self.list(), self.name, key.join(", "))
    }

    /// Its columns, for a statement.
    pub fn list(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        columns.join(", ")
    }

    /// The column whose numbers a server gives out.
    pub fn numbered(&self) -> Option<&str> {
        match self.key.as_slice() {
            [KeyPart { column, is_text: false }] if column == "id" => Some(column),
            _ => None,
        }
    }
}

/// Those of a file, each after the ones that its rows point to.
pub async fn of_file(file: &mut Link) -> Result<Vec<Table>, StoreError> {
    let mut left = Vec::new();
    for schema in ["main", "keystore"] {
        for table in text(file, format!("SELECT name FROM {schema}.sqlite_schema WHERE type = 'table'")).await? {
            if table != OF_MIGRATIONS && !table.starts_with("sqlite_") {
                left.push(read(file, schema, &table).await?);
            }
        }
    }
    let mut sorted: Vec<Table> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_there = |name: &String| sorted.iter().any(|table| table.name == *name);
        let (ready, later): (Vec<Table>, Vec<Table>) =
            left.into_iter().partition(|table| table.refers_to.iter().all(|to| *to == table.name || is_there(to)));
        if ready.is_empty() {
            return Err(StoreError::odd("the schema", "tables that point to each other"));
        }
        sorted.extend(ready);
        left = later;
    }
    Ok(sorted)
}

async fn read(file: &mut Link, schema: &str, table: &str) -> Result<Table, StoreError> {
    let asked = format!("SELECT name, type, pk FROM pragma_table_info('{table}', '{schema}') ORDER BY cid");
    let mut columns = Vec::new();
    let mut key = Vec::new();
    let mut rows = file.rows(asked);
    while let Some(row) = rows.try_next().await? {
        let (column, kind, place): (String, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if place > 0 {
            key.push((place, KeyPart { column: column.clone(), is_text: kind == "TEXT" }));
        }
        columns.push(column);
    }
    drop(rows);
    key.sort_by_key(|(place, _)| *place);
    let pointing = format!("SELECT \"table\" FROM pragma_foreign_key_list('{table}', '{schema}')");
    Ok(Table {
        name: if schema == "main" { table.to_owned() } else { format!("{schema}.{table}") },
        columns,
        key: key.into_iter().map(|(_, part)| part).collect(),
        refers_to: text(file, pointing).await?.into_iter().collect(),
    })
}

async fn text(file: &mut Link, asked: String) -> Result<Vec<String>, StoreError> {
    file.rows(asked).and_then(async |row| Ok(row.try_get::<String, usize>(0)?)).try_collect().await
}

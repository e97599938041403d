//! All rows of all tables, carried from one database to the other, and held against each other row by row.

use super::{
    cells::{self, Cell},
    tables::Table,
};
use crate::store::{
    StoreError,
    database::{Link, Row, Side},
};
use futures_util::{TryStreamExt, stream::BoxStream};
use sqlx::{Arguments as _, AssertSqlSafe, PgConnection, SqliteConnection, sqlite::SqliteArguments};

/// Bytes that are handed over at once.
const PIECE_BYTES: usize = 256 * 1024;
/// SQLite takes so many parameters in one statement, less a few.
const PARAMETERS_MAX: usize = 30_000;
/// News of so many rows.
const NEWS_ROWS: u64 = 10_000;

/// How far a move has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The table that is at work.
    pub table: &'a str,
    /// Rows that are through, since the last time.
    pub rows: u64,
}

/// Carries all rows of one table. Gives how many.
pub async fn carry(
    from: &mut Link,
    to: &mut Link,
    table: &Table,
    tell: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<u64, StoreError> {
    let rows = rows(from, table);
    match to.side() {
        Side::Postgres(to, _) => to_server(rows, to, table, tell).await,
        Side::Sqlite(to) => to_file(rows, to, table, tell).await,
    }
}

fn rows<'a>(link: &'a mut Link, table: &Table) -> BoxStream<'a, Result<Row, StoreError>> {
    let is_server = matches!(link.side(), Side::Postgres(..));
    link.rows(table.select(is_server))
}

async fn to_server(
    mut rows: BoxStream<'_, Result<Row, StoreError>>,
    to: &mut PgConnection,
    table: &Table,
    tell: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<u64, StoreError> {
    let statement = format!("COPY {} ({}) FROM STDIN", table.name, table.list());
    // Where it is cut off, the server hears of it as the connection ends.
    let mut into = to.copy_in_raw(&statement).await?;
    let mut count = Count::new(table, tell);
    let mut piece = String::with_capacity(2 * PIECE_BYTES);
    while let Some(row) = rows.try_next().await? {
        for (place, cell) in cells::of(&row, table.columns.len())?.iter().enumerate() {
            if place > 0 {
                piece.push('\t');
            }
            cell.write(&mut piece);
        }
        piece.push('\n');
        count.one();
        if piece.len() >= PIECE_BYTES {
            into.send(piece.as_bytes()).await?;
            piece.clear();
        }
    }
    into.send(piece.as_bytes()).await?;
    into.finish().await?;
    Ok(count.end())
}

async fn to_file(
    mut rows: BoxStream<'_, Result<Row, StoreError>>,
    to: &mut SqliteConnection,
    table: &Table,
    tell: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<u64, StoreError> {
    let columns = table.columns.len();
    let most = (PARAMETERS_MAX / columns.max(1)).max(1);
    let mut count = Count::new(table, tell);
    let mut waiting: Vec<Cell> = Vec::new();
    while let Some(row) = rows.try_next().await? {
        waiting.extend(cells::of(&row, columns)?);
        count.one();
        if waiting.len() >= most * columns {
            insert(to, table, std::mem::take(&mut waiting)).await?;
        }
    }
    if !waiting.is_empty() {
        insert(to, table, waiting).await?;
    }
    Ok(count.end())
}

async fn insert(to: &mut SqliteConnection, table: &Table, cells: Vec<Cell>) -> Result<(), StoreError> {
    let columns = table.columns.len();
    let row = format!("({})", vec!["?"; columns].join(", "));
    let rows = vec![row; cells.len() / columns].join(", ");
    let mut arguments = SqliteArguments::default();
    for cell in cells {
        let added = match cell {
            Cell::Nothing => arguments.add(None::<i64>),
            Cell::Integer(integer) => arguments.add(integer),
            Cell::Text(text) => arguments.add(text),
            Cell::Bytes(bytes) => arguments.add(bytes),
        };
        added.map_err(|error| StoreError::odd("an argument", &error.to_string()))?;
    }
    let statement = format!("INSERT INTO {} ({}) VALUES {rows}", table.name, table.list());
    sqlx::query_with(AssertSqlSafe(statement), arguments).execute(to).await?;
    Ok(())
}

/// The first row of a table that isn't the same in both, by its key; `None` where all are.
pub async fn difference(
    one: &mut Link,
    other: &mut Link,
    table: &Table,
    tell: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Option<String>, StoreError> {
    let columns = table.columns.len();
    let (mut ones, mut others) = (rows(one, table), rows(other, table));
    let mut count = Count::new(table, tell);
    loop {
        let (one, other) = (ones.try_next().await?, others.try_next().await?);
        let read = |row: &Option<Row>| row.as_ref().map(|row| cells::of(row, columns)).transpose();
        match (read(&one)?, read(&other)?) {
            (None, None) => {
                count.end();
                return Ok(None);
            }
            (one, other) if one == other => count.one(),
            (one, other) => return Ok(Some(key(table, &one.or(other).unwrap_or_default()))),
        }
    }
}

fn key(table: &Table, cells: &[Cell]) -> String {
    let of = |column: &str| table.columns.iter().position(|name| name == column).and_then(|place| cells.get(place));
    let key: Vec<Cell> = table.key.iter().filter_map(|part| of(&part.column).cloned()).collect();
    cells::names(&key)
}

/// Tells now and then how many rows there were.
struct Count<'a> {
    table: &'a Table,
    tell: &'a mut (dyn FnMut(Progress<'_>) + Send),
    all: u64,
    untold: u64,
}

impl<'a> Count<'a> {
    fn new(table: &'a Table, tell: &'a mut (dyn FnMut(Progress<'_>) + Send)) -> Self {
        Self { table, tell, all: 0, untold: 0 }
    }

    fn one(&mut self) {
        self.all += 1;
        self.untold += 1;
        if self.untold >= NEWS_ROWS {
            self.say();
        }
    }

    fn say(&mut self) {
        (self.tell)(Progress { table: &self.table.name, rows: std::mem::take(&mut self.untold) });
    }

    fn end(mut self) -> u64 {
        self.say();
        self.all
    }
}

//! An installation moves from its files to a server, as a whole or not at all; and a server's rows go into a file for a rehearsal.
//!
//! ```text
//!   files   BEGIN IMMEDIATE · · · · · · · · · · · · · · · · · · · · "moved", COMMIT
//!   server          BEGIN, carry, compare row by row, "arriving", COMMIT · · · · · · "arriving" goes
//!                                                           (the audit's chain is verified)
//! ```
//!
//! From the first moment on nobody else writes to the files, and until the last nobody opens the server's database: it says
//! itself that it isn't whole yet. Between the two no other daemon works, and stops go to the journal, which whoever opens the
//! server's database applies first. Wherever a move is cut off, one of the two says so, and to begin it again ends it.
//!
//! Invariant: of two databases at most one can be worked with. What was moved says no to every change, whoever has it open.

mod tables;
mod cells;
mod carry;

pub use carry::Progress;

use super::{
    StoreError,
    database::{Link, query},
    error::SAYS_MOVED,
    kept, marks,
    schema::{Files, Lasting, Server, postgres, sqlite},
    statements::{control, moving::TAKE_HOME},
};
use crate::{
    base::Instant,
    fault::{self, Point},
};
use futures_util::TryStreamExt;
use std::fs;
use tables::Table;

/// The mark of files that were moved away.
const MOVED: &str = "moved";
/// The mark of a server's database that isn't whole yet.
const ARRIVING: &str = "arriving";
/// Between two statements of a transaction the other side may take its time.
const MAY_PAUSE: &str = "SET idle_in_transaction_session_timeout = 0";

/// Why an installation can't be moved.
#[derive(Debug, thiserror::Error)]
pub enum MovingError {
    /// There is nothing to move.
    #[error("there is no database in {file}: nothing is to be moved")]
    Nothing {
        /// Where it would be.
        file: String,
    },
    /// The place is taken.
    #[error("{server} holds rows already (in {table}): an installation moves to an empty database; name another one")]
    Taken {
        /// The server's database.
        server: String,
        /// A table with rows.
        table: String,
    },
    /// What arrived isn't what left.
    #[error("the row {key} of {table} did not arrive as it left; nothing was moved")]
    Differs {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
    },
    /// A table can't be carried.
    #[error("the table {table} can't be moved: {why}")]
    Table {
        /// Which.
        table: String,
        /// What went wrong.
        why: StoreError,
    },
    /// A database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who goes on at the new place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heir {
    /// From where it works: what daemons of the files left in the air, the first that begins from there takes up.
    pub home: String,
    /// Whether it goes on with the same file of stops outside the database, whose lines the rows know.
    pub keeps_file: bool,
}

/// A move under way. Dropped before its end it leaves the files as they are.
pub struct Moving {
    files: Link,
    server: Link,
    tables: Vec<Table>,
    /// Whether the files were moved before, and only the end is missing.
    is_copied: bool,
}

impl Moving {
    /// Whether these files were moved to this server before, and nothing of it is left to do.
    ///
    /// # Errors
    /// When there are none, or one of the two can't be read.
    pub async fn is_over(files: &Files, server: &Server) -> Result<bool, MovingError> {
        if !files.rows.exists() {
            return Err(MovingError::Nothing { file: files.rows.display().to_string() });
        }
        let mut from = Link::Sqlite(sqlite::open_reader(&files.rows).await?);
        let is_moved = marks::read(&mut from, MOVED).await?.is_some();
        from.close().await?;
        if !is_moved {
            return Ok(false);
        }
        let mut to = postgres::open_reader(server).await?;
        let is_arriving = marks::read(&mut to, ARRIVING).await?.is_some();
        to.close().await?;
        Ok(!is_arriving)
    }

    /// From now on nobody else writes to the files.
    ///
    /// # Errors
    /// When one of the two can't be opened, somebody else writes, or the server's database holds rows that no move brought.
    pub async fn begin(files: &Files, server: &Server) -> Result<Self, MovingError> {
        sqlite::must_have_keys(files)?;
        let mut from = Link::Sqlite(sqlite::open_writer(files, Lasting::ForEver).await?);
        query(control::BEGIN).execute(&mut from).await?;
        let mut to = postgres::open_writer(server, None).await?;
        to.script(MAY_PAUSE.to_owned()).await?;
        query(control::BEGIN).execute(&mut to).await?;
        query(control::TAKE_TURN).fetch_one(&mut to).await?;
        let tables = tables::of_file(&mut from).await?;
        let (is_moved, is_arriving) = (marks::read(&mut from, MOVED).await?, marks::read(&mut to, ARRIVING).await?);
        let (is_moved, is_arriving) = (is_moved.is_some(), is_arriving.is_some());
        match (is_moved, is_arriving) {
            (true, _) => {}
            // It was cut off: what it brought may be older than the files are now.
            (false, true) => empty(&mut to, &tables).await?,
            (false, false) => must_be_empty(&mut to, &tables, server).await?,
        }
        Ok(Self { files: from, server: to, tables, is_copied: is_moved })
    }

    /// Carries everything to the server, and compares it there row by row. Gives the number of rows. Nobody works with them yet.
    ///
    /// # Errors
    /// When a database fails, or a row did not arrive as it left.
    pub async fn carry(&mut self, now: Instant, mut tell: impl FnMut(Progress<'_>) + Send) -> Result<u64, MovingError> {
        let mut rows = 0;
        for table in &self.tables {
            let in_table = |why| MovingError::Table { table: table.name.clone(), why };
            let (files, server) = (&mut self.files, &mut self.server);
            if !self.is_copied {
                rows += carry::carry(files, server, table, &mut tell).await.map_err(in_table)?;
            }
            // What was moved bears another mark on each side.
            if (table.name != "marks" || !self.is_copied)
                && let Some(key) = carry::difference(files, server, table, &mut tell).await.map_err(in_table)?
            {
                return Err(MovingError::Differs { table: table.name.clone(), key });
            }
            go_on_counting(server, table).await.map_err(in_table)?;
            fault::point(Point::AfterTableMoved);
        }
        marks::set(&mut self.server, ARRIVING, now.ms()).await?;
        query(control::COMMIT).execute(&mut self.server).await?;
        Ok(rows)
    }

    /// From now on the server's database is the one that is worked with.
    ///
    /// # Errors
    /// When a database fails. To move again finishes it.
    pub async fn finish(mut self, now: Instant, heir: &Heir) -> Result<(), MovingError> {
        let home = heir.home.as_str();
        if !self.is_copied {
            marks::set(&mut self.files, MOVED, now.ms()).await?;
            for table in &self.tables {
                self.files.script(close(table)).await?;
            }
        }
        query(control::COMMIT).execute(&mut self.files).await?;
        self.files.close().await?;
        fault::point(Point::HalfMoved);
        query(control::BEGIN).execute(&mut self.server).await?;
        query(TAKE_HOME).bind(home).execute(&mut self.server).await?;
        if heir.keeps_file {
            marks::copy(&mut self.server, &kept::mark_of(home), &kept::mark_of("")).await?;
        }
        marks::drop_one(&mut self.server, ARRIVING).await?;
        query(control::COMMIT).execute(&mut self.server).await?;
        Ok(self.server.close().await?)
    }
}

/// Every change of it is refused, to a process that has had it open all the time, too.
fn close(table: &Table) -> String {
    let (schema, name) = table.name.split_once('.').unwrap_or(("main", &table.name));
    let triggers = ["INSERT", "UPDATE", "DELETE"].map(|change| {
        format!(
            "CREATE TRIGGER {schema}.{name}_was_moved_{change} BEFORE {change} ON {name}
             BEGIN SELECT RAISE(ABORT, '{SAYS_MOVED}'); END;"
        )
    });
    triggers.concat()
}

async fn must_be_empty(server: &mut Link, tables: &[Table], name: &Server) -> Result<(), MovingError> {
    for table in tables {
        let any = server.rows(format!("SELECT 1::bigint FROM {} LIMIT 1", table.name)).try_next().await?;
        if any.is_some() {
            return Err(MovingError::Taken { server: name.to_string(), table: table.name.clone() });
        }
    }
    Ok(())
}

async fn empty(server: &mut Link, tables: &[Table]) -> Result<(), StoreError> {
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    server.script(format!("TRUNCATE {}", names.join(", "))).await
}

/// The next row gets the number after the last.
async fn go_on_counting(server: &mut Link, table: &Table) -> Result<(), StoreError> {
    let Some(id) = table.numbered() else { return Ok(()) };
    let name = &table.name;
    server
        .script(format!(
            "SELECT setval(sequence, last) FROM (
                SELECT pg_get_serial_sequence('{name}', '{id}') AS sequence, MAX({id}) AS last FROM {name}
            ) AS numbers WHERE sequence IS NOT NULL AND last IS NOT NULL"
        ))
        .await
}

/// Refuses files that were moved away.
pub(super) async fn must_not_be_moved(files: &mut Link) -> Result<(), StoreError> {
    match marks::read(files, MOVED).await? {
        Some(_) => Err(StoreError::Moved),
        None => Ok(()),
    }
}

/// Refuses a server as long as the rows still lie in files.
pub(super) async fn must_be_moved(left: Option<&Files>, server: &Server) -> Result<(), StoreError> {
    let Some(left) = left.filter(|files| fs::metadata(&files.rows).is_ok_and(|rows| rows.len() > 0)) else {
        return Ok(());
    };
    let mut files = Link::Sqlite(sqlite::open_reader(&left.rows).await?);
    let is_moved = marks::read(&mut files, MOVED).await?.is_some();
    files.close().await?;
    if is_moved { Ok(()) } else { Err(StoreError::Unmoved { file: left.rows.clone(), server: server.to_string() }) }
}

/// Refuses a server's database that isn't whole yet.
pub(super) async fn must_have_come(link: &mut Link) -> Result<(), StoreError> {
    match marks::read(link, ARRIVING).await? {
        Some(_) => Err(StoreError::Arriving),
        None => Ok(()),
    }
}

/// All rows of a server's database as they are at one moment, in new files that don't wait for the disk.
pub(super) async fn copy(server: &Server, to: &Files) -> Result<(), StoreError> {
    let mut from = postgres::open_reader(server).await?;
    from.script(MAY_PAUSE.to_owned()).await?;
    query(control::BEGIN_SNAPSHOT).execute(&mut from).await?;
    sqlite::make_private(to)?;
    let mut copy = Link::Sqlite(sqlite::open_writer(to, Lasting::ForNow).await?);
    query(control::BEGIN).execute(&mut copy).await?;
    for table in tables::of_file(&mut copy).await? {
        carry::carry(&mut from, &mut copy, &table, &mut |_| {}).await?;
    }
    query(control::COMMIT).execute(&mut copy).await?;
    from.close().await?;
    copy.close().await
}

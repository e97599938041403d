//! Opening a database in files: rights, pragmas, the version guard, the migrations and a quick check.

use super::{Files, Lasting, migrator};
use crate::{
    disk,
    fault::{self, Point},
    store::{StoreError, database::Shelf},
};
use sqlx::{
    Connection, Row, SqliteConnection,
    migrate::MigrateError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

/// Older versions can corrupt a WAL database with several connections: sqlite.org/wal.html, "The WAL-Reset Bug".
const SQLITE_NEEDED: &str = "3.51.3";
/// How long another program's lock is waited for. A stop is journalled after that.
pub(in crate::store) const SQLITE_WAITS: Duration = Duration::from_secs(1);
/// Read-only connections. Each is a thread.
const READERS: u32 = 3;
/// Rows that SQLite's thread may be ahead of their reader.
const ROWS_WAITING: usize = 1024;
/// Pages kept in memory, in KiB, and pages of the log after which it is folded into the file.
const CACHE_KIB: u32 = 16_384;
/// The same for each reader: what is read often, the writer reads.
const READERS_CACHE_KIB: u32 = 4_096;
const CHECKPOINT_PAGES: u32 = 1_000;
/// Statements kept prepared per connection; there are fewer.
const STATEMENTS_KEPT: usize = 128;

/// Its rights and its log are those of the database: sqlite.org/pragma.html, each of these is per file. What is overwritten there
/// is gone: a key that was destroyed lies in no free page.
const KEYSTORE_MODE: &str = "
    PRAGMA keystore.journal_mode = WAL;
    PRAGMA keystore.synchronous = FULL;
    PRAGMA keystore.secure_delete = ON;
    PRAGMA keystore.cache_size = -2048;
";

/// Migration 16 again, as a whole.
const KEYSTORE_TABLES: &str =
    concat!("BEGIN IMMEDIATE;", include_str!("../../../migrations/sqlite/0016_keystore.sql"), "COMMIT;");

/// What nobody looks up in a copy, and each message would have to be entered in: histories, and what the owner's pages list.
const TRIM: &str = "
    DROP INDEX IF EXISTS ledger_by_plan;
    DROP INDEX IF EXISTS ledger_by_customer;
    DROP INDEX IF EXISTS plans_held;
    DROP INDEX IF EXISTS attempts_failed;
";

/// A journal without its database: the file was moved, or a disk isn't mounted. A new one in its place would know of no
/// stop, and the journal's would be lost to it. Nor is there a database without its key store.
pub(in crate::store) fn look_for(files: &Files, journal: &Path) -> Result<(), StoreError> {
    let there = fs::metadata(&files.rows).is_ok_and(|file| file.len() > 0);
    match (there, journal.exists()) {
        (false, true) => Err(StoreError::Gone { database: files.rows.display().to_string() }),
        (true, _) => must_have_keys(files),
        (false, false) => Ok(()),
    }
}

/// Made anew the key store would lock the old data for ever.
pub(in crate::store) fn must_have_keys(Files { keys, .. }: &Files) -> Result<(), StoreError> {
    if keys.exists() { Ok(()) } else { Err(StoreError::KeystoreGone { path: keys.clone() }) }
}

/// Makes the folder (0700) and the file (0600) where they are missing: SQLite gives its side files the same rights. With their names on
/// disk: SQLite sees to those of its side files alone.
pub(in crate::store) fn make_private(Files { rows, keys }: &Files) -> Result<(), StoreError> {
    for path in [rows, keys] {
        make(path)
            .map_err(|error| StoreError::Unusable { database: path.display().to_string(), why: error.to_string() })?;
    }
    Ok(())
}

fn make(path: &Path) -> io::Result<()> {
    let folder = disk::folder_of(path);
    disk::make_folder(folder, 0o700)?;
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    disk::sync_folder(folder)
}

fn options(path: &Path, lasting: Lasting) -> SqliteConnectOptions {
    // FULL: a commit that was answered survives a power cut.
    let (synchronous, cache, checkpoint) = match lasting {
        Lasting::ForEver => (SqliteSynchronous::Full, CACHE_KIB, CHECKPOINT_PAGES),
        Lasting::ForNow => (SqliteSynchronous::Off, 4 * CACHE_KIB, 8 * CHECKPOINT_PAGES),
    };
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(lasting == Lasting::ForEver)
        .busy_timeout(SQLITE_WAITS)
        // A copy is thrown away: what may stand in a row is not checked again.
        .pragma("ignore_check_constraints", if lasting == Lasting::ForNow { "on" } else { "off" })
        .pragma("temp_store", "memory")
        // What is deleted lies in no free page.
        .pragma("secure_delete", if lasting == Lasting::ForNow { "off" } else { "on" })
        .pragma("cache_size", format!("-{cache}"))
        .pragma("wal_autocheckpoint", checkpoint.to_string())
        .statement_cache_capacity(STATEMENTS_KEPT)
        .row_buffer_size(ROWS_WAITING)
        // No statistics, which are of some moment: an index that was empty then (what is leased, what waits) would be gone
        // through as a whole for ever after. So the tests look at the plans that run.
        .optimize_on_close(false, None)
}

/// The one connection that writes, with the schema in place.
pub(in crate::store) async fn open_writer(files: &Files, lasting: Lasting) -> Result<SqliteConnection, StoreError> {
    let Files { rows: path, keys } = files;
    let mut writer =
        SqliteConnection::connect_with(&options(path, lasting)).await.map_err(|error| locate(error, path))?;
    guard_version(&mut writer).await?;
    attach(&mut writer, keys).await.map_err(|error| locate(error, keys))?;
    sqlx::raw_sql(KEYSTORE_MODE).execute(&mut writer).await.map_err(|error| locate(error, keys))?;
    fault::point(Point::BeforeMigrations);
    migrate(&mut writer, path).await?;
    make_good(&mut writer).await.map_err(|error| locate(error, keys))?;
    fault::point(Point::AfterMigrations);
    if lasting == Lasting::ForNow {
        // A copy was just read as a whole, by SQLite itself.
        let trimmed = sqlx::raw_sql(TRIM).execute(&mut writer).await;
        return trimmed.map(|_| writer).map_err(|error| locate(error, path));
    }
    Ok(writer)
}

/// A transaction over both files is not one in a power cut: SQLite commits the rows first, and with them may be lost that the key store
/// has its tables. It had no keys then. Where somebody's row is sealed, a key store without keys is another damage, and stays one.
async fn make_good(writer: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let asked =
        "SELECT (SELECT COUNT(*) FROM keystore.sqlite_schema WHERE name = 'keys') + EXISTS (SELECT 1 FROM customers)";
    let is_whole: i64 = sqlx::query(asked).fetch_one(&mut *writer).await?.try_get(0)?;
    if is_whole == 0 {
        sqlx::raw_sql(KEYSTORE_TABLES).execute(writer).await?;
    }
    Ok(())
}

fn reading(path: &Path) -> SqliteConnectOptions {
    let options = options(path, Lasting::ForEver).read_only(true);
    options.pragma("cache_size", format!("-{READERS_CACHE_KIB}"))
}

/// Connections that only read.
pub(in crate::store) async fn open_readers(files: &Files) -> Result<Shelf, StoreError> {
    let files = files.clone();
    let first = open_sharer(files.clone()).await?;
    Ok(Shelf::with(first, READERS, move || Box::pin(open_sharer(files.clone()))))
}

/// One of those that only read.
async fn open_sharer(Files { rows, keys }: Files) -> Result<SqliteConnection, StoreError> {
    let mut reader = open_reader(&rows).await?;
    attach(&mut reader, &keys).await.map_err(|error| locate(error, &keys))?;
    Ok(reader)
}

/// From here on its tables are those of the schema `keystore`.
async fn attach(connection: &mut SqliteConnection, keys: &Path) -> Result<(), sqlx::Error> {
    sqlx::query("ATTACH DATABASE $1 AS keystore").bind(keys.to_string_lossy()).execute(connection).await.map(drop)
}

/// One connection that only reads, to whatever file.
pub(in crate::store) async fn open_reader(path: &Path) -> Result<SqliteConnection, StoreError> {
    SqliteConnection::connect_with(&reading(path)).await.map_err(|error| locate(error, path))
}

/// A snapshot by SQLite itself, which waits for nobody.
pub(in crate::store) async fn copy(from: &Files, to: &Files) -> Result<(), StoreError> {
    // The rows first: each has its key in the other copy then.
    for (from, to) in from.paired(to) {
        let mut reader = open_reader(from).await?;
        let copied = sqlx::query("VACUUM INTO $1").bind(to.to_string_lossy()).execute(&mut reader).await;
        copied.map_err(|error| locate(error, to))?;
        reader.close().await?;
    }
    Ok(())
}

async fn guard_version(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query("SELECT sqlite_version()").fetch_one(connection).await?.try_get(0)?;
    if is_new_enough(&found) {
        Ok(())
    } else {
        Err(StoreError::TooOld { found: format!("SQLite {found}"), needed: SQLITE_NEEDED.to_owned() })
    }
}

fn is_new_enough(found: &str) -> bool {
    let numbers = |version: &str| version.split('.').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>();
    numbers(found) >= numbers(SQLITE_NEEDED)
}

async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let migrator = migrator(|step| step.sqlite);
    migrator.run_direct(None, connection, false).await.map_err(|error| unmigrated(error, path))
}

fn unmigrated(error: MigrateError, path: &Path) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) => StoreError::NewerSchema { database: path.display().to_string() },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => locate(error, path),
        other => StoreError::Damaged { database: path.display().to_string(), what: other.to_string() },
    }
}

/// A damaged file by its name.
fn locate(error: sqlx::Error, path: &Path) -> StoreError {
    match StoreError::from(error) {
        StoreError::Damaged { what, .. } => StoreError::Damaged { database: path.display().to_string(), what },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn a_sqlite_that_can_corrupt_the_database_is_refused() {
        assert!(is_new_enough("3.51.3"));
        assert!(is_new_enough("3.52.0"));
        assert!(is_new_enough("4.0.0"));
        assert!(!is_new_enough("3.51.2"));
        assert!(!is_new_enough("3.9.99"));
    }
}

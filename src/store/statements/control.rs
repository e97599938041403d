//! What begins and ends transactions, and parts of them. They are not prepared.

use super::Statement;

pub(crate) const BEGIN: Statement = two("BEGIN", "BEGIN IMMEDIATE", "BEGIN");
/// A transaction that reads everything as it is at one moment.
pub(crate) const BEGIN_SNAPSHOT: Statement =
    two("BEGIN_SNAPSHOT", "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
/// A transaction takes its turn among those of all nodes: facts that one looks at, no other changes before it ends. On SQLite
/// it has it by its beginning.
pub(crate) const TAKE_TURN: Statement =
    two("TAKE_TURN", "SELECT 1", "SELECT 1::bigint FROM pg_advisory_xact_lock(1131375977)");
/// The lock of the node that does what one does alone, held until its link ends.
pub(crate) const LEAD: Statement =
    two("LEAD", "SELECT 1", "SELECT CAST(CASE WHEN pg_try_advisory_lock(1131375978) THEN 1 ELSE 0 END AS BIGINT)");
pub(crate) const COMMIT: Statement = one("COMMIT");
/// Whether the files are sound: `ok`, or what is wrong with them.
pub(crate) const LOOK_THROUGH: Statement = two("LOOK_THROUGH", "PRAGMA quick_check(1)", "SELECT 'ok'");
/// How many bytes the file has.
pub(crate) const SIZE: Statement = two(
    "SIZE",
    "SELECT c.page_count * s.page_size FROM pragma_page_count AS c, pragma_page_size AS s",
    "SELECT pg_database_size(current_database())",
);
/// What is written is kept in memory, and in the log, for longer: half a gigabyte of rows changes the same pages again and again.
pub(crate) const TAKE_ROOM: Statement =
    two("TAKE_ROOM", "PRAGMA wal_autocheckpoint = 16000; PRAGMA cache_size = -65536", "SELECT 1");
pub(crate) const ROLLBACK: Statement = one("ROLLBACK");
pub(crate) const SAVEPOINT: Statement = one("SAVEPOINT part");
pub(crate) const ROLLBACK_TO: Statement = one("ROLLBACK TO part");
pub(crate) const RELEASE: Statement = one("RELEASE part");

const fn one(sql: &'static str) -> Statement {
    two(sql, sql, sql)
}

const fn two(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Statement {
    Statement { name, sqlite, postgres }
}

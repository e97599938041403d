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

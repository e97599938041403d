//! How the tables of a server move on while nodes of an older version work with them.
//!
//! Each migration says up to which version a program must know the tables to work beside it. Where that is what the nodes that
//! run know, they go on: it only adds what they needn't know. Where not, they have to stop before the tables change, and a
//! node that is frozen or cut off must not come back as if nothing had been. So whoever migrates
//!
//! 1. takes the turn: no transaction of any node is under way from here on;
//! 2. notes in the database which version one must know, and
//! 3. ends the links of all others. A link that is made anew is asked for that note first ([`must_keep_up`]).
//!
//! What is older then holds: it sends nothing, keeps stops in its journal, and says so. When the new version is started in its place, the
//! journal is applied before all else. A program that *starts* with tables that it doesn't know refuses in any case.
//!
//! Files have one node, and nobody works beside it.

use super::{Server, migrator, steps};
use crate::store::{
    StoreError,
    database::{Ear, Link},
    marks,
};
use sqlx::{PgConnection, migrate::MigrateError};
use std::collections::BTreeMap;

/// The mark that says up to which version one must know the tables.
const KNOWS: &str = "schema";
/// As [`crate::store::statements::control::TAKE_TURN`], but for as long as the link stands.
const TAKE_THE_TURN: &str = "SELECT pg_advisory_lock(1131375977)";
const GIVE_THE_TURN: &str = "SELECT pg_advisory_unlock(1131375977)";
const END_THE_OTHERS: &str = "
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user AND application_name = 'comity'
";

/// Puts the tables in place that this version knows. Whoever has `worked` with the database before doesn't make it anew.
pub async fn bring_up(writer: &mut PgConnection, ear: &Ear, server: &Server, worked: bool) -> Result<(), StoreError> {
    let applied = applied(writer, ear).await?;
    if worked && applied.is_none() {
        return Err(StoreError::Gone { database: server.to_string() });
    }
    let applied = applied.unwrap_or_default();
    if applied.keys().any(|version| steps().all(|step| step.version != *version)) {
        return Err(StoreError::NewerSchema { database: server.to_string() });
    }
    if is_level(&applied) {
        return Ok(());
    }
    ear.hear_out(sqlx::raw_sql(TAKE_THE_TURN).execute(&mut *writer)).await??;
    make_room(writer, ear).await?;
    let migrator = migrator(|step| step.postgres);
    match ear.hear_out(migrator.run_direct(None, writer, false)).await? {
        Ok(()) => {}
        Err(MigrateError::VersionMissing(_)) => return Err(StoreError::NewerSchema { database: server.to_string() }),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => return Err(error.into()),
        Err(other) => return Err(StoreError::Damaged { database: server.to_string(), what: other.to_string() }),
    }
    ear.hear(sqlx::raw_sql(GIVE_THE_TURN).execute(writer)).await??;
    Ok(())
}

/// The checksum of each migration that was applied; none where nobody ever worked with the database.
async fn applied(writer: &mut PgConnection, ear: &Ear) -> Result<Option<BTreeMap<i64, Vec<u8>>>, StoreError> {
    let asked = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
    if !ear.hear(asked.fetch_one(&mut *writer)).await?? {
        return Ok(None);
    }
    let asked = sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success");
    let rows: Vec<(i64, Vec<u8>)> = ear.hear(asked.fetch_all(writer)).await??;
    Ok(Some(rows.into_iter().collect()))
}

/// Whether there is nothing to do, and nothing to object to.
fn is_level(applied: &BTreeMap<i64, Vec<u8>>) -> bool {
    let ours = migrator(|step| step.postgres);
    applied.len() == ours.iter().count()
        && ours.iter().all(|one| applied.get(&one.version).is_some_and(|sum| **sum == *one.checksum))
}

/// Ends the links of those who can't work beside what is to come.
async fn make_room(writer: &mut PgConnection, ear: &Ear) -> Result<(), StoreError> {
    let applied = applied(writer, ear).await?.unwrap_or_default();
    // Of a database that is made, nobody needs to know anything; a newer one is refused.
    let Some((newest, _)) = applied.last_key_value() else { return Ok(()) };
    let to_come = steps().filter(|step| !applied.contains_key(&step.version));
    let Some(knows) = to_come.map(|step| step.beside).max().filter(|knows| knows > newest) else { return Ok(()) };
    let any = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM nodes)");
    if !ear.hear(any.fetch_one(&mut *writer)).await?? {
        // Nobody ever worked with it: an installation may yet move there, and it takes a database without rows.
        return Ok(());
    }
    let note = "INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = GREATEST(marks.at, excluded.at)";
    ear.hear(sqlx::query(note).bind(KNOWS).bind(knows).execute(&mut *writer)).await??;
    let ended = ear.hear(sqlx::query(END_THE_OTHERS).fetch_all(writer)).await??.len();
    tracing::warn!(
        version = knows,
        ended,
        "older versions can't work beside this one: they hold until they are replaced"
    );
    Ok(())
}

/// Whether this version may still work with the database.
pub async fn must_keep_up(link: &mut Link, server: &Server) -> Result<(), StoreError> {
    let ours = steps().map(|step| step.version).max().unwrap_or_default();
    match marks::read(link, KNOWS).await? {
        Some(knows) if knows > ours => Err(StoreError::Overtaken { database: server.to_string() }),
        _ => Ok(()),
    }
}

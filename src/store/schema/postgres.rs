//! Opening a database on a PostgreSQL server: its version, its tables, and a pool that only reads.
//!
//! The key store is a schema of its own, so that it can have a backup of its own.

use super::migrator;
use crate::{base::Clock, clock::SystemClock, store::StoreError};
use sqlx::{
    Connection, PgConnection, PgPool,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{fmt, path::Path, str::FromStr, time::Duration};
use zeroize::Zeroizing;

/// `MERGE … RETURNING` and the planner's estimates aside, nothing newer is needed; older ones are out of support soon.
const NEEDED: u32 = 150_000;
/// One connection that only reads.
pub(in crate::store) async fn open_reader(server: &Server) -> Result<PgConnection, StoreError> {
    let mut reader = connect(server).await?;
    sqlx::query("SET default_transaction_read_only = on").execute(&mut reader).await?;
    Ok(reader)
}

/// Connections that only read.
const READERS: u32 = 4;
/// Statements kept prepared per connection; there are fewer.
const STATEMENTS_KEPT: usize = 512;
/// How long a connection is waited for, and a lock of somebody who isn't a node: a stop is journalled after that.
const WAITS: Duration = Duration::from_secs(1);

/// A database on a server.
#[derive(Clone)]
pub struct Server {
    options: Box<PgConnectOptions>,
    url: String,
    password: Option<Zeroizing<String>>,
}

/// As it was said: another user or password is another server.
impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        (&self.url, &self.password) == (&other.url, &other.password)
    }
}

impl Eq for Server {}

/// Without the password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// As messages name it: no password, and nobody's name.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.options.get_database().unwrap_or_default();
        match self.options.get_socket() {
            Some(folder) => write!(f, "{database} on {}", folder.display()),
            None => write!(f, "{database} on {}:{}", self.options.get_host(), self.options.get_port()),
        }
    }
}

impl Server {
    /// From `postgres://user@host/database`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str, password: Option<&Zeroizing<String>>) -> Result<Self, &'static str> {
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err("a database on a server begins with postgres://");
        }
        if has_password(url) {
            return Err(
                "the password stands in the address, and would be seen by whoever reads it: write password_file",
            );
        }
        // What sqlx says of it may name what stands in it.
        let options = PgConnectOptions::from_str(url).map_err(|_| "this isn't the address of a database")?;
        if options.get_database().is_none() {
            return Err("the address doesn't name the database");
        }
        let options = match password {
            Some(password) => options.password(password),
            None => options,
        };
        let options = options
            .application_name("comity")
            .statement_cache_capacity(STATEMENTS_KEPT)
            // Plans that don't hang on what was in a table when its rows were last counted: an index is looked into.
            .options([
                ("plan_cache_mode", "force_generic_plan"),
                ("timezone", "UTC"),
                ("client_min_messages", "warning"),
                ("jit", "off"),
            ]);
        Ok(Self { options: Box::new(options), url: url.to_owned(), password: password.cloned() })
    }

    /// Another database of the same server.
    pub(super) fn naming(&self, database: &str) -> Self {
        let url = format!("{} ({database})", self.url);
        Self { options: Box::new((*self.options).clone().database(database)), url, password: self.password.clone() }
    }
}

/// Whether one stands between the name and the host, or among the parameters.
fn has_password(url: &str) -> bool {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let before_host = place.split('/').next().and_then(|authority| authority.rsplit_once('@'));
    let among = |(name, _): (_, _)| name == "password";
    before_host.is_some_and(|(user, _)| user.contains(':'))
        || parameters.split('&').filter_map(|pair| pair.split_once('=')).any(among)
}

/// The one connection that writes, with the schema in place. Whoever has a journal worked with this database before.
pub(in crate::store) async fn open_writer(server: &Server, journal: Option<&Path>) -> Result<PgConnection, StoreError> {
    let mut writer = connect(server).await?;
    guard_version(&writer)?;
    if journal.is_some_and(Path::exists) && !has_schema(&mut writer).await? {
        return Err(StoreError::Gone { database: server.to_string() });
    }
    match migrator(|(_, _, _, text)| text).run_direct(None, &mut writer, false).await {
        Ok(()) => Ok(writer),
        Err(MigrateError::VersionMissing(_)) => Err(StoreError::NewerSchema { database: server.to_string() }),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => Err(error.into()),
        Err(other) => Err(StoreError::Damaged { database: server.to_string(), what: other.to_string() }),
    }
}

/// Whether anybody ever worked with it.
async fn has_schema(writer: &mut PgConnection) -> Result<bool, StoreError> {
    let asked = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
    Ok(asked.fetch_one(writer).await?)
}

/// A connection, in time.
pub(in crate::store) async fn connect(server: &Server) -> Result<PgConnection, StoreError> {
    tokio::select! {
        connected = PgConnection::connect_with(&server.options) => Ok(connected?),
        () = SystemClock.wait_for(WAITS) => Err(StoreError::Unreachable { what: format!("{server} doesn't answer") }),
    }
}

/// Connections that only read.
pub(in crate::store) fn open_readers(server: &Server) -> PgPool {
    let reading = (*server.options).clone().options([("default_transaction_read_only", "on")]);
    PgPoolOptions::new().max_connections(READERS).acquire_timeout(4 * WAITS).connect_lazy_with(reading)
}

fn guard_version(connection: &PgConnection) -> Result<(), StoreError> {
    match connection.server_version_num() {
        Some(found) if found < NEEDED => {
            let version = |number: u32| format!("PostgreSQL {}", number / 10_000);
            Err(StoreError::TooOld { found: version(found), needed: version(NEEDED) })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, Zeroizing};

    #[test]
    fn an_address_of_a_database_names_it_and_no_password() {
        let server = Server::parse("postgres://comity@db.example:5433/shop?sslmode=verify-full", None).unwrap();
        let secret = Zeroizing::new("geheim".to_owned());
        let other = Server::parse("postgres://comity@db.example:5433/shop?sslmode=verify-full", Some(&secret)).unwrap();
        assert!(server == server.clone() && server != other, "a new password takes a new start");
        assert!(!format!("{other:?}").contains("geheim"));
        assert_eq!(
            (server.to_string(), format!("{server:?}")),
            ("shop on db.example:5433".into(), "shop on db.example:5433".into())
        );
        assert_eq!(
            Server::parse("postgres://c@localhost/shop?host=/run/pg", None).unwrap().to_string(),
            "shop on /run/pg"
        );
        let refused = |url: &str| Server::parse(url, None).unwrap_err();
        assert!(refused("mysql://db.example/shop").contains("begins with postgres://"));
        assert!(refused("postgres://comity:geheim@db.example/shop").contains("password_file"));
        assert!(refused("postgres://db.example/shop?user=comity&password=geheim").contains("password_file"));
        assert!(refused("postgres://comity@db.example").contains("doesn't name the database"));
        assert!(!refused("postgres://comity@[/shop").contains("shop"), "what is wrong with it may be a secret");
    }
}

//! Opening a database on a PostgreSQL server: its version, its tables, and a pool that only reads.
//!
//! The key store is a schema of its own, so that it can have a backup of its own.

use super::roll;
use crate::{
    base::Clock,
    clock::SystemClock,
    fault::{self, Point},
    store::{
        StoreError,
        database::{Ear, Knock, Link, Readers},
    },
};
use futures_util::FutureExt;
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{fmt, path::Path, str::FromStr, sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// `MERGE … RETURNING` and the planner's estimates aside, nothing newer is needed; older ones are out of support soon.
const NEEDED: u32 = 150_000;
/// What each session begins with. Plans are made once, often over tables that are empty yet and were never counted, and are
/// to be right when these hold millions: rows that come in are gone through, and the rest is looked up by index, one by
/// one. Counts, or a guess in their place, would make one that reads whole tables, and keep it.
pub const SESSION: [(&str, &str); 7] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("random_page_cost", "1.1"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("timezone", "UTC"),
    ("client_min_messages", "warning"),
    ("jit", "off"),
];
/// Connections that only read.
const READERS: u32 = 4;
/// Statements kept prepared per connection; there are fewer.
const STATEMENTS_KEPT: usize = 512;
/// How long a connection is waited for, and a lock of somebody who isn't a node: a stop is journalled after that.
const WAITS: Duration = Duration::from_secs(1);
/// What the server is told of whoever falls silent. It can't know that a machine is cut off, and what that one holds, the
/// others wait for: above all the turn, which every transaction takes. In milliseconds, and in seconds.
const SILENT: [(&str, &str); 5] = [
    ("idle_in_transaction_session_timeout", "5000"),
    ("tcp_user_timeout", "10000"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
];

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
        let options = options.application_name("comity").statement_cache_capacity(STATEMENTS_KEPT);
        let options = options.options(SESSION).options(SILENT);
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
pub(in crate::store) async fn open_writer(server: &Server, journal: Option<&Path>) -> Result<Link, StoreError> {
    let mut writer = connect(server).await?;
    guard_version(&writer)?;
    let ear = ear(server);
    fault::point(Point::BeforeMigrations);
    roll::bring_up(&mut writer, &ear, server, journal.is_some_and(Path::exists)).await?;
    fault::point(Point::AfterMigrations);
    let mut link = Link::Postgres(writer, ear);
    roll::must_keep_up(&mut link, server).await?;
    Ok(link)
}

/// A new link in place of one that broke, while nodes of another version may have begun to work with the database.
pub(in crate::store) async fn link_anew(server: &Server) -> Result<Link, StoreError> {
    let mut link = Link::Postgres(connect(server).await?, ear(server));
    roll::must_keep_up(&mut link, server).await?;
    Ok(link)
}

/// One connection that only reads.
pub(in crate::store) async fn open_reader(server: &Server) -> Result<Link, StoreError> {
    let mut link = Link::Postgres(connect(server).await?, ear(server));
    link.script("SET default_transaction_read_only = on".to_owned()).await?;
    Ok(link)
}

/// A connection, in time.
pub(in crate::store) async fn connect(server: &Server) -> Result<PgConnection, StoreError> {
    tokio::select! {
        connected = PgConnection::connect_with(&server.options) => Ok(connected?),
        () = SystemClock.wait_for(WAITS) => Err(StoreError::Unreachable { what: format!("{server} doesn't answer") }),
    }
}

/// Connections that only read.
pub(in crate::store) fn open_readers(server: &Server) -> Readers {
    let reading = (*server.options).clone().options([("default_transaction_read_only", "on")]);
    let pool = PgPoolOptions::new().max_connections(READERS).acquire_timeout(4 * WAITS).connect_lazy_with(reading);
    Readers::Postgres(pool, knock(server))
}

fn ear(server: &Server) -> Arc<Ear> {
    Ear::new(knock(server))
}

/// Whoever is turned away was answered, too.
fn knock(server: &Server) -> Knock {
    let server = server.clone();
    Arc::new(move || {
        let server = server.clone();
        async move {
            tokio::select! {
                opened = PgConnection::connect_with(&server.options) => matches!(opened, Ok(_) | Err(sqlx::Error::Database(_))),
                () = SystemClock.wait_for(WAITS) => false,
            }
        }
        .boxed()
    })
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

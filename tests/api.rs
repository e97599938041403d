//! The API on the real binary: what it takes, what it refuses and how, and that nothing is half done.

mod declared;
mod flawed;
mod generated;
mod no;
mod repeat;
mod resources;
mod slow;

use crate::support::{
    api::{self, Client},
    proof,
    real::{Daemon, Premises, Witness},
};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

/// A shop at work: its mail server, its daemon, and a program that may do everything.
struct Shop {
    witness: Witness,
    premises: Premises,
    daemon: Daemon,
    client: Client,
    _folder: TempDir,
}

impl Shop {
    fn open() -> Self {
        Self::with(&[], &[], 1_000_000)
    }

    /// With delays of the mail server, an environment for the daemon, and so many requests a minute.
    fn with(delays: &[&str], environment: &[(&str, &str)], per_minute: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), delays);
        Self::at(api::premises(witness.port, per_minute), witness, folder, environment)
    }

    /// In these premises.
    fn at(premises: Premises, witness: Witness, folder: TempDir, environment: &[(&str, &str)]) -> Self {
        proof::bring_customers(&premises, 0);
        let key = api::key(&premises, "till", api::ALL);
        let mut daemon = premises.serve(environment);
        let address = api::opened(&mut daemon);
        Self { client: Client { address, key }, witness, premises, daemon, _folder: folder }
    }

    /// One number out of the database.
    fn count(&self, sql: &'static str) -> i64 {
        self.one(sql)
    }

    /// One value out of the database.
    fn one<T>(&self, sql: &'static str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = SqliteConnectOptions::new().filename(self.premises.path().join("data/comity.db")).read_only(true);
        runtime.block_on(async {
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get(0)
        })
    }
}

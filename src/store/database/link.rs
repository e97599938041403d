//! A connection to either database: of one's own, or out of a pool.

use super::{
    ear::{Ear, Knock},
    row::Row,
    shelf::{OffShelf, Shelf},
};
use crate::{fault::seam, store::StoreError};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream::BoxStream};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, SqliteConnection, pool::PoolConnection};
use std::sync::Arc;

/// See the module.
pub(in crate::store) enum Link {
    Sqlite(SqliteConnection),
    Postgres(PgConnection, Arc<Ear>),
    SqliteOfMany(OffShelf),
    PostgresOfMany(Lent),
}

/// One out of a pool. It goes back, unless it was left in the middle of an answer.
pub(in crate::store) struct Lent {
    connection: PoolConnection<Postgres>,
    ear: Arc<Ear>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.ear.is_left() {
            self.connection.close_on_drop();
        }
    }
}

/// Which of the two it leads to.
pub(in crate::store) enum Side<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection, &'a Arc<Ear>),
}

impl Link {
    pub fn side(&mut self) -> Side<'_> {
        match self {
            Self::Sqlite(link) => Side::Sqlite(link),
            Self::SqliteOfMany(link) => Side::Sqlite(&mut link.connection),
            Self::Postgres(link, ear) => Side::Postgres(link, ear),
            Self::PostgresOfMany(Lent { connection, ear }) => Side::Postgres(connection, ear),
        }
    }

    /// Does what stands in no table of statements, because it is made while it runs.
    pub async fn script(&mut self, sql: String) -> Result<(), StoreError> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match self.side() {
            Side::Sqlite(link) => seam::ask("script", script.execute(link)).await?.map(drop)?,
            Side::Postgres(link, ear) => ear.hear_out(script.execute(link)).await?.map(drop)?,
        }
        Ok(())
    }

    /// Rows of a question that stands in no table of statements, for the same reason.
    pub fn rows(&mut self, sql: String) -> BoxStream<'_, Result<Row, StoreError>> {
        let asked = AssertSqlSafe(sql);
        match self.side() {
            Side::Sqlite(link) => sqlx::query(asked).fetch(link).map_ok(Row::Sqlite).map_err(StoreError::from).boxed(),
            Side::Postgres(link, ear) => {
                let rows = sqlx::query(asked).fetch(link).map_ok(Row::Postgres).map_err(StoreError::from);
                ear.hear_all(rows.boxed())
            }
        }
    }

    /// Says good-bye.
    pub async fn close(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(link) => link.close().await?,
            Self::Postgres(link, ear) => ear.hear(link.close()).await??,
            Self::SqliteOfMany(link) => drop(link),
            Self::PostgresOfMany(link) => drop(link),
        }
        Ok(())
    }
}

/// Links that only read, shared by whoever reads.
pub(in crate::store) enum Readers {
    Sqlite(Shelf),
    Postgres(PgPool, Knock),
}

impl Readers {
    /// One of them; it goes back when it is dropped.
    pub async fn one(&self) -> Result<Link, StoreError> {
        // On the heap, as in a query.
        Ok(match self {
            Self::Sqlite(readers) => Link::SqliteOfMany(readers.one().boxed().await?),
            Self::Postgres(pool, knock) => {
                let connection = pool.acquire().boxed().await?;
                Link::PostgresOfMany(Lent { connection, ear: Ear::new(Arc::clone(knock)) })
            }
        })
    }

    /// Says good-bye to all of them.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(readers) => readers.close().await,
            Self::Postgres(pool, _) => pool.close().await,
        }
    }
}

//! Marks: one number each, under a name, that says how far something has come or when it was.

use super::{
    StoreError,
    database::{Link, query, query_as},
    statements::marks::{COPY_MARK, DROP_MARK, MARK, RAISE_MARK, SET_MARK},
};

/// The latest instant that this installation has seen.
pub const CLOCK: &str = "clock";

/// What it says; `None` where it was never set.
pub async fn read(link: &mut Link, name: &str) -> Result<Option<i64>, StoreError> {
    query_as(MARK).bind(name).fetch_optional(link).await
}

/// It says this from now on.
pub async fn set(link: &mut Link, name: &str, at: i64) -> Result<(), StoreError> {
    query(SET_MARK).bind(name).bind(at).execute(link).await.map(drop)
}

/// It says this from now on, unless it says more.
pub async fn raise(link: &mut Link, name: &str, at: i64) -> Result<(), StoreError> {
    query(RAISE_MARK).bind(name).bind(at).execute(link).await.map(drop)
}

/// It says what another one says, where there is that.
pub async fn copy(link: &mut Link, name: &str, other: &str) -> Result<(), StoreError> {
    query(COPY_MARK).bind(name).bind(other).execute(link).await.map(drop)
}

/// It is gone.
pub async fn drop_one(link: &mut Link, name: &str) -> Result<(), StoreError> {
    query(DROP_MARK).bind(name).execute(link).await.map(drop)
}

//! People's own keys: made ahead, on disk before anything that they seal; taken, and looked up.
//!
//! The key store is a second file beside the database, attached to each connection as `keystore`, so that a row comes with its
//! key in one question. A transaction over both files is not one in a power cut: SQLite commits the rows first. So keys
//! are made ahead, in a transaction of their own, and creating a customer only takes one: what is lost then is at most that it was
//! taken, and whoever takes the next one looks whether it seals something already.

use super::{
    StoreError,
    round::Desk,
    sealing::{random, unwrap},
    statements::keystore::{KEY, KEY_OF_NOBODY, KEYS_IN_STOCK, STOCK_KEYS, TAKE_KEY},
};
use crate::base::{CustomerId, DataKey, keys::KEY_BYTES};
use serde::Serialize;
use sqlx::Row;
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

/// Where the key store of a database lies.
pub(super) fn beside(database: &Path) -> PathBuf {
    database.with_extension("keys.db")
}

#[derive(Serialize)]
struct NewKey {
    id: i64,
    wrapped: String,
}

/// Makes as many keys as there are too few. In a transaction of its own, but for a copy's.
pub(super) async fn stock(desk: &mut Desk, wanted: usize) -> Result<(), StoreError> {
    let row = sqlx::query(KEYS_IN_STOCK.sqlite).fetch_one(desk.database.alone().await?).await?;
    let (spare, last): (i64, i64) = (row.try_get("spare")?, row.try_get("last")?);
    let lacking = i64::try_from(wanted).unwrap_or(i64::MAX).saturating_sub(spare);
    let mut made = Vec::new();
    for id in (last..).skip(1).zip(0..lacking).map(|(id, _)| id) {
        let wrapped = DataKey::from_random(random::<KEY_BYTES>()?).wrap(&desk.keys, id, random()?)?;
        made.push(NewKey { id, wrapped: hexadecimal(&wrapped) });
    }
    if !made.is_empty() {
        let rows = serde_json::to_string(&made).map_err(|error| StoreError::odd("keys", &error.to_string()))?;
        sqlx::query(STOCK_KEYS.sqlite).bind(rows).execute(desk.database.alone().await?).await?;
    }
    Ok(())
}

/// A key out of the stock, and its id.
pub(super) async fn take(desk: &mut Desk) -> Result<(i64, DataKey), StoreError> {
    let row = sqlx::query(TAKE_KEY.sqlite).fetch_optional(desk.database.alone().await?).await?;
    let row = row.ok_or_else(|| StoreError::odd("keystore.keys", "no key is left in stock"))?;
    let id = row.try_get("id")?;
    Ok((id, unwrap(&desk.keys, id, row.try_get("wrapped")?)?))
}

/// The key of a customer who is there.
pub(super) async fn of(desk: &mut Desk, customer: CustomerId) -> Result<DataKey, StoreError> {
    by_id(desk, customer.0).await
}

/// The key of visits that nobody is known for, and its id.
pub(super) async fn of_nobody(desk: &mut Desk) -> Result<(i64, DataKey), StoreError> {
    let known: Option<i64> = sqlx::query_scalar(KEY_OF_NOBODY.sqlite).fetch_one(desk.database.alone().await?).await?;
    match known {
        Some(id) => Ok((id, by_id(desk, id).await?)),
        None => take(desk).await,
    }
}

async fn by_id(desk: &mut Desk, id: i64) -> Result<DataKey, StoreError> {
    let query = sqlx::query_scalar(KEY.sqlite).bind(id);
    let wrapped: Option<Option<Vec<u8>>> = query.fetch_optional(desk.database.alone().await?).await?;
    Ok(unwrap(&desk.keys, id, wrapped.flatten().as_deref())?)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

//! People's own keys: made ahead, on disk before anything that they seal; taken, and looked up.
//!
//! The key store is a second file beside the database, attached to each connection as `keystore`, so that a row comes with its
//! key in one question. A transaction over both files is not one in a power cut: SQLite commits the rows first. So keys
//! are made ahead, in a transaction of their own, and creating a customer only takes one: what is lost then is at most that it was
//! taken, and whoever takes the next one looks whether it seals something already.

use super::{
    Store, StoreError,
    database::{Link, query, query_as},
    round::Desk,
    schema::Server,
    sealing::{random, unwrap},
    statements::keystore::{KEY, KEY_OF_NOBODY, KEYS_AFTER, KEYS_IN_STOCK, REWRAP_KEY, STOCK_KEYS, TAKE_KEYS},
    writer::Message,
};
use crate::base::{
    CustomerId, DataKey, hex,
    keys::{KEY_BYTES, Keyring},
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Keys that one transaction wraps anew.
const PAGE: i64 = 500;

/// Whoever wants so many keys is an import, and will want so many times as many.
const MANY: i64 = 100;
const AHEAD: i64 = 2;

/// Where the key store of a database lies.
pub(super) fn beside(database: &Path) -> PathBuf {
    database.with_extension("keys.db")
}

impl Store {
    /// Wraps every key anew, with the newest of the wrapping keys. Gives how many there were.
    ///
    /// # Errors
    /// When the key store can't be written, or one of its keys not unwrapped: the others before it are wrapped anew.
    pub async fn rewrap(&self) -> Result<u64, StoreError> {
        let (mut after, mut wrapped) = (0, 0);
        while let Some((last, keys)) = self.errand(move |desk| Box::pin(rewrap(desk, after))).await? {
            (after, wrapped) = (last, wrapped + keys);
        }
        // What the older ones wrapped stands in the log, too: where somebody reads just now, until it is written over.
        self.ask(&self.inner.ordinary, Message::ClearAway).await?;
        Ok(wrapped)
    }
}

/// Whether these keys open what is there: a machine that joins with others would read nothing, and seal what the others can't read.
pub(super) async fn must_open(link: &mut Link, keys: &Keyring, server: &Server) -> Result<(), StoreError> {
    let first: Option<(i64, Vec<u8>)> = query_as(KEYS_AFTER).bind(i64::MIN).bind(1).fetch_optional(link).await?;
    match first {
        Some((id, wrapped)) if DataKey::unwrap(keys, id, &wrapped).is_err() => {
            Err(StoreError::OtherKeys { database: server.to_string() })
        }
        _ => Ok(()),
    }
}

/// A page. Gives the last id, and how many keys it had.
async fn rewrap(desk: &mut Desk, after: i64) -> Result<Option<(i64, u64)>, StoreError> {
    let asked = query_as(KEYS_AFTER).bind(after).bind(PAGE);
    let rows: Vec<(i64, Vec<u8>)> = asked.fetch_all(desk.database.alone().await?).await?;
    for (id, wrapped) in &rows {
        let wrapped = DataKey::unwrap(&desk.keys, *id, wrapped)?.wrap(&desk.keys, *id, random()?)?;
        query(REWRAP_KEY).bind(*id).bind(wrapped).execute(desk.database.alone().await?).await?;
    }
    let keys = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(rows.last().map(|(last, _)| (*last, keys)))
}

#[derive(Serialize)]
struct NewKey {
    id: i64,
    wrapped: String,
}

/// Makes as many keys as there are too few, and for a long import those of its next transactions with them: the disk is waited for
/// once. In a transaction of its own, but for a copy's.
pub(super) async fn stock(desk: &mut Desk, wanted: usize) -> Result<(), StoreError> {
    let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
    let row = query(KEYS_IN_STOCK).bind(wanted).fetch_one(desk.database.alone().await?).await?;
    let (spare, last): (i64, i64) = (row.try_get("spare")?, row.try_get("last")?);
    let lacking = wanted.saturating_sub(spare);
    let ahead = if lacking > 0 && wanted >= MANY { AHEAD * wanted } else { 0 };
    let mut made = Vec::new();
    for id in (last..).skip(1).zip(0..lacking + ahead).map(|(id, _)| id) {
        let wrapped = DataKey::from_random(random::<KEY_BYTES>()?).wrap(&desk.keys, id, random()?)?;
        made.push(NewKey { id, wrapped: hex(&wrapped) });
    }
    if !made.is_empty() {
        let rows = serde_json::to_string(&made).map_err(|error| StoreError::odd("keys", &error.to_string()))?;
        query(STOCK_KEYS).bind(rows).execute(desk.database.alone().await?).await?;
    }
    Ok(())
}

/// A key out of the stock, and its id.
pub(super) async fn take(desk: &mut Desk) -> Result<(i64, DataKey), StoreError> {
    take_many(desk, 1).await?.pop().ok_or_else(nothing_left)
}

/// So many of them, by their ids.
pub(super) async fn take_many(desk: &mut Desk, count: usize) -> Result<Vec<(i64, DataKey)>, StoreError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let rows = desk.database.rows(query(TAKE_KEYS).bind(count)).await?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) < count {
        return Err(nothing_left());
    }
    let mut taken = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.try_get("id")?;
        taken.push((id, unwrap(&desk.keys, id, row.try_get("wrapped")?)?));
    }
    taken.sort_unstable_by_key(|(id, _)| *id);
    Ok(taken)
}

pub(super) fn nothing_left() -> StoreError {
    StoreError::odd("keystore.keys", "no key is left in stock")
}

/// The key of a customer who is there.
pub(super) async fn of(desk: &mut Desk, customer: CustomerId) -> Result<DataKey, StoreError> {
    by_id(desk, customer.0).await
}

/// The key of visits that nobody is known for, and its id.
pub(super) async fn of_nobody(desk: &mut Desk) -> Result<(i64, DataKey), StoreError> {
    let known: Option<i64> = query_as(KEY_OF_NOBODY).fetch_one(desk.database.alone().await?).await?;
    match known {
        Some(id) => Ok((id, by_id(desk, id).await?)),
        None => take(desk).await,
    }
}

async fn by_id(desk: &mut Desk, id: i64) -> Result<DataKey, StoreError> {
    let asked = query_as(KEY).bind(id);
    let wrapped: Option<Option<Vec<u8>>> = asked.fetch_optional(desk.database.alone().await?).await?;
    Ok(unwrap(&desk.keys, id, wrapped.flatten().as_deref())?)
}

//! People's own keys: made ahead, on disk before anything that they seal; taken, and looked up.
//!
//! The key store is a second file beside the database, attached to each connection as `keystore`, so that a row comes with its
//! key in one question. A transaction over both files is not one in a power cut: SQLite commits the rows first. So keys
//! are made ahead, in a transaction of their own, and creating a customer only takes one, in memory: the transaction that
//! writes the rows leaves the key store alone, and waits for one file. When the store closes, what wasn't taken lies in stock; who
//! takes it from there looks whether it seals something already.

use super::{
    Store, StoreError,
    book::rows,
    database::{Link, query, query_as},
    round::Desk,
    schema::Server,
    sealing::{random, unwrap},
    statements::keystore::{ADD_KEYS, GIVE_KEYS_BACK, KEY, KEY_OF_NOBODY, KEYS_AFTER, LAST_KEY, REWRAP_KEY, TAKE_KEYS},
    writer::Message,
};
use crate::{
    base::{
        CustomerId, DataKey, hex,
        keys::{KEY_BYTES, Keyring},
    },
    fault::{self, Point},
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Keys that one transaction wraps anew.
const PAGE: i64 = 500;

/// Whoever wants so many keys is an import, and will want so many times as many.
const MANY: usize = 100;
const AHEAD: usize = 2;

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

/// Keys that are on disk and nobody's, ready to be taken without a question to the database. The key store calls them taken: one
/// that is lost, with the process or with a transaction, seals nothing, now or later.
#[derive(Default)]
pub(super) struct Ready {
    keys: Vec<(i64, DataKey)>,
    /// How many of them this round took.
    taken: usize,
}

impl Ready {
    /// For [`Self::put_back_after`].
    pub fn taken_so_far(&self) -> usize {
        self.taken
    }

    /// What was taken since then seals nothing: it was taken back with its transaction, or a part of that.
    pub fn put_back_after(&mut self, taken: usize) {
        self.taken = self.taken.min(taken);
    }

    /// A round is over. What it took is never given again, also where it failed: a commit that failed may be on disk.
    pub fn end_round(&mut self) {
        self.keys.drain(..self.taken.min(self.keys.len()));
        self.taken = 0;
    }

    fn left(&self) -> usize {
        self.keys.len().saturating_sub(self.taken)
    }
}

#[derive(Serialize)]
struct NewKey {
    id: i64,
    wrapped: String,
}

/// Makes as many keys ready as there are too few, and for a long import those of its next transactions with them: the disk is
/// waited for once. In a transaction of its own, but for a copy's.
pub(super) async fn make_ready(desk: &mut Desk, wanted: usize) -> Result<(), StoreError> {
    let lacking = wanted.saturating_sub(desk.ready.left());
    if lacking == 0 {
        return Ok(());
    }
    let wanted = lacking + if wanted >= MANY { AHEAD * wanted } else { 0 };
    desk.database.begin().await?;
    let mut keys = spare(desk, wanted).await?;
    keys.extend(made(desk, wanted.saturating_sub(keys.len())).await?);
    desk.database.commit().await?;
    fault::point(Point::AfterKeysMade);
    desk.ready.keys.extend(keys);
    Ok(())
}

/// Those that lie in stock, so many at most.
async fn spare(desk: &mut Desk, wanted: usize) -> Result<Vec<(i64, DataKey)>, StoreError> {
    let asked = query(TAKE_KEYS).bind(i64::try_from(wanted).unwrap_or(i64::MAX));
    let mut keys = Vec::new();
    for row in desk.database.rows(asked).await? {
        let id = row.try_get("id")?;
        keys.push((id, unwrap(&desk.keys, id, row.try_get("wrapped")?)?));
    }
    keys.sort_unstable_by_key(|(id, _)| *id);
    Ok(keys)
}

/// New ones.
async fn made(desk: &mut Desk, wanted: usize) -> Result<Vec<(i64, DataKey)>, StoreError> {
    let (mut keys, mut new) = (Vec::with_capacity(wanted), Vec::with_capacity(wanted));
    if wanted == 0 {
        return Ok(keys);
    }
    let last: i64 = query_as(LAST_KEY).fetch_one(desk.database.alone().await?).await?;
    for (id, _) in (last..).skip(1).zip(0..wanted) {
        let key = DataKey::from_random(random::<KEY_BYTES>()?);
        new.push(NewKey { id, wrapped: hex(&key.wrap(&desk.keys, id, random()?)?) });
        keys.push((id, key));
    }
    desk.database.say(query(ADD_KEYS).bind(rows(&new)?).changing(wanted));
    Ok(keys)
}

/// What was made ready and not taken lies in stock again.
pub(super) async fn give_back(desk: &mut Desk) -> Result<(), StoreError> {
    desk.ready.end_round();
    let ids: Vec<i64> = std::mem::take(&mut desk.ready.keys).into_iter().map(|(id, _)| id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    desk.database.say(query(GIVE_KEYS_BACK).bind(rows(&ids)?));
    desk.database.finish().await
}

/// A key out of those that are ready, and its id.
pub(super) fn take(desk: &mut Desk) -> Result<(i64, DataKey), StoreError> {
    take_many(desk, 1)?.pop().ok_or_else(nothing_left)
}

/// So many of them, by their ids.
pub(super) fn take_many(desk: &mut Desk, count: usize) -> Result<Vec<(i64, DataKey)>, StoreError> {
    let Ready { keys, taken } = &mut desk.ready;
    let these = keys.get(*taken..*taken + count).ok_or_else(nothing_left)?.to_vec();
    *taken += count;
    Ok(these)
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
        None => take(desk),
    }
}

async fn by_id(desk: &mut Desk, id: i64) -> Result<DataKey, StoreError> {
    let asked = query_as(KEY).bind(id);
    let wrapped: Option<Option<Vec<u8>>> = asked.fetch_optional(desk.database.alone().await?).await?;
    Ok(unwrap(&desk.keys, id, wrapped.flatten().as_deref())?)
}

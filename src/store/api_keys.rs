//! The keys of the API: made, shown, used, revoked.

use super::{
    Store, StoreError,
    database::{Row, query, query_as},
    round::Desk,
    sealing::fixed,
    statements::api::{ADD_KEY, KEY_IN_FORCE, KEYS, REVOKE_KEY, USE_KEY},
};
use crate::{
    base::{Instant, api_key::May},
    ledger::Act,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A key's use is noted by the day, so that not every request writes.
const DAY: Duration = Duration::from_hours(24);

/// A key to be made. Its secret stays with whoever made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// What finds it.
    pub id: String,
    /// What people call it: the program that uses it. What it reports bears this name.
    pub name: String,
    /// SHA-256 of its secret.
    pub digest: [u8; 32],
    /// What it may do.
    pub may: Vec<May>,
}

/// A key as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// What finds it: the second part of its text.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub may: Vec<May>,
    /// When it was made.
    pub created_at: Instant,
    /// The day on which it was used last.
    pub used_on: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

impl KeyRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let scopes: String = row.try_get("scopes")?;
        let instant = |column: &str| row.try_get::<Option<i64>, _>(column).map(|at| at.map(Instant::from_ms));
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            may: serde_json::from_str(&scopes).map_err(|_| StoreError::odd("api_keys.scopes", &scopes))?,
            created_at: Instant::from_ms(row.try_get("created_at")?),
            used_on: instant("used_on")?,
            revoked_at: instant("revoked_at")?,
        })
    }
}

impl Store {
    /// Adds a key. `false` where one in force has this name.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn add_key(&self, key: NewKey) -> Result<bool, StoreError> {
        let scopes = serde_json::to_string(&key.may).map_err(|why| StoreError::odd("a scope", &why.to_string()))?;
        self.change(move |desk| {
            Box::pin(async move {
                let added: Option<String> = query_as(ADD_KEY)
                    .bind(key.id)
                    .bind(&key.name)
                    .bind(key.digest.as_slice())
                    .bind(scopes)
                    .bind(desk.clock.now().ms())
                    .fetch_optional(desk.database.alone().await?)
                    .await?;
                if added.is_some() {
                    desk.note(Act::KeyMade { name: key.name })?;
                }
                Ok(added.is_some())
            })
        })
        .await
    }

    /// All keys, revoked ones too, the oldest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let rows = query(KEYS).fetch_all(&mut self.reader().await?).await?;
        rows.iter().map(KeyRow::read).collect()
    }

    /// A key in force, with the digest of its secret.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn key_in_force(&self, id: &str) -> Result<Option<(KeyRow, [u8; 32])>, StoreError> {
        let row = query(KEY_IN_FORCE).bind(id).fetch_optional(&mut self.reader().await?).await?;
        row.map(|row| Ok((KeyRow::read(&row)?, fixed(&row, "digest")?))).transpose()
    }

    /// Revokes a key: no request with it is taken any more when this returns. `false` where none in force has this name.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn revoke_key(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.change(move |desk| {
            Box::pin(async move {
                let now = desk.clock.now().ms();
                let asked = query(REVOKE_KEY).bind(&name).bind(now);
                let revoked = asked.execute(desk.database.alone().await?).await?.rows_affected() > 0;
                if revoked {
                    desk.note(Act::KeyRevoked { name })?;
                }
                Ok(revoked)
            })
        })
        .await
    }
}

/// Uses a key inside a transaction: gives its name, or nothing where it was revoked meanwhile.
pub(super) async fn take_up(desk: &mut Desk, id: &str) -> Result<Option<String>, StoreError> {
    let row = query(KEY_IN_FORCE).bind(id).fetch_optional(desk.database.alone().await?).await?;
    let Some(key) = row.as_ref().map(KeyRow::read).transpose()? else { return Ok(None) };
    let day_ms = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    let today = Instant::from_ms(desk.clock.now().ms().div_euclid(day_ms) * day_ms);
    if key.used_on != Some(today) {
        query(USE_KEY).bind(id).bind(today.ms()).execute(desk.database.alone().await?).await?;
    }
    Ok(Some(key.name))
}

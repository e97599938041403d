//! What customers said about what is recommended to them, kept sealed; and what was recommended and hasn't left yet falls away with
//! it, so that the next thing they see obeys.

use super::{
    Store, StoreError,
    book::Line,
    customers,
    database::{Link, query},
    keystore,
    preferences::Done,
    records,
    replan::Subjects,
    round::Desk,
    sealing::{StoredCustomer, StoredRecord, open_tastes, seal_tastes, unwrap},
    statements::{
        people::CUSTOMER_BY_HANDLE,
        recommending::{KEEP_TASTES, STILL_TO_SEND, TASTES_OF},
    },
    types::{Replan, Rules},
};
use crate::{
    base::{CustomerId, Handle, keys::Keyring},
    ledger::{Happening, Preferred},
    people::{TasteWord, Tastes},
};
use serde_json::json;
use std::sync::Arc;

impl Store {
    /// What somebody said. `None`: nobody has this handle.
    ///
    /// # Errors
    /// When the database or the row can't be read.
    pub async fn tastes(&self, handle: Handle) -> Result<Option<Tastes>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(CUSTOMER_BY_HANDLE).bind(handle.0.as_slice()).fetch_optional(&mut reader).await?;
        let Some(row) = row else { return Ok(None) };
        tastes_of(&mut reader, StoredCustomer::read(&row)?.id, &self.inner.keys).await.map(Some)
    }

    /// Keeps a word of theirs. What is recommended to them by records of these types, and hasn't left yet, falls away.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn say_taste(
        &self,
        handle: Handle,
        word: TasteWord,
        kinds: Vec<String>,
        rules: Arc<dyn Rules>,
    ) -> Result<Done<Tastes>, StoreError> {
        self.change(move |desk| Box::pin(async move { say(desk, handle, word, &kinds, &*rules.in_force()).await }))
            .await
    }
}

/// Nothing, where they said nothing.
pub(super) async fn tastes_of(
    connection: &mut Link,
    customer: CustomerId,
    keys: &Keyring,
) -> Result<Tastes, StoreError> {
    let Some(row) = query(TASTES_OF).bind(customer.0).fetch_optional(connection).await? else {
        return Ok(Tastes::default());
    };
    let wrapped: Option<Vec<u8>> = row.try_get("wrapped")?;
    let words: Vec<u8> = row.try_get("words")?;
    Ok(open_tastes(&unwrap(keys, customer.0, wrapped.as_deref())?, customer, &words)?)
}

async fn say(
    desk: &mut Desk,
    handle: Handle,
    word: TasteWord,
    kinds: &[String],
    planner: &dyn Replan,
) -> Result<Done<Tastes>, StoreError> {
    let Some(stored) = customers::by_handle(desk, handle).await? else { return Ok(Done { what: None, open: vec![] }) };
    let keys = Arc::clone(&desk.keys);
    let known = tastes_of(desk.database.alone().await?, stored.id, &keys).await?;
    let wanted = known.clone().with(word);
    if wanted == known {
        return Ok(Done { what: Some(known), open: vec![] });
    }
    let key = keystore::of(desk, stored.id).await?;
    let asked = query(KEEP_TASTES).bind(stored.id.0).bind(seal_tastes(&key, stored.id, &wanted)?);
    asked.execute(desk.database.alone().await?).await?;
    let open = take_back(desk, stored.id, kinds, planner).await?;
    let now = desk.clock.now();
    desk.enter(now, &[Line::of_customer(stored.id, Happening::Preferred(Preferred::Tastes))])?;
    Ok(Done { what: Some(wanted), open })
}

async fn take_back(
    desk: &mut Desk,
    customer: CustomerId,
    kinds: &[String],
    planner: &dyn Replan,
) -> Result<Vec<crate::base::AttemptId>, StoreError> {
    let mut subjects = Subjects::of(planner);
    let asked = query(STILL_TO_SEND).bind(kinds_json(kinds)).bind(customer.0);
    for row in asked.fetch_all(desk.database.alone().await?).await? {
        let held = records::hold(desk, StoredRecord::read(&row)?).await?;
        records::cancel(desk, held, &mut subjects).await?;
    }
    subjects.replan(desk).await
}

/// As the statements take the names of record types.
pub(super) fn kinds_json(kinds: &[String]) -> String {
    kinds.iter().map(|kind| json!({ "kind": kind })).collect::<serde_json::Value>().to_string()
}

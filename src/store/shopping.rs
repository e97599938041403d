//! Who may have agreed to recommendations, and what they bought: read page by page, on a connection that can't write.
//!
//! Promise: nothing that somebody bought is opened before the caller has seen what they said.

use super::{
    Store, StoreError, bars,
    book::rows,
    consents::{consents_of, history_of},
    database::{query, query_as},
    plan_rows::instant,
    sealing::{StoredCustomer, StoredRecord},
    statements::{
        people::{CUSTOMER_IDS_AFTER, CUSTOMERS_BY_ID},
        recommending::SHOPPING_OF,
    },
    suppressions,
    tastes::{kinds_json, tastes_of},
};
use crate::{
    base::{CustomerId, Instant},
    people::{Bars, ConsentEntry, Suppression, Tastes},
    trigger::Record,
};
use std::collections::BTreeMap;

/// What somebody said about a purpose, and what speaks against it.
#[derive(Clone, Debug)]
pub struct Word {
    /// Whose.
    pub customer: CustomerId,
    /// What they said about the purpose, oldest first.
    pub said: Vec<ConsentEntry>,
    /// What bars them.
    pub bars: Bars,
    /// What their mailbox refuses.
    pub refused: Vec<Suppression>,
}

/// What somebody bought, and what was recommended to them.
#[derive(Clone, Debug, Default)]
pub struct Shopping {
    /// The lines of their orders.
    pub lines: Vec<Record>,
    /// When they were last recommended something, by the record's type.
    pub last: BTreeMap<String, Instant>,
    /// What they said of it. `None`: it can't be read.
    pub tastes: Option<Tastes>,
}

impl Store {
    /// The next people, what each said about this purpose, and the number of the last; `None` where nobody is left.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn words_after(
        &self,
        after: CustomerId,
        limit: u32,
        purpose: &str,
    ) -> Result<Option<(Vec<Word>, CustomerId)>, StoreError> {
        let mut reader = self.reader().await?;
        let ids: Vec<i64> = query_as(CUSTOMER_IDS_AFTER).bind(after.0).bind(limit).fetch_all(&mut reader).await?;
        let Some(last) = ids.last().copied() else { return Ok(None) };
        let found = query(CUSTOMERS_BY_ID).bind(rows(&ids)?).fetch_all(&mut reader).await?;
        let mut words = Vec::new();
        for row in &found {
            let stored = StoredCustomer::read(row)?;
            let histories = consents_of(&mut reader, stored.id).await?;
            // Most say nothing about most purposes.
            if history_of(&histories, purpose).is_empty() {
                continue;
            }
            let bars = bars::of(&mut reader, stored.id).await?;
            let refused = suppressions::of(&mut reader, stored.mailbox).await?;
            words.push(Word { customer: stored.id, said: Vec::new(), bars, refused });
        }
        drop(reader);
        for word in &mut words {
            word.said = self.said_about(word.customer, purpose).await?;
        }
        Ok(Some((words, CustomerId(last))))
    }

    /// What somebody bought by the lines of their orders, and when they were last recommended something by records of these types.
    /// What can't be read is left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn shopping_of(
        &self,
        customer: CustomerId,
        orders: &str,
        recommending: &[String],
    ) -> Result<Shopping, StoreError> {
        let mut reader = self.reader().await?;
        let kinds: Vec<String> = recommending.iter().cloned().chain([orders.to_owned()]).collect();
        let asked = query(SHOPPING_OF).bind(kinds_json(&kinds)).bind(customer.0);
        let mut shopping = Shopping::default();
        for row in asked.fetch_all(&mut reader).await? {
            let stored = StoredRecord::read(&row)?;
            if stored.kind == orders {
                shopping.lines.extend(stored.open(&self.inner.keys).ok());
            } else {
                let known_at = instant(&row, "known_at")?;
                let last = shopping.last.entry(stored.kind).or_insert(known_at);
                *last = known_at.max(*last);
            }
        }
        shopping.tastes = tastes_of(&mut reader, customer, &self.inner.keys).await.ok();
        Ok(shopping)
    }
}

//! Objections, restrictions and marks of children: a row added, the history that is folded, and all that shows it.
//!
//! What stops messages takes back every permission of the person's that has not begun, as a stop does; the caller revokes them
//! in memory before it answers (promise P2).

use super::{
    Store, StoreError,
    book::Line,
    customers,
    database::{Link, Row, query, query_as},
    entry::Evidence,
    kept::{Word, written_name},
    keystore,
    plan_rows::instant,
    round::Desk,
    sealing::{name, open_bar_evidence, parse, seal_bar_evidence, unwrap},
    statements::people::{ADD_BAR, BARS},
};
use crate::{
    base::{AttemptId, CustomerId, Instant},
    ledger::Happening,
    people::{BarWord, Bars, bar::BarEntry},
};
use serde::{Deserialize, Serialize};

/// A row to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBar {
    /// Whose.
    pub customer: CustomerId,
    /// What was said.
    pub word: BarWord,
    /// Of an objection, to which purpose; none: to marketing.
    pub purpose: Option<String>,
    /// When. What is dated in the future by a clock elsewhere was said now.
    pub at: Instant,
    /// Where it is written: a program, the operator.
    pub source: String,
    /// What shows it.
    pub evidence: Evidence,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct Barred {
    /// The row; none where it changes nothing.
    pub row: Option<i64>,
    /// As in [`super::Applied::open`].
    pub open: Vec<AttemptId>,
}

/// A row, for whoever must prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarNoted {
    /// It.
    pub row: i64,
    /// What was said.
    pub word: BarWord,
    /// Of an objection, to which purpose; none: to marketing.
    pub purpose: Option<String>,
    /// When.
    pub at: Instant,
    /// Where it is written.
    pub source: String,
    /// What shows it; none where it can't be read.
    pub evidence: Option<Evidence>,
}

impl BarNoted {
    /// As it is folded.
    #[must_use]
    pub fn entry(&self) -> BarEntry {
        BarEntry { id: self.row, word: self.word, purpose: self.purpose.clone(), at: self.at }
    }
}

impl Store {
    /// Notes what was said. A word that changes nothing leaves no row.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn bar(&self, bar: NewBar) -> Result<Barred, StoreError> {
        self.change(move |desk| Box::pin(async move { add(desk, &bar).await })).await
    }

    /// All that was said of a customer, oldest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn bars(&self, customer: CustomerId) -> Result<Vec<BarNoted>, StoreError> {
        let rows = query(BARS).bind(customer.0).fetch_all(&mut self.reader().await?).await?;
        let noted = |row: &Row| {
            let BarEntry { id, word, purpose, at } = entry(row)?;
            let key = unwrap(&self.inner.keys, customer.0, row.try_get("wrapped")?).ok();
            let sealed: &[u8] = row.try_get("evidence")?;
            let evidence = key.and_then(|key| open_bar_evidence(&key, customer, at, sealed).ok());
            Ok(BarNoted { row: id, word, purpose, at, source: row.try_get("source")?, evidence })
        };
        rows.iter().map(noted).collect()
    }
}

/// In the caller's transaction.
pub(super) async fn add(desk: &mut Desk, bar: &NewBar) -> Result<Barred, StoreError> {
    let now = desk.clock.now();
    let at = bar.at.min(now);
    let new = BarEntry { id: i64::MAX, word: bar.word, purpose: bar.purpose.clone(), at };
    let history = history(desk.database.alone().await?, bar.customer).await?;
    let row: Option<i64> = if Bars::with(history, new).is_some() {
        let key = keystore::of(desk, bar.customer).await?;
        let asked = query_as(ADD_BAR)
            .bind(bar.customer.0)
            .bind(name(&bar.word))
            .bind(&bar.purpose)
            .bind(at.ms())
            .bind(&bar.source)
            .bind(seal_bar_evidence(&key, bar.customer, at, &bar.evidence)?);
        Some(asked.fetch_one(desk.database.alone().await?).await?)
    } else {
        None
    };
    if let Some(row) = row {
        if let Some(customer) = written_name(desk, bar.customer).await? {
            let (word, purpose) = (bar.word, bar.purpose.clone());
            desk.kept.note(Word::Barred { customer, word, purpose, at });
        }
        let barred = Happening::Barred { word: bar.word, purpose: bar.purpose.clone(), row };
        desk.enter(now, &[Line::of_customer(bar.customer, barred)])?;
    }
    // Also where it is known: an earlier word's may still be on their way to the wire.
    let open = if bar.word.stops() { customers::revoke(desk, bar.customer).await? } else { vec![] };
    Ok(Barred { row, open })
}

/// What stops messages to a customer now.
pub(super) async fn of(connection: &mut Link, customer: CustomerId) -> Result<Bars, StoreError> {
    Ok(Bars::of(&history(connection, customer).await?))
}

async fn history(connection: &mut Link, customer: CustomerId) -> Result<Vec<BarEntry>, StoreError> {
    let rows = query(BARS).bind(customer.0).fetch_all(connection).await?;
    rows.iter().map(entry).collect()
}

/// A row.
pub(super) fn entry(row: &Row) -> Result<BarEntry, StoreError> {
    Ok(BarEntry {
        id: row.try_get("id")?,
        word: parse(row, "said")?,
        purpose: row.try_get("purpose")?,
        at: instant(row, "at")?,
    })
}

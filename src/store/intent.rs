//! Intents: durable before the body's first byte.

use super::{
    Store, StoreError,
    book::rows,
    database::{query, query_as},
    fence,
    round::{Desk, Kind, Results},
    statements::pipeline::{ATTEMPT_STATE, INTENT},
    writer::Message,
};
use crate::{
    base::{AttemptId, hex},
    fault::Point,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// See [`Intent`].
pub(super) struct Intents;

/// An attempt, and what its customer would see.
pub(super) struct Intent {
    pub attempt: AttemptId,
    pub digest: [u8; 32],
}

#[derive(Serialize)]
struct IntentRow {
    attempt: AttemptId,
    digest: String,
}

impl Store {
    /// Writes the intent; on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::NotOpen`] when the permission was taken back, [`StoreError::DigestDiffers`] when the message is not
    /// the one whose fate is unknown; others when the database can't be written. The body must not be written then.
    pub async fn intent(&self, attempt: AttemptId, digest: [u8; 32]) -> Result<(), StoreError> {
        let intent = Intent { attempt, digest };
        self.ask(&self.inner.ordinary, |reply| Message::Intent(intent, reply)).await
    }
}

impl Kind for Intents {
    type Ask = Intent;
    type Answer = ();
    const POINTS: Option<(Point, Point)> = Some((Point::BeforeIntentCommit, Point::AfterIntentCommit));

    async fn run(desk: &mut Desk, asks: &[Intent]) -> Results<()> {
        let bulk: Vec<IntentRow> =
            asks.iter().map(|ask| IntentRow { attempt: ask.attempt, digest: hex(&ask.digest) }).collect();
        fence::count(desk);
        let now = desk.clock.now();
        let written = desk.database.rows(query(INTENT).bind(rows(&bulk)?).bind(now.ms())).await?;
        let written: BTreeSet<i64> = written.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let mut results = Vec::with_capacity(asks.len());
        for ask in asks {
            results.push(if written.contains(&ask.attempt.0) {
                Ok(())
            } else {
                Err(why_not(desk, ask.attempt).await?)
            });
        }
        Ok(results)
    }
}

async fn why_not(desk: &mut Desk, attempt: AttemptId) -> Result<StoreError, StoreError> {
    let state: Option<String> =
        query_as(ATTEMPT_STATE).bind(attempt.0).fetch_optional(desk.database.alone().await?).await?;
    Ok(match state.as_deref() {
        Some("permitted") => StoreError::DigestDiffers(attempt),
        _ => StoreError::NotOpen(attempt),
    })
}

//! What mailboxes refused, as it is stored.

use super::{StoreError, plan_rows::instant, sealing::parse, statements::people::SUPPRESSIONS_OF};
use crate::{base::BlindIndex, people::Suppression};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// A row.
pub(super) fn read(row: &SqliteRow) -> Result<Suppression, StoreError> {
    let purpose: String = row.try_get("purpose")?;
    Ok(Suppression {
        id: row.try_get("id")?,
        purpose: (!purpose.is_empty()).then_some(purpose),
        reason: parse(row, "reason")?,
        at: instant(row, "at")?,
    })
}

/// All of a mailbox, the oldest first.
pub(super) async fn of(connection: &mut SqliteConnection, mailbox: BlindIndex) -> Result<Vec<Suppression>, StoreError> {
    let rows = sqlx::query(SUPPRESSIONS_OF.sqlite).bind(mailbox.0.as_slice()).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

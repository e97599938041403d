//! What mailboxes refused, as it is stored.

use super::{
    StoreError,
    database::{Link, Row, query},
    plan_rows::instant,
    sealing::parse,
    statements::people::SUPPRESSIONS_OF,
};
use crate::{base::BlindIndex, people::Suppression};

/// A row.
pub(super) fn read(row: &Row) -> Result<Suppression, StoreError> {
    let purpose: String = row.try_get("purpose")?;
    Ok(Suppression {
        id: row.try_get("id")?,
        purpose: (!purpose.is_empty()).then_some(purpose),
        reason: parse(row, "reason")?,
        at: instant(row, "at")?,
    })
}

/// All of a mailbox, the oldest first.
pub(super) async fn of(connection: &mut Link, mailbox: BlindIndex) -> Result<Vec<Suppression>, StoreError> {
    let rows = query(SUPPRESSIONS_OF).bind(mailbox.0.as_slice()).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

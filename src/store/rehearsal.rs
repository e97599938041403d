//! The end of a rehearsal: what only the owner got doesn't count for the customers any more.
//!
//! Its plans stay ended. See `deliver::readers` for why.

use super::{Store, StoreError, database::query, round::Desk, statements::pipeline::END_REHEARSAL};

/// Attempts taken out of the caps in one transaction.
const ROWS_MAX: i64 = 500;

impl Store {
    /// Ends a rehearsal, where there was one: nothing of it counts for the customers any more. Idempotent.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn end_rehearsal(&self) -> Result<(), StoreError> {
        while self.errand(move |desk| Box::pin(end(desk))).await? {}
        Ok(())
    }
}

/// Takes a chunk of rehearsed attempts out of the caps. Says whether more may be there.
async fn end(desk: &mut Desk) -> Result<bool, StoreError> {
    let ended = query(END_REHEARSAL).bind(ROWS_MAX).execute(desk.database.alone().await?).await?;
    Ok(ended.rows_affected() > 0)
}

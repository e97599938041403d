//! The copy that a rehearsal plays in; and the end of a rehearsal that the owner got: it doesn't count for the customers any more.
//!
//! Its plans stay ended. See `deliver::readers` for why.

use super::{
    Database, Files, Store, StoreError, database::query, moving, round::Desk, schema,
    statements::pipeline::END_REHEARSAL,
};

/// Attempts taken out of the caps in one transaction.
const ROWS_MAX: i64 = 500;

impl Store {
    /// Copies a database, also of a running daemon, to a file that isn't there yet: for a rehearsal.
    ///
    /// # Errors
    /// When the one can't be read or the other not written.
    pub async fn copy(from: &Database, to: &Files) -> Result<(), StoreError> {
        match from {
            Database::Files(files) => schema::sqlite::copy(files, to).await,
            Database::Server(server) => moving::copy(server, to).await,
        }
    }

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

//! Whether the files are a sound database: looked through as a whole once a day, while everything goes on.
//!
//! The check reads every page. Of a large database that takes longer than a start may, after which reminders are due; so
//! a start takes the last day's word for it, and looks only where there is none, or where the files are small.
//!
//! Promise · A database that is found damaged is not written any more: sending halts, stops go to the journal, the next start
//! says what to do.
//!
//! Not promised · That damage is found before a day is over. A server looks after its own files.

use super::{
    Store, StoreError,
    database::{Link, query_as},
    marks,
    round::Desk,
    statements::control,
};
use crate::base::Instant;
use std::time::Duration;

/// When it was last found sound.
const SOUND: &str = "sound";
/// How long a start takes that for an answer. A day, and what a machine may be switched off in a night.
const ANSWER_HOLDS: Duration = Duration::from_hours(36);
/// Between two checks of a daemon that runs.
const CHECK_AGAIN: Duration = Duration::from_hours(24);
/// Files up to this many bytes are checked at every start: it takes less than a second from a slow disk.
const SMALL: i64 = 64 << 20;

impl Store {
    /// Looks through the files, if a day is over since somebody did.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where they are; from then on everything that would be written hears it. The database's.
    pub async fn check_files(&self) -> Result<(), StoreError> {
        if self.is_shared() || !is_over(&mut self.reader().await?, self.inner.clock.now(), CHECK_AGAIN).await? {
            return Ok(());
        }
        let found = look_through(&mut self.reader().await?, &self.inner.database).await;
        self.errand(move |desk| Box::pin(async move { note(desk, found).await })).await?
    }
}

async fn note(desk: &mut Desk, found: Result<(), StoreError>) -> Result<Result<(), StoreError>, StoreError> {
    match &found {
        Ok(()) => was_sound(desk.database.alone().await?, desk.clock.now()).await?,
        Err(error @ StoreError::Damaged { .. }) => {
            desk.database.begin_no_more(error.clone());
            marks::drop_one(desk.database.alone().await?, SOUND).await?;
        }
        // It couldn't be looked at, which says nothing.
        Err(_) => {}
    }
    Ok(found)
}

/// At a start, before anything is read. The link writes.
pub(super) async fn begin(link: &mut Link, database: &str, now: Instant) -> Result<(), StoreError> {
    let bytes: i64 = query_as(control::SIZE).fetch_one(link).await?;
    if bytes <= SMALL {
        return look_through(link, database).await;
    }
    if is_over(link, now, ANSWER_HOLDS).await? {
        look_through(link, database).await?;
        was_sound(link, now).await?;
    }
    Ok(())
}

/// Whether it was found sound so long ago, or by a clock that was ahead of this one, or never.
async fn is_over(link: &mut Link, now: Instant, span: Duration) -> Result<bool, StoreError> {
    let at = marks::read(link, SOUND).await?.map(Instant::from_ms);
    Ok(at.is_none_or(|at| at > now || at.plus(span) <= now))
}

async fn was_sound(link: &mut Link, now: Instant) -> Result<(), StoreError> {
    marks::set(link, SOUND, now.ms()).await
}

async fn look_through(link: &mut Link, database: &str) -> Result<(), StoreError> {
    let verdict: String = query_as(control::LOOK_THROUGH).fetch_one(link).await?;
    match verdict.as_str() {
        "ok" => Ok(()),
        _ => Err(StoreError::Damaged { database: database.to_owned(), what: verdict }),
    }
}

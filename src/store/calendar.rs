//! What calendars bring and what is kept of them: types, and the store's functions for them.
//!
//! A calendar that is polled is read in *fetches* with a number each. `Store::put_visits` takes what a reading holds, in
//! chunks; [`Store::end_fetch`] then counts, once, what it didn't hold; [`Store::end_vanished`] ends what two readings in
//! a row missed. Cut off anywhere, the next reading does the rest.

pub use super::open_visits::{OpenVisit, VisitStands};

use super::{
    Applied, Rules, Store, StoreError,
    database::{query, query_as},
    import::absorb,
    open_visits, sources,
    statements::visits::{COUNT_VISITS_OF_NOBODY, KNOWN_VISITS, PENDING_VISITS, SOURCES},
    visits,
};
use crate::{
    base::{EmailAddress, Instant, value::Fields},
    trigger::RecordStatus,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// One visit as a calendar tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitRow {
    /// Who tells of it.
    pub teller: Teller,
    /// The record type's name in the policy.
    pub kind: String,
    /// Its name in the calendar, unique in its type.
    pub external_id: String,
    /// When it begins.
    pub starts_at: Instant,
    /// The calendar's own count of changes.
    pub sequence: i64,
    /// Whether it stands.
    pub status: RecordStatus,
    /// What it tells about the record.
    pub content: VisitContent,
}

/// What a visit says. It is sealed while nobody knows whose visit it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitContent {
    /// The declared fields that hold something.
    pub fields: Fields,
    /// Declared fields that no calendar tells: as in `RecordRow::untold`.
    pub untold: Arc<BTreeSet<String>>,
    /// Who attends, with names where the calendar has them.
    pub people: Vec<(EmailAddress, Option<String>)>,
    /// Title, notes and place: what a person would know the customer by.
    pub texts: Vec<String>,
}

/// Who tells of visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Teller {
    /// A file, once. It changes nothing that a calendar tells of.
    File,
    /// A calendar of comity.toml, in the reading with this number.
    Calendar {
        /// Its name.
        name: Arc<str>,
        /// The reading.
        fetch: i64,
    },
}

/// A stretch of time: visits that begin after one instant and not after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Not included.
    pub after: Instant,
    /// Included.
    pub until: Instant,
}

/// Whether a visit's absence says something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Absence {
    /// The reading is complete and believable: what isn't in it may have been cancelled.
    Counts,
    /// It isn't.
    ProvesNothing,
}

/// A calendar that is polled, as the database knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// Its name in comity.toml.
    pub name: String,
    /// The server's `ETag`.
    pub etag: String,
    /// The server's `Last-Modified`.
    pub modified: String,
    /// Complete readings so far.
    pub fetches: i64,
    /// When its present state was last read, or confirmed by the server.
    pub confirmed_at: Option<Instant>,
    /// Visits in the last complete reading.
    pub visits: i64,
    /// Why it can't be trusted now, and since when.
    pub trouble: Option<(String, Instant)>,
    /// Whether the operator takes it at its word.
    pub belief: Belief,
}

/// What a calendar's lacks are held for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Belief {
    /// Each reading is judged by how much it lacks.
    #[default]
    Judged,
    /// The operator has looked: what it lacks is cancelled.
    Granted,
}

impl Store {
    /// Looks again whose the visits are that nobody was known for: after an import of customers. Gives back how many
    /// found theirs.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn match_visits(&self, now: Instant, rules: Arc<dyn Rules>) -> Result<(u64, Applied), StoreError> {
        if self.visits_of_nobody(now).await? == 0 {
            // No visit waits: nobody needs to be looked up.
            return Ok((0, Applied::default()));
        }
        let directory = self.directory(&Arc::clone(&rules).in_force().matching()).await?;
        let mut all = Applied::default();
        let (mut after, mut found) = (i64::MIN, 0);
        loop {
            let (rules, directory) = (Arc::clone(&rules), Arc::clone(&directory));
            let page = self.errand_with_keys(2, move |desk| {
                Box::pin(async move { open_visits::match_page(desk, now, after, &*rules.in_force(), &directory).await })
            });
            let page = page.await?;
            found += page.found;
            absorb(&mut all, page.applied);
            match page.next {
                Some(next) => after = next,
                None => return Ok((found, all)),
            }
        }
    }

    /// Ends a complete reading: notes the calendar's state and, where absence counts, what was missing.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn end_fetch(&self, state: SourceState, window: Window, absence: Absence) -> Result<(), StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                if absence == Absence::Counts {
                    visits::miss(desk, &state, window).await?;
                }
                sources::note(desk, &state).await
            })
        })
        .await
    }

    /// Takes a calendar at its word, until it lacks little again. `false` where nothing of it is in doubt.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn believe(&self, source: &str) -> Result<bool, StoreError> {
        let source = source.to_owned();
        self.change(move |desk| Box::pin(async move { sources::believe(desk, &source).await })).await
    }

    /// Judges a calendar again.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn judge_again(&self, source: &str) -> Result<(), StoreError> {
        let source = source.to_owned();
        self.errand(move |desk| Box::pin(async move { sources::judge_again(desk, &source).await })).await
    }

    /// Notes how a calendar stands.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn note_source(&self, state: SourceState) -> Result<(), StoreError> {
        self.errand(move |desk| Box::pin(async move { sources::note(desk, &state).await })).await
    }

    /// Cancels the visits that two complete readings in a row missed, and their records. Gives back how many.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn end_vanished(
        &self,
        source: &str,
        now: Instant,
        rules: Arc<dyn Rules>,
    ) -> Result<(u64, Applied), StoreError> {
        let mut all = Applied::default();
        let mut ended = 0;
        loop {
            let (source, rules) = (source.to_owned(), Arc::clone(&rules));
            let page = self
                .errand(move |desk| {
                    Box::pin(async move { visits::end_vanished(desk, &source, now, &*rules.in_force()).await })
                })
                .await?;
            ended += page.0;
            absorb(&mut all, page.1);
            if page.0 == 0 {
                return Ok((ended, all));
            }
        }
    }

    /// Forgets all calendars but these: those that comity.toml doesn't name any more. Their visits stay, as if a file had
    /// told of them.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn keep_only_sources(&self, names: Vec<String>) -> Result<(), StoreError> {
        self.errand(move |desk| Box::pin(async move { sources::keep_only(desk, &names).await })).await
    }

    /// All calendars that were ever fetched.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn sources(&self) -> Result<Vec<SourceState>, StoreError> {
        let rows = query(SOURCES).fetch_all(&mut self.reader().await?).await?;
        rows.iter().map(sources::source).collect()
    }

    /// The names of the live visits that a calendar told of and that begin in a window.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn known_visits(&self, source: &str, window: Window) -> Result<BTreeSet<String>, StoreError> {
        let names = query_as(KNOWN_VISITS)
            .bind(source)
            .bind(window.after.ms())
            .bind(window.until.ms())
            .fetch_all(&mut self.reader().await?)
            .await?;
        Ok(names.into_iter().collect())
    }

    /// Whether visits of a calendar are missing and wait for the second reading that misses them.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn misses_visits(&self, source: &str) -> Result<bool, StoreError> {
        let pending: i64 = query(PENDING_VISITS).bind(source).fetch_one(&mut self.reader().await?).await?.try_get(0)?;
        Ok(pending > 0)
    }

    /// How many visits are to come whose customer nobody knows.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn visits_of_nobody(&self, now: Instant) -> Result<u64, StoreError> {
        let count: i64 = query_as(COUNT_VISITS_OF_NOBODY).bind(now.ms()).fetch_one(&mut self.reader().await?).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

//! A calendar that is polled: fetched, read, believed or not, taken.
//!
//! The salon writes in its calendar; what it shows is what holds. But what it *doesn't* show may be missing for many
//! reasons, and a visit that is cancelled by mistake is a customer without a reminder. So:
//!
//! - What a reading holds is taken at once: new visits, moves, cancellations that it states.
//! - A visit that it lacks is cancelled when two complete readings in a row lack it.
//! - A reading is **complete** when its file was whole, and **believable** when it doesn't lack more than 30 % of the
//!   visits to come that are known (and more than three: of five visits, two may well be cancelled in one morning), when
//!   it isn't empty, and when no visit that is known has become unreadable in it. What an unbelievable one holds is
//!   taken; what it lacks proves nothing, and the trouble is shown by `comity status` and logged, until the operator says
//!   `comity believe`.
//! - A file that is cut off, a web page, an error, a server that is silent: nothing is taken, nothing cancelled. After
//!   [`Source::stale_after`] without a reading the calendar counts as out of date.
//! - "Not modified" is an answer only while nothing hangs in the air: while a visit was missed once, while the last reading
//!   wasn't believed, and once a day in any case, the whole file is asked for.
//!
//! Promise: when a look returns, no message begins any more for a visit that it cancelled (promise P2).

use super::{calendar, import::CHUNK_ROWS};
use crate::{
    base::Instant,
    config::{Place, Source},
    engine::{office::Office, owner::trouble::alarm},
    fetch::{FetchError, Fetched, Fetcher, Version},
    intake::calendar::{Calendar, Filler, NoCalendar},
    store::{
        Applied, Dry, Put, StoreError,
        calendar::{Absence, Belief, SourceState, Teller, Window},
    },
};
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};
use tokio::{fs::File, io::AsyncReadExt};

/// A reading that lacks more of the known visits than this is not believed.
const LACK_PERCENT_MAX: usize = 30;
/// Unless they are no more than these.
const LACK_FEW: usize = 3;
/// How long "not modified" is believed.
const CONFIRMED_FOR: Duration = Duration::from_hours(24);

/// What a look at a calendar did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Visits that it held; none where the calendar was unchanged.
    pub visits: u64,
    /// Records that are new.
    pub created: u64,
    /// Records that changed, cancellations included.
    pub changed: u64,
    /// Visits that were missing for the second time, and are cancelled.
    pub vanished: u64,
    /// Visits that nobody, or more than one, is known for.
    pub waiting: u64,
}

/// Why a look did nothing, or less than it should.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No file.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// No file, where one should be.
    #[error("the file can't be read: {0}")]
    File(std::io::Error),
    /// A file, but no calendar.
    #[error("{0}")]
    NoCalendar(#[from] NoCalendar),
    /// Too much is missing.
    #[error(
        "{lacking} of {known} visits to come are missing at once: nothing is cancelled for that. If they are cancelled indeed, run comity believe"
    )]
    Shrunk {
        /// Missing.
        lacking: usize,
        /// Known.
        known: usize,
    },
    /// Everything is missing.
    #[error(
        "the calendar has become empty: nothing is cancelled for that. Is it still shared? If all visits are cancelled indeed, run comity believe"
    )]
    Empty,
    /// Known visits are there, but can't be read.
    #[error("{0} events that were known can't be read any more: nothing is cancelled for that")]
    Unreadable(usize),
    /// The database's.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Looks at one calendar, again and again.
pub struct Feed {
    /// Where its visits go.
    pub office: Office,
    /// The calendar.
    pub source: Source,
    /// Gets it.
    pub fetcher: Arc<Fetcher>,
    /// The largest file that is read.
    pub bytes_max: u64,
    /// When it was last read as a whole.
    read_at: Option<Instant>,
}

impl Feed {
    /// Of this calendar.
    #[must_use]
    pub const fn new(office: Office, source: Source, fetcher: Arc<Fetcher>, bytes_max: u64) -> Self {
        Self { office, source, fetcher, bytes_max, read_at: None }
    }

    /// One look. Its trouble is noted for `comity status`, and given back as well.
    ///
    /// # Errors
    /// Why the calendar could not be taken, or not be believed in full.
    pub async fn look(&mut self) -> Result<Looked, Trouble> {
        let mut state = self.state().await?;
        let since = state.trouble.as_ref().map(|(_, since)| *since);
        match self.look_from(&mut state).await {
            Ok(looked) => Ok(looked),
            Err(trouble) => {
                let now = self.office.clock.now();
                let since = since.unwrap_or(now);
                state.trouble = Some((trouble.to_string(), since));
                // Where the database is away, it is the trouble itself.
                let _ = self.office.store.note_source(state).await;
                if let Some(notice) = alarm(&self.source, &trouble, since, now) {
                    // What can't be written down now is at the next look that fails.
                    let _ = self.office.store.announce(notice).await;
                }
                Err(trouble)
            }
        }
    }

    async fn look_from(&mut self, state: &mut SourceState) -> Result<Looked, Trouble> {
        let known = self.known_version(state).await?;
        let now = self.office.clock.now();
        match self.fetch(&known).await? {
            Fetched::Unchanged => {
                let (matched, applied) = self.office.store.match_visits(now, self.office.rules()).await?;
                self.acknowledge(&applied).await;
                state.confirmed_at = Some(now);
                state.trouble = None;
                self.office.store.note_source(state.clone()).await?;
                Ok(Looked { created: matched, ..Looked::default() })
            }
            Fetched::File(bytes, version) => {
                let calendar = calendar::read(&self.office, bytes).await?;
                self.read_at = Some(now);
                self.take(state, &calendar, version).await
            }
        }
    }

    async fn state(&self) -> Result<SourceState, StoreError> {
        let states = self.office.store.sources().await?;
        let own = states.into_iter().find(|state| state.name == self.source.name);
        Ok(own.unwrap_or_else(|| SourceState { name: self.source.name.clone(), ..SourceState::default() }))
    }

    /// The version to offer: none while anything hangs in the air.
    async fn known_version(&self, state: &SourceState) -> Result<Version, StoreError> {
        let now = self.office.clock.now();
        let is_fresh = self.read_at.is_some_and(|at| now <= at.plus(CONFIRMED_FOR));
        if !is_fresh || self.office.store.misses_visits(&state.name).await? {
            return Ok(Version::default());
        }
        Ok(Version { etag: state.etag.clone(), modified: state.modified.clone() })
    }

    async fn fetch(&self, known: &Version) -> Result<Fetched, Trouble> {
        match &self.source.place {
            Place::Web(link) => Ok(self.fetcher.fetch(link, self.source.reach, known).await?),
            Place::File(path) => read_file(path, self.bytes_max).await,
        }
    }

    /// Takes a complete reading.
    async fn take(&self, state: &mut SourceState, calendar: &Calendar, version: Version) -> Result<Looked, Trouble> {
        let now = self.office.clock.now();
        let window = calendar::window(now);
        let known = self.office.store.known_visits(&state.name, window).await?;
        let judged = judge(&known, calendar);
        // When it lacks little again, it has to be believed no longer.
        if judged.is_ok() && state.belief == Belief::Granted {
            self.office.store.judge_again(&state.name).await?;
        }
        let belief = match judged {
            Err(Trouble::Shrunk { .. } | Trouble::Empty) if state.belief == Belief::Granted => Ok(()),
            judged => judged,
        };
        let fetch = state.fetches + 1;
        let mut looked = self.put(calendar, fetch).await?;
        *state = SourceState {
            name: state.name.clone(),
            fetches: fetch,
            confirmed_at: Some(now),
            visits: i64::try_from(calendar.visits.len()).unwrap_or(i64::MAX),
            trouble: None,
            belief: state.belief,
            // What isn't believed is read again, whatever its version.
            etag: if belief.is_ok() { version.etag } else { String::new() },
            modified: if belief.is_ok() { version.modified } else { String::new() },
        };
        let absence = if belief.is_ok() { Absence::Counts } else { Absence::ProvesNothing };
        looked.vanished = self.end(state, window, absence).await?;
        belief.map(|()| looked)
    }

    async fn put(&self, calendar: &Calendar, fetch: i64) -> Result<Looked, StoreError> {
        let policy = self.office.policy();
        let Some((kind, record)) = policy.calendar_record() else { return Ok(Looked::default()) };
        let teller = Teller::Calendar { name: self.source.name.as_str().into(), fetch };
        let filler = Filler::new(kind, record, teller);
        let mut looked = Looked::default();
        for chunk in calendar.visits.chunks(CHUNK_ROWS) {
            let rows = chunk.iter().map(|visit| filler.row(visit)).collect();
            let rules = self.office.rules();
            let applied = self.office.store.put_visits(rows, rules, Dry::Apply).await?;
            self.acknowledge(&applied).await;
            for put in &applied.puts {
                looked.visits += 1;
                match put {
                    Put::Created => looked.created += 1,
                    Put::Changed(_) => looked.changed += 1,
                    Put::OfNobody | Put::OfSeveral => looked.waiting += 1,
                    Put::Unchanged | Put::StaysCancelled | Put::Rejected(_) => {}
                }
            }
        }
        Ok(looked)
    }

    async fn end(&self, state: &SourceState, window: Window, absence: Absence) -> Result<u64, StoreError> {
        let store = &self.office.store;
        store.end_fetch(state.clone(), window, absence).await?;
        if absence == Absence::ProvesNothing {
            return Ok(0);
        }
        let rules = self.office.rules();
        let (vanished, applied) = store.end_vanished(&state.name, window.after, rules).await?;
        self.acknowledge(&applied).await;
        Ok(vanished)
    }

    /// What was permitted before the change and has not begun is taken back; what is due now is looked for.
    async fn acknowledge(&self, applied: &Applied) {
        self.office.flights.revoke(&applied.open).await;
        self.office.wake.notify_one();
    }
}

/// Whether what a reading lacks may count.
fn judge(known: &BTreeSet<String>, calendar: &Calendar) -> Result<(), Trouble> {
    if known.is_empty() {
        return Ok(());
    }
    if calendar.events == 0 {
        return Err(Trouble::Empty);
    }
    let present: BTreeSet<&str> = calendar.visits.iter().map(|visit| visit.id.as_str()).collect();
    let lacking: Vec<&String> = known.iter().filter(|name| !present.contains(name.as_str())).collect();
    let doubtful = lacking.iter().filter(|name| calendar.is_doubtful(name)).count();
    if doubtful > 0 {
        return Err(Trouble::Unreadable(doubtful));
    }
    let (lacking, known) = (lacking.len(), known.len());
    if lacking > LACK_FEW && lacking * 100 > known * LACK_PERCENT_MAX {
        return Err(Trouble::Shrunk { lacking, known });
    }
    Ok(())
}

async fn read_file(path: &Path, bytes_max: u64) -> Result<Fetched, Trouble> {
    let file = File::open(path).await.map_err(Trouble::File)?;
    let mut bytes = vec![];
    file.take(bytes_max + 1).read_to_end(&mut bytes).await.map_err(Trouble::File)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bytes_max {
        let host = path.file_name().map_or_else(|| "the file".into(), |name| name.to_string_lossy().into_owned());
        return Err(Trouble::Fetch(FetchError::TooLarge { host, max: bytes_max }));
    }
    Ok(Fetched::File(bytes, Version::default()))
}

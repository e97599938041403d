//! One import under way: rows that wait for their transaction, what was done so far, and who hears of it.

use super::news::{News, Rejection, Report};
use crate::{
    engine::office::Office,
    fault::{self, Point},
    intake::{Unusable, calendar::NoCalendar},
    store::{Applied, CustomerRow, Dry, Put, RecordRow, StoreError, calendar::VisitRow},
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
};
use std::io;
use tokio::sync::mpsc;

/// So many rows are one transaction.
pub const CHUNK_ROWS: usize = 500;

/// Where an import's news goes. When nobody listens any more, the import ends after its present chunk.
pub type Listener = mpsc::Sender<News>;

/// Why an import stops.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error("{0}")]
    Unusable(#[from] Unusable),
    #[error("{0}")]
    NoCalendar(#[from] NoCalendar),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the file can't be read: {0}")]
    Read(#[from] io::Error),
    #[error("the file is longer than {0} bytes, the limit `import_bytes` of comity.toml: split it, or raise the limit")]
    TooLong(u64),
    #[error(
        "{gone} of {listed} products would be gone from the catalogue, more than 30 %: nothing was changed. Where they are \
         sold no more, add --allow-removals; otherwise look at what made the file"
    )]
    TooManyGone { gone: u64, listed: u64 },
    #[error("whoever asked for the import has gone")]
    NobodyListens,
}

/// Rows that wait for their transaction, with their lines.
#[derive(Default)]
pub(super) struct Chunk {
    pub lines: Vec<u64>,
    pub customers: Vec<CustomerRow>,
    pub records: Vec<RecordRow>,
    pub visits: Vec<VisitRow>,
}

/// Rows that are being written, with their lines.
pub(super) struct Writing {
    lines: Vec<u64>,
    done: BoxFuture<'static, Result<Applied, StoreError>>,
}

/// One import under way.
pub(super) struct Run<'a> {
    pub office: &'a Office,
    pub dry: Dry,
    pub listener: Listener,
    pub chunk: Chunk,
    /// Whoever ends the import ends this first, by [`Self::settle`].
    pub writing: Option<Writing>,
    pub report: Report,
}

impl Run<'_> {
    /// Writes what waits.
    pub async fn put(&mut self) -> Result<(), Stop> {
        self.put_ahead().await?;
        self.settle().await
    }

    /// Begins to write what waits, when what was begun before is done: the next rows are read meanwhile.
    pub async fn put_ahead(&mut self) -> Result<(), Stop> {
        self.settle().await?;
        let Chunk { lines, customers, records, visits } = std::mem::take(&mut self.chunk);
        if lines.is_empty() {
            return Ok(());
        }
        self.before_writing().await?;
        let (store, rules, dry) = (self.office.store.clone(), self.office.rules(), self.dry);
        let mut done = async move {
            if !visits.is_empty() {
                store.put_visits(visits, rules, dry).await
            } else if !records.is_empty() {
                store.put_records(records, rules, dry).await
            } else {
                store.put_customers(customers, rules, dry).await
            }
        }
        .boxed();
        // The first transaction is on its way when this was asked once.
        let done = match (&mut done).now_or_never() {
            Some(applied) => ready(applied).boxed(),
            None => done,
        };
        self.writing = Some(Writing { lines, done });
        Ok(())
    }

    /// The end of what is being written, and the answer to what it took back.
    pub async fn settle(&mut self) -> Result<(), Stop> {
        let Some(Writing { lines, done }) = self.writing.take() else { return Ok(()) };
        let applied = done.await?;
        fault::point(Point::AfterImportCommit);
        self.after_writing(&applied).await;
        self.count(&lines, applied).await
    }

    pub async fn count(&mut self, lines: &[u64], applied: Applied) -> Result<(), Stop> {
        self.report.consents += applied.consents;
        self.report.stay_stopped += u64::try_from(applied.stay_stopped.len()).unwrap_or(u64::MAX);
        for (line, put) in lines.iter().zip(applied.puts) {
            match put {
                Put::Created => self.report.created += 1,
                Put::Unchanged => self.report.unchanged += 1,
                Put::Changed(fields) => {
                    self.report.changed += 1;
                    for field in fields {
                        *self.report.fields.entry(field).or_default() += 1;
                    }
                }
                Put::OfNobody => self.report.visits.of_nobody += 1,
                Put::OfSeveral => self.report.visits.of_several += 1,
                Put::StaysCancelled => self.report.visits.stay_cancelled += 1,
                Put::Rejected(why) => self.reject(*line, why.to_string()).await?,
            }
        }
        Ok(())
    }

    pub async fn reject(&mut self, line: u64, reason: String) -> Result<(), Stop> {
        self.report.rejected += 1;
        let news = News::Rejected(Rejection { line, reason });
        self.listener.send(news).await.map_err(|_| Stop::NobodyListens)
    }

    /// Somebody hears of it, and by which files plans are made is known.
    pub async fn before_writing(&mut self) -> Result<(), Stop> {
        self.somebody_listens()?;
        if self.dry == Dry::Apply {
            self.office.note_rules().await?;
        }
        Ok(())
    }

    /// What was taken back is taken back in memory, too, before anybody is answered.
    pub async fn after_writing(&mut self, applied: &Applied) {
        if self.dry == Dry::Apply {
            self.office.flights.revoke(&applied.open).await;
            self.office.wake.notify_one();
        }
    }

    /// An import that nobody hears of ends.
    pub fn somebody_listens(&self) -> Result<(), Stop> {
        if self.listener.is_closed() { Err(Stop::NobodyListens) } else { Ok(()) }
    }

    /// Progress may be dropped where the listener is slow; rejections may not.
    pub fn tell_progress(&self, bytes: u64) {
        let _ = self.listener.try_send(News::Progress { bytes, rows: self.report.rows });
    }

    /// No file is longer than the limit.
    pub fn short_enough(&self, read: u64) -> Result<(), Stop> {
        let max = self.office.in_force.now().config().limits.import_bytes;
        if read > max { Err(Stop::TooLong(max)) } else { Ok(()) }
    }
}

//! Imports: a file's bytes, row by row, into the store.
//!
//! The same code stands behind the daemon's socket, the command under the lock, the rehearsal and the demo. Rows go in
//! chunks, each a transaction of its own that is short enough for a stop to get in between; an import that is cut off
//! has done its first chunks and does the rest when it is run again, because the same rows change nothing.
//!
//! A change is acknowledged like a stop: what was permitted before it and has not begun is taken back, so that no
//! message about a cancelled visit begins after the import has said that it is cancelled (promise P2).
//!
//! Invariant: an import never lifts a stop. It can add a consent to the history; the fold of the history and the
//! suppressions decide, and neither listens to imports after a no.

pub use super::what::What;

use super::calendar;
use crate::{
    base::{Findings, Source},
    engine::office::Office,
    intake::{
        Intake, Line, Order, ROWS_MAX, Sheet, Unusable,
        calendar::{Filler, LeftOut, NoCalendar},
    },
    ledger::Act,
    store::{
        Applied, CustomerRow, Dry, Put, RecordRow, StoreError,
        calendar::{Teller, VisitRow},
    },
};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    pin::pin,
};
use tokio::sync::mpsc;

/// So many rows are one transaction.
pub const CHUNK_ROWS: usize = 500;

/// What an import did, or, for a preview, would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Rows read.
    pub rows: u64,
    /// Rows that were new.
    pub created: u64,
    /// Rows that were known and differed.
    pub changed: u64,
    /// Rows that were known and said the same.
    pub unchanged: u64,
    /// Rows that were not taken.
    pub rejected: u64,
    /// How many rows changed in each field.
    pub fields: BTreeMap<String, u64>,
    /// Consents and withdrawals added to the history.
    pub consents: u64,
    /// Rows with a yes for somebody who had said no. They stay stopped.
    pub stay_stopped: u64,
    /// Visits of a calendar.
    #[serde(default)]
    pub visits: VisitReport,
}

/// What an import did with the visits of a calendar, besides what it does with every row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitReport {
    /// Nobody is known for them.
    pub of_nobody: u64,
    /// Several customers may have them.
    pub of_several: u64,
    /// They are cancelled, and no newer version says otherwise.
    pub stay_cancelled: u64,
    /// Visits that an import of customers brought to their customer.
    pub matched: u64,
    /// Events that are no visits, by the reason.
    pub left_out: BTreeMap<LeftOut, u64>,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Why, without any address.
    pub reason: String,
}

/// What an import says while it works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// So much is read and done.
    Progress {
        /// Of the file.
        bytes: u64,
        /// Of the table.
        rows: u64,
    },
    /// A row was not taken.
    Rejected(Rejection),
    /// All is done.
    Done(Report),
    /// It ended early.
    Failed(Failure),
}

/// Why an import ended early, and how far it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong, and what to do.
    pub why: String,
    /// The header and its findings, where the columns don't fit.
    pub header: Option<Header>,
    /// What was done before.
    pub so_far: Report,
}

/// The findings of a header, in a form that can cross the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    path: String,
    text: String,
    findings: Vec<(std::ops::Range<usize>, String, String, Option<String>)>,
}

impl Header {
    fn of(findings: &Findings) -> Option<Self> {
        let source = &findings.0.first()?.source;
        let each = findings.0.iter().map(|f| (f.span.clone(), f.message.clone(), f.label.clone(), f.help.clone()));
        Some(Self { path: source.path.to_string(), text: source.text.to_string(), findings: each.collect() })
    }

    /// As findings, for printing.
    pub fn into_findings(self) -> Findings {
        let source = Source::new(self.path, self.text);
        let mut findings = Findings::default();
        for (span, message, label, help) in self.findings {
            findings.add(&source, span, message, label, help);
        }
        findings
    }
}

/// Where an import's news goes. When nobody listens any more, the import ends after its present chunk.
pub type Listener = mpsc::Sender<News>;

/// Why an import stops.
#[derive(Debug, thiserror::Error)]
enum Stop {
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
    #[error("whoever asked for the import has gone")]
    NobodyListens,
}

impl Office {
    /// What is meant by a name on the command line: `customers`, `calendar`, or a record type.
    ///
    /// # Errors
    /// Says what can be imported.
    pub fn what(&self, kind: &str, name: String, ignore: BTreeSet<String>) -> Result<What, String> {
        let policy = self.policy();
        if kind == "calendar" {
            let help = "no field of policy.toml takes an event's start: write calendar = \"start\" at it";
            return policy.calendar_record().map(|_| What::Calendar).ok_or_else(|| help.to_owned());
        }
        let sheet = Sheet::named(kind, &policy).ok_or_else(|| Sheet::unknown(kind, &policy))?;
        Ok(What::Table(Order { sheet, name, ignore, rows_max: ROWS_MAX, now: self.clock.now() }))
    }

    /// Imports a file. All that is to be known about it goes to the listener, [`News::Done`] or [`News::Failed`] last.
    pub async fn import<B: AsRef<[u8]>>(
        &self,
        what: impl Into<What>,
        bytes: impl Stream<Item = io::Result<B>>,
        dry: Dry,
        listener: Listener,
    ) {
        let mut run = Run { office: self, dry, listener, chunk: Chunk::default(), report: Report::default() };
        let what = what.into();
        let name = what.name().to_owned();
        let done = match what {
            What::Table(order) => run.table(Intake::new(order, self.policy()), bytes).await,
            What::Calendar => run.calendar(bytes).await,
        };
        let done = done.and(run.note(name).await);
        let last = match done {
            Ok(()) => News::Done(run.report),
            Err(stop) => {
                let header = match &stop {
                    Stop::Unusable(Unusable::Columns(findings)) => Header::of(findings),
                    _ => None,
                };
                News::Failed(Failure { why: stop.to_string(), header, so_far: run.report })
            }
        };
        let _ = run.listener.send(last).await;
    }
}

/// Rows that wait for their transaction, with their lines.
#[derive(Default)]
struct Chunk {
    lines: Vec<u64>,
    customers: Vec<CustomerRow>,
    records: Vec<RecordRow>,
    visits: Vec<VisitRow>,
}

struct Run<'a> {
    office: &'a Office,
    dry: Dry,
    listener: Listener,
    chunk: Chunk,
    report: Report,
}

impl Run<'_> {
    /// The act stands in the ledger where it changed anything, also where it ended early.
    async fn note(&self, what: String) -> Result<(), Stop> {
        let (new, changed) = (self.report.created, self.report.changed);
        if self.dry == Dry::Apply && new + changed > 0 {
            self.office.store.note(Act::Imported { what, new, changed }).await?;
        }
        Ok(())
    }

    async fn table<B: AsRef<[u8]>>(
        &mut self,
        mut intake: Intake,
        bytes: impl Stream<Item = io::Result<B>>,
    ) -> Result<(), Stop> {
        let mut bytes = pin!(bytes);
        let mut read = 0_u64;
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            read += u64::try_from(piece.as_ref().len()).unwrap_or(u64::MAX);
            self.short_enough(read)?;
            intake.push(piece.as_ref())?;
            self.take(&mut intake).await?;
            // Progress may be dropped where the listener is slow; rejections may not.
            let _ = self.listener.try_send(News::Progress { bytes: read, rows: self.report.rows });
        }
        intake.finish()?;
        self.take(&mut intake).await?;
        self.put().await?;
        self.match_visits().await
    }

    /// A calendar means what it means as a whole: an exception may stand before its series.
    async fn calendar<B: AsRef<[u8]>>(&mut self, bytes: impl Stream<Item = io::Result<B>>) -> Result<(), Stop> {
        let mut bytes = pin!(bytes);
        let mut whole = vec![];
        while let Some(piece) = bytes.next().await {
            whole.extend_from_slice(piece?.as_ref());
            let read = u64::try_from(whole.len()).unwrap_or(u64::MAX);
            self.short_enough(read)?;
            let _ = self.listener.try_send(News::Progress { bytes: read, rows: 0 });
        }
        let calendar = calendar::read(self.office, whole).await?;
        for (line, fault) in calendar.rejected {
            self.report.rows += 1;
            self.reject(line, fault.to_string()).await?;
        }
        self.report.visits.left_out = calendar.left_out;
        let policy = self.office.policy();
        let Some((kind, record)) = policy.calendar_record() else { return Ok(()) };
        let filler = Filler::new(kind, record, Teller::File);
        for visit in &calendar.visits {
            self.report.rows += 1;
            self.chunk.lines.push(visit.line);
            self.chunk.visits.push(filler.row(visit));
            if self.chunk.lines.len() >= CHUNK_ROWS {
                self.put().await?;
            }
        }
        self.put().await
    }

    fn short_enough(&self, read: u64) -> Result<(), Stop> {
        let max = self.office.in_force.now().config().limits.import_bytes;
        if read > max { Err(Stop::TooLong(max)) } else { Ok(()) }
    }

    /// New customers may be those whose visits stand in a calendar already.
    async fn match_visits(&mut self) -> Result<(), Stop> {
        if self.dry == Dry::Preview {
            return Ok(());
        }
        let Office { store, flights, clock, wake, .. } = self.office;
        let (found, applied) = store.match_visits(clock.now(), self.office.rules()).await?;
        flights.revoke(&applied.open).await;
        wake.notify_one();
        self.report.visits.matched = found;
        Ok(())
    }

    async fn take(&mut self, intake: &mut Intake) -> Result<(), Stop> {
        while let Some(line) = intake.next_line() {
            self.report.rows += 1;
            match line {
                Line::Rejected(line, defect) => self.reject(line, defect.to_string()).await?,
                Line::Customer(line, row) => {
                    self.chunk.lines.push(line);
                    self.chunk.customers.push(row);
                }
                Line::Record(line, row) => {
                    self.chunk.lines.push(line);
                    self.chunk.records.push(row);
                }
            }
            if self.chunk.lines.len() >= CHUNK_ROWS {
                self.put().await?;
            }
        }
        Ok(())
    }

    /// One transaction, and the answer to what it took back.
    async fn put(&mut self) -> Result<(), Stop> {
        let Chunk { lines, customers, records, visits } = std::mem::take(&mut self.chunk);
        if lines.is_empty() {
            return Ok(());
        }
        if self.listener.is_closed() {
            return Err(Stop::NobodyListens);
        }
        if self.dry == Dry::Apply {
            self.office.note_rules().await?;
        }
        let Office { store, flights, wake, .. } = self.office;
        let applied = if !visits.is_empty() {
            store.put_visits(visits, self.office.rules(), self.dry).await?
        } else if !records.is_empty() {
            store.put_records(records, self.office.rules(), self.dry).await?
        } else {
            store.put_customers(customers, self.office.rules(), self.dry).await?
        };
        if self.dry == Dry::Apply {
            flights.revoke(&applied.open).await;
            wake.notify_one();
        }
        self.count(&lines, applied).await
    }

    async fn count(&mut self, lines: &[u64], applied: Applied) -> Result<(), Stop> {
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

    async fn reject(&mut self, line: u64, reason: String) -> Result<(), Stop> {
        self.report.rejected += 1;
        let news = News::Rejected(Rejection { line, reason });
        self.listener.send(news).await.map_err(|_| Stop::NobodyListens)
    }
}

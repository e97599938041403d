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

pub use super::{
    catalogue::Removals,
    news::{CatalogueReport, Failure, Header, News, OrderReport, Rejection, Report, VisitReport},
    run::{CHUNK_ROWS, Listener},
    what::What,
};

use super::{
    calendar,
    run::{Chunk, Run, Stop},
};
use crate::{
    engine::office::Office,
    fault::{self, Point},
    intake::{Intake, Line, Order, ROWS_MAX, Sheet, Unusable, calendar::Filler, catalogue::Catalogue, orders::Orders},
    ledger::Act,
    store::{Dry, calendar::Teller},
};
use futures_util::{Stream, StreamExt};
use std::{collections::BTreeSet, io, pin::pin};

impl Office {
    /// What is meant by a name on the command line: `customers`, `calendar`, `products`, `orders`, or a record type.
    ///
    /// # Errors
    /// Says what can be imported.
    pub fn what(&self, kind: &str, name: String, ignore: BTreeSet<String>) -> Result<What, String> {
        let policy = self.policy();
        if kind == "calendar" {
            let help = "no field of policy.toml takes an event's start: write calendar = \"start\" at it";
            return policy.calendar_record().map(|_| What::Calendar).ok_or_else(|| help.to_owned());
        }
        // A record type of this name was there before catalogues were.
        if kind == "products" && !policy.records.contains_key(kind) {
            return Ok(What::Products { name, ignore, removals: Removals::Few });
        }
        if kind == "orders" && !policy.records.contains_key(kind) {
            let help = "no record of policy.toml holds the lines of orders: write order = \"product\" at the field with the \
                        product's SKU, order = \"time\" at its date and order = \"status\" at its status";
            return policy.order_record().map(|_| What::Orders { name, shop: None }).ok_or_else(|| help.to_owned());
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
        let mut run =
            Run { office: self, dry, listener, chunk: Chunk::default(), writing: None, report: Report::default() };
        let what = what.into();
        let name = what.name().to_owned();
        let done = match what {
            What::Table(order) => Box::pin(run.table(Intake::new(order, self.policy()), bytes)).await,
            What::Calendar => run.calendar(bytes).await,
            What::Products { name, ignore, removals } => {
                let catalogue = Catalogue::new(self.policy(), self.clock.now(), name, ignore);
                Box::pin(run.catalogue(catalogue, removals, bytes)).await
            }
            What::Orders { name, shop } => {
                let orders = Orders::new(self.policy(), self.clock.now());
                let done = Box::pin(run.orders(orders, (shop, name), bytes)).await;
                done.and(run.match_visits().await)
            }
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

impl Run<'_> {
    /// The act stands in the ledger where it changed anything, also where it ended early.
    async fn note(&mut self, what: String) -> Result<(), Stop> {
        let (new, changed) = (self.report.created, self.report.changed + self.report.catalogue.gone);
        if self.dry == Dry::Apply && new + changed > 0 {
            fault::point(Point::BeforeImportNoted);
            self.office.store.note(Act::Imported { what, new, changed }).await?;
        }
        Ok(())
    }

    async fn table<B: AsRef<[u8]>>(
        &mut self,
        intake: Intake,
        bytes: impl Stream<Item = io::Result<B>>,
    ) -> Result<(), Stop> {
        let read = self.rows(intake, bytes).await;
        // Also where the file's end is bad: what is being written is answered for.
        self.settle().await?;
        read?;
        self.match_visits().await
    }

    async fn rows<B: AsRef<[u8]>>(
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
            self.tell_progress(read);
        }
        intake.finish()?;
        self.take(&mut intake).await?;
        self.put().await
    }

    /// A calendar means what it means as a whole: an exception may stand before its series.
    async fn calendar<B: AsRef<[u8]>>(&mut self, bytes: impl Stream<Item = io::Result<B>>) -> Result<(), Stop> {
        let mut bytes = pin!(bytes);
        let mut whole = vec![];
        while let Some(piece) = bytes.next().await {
            whole.extend_from_slice(piece?.as_ref());
            let read = u64::try_from(whole.len()).unwrap_or(u64::MAX);
            self.short_enough(read)?;
            self.tell_progress(read);
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
            if self.chunk.lines.len() >= self.office.store.rows_at_once() {
                self.put_ahead().await?;
            }
        }
        Ok(())
    }
}

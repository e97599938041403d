//! Imports: rows in chunks, each in a transaction of its own, done or only shown.

use super::{
    Applied, CustomerRow, Dry, RecordRow, Replan, Rules, Store, StoreError, bulk, calendar::VisitRow, round::Desk,
    savepoint::Savepoint, statements::control::TAKE_ROOM, visits,
};
use crate::{
    base::{BootTime, Clock},
    fault::{self, Point},
};
use futures_util::future::BoxFuture;
use std::{
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Rows that one transaction takes where nothing is known of how long they take: it stays under 20 ms.
pub(super) const CHUNK_ROWS: usize = 100;
/// How long transactions of an import may be.
#[derive(Debug)]
struct Measure {
    /// How long the rows of one are to take, before it is committed: how long the disk takes to commit them depends on the
    /// disk more than on their number.
    lasts: Duration,
    /// So many rows at least and at most. With fewer than the first, waiting for the disk would be most of it.
    rows: RangeInclusive<usize>,
}

/// A stop that comes meanwhile waits for all of one, and none is to take 20 ms.
const SERVED: Measure = Measure { lasts: Duration::from_millis(12), rows: 100..=500 };
/// Nobody waits. The same pages of the indexes are written once for many rows.
const ALONE: Measure = Measure { lasts: Duration::from_millis(400), rows: 100..=5_000 };
/// What is shorter says nothing of the pace, nor does it need one: a small file is cut alike on each machine.
const LONG_IMPORT: usize = 500;

/// A chunk on its way into the database.
type Putting<'a> = BoxFuture<'a, Result<Applied, StoreError>>;

/// How many rows one transaction takes. A row may take 30 µs or 300: that depends on the workflows that are planned by it, on the
/// size of the database and on what else the machine does. So each transaction is measured, and the next ones take as many rows as
/// fit.
#[derive(Debug)]
pub(super) struct Pace(AtomicUsize);

/// Of each kind of rows its own.
#[derive(Default, Debug)]
pub(super) struct Paces {
    customers: Pace,
    records: Pace,
    /// Whether nobody waits for the end of a transaction.
    alone: AtomicBool,
}

impl Paces {
    fn measure(&self) -> &'static Measure {
        if self.alone.load(Ordering::Relaxed) { &ALONE } else { &SERVED }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self(AtomicUsize::new(CHUNK_ROWS))
    }
}

impl Pace {
    /// How many of the rows that are left the next transaction takes: those that follow are alike.
    pub fn next(&self, left: usize) -> usize {
        let most = self.0.load(Ordering::Relaxed).max(1);
        left.div_ceil(left.div_ceil(most).max(1))
    }

    /// So many rows took so long. It falls at once, and rises step by step: one that was quick by chance says little.
    fn learn(&self, rows: usize, took: Duration, may: &Measure) {
        let fit = rows as u128 * may.lasts.as_micros() / took.as_micros().max(1);
        let fit = usize::try_from(fit).unwrap_or(usize::MAX).min(rows + rows / 2);
        self.0.store(fit.clamp(*may.rows.start(), *may.rows.end()), Ordering::Relaxed);
    }
}

/// By the boot clock, from `began` until now.
fn since(began: BootTime, clock: &dyn Clock) -> Duration {
    Duration::from_millis(u64::try_from(clock.boot().0 - began.0).unwrap_or_default())
}

impl Store {
    /// Nobody else works with these files, and no page is served from here: transactions may be long from now on.
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn work_alone(&self) -> Result<(), StoreError> {
        if self.is_shared() {
            return Ok(());
        }
        self.inner.paces.alone.store(true, Ordering::Relaxed);
        self.errand(|desk| Box::pin(async move { desk.database.alone().await?.script(TAKE_ROOM.sqlite.into()).await }))
            .await
    }

    /// How many rows of an import are worth handing in at once: more wait in memory, and fewer are a transaction of their own.
    #[must_use]
    pub fn rows_at_once(&self) -> usize {
        *self.inner.paces.measure().rows.end()
    }

    /// Customers of an import, in chunks of one transaction each.
    ///
    /// # Errors
    /// When the database can't be written; what earlier chunks did stands.
    pub async fn put_customers(
        &self,
        rows: Vec<CustomerRow>,
        rules: Arc<dyn Rules>,
        dry: Dry,
    ) -> Result<Applied, StoreError> {
        let pace = Some(&self.inner.paces.customers);
        self.put(rows, rules, dry, (pace, |rows| rows), |desk, rows, planner| {
            Box::pin(bulk::put_customers(desk, rows, planner))
        })
        .await
    }

    /// Records of an import, in chunks of one transaction each, with the changes of their plans.
    ///
    /// # Errors
    /// When the database can't be written; what earlier chunks did stands.
    pub async fn put_records(
        &self,
        rows: Vec<RecordRow>,
        rules: Arc<dyn Rules>,
        dry: Dry,
    ) -> Result<Applied, StoreError> {
        let pace = Some(&self.inner.paces.records);
        self.put(rows, rules, dry, (pace, |rows| rows), |desk, rows, planner| {
            Box::pin(bulk::put_records(desk, rows, planner))
        })
        .await
    }

    /// Visits of calendars, in chunks of one transaction each, with the changes of their records and plans.
    ///
    /// # Errors
    /// When the database can't be written; what earlier chunks did stands.
    pub async fn put_visits(
        &self,
        rows: Vec<VisitRow>,
        rules: Arc<dyn Rules>,
        dry: Dry,
    ) -> Result<Applied, StoreError> {
        let directory = self.directory(&Arc::clone(&rules).in_force().matching()).await?;
        self.put(rows, rules, dry, (None, |rows| rows + 1), move |desk, rows, planner| {
            let directory = Arc::clone(&directory);
            Box::pin(async move { visits::put(desk, rows, planner, &directory).await })
        })
        .await
    }

    async fn put<R: Clone + Send + Sync + 'static>(
        &self,
        rows: Vec<R>,
        rules: Arc<dyn Rules>,
        dry: Dry,
        // How many keys so many rows may take: by each somebody may come, or come back.
        (pace, keys): (Option<&Pace>, fn(usize) -> usize),
        put: impl for<'a> Fn(&'a mut Desk, &'a [R], &'a dyn Replan) -> Putting<'a> + Clone + Send + 'static,
    ) -> Result<Applied, StoreError> {
        let mut all = Applied::default();
        let mut rest = rows.as_slice();
        let pace = pace.filter(|_| rows.len() >= LONG_IMPORT);
        while !rest.is_empty() {
            let count = pace.map_or(CHUNK_ROWS, |pace| pace.next(rest.len()));
            let (chunk, others) = rest.split_at(count.min(rest.len()));
            rest = others;
            let (rows, rules, put) = (chunk.to_vec(), Arc::clone(&rules), put.clone());
            let done = self.errand_with_keys(keys(rows.len()), move |desk| {
                Box::pin(async move {
                    let began = desk.clock.boot();
                    let savepoint = (dry == Dry::Preview).then(|| desk.set_savepoint());
                    let applied = put(desk, &rows, &*rules.in_force()).await?;
                    let applied = end(desk, savepoint, applied);
                    desk.database.finish().await?;
                    fault::point(Point::BeforeImportCommit);
                    Ok((applied, since(began, &*desk.clock)))
                })
            });
            let (applied, took) = done.await?;
            absorb(&mut all, applied);
            if let Some(pace) = pace {
                pace.learn(chunk.len(), took, self.inner.paces.measure());
            }
        }
        Ok(all)
    }
}

fn end(desk: &mut Desk, savepoint: Option<Savepoint>, applied: Applied) -> Applied {
    let Some(savepoint) = savepoint else { return applied };
    desk.take_back_to(savepoint);
    // What a preview took back stands again.
    Applied { open: Vec::new(), ..applied }
}

pub(super) fn absorb(all: &mut Applied, chunk: Applied) {
    let before = all.puts.len();
    all.puts.extend(chunk.puts);
    all.open.extend(chunk.open);
    all.consents += chunk.consents;
    all.stay_stopped.extend(chunk.stay_stopped.into_iter().map(|place| before + place));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_follows_what_transactions_took() {
        let pace = Pace::default();
        assert_eq!(pace.next(500), 100);
        pace.learn(100, Duration::from_millis(3), &SERVED);
        assert_eq!(pace.next(500), 125, "half as many more at most, and all alike: 150 would leave 50");
        pace.learn(300, Duration::from_millis(12), &SERVED);
        assert_eq!((pace.next(500), pace.next(250), pace.next(1)), (250, 250, 1));
        pace.learn(300, Duration::from_millis(18), &SERVED);
        assert_eq!(pace.next(500), 167);
        pace.learn(200, Duration::from_secs(2), &SERVED);
        assert_eq!(pace.next(500), 100);
        pace.learn(100, Duration::ZERO, &SERVED);
        assert_eq!(pace.next(150), 150);
    }
}

//! Imports: rows in chunks, each in a transaction of its own, done or only shown.

use super::{
    Applied, CustomerRow, Dry, RecordRow, Replan, Rules, Store, StoreError, calendar::VisitRow, customers, records,
    round::Desk, savepoint::Savepoint, visits,
};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Rows of an import that one transaction takes, so that it stays under 20 ms.
pub(super) const CHUNK_ROWS: usize = 100;

/// A chunk on its way into the database.
type Putting<'a> = BoxFuture<'a, Result<Applied, StoreError>>;

impl Store {
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
        self.put(rows, rules, dry, |rows| rows, |desk, rows, planner| Box::pin(customers::put(desk, rows, planner)))
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
        self.put(rows, rules, dry, |rows| rows, |desk, rows, planner| Box::pin(records::put(desk, rows, planner))).await
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
        self.put(
            rows,
            rules,
            dry,
            |rows| rows + 1,
            move |desk, rows, planner| {
                let directory = Arc::clone(&directory);
                Box::pin(async move { visits::put(desk, rows, planner, &directory).await })
            },
        )
        .await
    }

    async fn put<R: Clone + Send + Sync + 'static>(
        &self,
        rows: Vec<R>,
        rules: Arc<dyn Rules>,
        dry: Dry,
        // How many keys so many rows may take: by each somebody may come, or come back.
        keys: fn(usize) -> usize,
        put: impl for<'a> Fn(&'a mut Desk, &'a [R], &'a dyn Replan) -> Putting<'a> + Clone + Send + 'static,
    ) -> Result<Applied, StoreError> {
        let mut all = Applied::default();
        for chunk in rows.chunks(CHUNK_ROWS) {
            let (rows, rules, put) = (chunk.to_vec(), Arc::clone(&rules), put.clone());
            let done = self.errand_with_keys(keys(rows.len()), move |desk| {
                Box::pin(async move {
                    let savepoint = (dry == Dry::Preview).then(|| desk.set_savepoint());
                    let applied = put(desk, &rows, &*rules.in_force()).await?;
                    Ok(end(desk, savepoint, applied))
                })
            });
            absorb(&mut all, done.await?);
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

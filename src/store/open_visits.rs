//! Visits that nobody is known for: listed for the business, and settled by its word.

use super::{
    Applied, Put, Replan, Rules, Store, StoreError,
    book::Line,
    calendar::{Teller, VisitRow},
    database::{Row, query},
    import::absorb,
    plan_rows::instant,
    replan::Subjects,
    round::Desk,
    sealing::{StoredCustomer, open_visit, unwrap},
    statements::{
        people::CUSTOMER_BY_ID,
        visits::{SETTLE, VISIT_OF_NOBODY, VISIT_STANDS, VISITS_OF_NOBODY},
    },
    visits, whose,
};
use crate::{
    base::{CustomerId, Instant, keys::Keyring},
    ledger::{Act, Happening},
    people::{Customer, Directory, Whose},
    policy::Matching,
    trigger::RecordStatus,
};
use futures_util::TryStreamExt;
use std::sync::Arc;

/// Visits that one transaction looks at again, so that it stays short.
const PAGE: i64 = 100;

/// How a visit of a calendar stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VisitStands {
    /// It has its customer.
    HasItsCustomer,
    /// Nobody is known for it.
    OfNobody,
    /// It was cancelled, or vanished.
    Ended,
}

/// A visit that nobody is known for.
#[derive(Clone, Debug)]
pub struct OpenVisit {
    /// Its number here.
    pub id: i64,
    /// When it begins.
    pub starts_at: Instant,
    /// Title, notes and place.
    pub texts: Vec<String>,
    /// Why it is open: nobody, or several.
    pub whose: Whose,
}

impl Store {
    /// The visits to come that nobody is known for, the next one first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn open_visits(&self, now: Instant, matching: &Matching) -> Result<Vec<OpenVisit>, StoreError> {
        let directory = self.directory(matching).await?;
        let mut reader = self.reader().await?;
        let mut rows = query(VISITS_OF_NOBODY).bind(now.ms()).bind(i64::MIN).bind(i64::MAX).fetch(&mut reader);
        let mut open = vec![];
        while let Some(stored) = rows.try_next().await? {
            let Some(row) = visit_of_nobody(&stored, &self.inner.keys)? else { continue };
            let whose = whose::ask(&row, &directory);
            open.push(OpenVisit {
                id: stored.try_get("id")?,
                starts_at: row.starts_at,
                texts: row.content.texts,
                whose,
            });
        }
        open.sort_by_key(|visit| (visit.starts_at, visit.id));
        Ok(open)
    }

    /// Says whose a visit is, and all others of its series, those that the calendar brings later too. The first of
    /// [`Applied::puts`] is what became of this one. `None` when no open visit has this number.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn settle_visit(
        &self,
        visit: i64,
        customer: CustomerId,
        rules: Arc<dyn Rules>,
    ) -> Result<Option<Applied>, StoreError> {
        let directory = self.directory(&Arc::clone(&rules).in_force().matching()).await?;
        let again = Arc::clone(&rules);
        let settled = self.errand_with_keys(2, move |desk| {
            Box::pin(async move {
                let database = desk.database.alone().await?;
                let stored = query(VISIT_OF_NOBODY).bind(visit).fetch_optional(database).await?;
                let Some(row) = stored.map(|stored| visit_of_nobody(&stored, &desk.keys)).transpose()?.flatten() else {
                    return Ok(None);
                };
                let now = desk.clock.now();
                query(SETTLE)
                    .bind(&row.kind)
                    .bind(whose::series(&row.external_id))
                    .bind(customer.0)
                    .bind(now.ms())
                    .execute(desk.database.alone().await?)
                    .await?;
                let settled = Happening::Did { act: Act::Settled { visit } };
                desk.enter(now, &[Line::of_customer(customer, settled)])?;
                let rules = rules.in_force();
                let mut subjects = Subjects::of(&*rules);
                let put = visits::put_one(desk, &row, &directory, &mut subjects).await?;
                let open = subjects.replan(desk).await?;
                Ok(Some((now, Applied { puts: vec![put], open, ..Applied::default() })))
            })
        });
        let Some((now, mut applied)) = settled.await? else { return Ok(None) };
        // The other visits of the series are no longer open either.
        let (_, others) = self.match_visits(now, again).await?;
        absorb(&mut applied, others);
        Ok(Some(applied))
    }

    /// How a visit stands, and when it begins; `None` when there is none of this number.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn visit_stands(&self, visit: i64) -> Result<Option<(VisitStands, Instant)>, StoreError> {
        let row = query(VISIT_STANDS).bind(visit).fetch_optional(&mut self.reader().await?).await?;
        let Some(row) = row else { return Ok(None) };
        let (record, state): (Option<i64>, String) = (row.try_get("record")?, row.try_get("state")?);
        let stands = match (record, state.as_str()) {
            (_, "cancelled" | "vanished") => VisitStands::Ended,
            (Some(_), _) => VisitStands::HasItsCustomer,
            (None, _) => VisitStands::OfNobody,
        };
        Ok(Some((stands, instant(&row, "starts_at")?)))
    }

    /// What the source calls a customer, where it has a name for them, and who they are.
    ///
    /// # Errors
    /// When the database can't be read, or the row not opened.
    pub async fn named_customer(&self, id: CustomerId) -> Result<Option<(Option<String>, Customer)>, StoreError> {
        let row = query(CUSTOMER_BY_ID).bind(id.0).fetch_optional(&mut self.reader().await?).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((row.try_get("external_id")?, StoredCustomer::read(&row)?.open(&self.inner.keys)?)))
    }
}

/// What a page of [`match_page`] did.
pub(super) struct Matched {
    pub next: Option<i64>,
    pub found: u64,
    pub applied: Applied,
}

/// A page of the visits that nobody was known for, asked again.
pub(super) async fn match_page(
    desk: &mut Desk,
    now: Instant,
    after: i64,
    planner: &dyn Replan,
    directory: &Directory,
) -> Result<Matched, StoreError> {
    let rows =
        query(VISITS_OF_NOBODY).bind(now.ms()).bind(after).bind(PAGE).fetch_all(desk.database.alone().await?).await?;
    let mut matched = Matched { next: None, found: 0, applied: Applied::default() };
    let mut subjects = Subjects::of(planner);
    for stored in &rows {
        matched.next = Some(stored.try_get("id")?);
        // One that can't be read waits for its calendar to tell it again.
        let Some(row) = visit_of_nobody(stored, &desk.keys)? else { continue };
        if matches!(visits::put_one(desk, &row, directory, &mut subjects).await?, Put::Created | Put::Changed(_)) {
            matched.found += 1;
        }
    }
    matched.applied.open = subjects.replan(desk).await?;
    Ok(matched)
}

/// A row of `visits`; `None` where it can't be opened.
pub(super) fn visit_of_nobody(stored: &Row, keys: &Keyring) -> Result<Option<VisitRow>, StoreError> {
    let (kind, external_id): (String, String) = (stored.try_get("kind")?, stored.try_get("external_id")?);
    let Some(id) = stored.try_get::<Option<i64>, _>("key")? else { return Ok(None) };
    let Ok(key) = unwrap(keys, id, stored.try_get("wrapped")?) else { return Ok(None) };
    let Ok(content) = open_visit(&key, &kind, &external_id, stored.try_get("content")?) else { return Ok(None) };
    let (source, fetch): (String, i64) = (stored.try_get("source")?, stored.try_get("reading")?);
    let teller = if source.is_empty() { Teller::File } else { Teller::Calendar { name: source.into(), fetch } };
    Ok(Some(VisitRow {
        teller,
        kind,
        external_id,
        starts_at: instant(stored, "starts_at")?,
        sequence: stored.try_get("sequence")?,
        status: RecordStatus::Live,
        content,
    }))
}

//! What pages and commands read, on connections that can't write.

use super::{
    Store, StoreError,
    book::rows,
    claim::{self, next_claim, next_due},
    database::{Row, query, query_as},
    evidence::halts,
    notices::Way,
    plan_rows::{instant, plan_row},
    sealing::{StoredCustomer, parse_name},
    statements::{
        people::{
            CUSTOMER_BY_EXTERNAL_ID, CUSTOMER_BY_HANDLE, CUSTOMERS_BY_ID, CUSTOMERS_BY_MAILBOX, OPEN_FOR_MAILBOX,
        },
        reads::{
            COUNT_CUSTOMERS, COUNT_PLANS, COUNT_RECORDS, COUNT_REFUSED, COUNT_SUPPRESSIONS, ENTRIES_AFTER,
            HISTORY_OF_CUSTOMER, HISTORY_OF_PLAN, KNOWN_SINCE, LAST_ENTRY, LOOKS, NAMES_OF_PLAN, OLDEST_OPEN, PLAN,
            PLANS_OF, TOLD_AFTER,
        },
    },
    stop::{self, OpenRow},
    types::{About, Claimed, PlanNames, PlanRow, Status, Told},
};
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, EmailAddress, Handle, Instant, PlanId},
    gate::{Halt, facts::HaltCause},
    ledger::Entry,
    people::Customer,
    plan::PlanState,
    workflow::Step,
};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// A customer by the name in links.
    ///
    /// # Errors
    /// When the database or the row can't be read.
    pub async fn find_customer(&self, handle: Handle) -> Result<Option<Customer>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(CUSTOMER_BY_HANDLE).bind(handle.0.as_slice()).fetch_optional(&mut reader).await?;
        row.map(|row| self.open_customer(&row)).transpose()
    }

    /// A customer by the source's id.
    ///
    /// # Errors
    /// When the database or the row can't be read.
    pub async fn find_by_external_id(&self, external_id: &str) -> Result<Option<Customer>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(CUSTOMER_BY_EXTERNAL_ID).bind(external_id).fetch_optional(&mut reader).await?;
        row.map(|row| self.open_customer(&row)).transpose()
    }

    /// All customers with this mailbox.
    ///
    /// # Errors
    /// When the database or a row can't be read.
    pub async fn find_by_mailbox(&self, address: &EmailAddress) -> Result<Vec<Customer>, StoreError> {
        let mailbox = BlindIndex::of(&self.inner.keys, address);
        let mut reader = self.reader().await?;
        let rows = query(CUSTOMERS_BY_MAILBOX).bind(mailbox.0.as_slice()).fetch_all(&mut reader).await?;
        rows.iter().map(|row| self.open_customer(row)).collect()
    }

    /// Those of these who are still here, by their numbers. One that can't be read is left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn find_customers(
        &self,
        those: &BTreeSet<CustomerId>,
    ) -> Result<BTreeMap<CustomerId, Customer>, StoreError> {
        let numbers: Vec<CustomerId> = those.iter().copied().collect();
        let asked = query(CUSTOMERS_BY_ID).bind(rows(&numbers)?);
        let found = asked.fetch_all(&mut self.reader().await?).await?;
        let opened = found.iter().filter_map(|row| self.open_customer(row).ok());
        Ok(opened.map(|customer| (customer.id, customer)).collect())
    }

    fn open_customer(&self, row: &Row) -> Result<Customer, StoreError> {
        Ok(StoredCustomer::read(row)?.open(&self.inner.keys)?)
    }

    /// What is halted, the operator's word first, the journal last.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn halts(&self) -> Result<Vec<Halt>, StoreError> {
        let mut halts = halts(&mut self.reader().await?).await?;
        if self.inner.gauge.entries() > 0 {
            halts.push(Halt { cause: HaltCause::Journal, since: self.inner.gauge.since() });
        }
        Ok(halts)
    }

    /// When the next plan is due: one look into an index, no write.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        next_due(&mut self.reader().await?).await
    }

    /// The same, as far as a node whose files are of this revision can claim it then: `None` also as long as another one is in
    /// force, or plans are not up to it.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn next_claim(&self, revision: &str) -> Result<Option<Instant>, StoreError> {
        next_claim(&mut self.reader().await?, revision).await
    }

    /// A claimed plan anew, because the facts changed under its draft. `None` when the claim is over.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn reload(&self, plan: PlanId, epoch: i64) -> Result<Option<Claimed>, StoreError> {
        let batch = claim::read(&mut self.reader().await?, &[plan.0], PlanState::Leased).await?;
        Ok(batch.open(&self.inner.keys).pop().filter(|claimed| claimed.plan.epoch == epoch))
    }

    /// The latest instant that this installation has seen.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn high_water(&self) -> Result<Option<Instant>, StoreError> {
        super::node::high_water(&mut self.reader().await?).await
    }

    /// The whole at a glance.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn status(&self) -> Result<Status, StoreError> {
        let halts = self.halts().await?;
        let next_due = self.next_due().await?;
        let mut reader = self.reader().await?;
        let mut status = Status { halts, next_due, journal: self.inner.gauge.entries(), ..Status::default() };
        status.customers = count(query_as(COUNT_CUSTOMERS).fetch_one(&mut reader).await?);
        status.records = count(query_as(COUNT_RECORDS).fetch_one(&mut reader).await?);
        status.suppressions = count(query_as(COUNT_SUPPRESSIONS).fetch_one(&mut reader).await?);
        let plans: Vec<(String, i64)> = query_as(COUNT_PLANS).fetch_all(&mut reader).await?;
        for (state, plans) in plans {
            status.plans.insert(parse_name("plans.state", state)?, count(plans));
        }
        let refused: Vec<(String, i64)> = query_as(COUNT_REFUSED).fetch_all(&mut reader).await?;
        status.refused = refused.into_iter().map(|(reason, plans)| (reason, count(plans))).collect();
        let oldest: Option<i64> = query_as(OLDEST_OPEN).fetch_one(&mut reader).await?;
        status.oldest_open = oldest.map(Instant::from_ms);
        super::answer::count(&mut reader, self.inner.clock.now(), &mut status).await?;
        if self.is_shared() {
            status.nodes = super::node::living(&mut reader).await?;
        }
        drop(reader);
        status.restored = self.restored().await?;
        status.sources = self.sources().await?;
        status.owner_untold = self.notice_trouble(Way::Mail).await?.or(self.notice_trouble(Way::Webhook).await?);
        status.visits_of_nobody = self.visits_of_nobody(self.inner.clock.now()).await?;
        Ok(status)
    }

    /// One plan.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn plan(&self, plan: PlanId) -> Result<Option<PlanRow>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(PLAN).bind(plan.0).fetch_optional(&mut reader).await?;
        row.as_ref().map(plan_row).transpose()
    }

    /// When what a plan is about became known to us.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn known_since(&self, plan: PlanId) -> Result<Option<Instant>, StoreError> {
        let mut reader = self.reader().await?;
        let at: Option<i64> = query_as(KNOWN_SINCE).bind(plan.0).fetch_optional(&mut reader).await?;
        Ok(at.map(Instant::from_ms))
    }

    /// What the sources call a plan's customer and record.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn names(&self, plan: PlanId) -> Result<Option<PlanNames>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(NAMES_OF_PLAN).bind(plan.0).fetch_optional(&mut reader).await?;
        let names = row.map(|row| {
            Ok::<_, StoreError>(PlanNames { customer: row.try_get("external_id")?, record: row.try_get("record")? })
        });
        names.transpose()
    }

    /// A customer's plans, in due order.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn plans_of(&self, customer: CustomerId) -> Result<Vec<PlanRow>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = query(PLANS_OF).bind(customer.0).fetch_all(&mut reader).await?;
        rows.iter().map(plan_row).collect()
    }

    /// What happened, oldest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn history(&self, about: About) -> Result<Vec<Entry>, StoreError> {
        let (statement, id) = match about {
            About::Plan(plan) => (HISTORY_OF_PLAN, plan.0),
            About::Customer(customer) => (HISTORY_OF_CUSTOMER, customer.0),
        };
        let mut reader = self.reader().await?;
        let rows = query(statement).bind(id).fetch_all(&mut reader).await?;
        rows.iter().map(|row| entry(row).map(|(_, entry)| entry)).collect()
    }

    /// Each time that somebody of the business looked a person up, newest first: the last so many.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn looks(&self, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = query(LOOKS).bind(limit).fetch_all(&mut self.reader().await?).await?;
        rows.iter().map(|row| entry(row).map(|(_, entry)| entry)).collect()
    }

    /// A page of the whole ledger: at most `limit` entries with ids above `after`, in order.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn entries_after(&self, after: i64, limit: usize) -> Result<Vec<(i64, Entry)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut reader = self.reader().await?;
        let rows = query(ENTRIES_AFTER).bind(after).bind(limit).fetch_all(&mut reader).await?;
        rows.iter().map(entry).collect()
    }

    /// A page of what the ledger tells of messages: at most `limit` entries with ids above `after`, in order.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn told_after(&self, after: i64, limit: usize) -> Result<Vec<(i64, Told)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut reader = self.reader().await?;
        let rows = query(TOLD_AFTER).bind(after).bind(limit).fetch_all(&mut reader).await?;
        rows.iter().map(told).collect()
    }

    /// The id of the last entry; 0 before the first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn last_entry(&self) -> Result<i64, StoreError> {
        query_as(LAST_ENTRY).fetch_one(&mut self.reader().await?).await
    }

    /// Attempts that are open for a customer's mailbox and a purpose, as far as a read can tell.
    pub(super) async fn open_for(&self, handle: Handle, purpose: &str) -> Result<Vec<AttemptId>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(CUSTOMER_BY_HANDLE).bind(handle.0.as_slice()).fetch_optional(&mut reader).await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let mailbox = StoredCustomer::read(&row)?.mailbox;
        let open: Vec<OpenRow> =
            query_as(OPEN_FOR_MAILBOX).bind(mailbox.0.as_slice()).bind(purpose).fetch_all(&mut reader).await?;
        Ok(stop::named(&open))
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn told(row: &Row) -> Result<(i64, Told), StoreError> {
    let (id, entry) = entry(row)?;
    let names = PlanNames { customer: row.try_get("external_id")?, record: row.try_get("record")? };
    let step = Step(row.try_get("step")?);
    Ok((id, Told { entry, names, workflow: row.try_get("workflow")?, step, purpose: row.try_get("purpose")? }))
}

fn entry(row: &Row) -> Result<(i64, Entry), StoreError> {
    let happening: String = row.try_get("happening")?;
    let entry = Entry {
        at: instant(row, "at")?,
        customer: row.try_get::<Option<i64>, _>("customer")?.map(CustomerId),
        plan: row.try_get::<Option<i64>, _>("plan")?.map(PlanId),
        attempt: row.try_get::<Option<i64>, _>("attempt")?.map(AttemptId),
        happening: serde_json::from_str(&happening)
            .map_err(|error| StoreError::odd("ledger.happening", &error.to_string()))?,
    };
    Ok((row.try_get("id")?, entry))
}

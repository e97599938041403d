//! A customer's own limits, said and kept.
//!
//! What changes takes back every permission of theirs that has not begun, makes drafts outdated, and has what is held asked
//! again: it may leave earlier now, or only later. Imports never come here, so that no file undoes what a person said.

use super::{
    Store, StoreError,
    book::Line,
    customers,
    database::{Link, query},
    plan_rows::own_limits,
    round::Desk,
    statements::{
        people::{OWN_LIMITS, SET_OWN_LIMITS},
        pipeline::WAKE_HELD_OF,
    },
};
use crate::{
    base::{AttemptId, CustomerId},
    ledger::{Happening, entry::LimitVia},
    policy::{OwnLimits, own_limit::Wish},
};

/// What a person's word about their limits did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct Limited {
    /// Those that they had.
    pub before: OwnLimits,
    /// Those that they have.
    pub now: OwnLimits,
    /// As in [`super::Applied::open`].
    pub open: Vec<AttemptId>,
}

impl Store {
    /// Keeps what a person said about their own limits.
    ///
    /// # Errors
    /// When the database can't be written, or their limits can't be read.
    pub async fn limit(&self, customer: CustomerId, wish: Wish, via: LimitVia) -> Result<Limited, StoreError> {
        self.errand(move |desk| Box::pin(async move { limit(desk, customer, wish, via).await })).await
    }

    /// A customer's own limits.
    ///
    /// # Errors
    /// When the database or they can't be read.
    pub async fn own_limits(&self, customer: CustomerId) -> Result<OwnLimits, StoreError> {
        limits_of(&mut self.reader().await?, customer).await
    }
}

async fn limits_of(connection: &mut Link, customer: CustomerId) -> Result<OwnLimits, StoreError> {
    let row = query(OWN_LIMITS).bind(customer.0).fetch_optional(connection).await?;
    row.as_ref().map_or_else(|| Ok(OwnLimits::default()), own_limits)
}

/// In the caller's transaction.
pub(super) async fn limit(
    desk: &mut Desk,
    customer: CustomerId,
    wish: Wish,
    via: LimitVia,
) -> Result<Limited, StoreError> {
    let before = limits_of(desk.database.alone().await?, customer).await?;
    let now = before.after(&wish);
    if now == before {
        return Ok(Limited { before, now, open: Vec::new() });
    }
    let text = serde_json::to_string(&now).map_err(|why| StoreError::odd("customers.own_limits", &why.to_string()))?;
    let at = desk.clock.now();
    let database = desk.database.alone().await?;
    query(SET_OWN_LIMITS).bind(customer.0).bind(text).execute(&mut *database).await?;
    query(WAKE_HELD_OF).bind(customer.0).bind(at.ms()).execute(database).await?;
    let open = customers::revoke(desk, customer).await?;
    desk.enter(at, &[Line::of_customer(customer, Happening::Limited { wish, via })])?;
    Ok(Limited { before, now, open })
}

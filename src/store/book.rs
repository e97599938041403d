//! Writing the ledger: many lines, one statement.

use super::{Store, StoreError, database::query, round::Desk, statements::pipeline::ENTER};
use crate::{
    base::{AttemptId, CustomerId, Instant, PlanId},
    ledger::{Act, Happening, Shown},
};
use serde::Serialize;

/// A line to be written.
#[derive(Serialize, Debug)]
pub(super) struct Line {
    pub customer: Option<CustomerId>,
    pub plan: Option<PlanId>,
    pub attempt: Option<AttemptId>,
    pub happening: Happening,
}

impl Line {
    pub fn of_plan(customer: CustomerId, plan: PlanId, happening: Happening) -> Self {
        Self { customer: Some(customer), plan: Some(plan), attempt: None, happening }
    }

    pub fn of_customer(customer: CustomerId, happening: Happening) -> Self {
        Self { customer: Some(customer), plan: None, attempt: None, happening }
    }

    pub fn of_house(happening: Happening) -> Self {
        Self { customer: None, plan: None, attempt: None, happening }
    }

    pub fn with_attempt(self, attempt: AttemptId) -> Self {
        Self { attempt: Some(attempt), ..self }
    }
}

impl Desk {
    /// Enters the lines, in order.
    pub fn enter(&mut self, now: Instant, lines: &[Line]) -> Result<(), StoreError> {
        if !lines.is_empty() {
            self.database.say(query(ENTER).bind(rows(lines)?).bind(now.ms()));
        }
        Ok(())
    }

    /// Enters what somebody of the business does now.
    pub fn note(&mut self, act: Act) -> Result<(), StoreError> {
        self.enter(self.clock.now(), &[Line::of_house(Happening::Did { act })])
    }
}

impl Store {
    /// Enters that somebody of the business looked a customer up.
    ///
    /// # Errors
    /// When the database can't be written: then they are not shown.
    pub async fn note_look(&self, customer: CustomerId, at: Shown) -> Result<(), StoreError> {
        let line = Line::of_customer(customer, Happening::LookedUp { at });
        self.errand(move |desk| Box::pin(async move { desk.enter(desk.clock.now(), &[line]) })).await
    }

    /// Enters what somebody of the business did.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn note(&self, act: Act) -> Result<(), StoreError> {
        self.errand(move |desk| Box::pin(async move { desk.note(act) })).await
    }
}

/// The rows of a bulk statement.
pub(super) fn rows<T: Serialize>(rows: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::odd("a bulk statement", &error.to_string()))
}

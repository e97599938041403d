//! A draft: what was rendered. It becomes a message only with a clearance.

use crate::{
    base::{CustomerId, EmailAddress, PlanId},
    people::Language,
};

/// Typed content for one customer. `deliver` makes the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The plan it is for.
    pub plan: PlanId,
    /// Whose; the bytes are refused if they would go to another address.
    pub customer: CustomerId,
    /// Where to.
    pub to: EmailAddress,
    /// One line.
    pub subject: String,
    /// HTML, complete.
    pub html: String,
    /// The same in plain text.
    pub text: String,
    /// `text/calendar`, where the workflow's record has a start.
    pub calendar: Option<String>,
    /// `https://…/u/<token>`: the one-click stop.
    pub stop_url: String,
    /// The purpose's key, for List-Id and Feedback-ID.
    pub purpose: String,
    /// The workflow's name, for Feedback-ID.
    pub workflow: String,
    /// `<…@…>`: the same on every attempt of the same plan.
    pub message_id: String,
    /// The language it is written in.
    pub language: Language,
}

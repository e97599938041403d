//! What people keep in hand about a workflow: whose yes its messages need, and until when somebody is to look at it again.
//!
//! A workflow is a *draft* where it needs a yes and has none. Nothing in the file says so: the yes is a row of the database,
//! given to the files as they stand, and gone when they change. A draft plans and is asked like any other, and the gate
//! holds what it would send.

use super::Workflow;
use crate::document::{Complaint, Need, Table};
use chrono::NaiveDate;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Oversight {
    /// `approval`.
    pub approval: Approval,
    /// `review_by`: after this day of the business's calendar it is a draft again.
    pub review_by: Option<NaiveDate>,
}

/// `approval`: whose yes its messages need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Approval {
    /// Nobody's: whoever writes the file has said it.
    None,
    /// A person's, to the workflow and its templates as they are: the default. Any change needs another one.
    Workflow,
}

impl Oversight {
    /// Nobody is asked.
    pub const NONE: Self = Self { approval: Approval::None, review_by: None };

    /// The keys at the top of a workflow's file.
    pub(super) fn read(root: &Table<'_>) -> Self {
        let words = [("none", Approval::None), ("workflow", Approval::Workflow)];
        let approval = root.choice("approval", Need::May, &words);
        let review_by = root.parsed("review_by", Need::May, |text| {
            text.parse::<NaiveDate>()
                .map_err(|_| Complaint::new(format!("`{text}` is not a day"), "no day", "write it as \"2027-06-30\""))
        });
        Self {
            approval: approval.map_or(Approval::Workflow, toml::Spanned::into_inner),
            review_by: review_by.map(toml::Spanned::into_inner),
        }
    }
}

impl Workflow {
    /// Whether its messages wait for somebody's yes.
    #[must_use]
    pub fn needs_approval(&self) -> bool {
        self.oversight.approval != Approval::None
    }
}

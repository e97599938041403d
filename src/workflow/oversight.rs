//! What people keep in hand about a workflow: whose yes its messages need, until when somebody is to look at it again, and whom
//! it leaves alone to see whether it helps.
//!
//! A workflow is a *draft* where it needs a yes and has none. Nothing in the file says so: the yes is a row of the database,
//! given to the files as they stand, and gone when they change. A draft plans and is asked like any other, and the gate
//! holds what it would send.

use super::Workflow;
use crate::{
    base::draw::NUMBERS,
    document::{Complaint, Need, Table},
    policy::{Basis, Policy, Practice},
};
use chrono::NaiveDate;
use std::num::NonZeroU32;

/// The largest number of people a day that `above` can let go: each permission looks at so many of them.
const PEOPLE_MAX: u16 = 10_000;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Oversight {
    /// `approval`.
    pub approval: Approval,
    /// `review_by`: after this day of the business's calendar it is a draft again.
    pub review_by: Option<NaiveDate>,
    /// `holdout`: the part of the audience that gets nothing, for comparison.
    pub holdout: Option<Holdout>,
}

/// A part of the audience, in whole percents, that stays the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holdout(u8);

impl Holdout {
    /// More than half is no comparison any more.
    const PERCENT_MAX: u8 = 50;

    /// From `5 %`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let percent: u8 = text.strip_suffix('%')?.trim_end().parse().ok()?;
        (1..=Self::PERCENT_MAX).contains(&percent).then_some(Self(percent))
    }

    /// How large it is.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }

    /// Whether a customer with this number is in it.
    #[must_use]
    pub fn holds_out(self, draw: u16) -> bool {
        draw < NUMBERS / 100 * u16::from(self.0)
    }
}

/// `approval`: whose yes its messages need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Approval {
    /// Nobody's: whoever writes the file has said it.
    None,
    /// A person's, to the workflow and its templates as they are: the default. Any change needs another one.
    Workflow,
    /// A person's, to each message in the words that they see.
    Each,
    /// Nobody's for what goes to so many people on a day of the business's calendar; a person's for more.
    Above(NonZeroU32),
}

impl Oversight {
    /// Nobody is asked.
    pub const NONE: Self = Self { approval: Approval::None, review_by: None, holdout: None };

    /// The keys at the top of a workflow's file.
    pub(super) fn read(root: &Table<'_>, basis: Option<Basis>, policy: Option<&Policy>) -> Self {
        let review_by = root.parsed("review_by", Need::May, |text| {
            text.parse::<NaiveDate>()
                .map_err(|_| Complaint::new(format!("`{text}` is not a day"), "no day", "write it as \"2027-06-30\""))
        });
        Self {
            approval: approval(root).unwrap_or(Approval::Workflow),
            review_by: review_by.map(toml::Spanned::into_inner),
            holdout: holdout(root, basis, policy),
        }
    }
}

/// `approval`: a word, or `{ above = 50 }`.
fn approval(root: &Table<'_>) -> Option<Approval> {
    if root.holds_table("approval") {
        let table = root.table("approval", Need::May)?;
        let above = table.integer("above", Need::Must("approval = { above = 50 }"), 1..=PEOPLE_MAX.into());
        table.finish(|_| None);
        let above = u32::try_from(above?.into_inner()).ok()?;
        return NonZeroU32::new(above).map(Approval::Above);
    }
    let words = [("none", Approval::None), ("workflow", Approval::Workflow), ("each", Approval::Each)];
    root.choice("approval", Need::May, &words).map(toml::Spanned::into_inner)
}

/// `holdout`, of marketing, where customers can read of it.
fn holdout(root: &Table<'_>, basis: Option<Basis>, policy: Option<&Policy>) -> Option<Holdout> {
    let holdout = root.parsed("holdout", Need::May, |text| {
        Holdout::parse(text).ok_or_else(|| {
            Complaint::new(format!("`{text}` is no part of an audience"), "no part", "write \"5 %\": 1 to 50 percent")
        })
    })?;
    if basis.is_some_and(|basis| !basis.is_marketing()) {
        let help = "delete the line: only marketing can be withheld to see whether it helps";
        let complaint =
            Complaint::new("a message that is owed to a customer is owed to all", "not for a contract", help);
        root.find(holdout.span(), complaint);
    } else if policy.is_some_and(|policy| !policy.business.privacy_notice_names.contains(&Practice::Holdouts)) {
        let help =
            "when the notice says so, write under [business] in policy.toml: privacy_notice_names = [\"holdouts\"]";
        let complaint = Complaint::new("customers aren't told that some are left out", "not in the notice", help);
        root.find(holdout.span(), complaint);
    }
    Some(holdout.into_inner())
}

impl Workflow {
    /// Whether its messages wait for somebody's yes.
    #[must_use]
    pub fn needs_approval(&self) -> bool {
        self.oversight.approval != Approval::None
    }
}

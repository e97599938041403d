//! Objections, restrictions and marks of children that one of the business's programs reports.

use super::{Doing, Evidence, Outcome, whom::Whom};
use crate::{
    base::Instant,
    people::BarWord,
    store::{
        StoreError,
        bars::{self, NewBar},
        round::Desk,
        types::{CustomerRef, PutError},
    },
};

/// One report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarRow {
    /// Whose.
    pub customer: CustomerRef,
    /// What was said.
    pub word: BarWord,
    /// Of an objection, to which purpose; none: to marketing.
    pub purpose: Option<String>,
    /// When it was said.
    pub at: Instant,
    /// What shows it.
    pub evidence: Evidence,
}

pub(super) async fn take(desk: &mut Desk, rows: &[BarRow], source: &str) -> Result<Doing, StoreError> {
    let mut doing = Doing::default();
    for row in rows {
        let outcome = take_one(desk, row, source, &mut doing).await?;
        doing.outcomes.push(outcome);
    }
    Ok(doing)
}

/// What stops messages is never lost for want of knowing which of those with one address said it: it holds for each of them.
/// What lets messages go again is one person's.
async fn take_one(
    desk: &mut Desk,
    row: &BarRow,
    source: &str,
    doing: &mut Doing,
) -> Result<Result<Outcome, PutError>, StoreError> {
    let whom = match Whom::of(desk, &row.customer).await? {
        Ok(whom) => whom,
        Err(why) => return Ok(Err(why)),
    };
    match whom.customers.len() {
        0 => return Ok(Err(PutError::UnknownCustomer)),
        2.. if !row.word.stops() => return Ok(Err(PutError::AmbiguousCustomer)),
        _ => {}
    }
    let mut is_new = false;
    for (customer, _) in whom.customers {
        let bar = NewBar {
            customer,
            word: row.word,
            purpose: row.purpose.clone(),
            at: row.at,
            source: format!("api:{source}"),
            evidence: row.evidence.clone(),
        };
        let barred = bars::add(desk, &bar).await?;
        is_new |= barred.row.is_some();
        doing.open.extend(barred.open);
    }
    Ok(Ok(match (is_new, row.word.stops()) {
        (false, _) => Outcome::Unchanged,
        (true, true) => Outcome::Stopped,
        (true, false) => Outcome::Lifted,
    }))
}

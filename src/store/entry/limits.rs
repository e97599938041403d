//! What people said about their own limits, as one of the business's programs reports it.

use super::{Doing, Outcome};
use crate::{
    ledger::entry::LimitVia,
    policy::own_limit::Wish,
    store::{
        StoreError,
        customers::{self, Found},
        limits::{self, Limited},
        round::Desk,
        types::{CustomerRef, PutError},
    },
};

/// One report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRow {
    /// Whose.
    pub customer: CustomerRef,
    /// What they said.
    pub wish: Wish,
}

pub(super) async fn take(desk: &mut Desk, rows: &[LimitRow]) -> Result<Doing, StoreError> {
    let mut doing = Doing::default();
    for LimitRow { customer, wish } in rows {
        let outcome = match customers::by_reference(desk, customer).await? {
            Found::Nobody => Err(PutError::UnknownCustomer),
            Found::Several => Err(PutError::AmbiguousCustomer),
            Found::Customer(stored) => {
                let Limited { before, now, open } = limits::limit(desk, stored.id, wish.clone(), LimitVia::Api).await?;
                doing.open.extend(open);
                Ok(match wish {
                    _ if before == now => Outcome::Unchanged,
                    Wish::Limit(_) => Outcome::Limited,
                    Wish::None(_) => Outcome::Lifted,
                })
            }
        };
        doing.outcomes.push(outcome);
    }
    Ok(doing)
}

//! Whose visit is it? The one place that answers: what a person said about it, else the directory.

use super::{
    StoreError,
    calendar::VisitRow,
    database::query,
    round::Desk,
    sealing::StoredCustomer,
    statements::{people::CUSTOMER_BY_ID, visits::SETTLED},
};
use crate::{
    base::{CustomerId, EmailAddress},
    people::{Directory, Whose},
};

/// The answer, with the customer's row.
pub(super) enum Meant {
    /// This customer's.
    Customer(Box<StoredCustomer>),
    /// Nobody fits.
    Nobody,
    /// Several fit.
    Several,
}

/// Asks about one visit.
pub(super) async fn find(desk: &mut Desk, row: &VisitRow, directory: &Directory) -> Result<Meant, StoreError> {
    let database = desk.database.alone().await?;
    let settled = query(SETTLED).bind(&row.kind).bind(series(&row.external_id)).fetch_optional(&mut *database).await?;
    let whose = match settled {
        Some(settled) => Whose::Customer(CustomerId(settled.try_get(0)?)),
        None => ask(row, directory),
    };
    let Whose::Customer(id) = whose else {
        return Ok(if matches!(whose, Whose::Several(_)) { Meant::Several } else { Meant::Nobody });
    };
    // The directory was made before this transaction: who is gone since is nobody.
    let found = query(CUSTOMER_BY_ID).bind(id.0).fetch_optional(database).await?;
    Ok(match found {
        Some(found) => Meant::Customer(Box::new(StoredCustomer::read(&found)?)),
        None => Meant::Nobody,
    })
}

/// What the directory says.
pub(super) fn ask(row: &VisitRow, directory: &Directory) -> Whose {
    let attendees: Vec<EmailAddress> = row.content.people.iter().map(|(address, _)| address.clone()).collect();
    directory.whose(&attendees, &row.content.texts)
}

/// The name of a whole series: what stands before the `/` of each of its visits (see `intake::calendar::Visit::id`).
pub(super) fn series(external_id: &str) -> &str {
    external_id.split_once('/').map_or(external_id, |(series, _)| series)
}

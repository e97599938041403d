//! The directory of all customers, for calendars that name no attendee: read when it is asked for, and kept until a
//! customer changes.

use super::{
    Store, StoreError,
    database::query,
    sealing::StoredCustomer,
    statements::people::{ALL_CUSTOMERS, CUSTOMERS_STAMP},
};
use crate::{
    base::{Telephone, Value},
    people::{Customer, Directory, directory::Entry},
    policy::Matching,
};
use futures_util::TryStreamExt;
use std::sync::{Arc, PoisonError};

/// What the directory was made from: how many customers, the sum of their versions, and the rules.
type Stamp = (i64, i64, Matching);

/// The last one that was made.
pub(super) type Kept = Option<(Stamp, Arc<Directory>)>;

impl Store {
    /// All customers, by what visits may be matched by.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn directory(&self, matching: &Matching) -> Result<Arc<Directory>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(CUSTOMERS_STAMP).fetch_one(&mut reader).await?;
        let stamp = (row.try_get(0)?, row.try_get(1)?, matching.clone());
        let kept = self.inner.directory.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, directory)) = kept.filter(|(made_from, _)| *made_from == stamp) {
            return Ok(directory);
        }
        let mut directory = Directory::new(&matching.by, &matching.calling_code);
        let mut rows = query(ALL_CUSTOMERS).fetch(&mut reader);
        while let Some(row) = rows.try_next().await? {
            // One that can't be read is found by nobody; the gate says so of each of their messages.
            if let Ok(customer) = StoredCustomer::read(&row)?.open(&self.inner.keys) {
                directory.add(&entry(customer, matching));
            }
        }
        let directory = Arc::new(directory);
        *self.inner.directory.lock().unwrap_or_else(PoisonError::into_inner) = Some((stamp, Arc::clone(&directory)));
        Ok(directory)
    }
}

fn entry(customer: Customer, matching: &Matching) -> Entry {
    let text = |field: &Option<String>| match field.as_ref().and_then(|field| customer.fields.get(field)) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    Entry {
        telephones: Telephone::parse(&text(&matching.telephone), &matching.calling_code).into_iter().collect(),
        first_name: text(&matching.first_name),
        last_name: text(&matching.last_name),
        customer: customer.id,
        address: customer.address,
    }
}

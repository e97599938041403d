//! What calendars say of visits, sealed and opened.

use super::{VISIT_CONTENT, open, record_row, seal};
use crate::{
    base::{DataKey, EmailAddress, sealed::Unreadable, value::Fields},
    store::{StoreError, calendar::VisitContent},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// A visit's content as it is sealed, addresses and all.
#[derive(Serialize, Deserialize)]
struct SealedVisit {
    fields: Fields,
    untold: BTreeSet<String>,
    people: Vec<(String, Option<String>)>,
    texts: Vec<String>,
}

pub(in crate::store) fn seal_visit(
    key: &DataKey,
    kind: &str,
    external_id: &str,
    content: &VisitContent,
) -> Result<Vec<u8>, StoreError> {
    let sealed = SealedVisit {
        fields: content.fields.clone(),
        untold: content.untold.as_ref().clone(),
        people: content.people.iter().map(|(address, name)| (address.reveal(), name.clone())).collect(),
        texts: content.texts.clone(),
    };
    seal(key, VISIT_CONTENT, &record_row(kind, external_id), &sealed)
}

pub(in crate::store) fn open_visit(
    key: &DataKey,
    kind: &str,
    external_id: &str,
    bytes: &[u8],
) -> Result<VisitContent, Unreadable> {
    let sealed: SealedVisit = open(key, VISIT_CONTENT, &record_row(kind, external_id), bytes)?;
    let parsed = |(address, name): (String, Option<String>)| Some((EmailAddress::parse(&address).ok()?, name));
    Ok(VisitContent {
        fields: sealed.fields,
        untold: Arc::new(sealed.untold),
        people: sealed.people.into_iter().map(parsed).collect::<Option<_>>().ok_or(Unreadable)?,
        texts: sealed.texts,
    })
}

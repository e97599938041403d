//! By which values caps count a message, where they count by a field of its record: `same = "purchase.product"`.
//!
//! Records are sealed, and change; so what a message was about stands on its attempt, as a keyed hash of the value that it
//! left with. Only the fields that a cap of the message counts by are looked at. A cap that is new counts from then on.

use super::{
    StoreError,
    database::Row,
    types::{Claimed, Decide},
};
use crate::{
    base::{BlindIndex, hex, keys::Keyring, unhex},
    gate::facts::CapKey,
};

/// Of a claimed message, and of what went into it.
pub(super) fn of(claimed: &Claimed, decide: &dyn Decide, keys: &Keyring) -> Vec<CapKey> {
    let fields = decide.counted_by(&claimed.plan);
    if fields.is_empty() {
        return Vec::new();
    }
    let messages = std::iter::once(claimed).chain(&claimed.parts);
    let records = messages.filter_map(|message| message.content.as_ref().ok()).map(|(_, record)| record);
    let mut found: Vec<CapKey> = records
        .flat_map(|record| {
            let of_it = fields.iter().filter(|field| field.kind == record.kind);
            of_it.filter_map(|field| {
                let (name, value) = (field.to_string(), record.fields.get(&field.field)?);
                Some(CapKey { value: BlindIndex::of_value(keys, &name, value), field: name })
            })
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// As an attempt keeps them.
pub(super) fn written(keys: &[CapKey]) -> Option<String> {
    let pairs: Vec<(&str, String)> = keys.iter().map(|key| (key.field.as_str(), hex(&key.value.0))).collect();
    if pairs.is_empty() { None } else { serde_json::to_string(&pairs).ok() }
}

/// Of an attempt's row.
pub(super) fn read(row: &Row) -> Result<Vec<CapKey>, StoreError> {
    let Some(text): Option<&str> = row.try_get("cap_keys")? else { return Ok(Vec::new()) };
    let odd = |why: &str| StoreError::odd("attempts.cap_keys", why);
    let pairs: Vec<(String, &str)> = serde_json::from_str(text).map_err(|error| odd(&error.to_string()))?;
    let key = |(field, value): (String, &str)| {
        let value = unhex(value).map(BlindIndex).ok_or_else(|| odd("no hexadecimal digits"))?;
        Ok(CapKey { field, value })
    };
    pairs.into_iter().map(key).collect()
}

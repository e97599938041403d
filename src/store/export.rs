//! All that is known about one person: every row of every table, opened.
//!
//! Rows come as they stand, with the names of their columns, because a person may see what is kept and not a selection of it.
//! Left out are bytes that say nothing to them: keyed hashes, digests, the wrapped key, the name that links bear. What is sealed
//! is opened; what can't be is said to be so.

use super::{
    Store, StoreError,
    database::{Kind, Row, query},
    sealing::{Own, StoredCustomer},
    statements::{export::EXPORT, people::CUSTOMER_BY_ID},
};
use crate::base::{self, CustomerId, Instant, money::money_text, value::Fields};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A row, by its columns.
pub type Opened = Map<String, Value>;

/// What is known about one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    /// Their number here.
    pub customer: CustomerId,
    /// When it was so.
    pub at: Instant,
    /// Each table with what is theirs in it, the empty ones too.
    pub tables: Vec<(String, Vec<Opened>)>,
}

impl Store {
    /// All of one customer. `None` where there is no such customer.
    ///
    /// # Errors
    /// When the database can't be read, or their key is another one.
    pub async fn all_of(&self, customer: CustomerId) -> Result<Option<Holdings>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(CUSTOMER_BY_ID).bind(customer.0).fetch_optional(&mut reader).await?;
        let Some(row) = row else { return Ok(None) };
        let own = Own::of(&StoredCustomer::read(&row)?, &self.inner.keys)?;
        let mut tables = Vec::with_capacity(EXPORT.len());
        for (table, statement) in EXPORT {
            let rows = query(statement).bind(customer.0).fetch_all(&mut reader).await?;
            let opened = rows.iter().map(|row| open(&own, table, row)).collect::<Result<_, _>>()?;
            tables.push((table.to_owned(), opened));
        }
        Ok(Some(Holdings { customer, at: self.inner.clock.now(), tables }))
    }
}

fn open(own: &Own, table: &str, row: &Row) -> Result<Opened, StoreError> {
    let mut opened = Opened::new();
    for column in row.columns() {
        let name = &*column.name;
        let value = match row.kind(column.place)? {
            Kind::Nothing => Value::Null,
            Kind::Integer => number(name, row.try_get_unchecked(column.place)?),
            Kind::Bytes => match own.open(table, name, row) {
                Some(value) if name == "fields" => as_people_write(value),
                Some(value) => value,
                None => continue,
            },
            Kind::Text | Kind::Other => text(row.try_get_unchecked(column.place)?),
        };
        opened.insert(name.to_owned(), value);
    }
    opened.remove("wrapped");
    Ok(opened)
}

/// A moment as people read it, by the name of its column.
fn number(column: &str, number: i64) -> Value {
    let is_moment = column == "at" || column.ends_with("_at") || column.ends_with("_until");
    if is_moment { Value::String(Instant::from_ms(number).to_string()) } else { number.into() }
}

/// Fields as a file of the business's has them, and not by the types that they have here.
fn as_people_write(fields: Value) -> Value {
    let Ok(fields) = serde_json::from_value::<Fields>(fields.clone()) else { return fields };
    let plain = |value: base::Value| match value {
        base::Value::Text(text) => Value::String(text),
        base::Value::Integer(number) => number.into(),
        base::Value::Boolean(yes) => yes.into(),
        base::Value::Money { minor, currency } => money_text(minor, &currency).into(),
        base::Value::Datetime(at) => at.to_string().into(),
        base::Value::Date(day) => day.to_string().into(),
        base::Value::MonthDay(day) => day.to_string().into(),
        base::Value::Products(products) => products.iter().map(recommended).collect(),
    };
    fields.into_iter().map(|(name, value)| (name, plain(value))).collect()
}

/// What was recommended, with what it rests on. Why, in words, stands where the messages are told of.
fn recommended(product: &base::Recommended) -> Value {
    let rests_on: Vec<&str> = product.rests_on().into_iter().map(|named| named.name.as_str()).collect();
    serde_json::json!({ "product": product.in_words(), "rests on your purchases of": rests_on })
}

/// What is JSON already stays so.
fn text(text: String) -> Value {
    let is_json = text.starts_with(['{', '[']);
    is_json.then(|| serde_json::from_str(&text).ok()).flatten().unwrap_or(Value::String(text))
}

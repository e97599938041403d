//! What analysts get: who got what when and what came of it, with a token in place of each person. For `comity export
//! --pseudonymous`.
//!
//! Promise · A table has the columns that are named here, and no others: no address, no name, no id of a source, no word that
//! somebody wrote. Of records there are numbers, amounts, days and yes or no, and of those none that the policy calls sensitive.
//!
//! Promise · Tokens are drawn anew for each export and kept nowhere, rows stand in the order of what is in them, and moments are cut
//! down to their day: what stands in two exports is not linked by them.
//!
//! Not promised · That nobody can be known again (GDPR 4 (5), recital 26): whoever knows when somebody came, and finds one row
//! with that day, knows the rest of it. It is personal data still, for people who may see it.

use super::{
    Office,
    holdings::{self, Table},
};
use crate::{
    base::{CustomerId, Instant, hex},
    ledger::Act,
    policy::{FieldType, Policy},
    store::{Holdings, Opened},
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::collections::BTreeMap;

/// Customers read at a time.
const PAGE: usize = 200;
/// Bytes of a token: two are the same by chance among a million millions.
const TOKEN_BYTES: usize = 12;

/// What a column is made from.
#[derive(Clone, Copy)]
enum From {
    /// The same.
    As(&'static str),
    /// The day of a moment.
    Day(&'static str),
    /// The token of what the column names.
    Token(Kind, &'static str),
}

/// What has tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Person,
    Record,
    Message,
}

/// A table of the export: its name, the table that it is made from, its columns, and what it says of itself.
type Made = (&'static str, &'static str, &'static [(&'static str, From)], &'static str);

/// All of them.
const TABLES: [Made; 5] = [
    (
        "people",
        "customers",
        &[("person", From::Token(Kind::Person, "id")), ("language", From::As("language"))],
        "one row for each customer, with the language they are written to in",
    ),
    (
        "consents",
        "consents",
        &[
            ("person", From::Token(Kind::Person, "customer")),
            ("purpose", From::As("purpose")),
            ("kind", From::As("kind")),
            ("method", From::As("method")),
            ("on", From::Day("at")),
            ("expires_on", From::Day("expires_at")),
        ],
        "each yes and each no: to which purpose, by which way",
    ),
    (
        "records",
        "records",
        &[
            ("record", From::Token(Kind::Record, "id")),
            ("person", From::Token(Kind::Person, "customer")),
            ("kind", From::As("kind")),
            ("status", From::As("status")),
            ("known_on", From::Day("known_at")),
        ],
        "visits, purchases and the like; the other columns are fields of policy.toml, those alone that hold numbers, amounts, \
         days, yes or no, and are not sensitive",
    ),
    (
        "answers",
        "answers",
        &[
            ("record", From::Token(Kind::Record, "record")),
            ("message", From::Token(Kind::Message, "plan")),
            ("answer", From::As("answer")),
            ("on", From::Day("at")),
        ],
        "whether people said that they come",
    ),
    (
        "messages",
        "plans",
        &[
            ("message", From::Token(Kind::Message, "id")),
            ("person", From::Token(Kind::Person, "customer")),
            ("record", From::Token(Kind::Record, "record")),
            ("workflow", From::As("workflow")),
            ("step", From::As("step")),
            ("purpose", From::As("purpose")),
            ("marketing", From::As("marketing")),
            ("state", From::As("state")),
            ("due_on", From::Day("due_at")),
            ("refused_for", From::As("refused_for")),
        ],
        "each message that was planned: of which workflow and step, and what became of it",
    ),
];

impl Office {
    /// All of it, as one archive in base64.
    ///
    /// # Errors
    /// The database's, or that the archive could not be written.
    pub async fn for_analysts(&self) -> anyhow::Result<String> {
        let policy = self.policy();
        let mut sheets = Sheets::default();
        let mut after = CustomerId(0);
        loop {
            let page = self.store.customers_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = *last;
            for customer in page {
                // Whoever was erased meanwhile is in none of it.
                if let Some(holdings) = self.store.all_of(customer).await? {
                    sheets.add(&holdings, &policy)?;
                }
            }
        }
        // Before anything is handed over.
        let people = sheets.rows.get("people").map_or(0, Vec::len);
        self.store.note(Act::ExportedPseudonymous { people: u64::try_from(people).unwrap_or(u64::MAX) }).await?;
        let about = about(&policy.business.name, self.clock.now());
        let tables = TABLES.map(|(name, ..)| Table { name, rows: sheets.rows.remove(name).unwrap_or_default() });
        let zip = holdings::zipped(&about, &tables.into_iter().map(Table::sorted).collect::<Vec<_>>())?;
        Ok(STANDARD.encode(zip))
    }
}

/// What is gathered.
#[derive(Default)]
struct Sheets {
    rows: BTreeMap<&'static str, Vec<Opened>>,
    tokens: BTreeMap<(Kind, i64), String>,
}

impl Sheets {
    fn add(&mut self, holdings: &Holdings, policy: &Policy) -> anyhow::Result<()> {
        for (name, from, columns, _) in TABLES {
            let rows = holdings.tables.iter().filter(|(table, _)| table == from).flat_map(|(_, rows)| rows);
            for row in rows {
                let mut made = Opened::new();
                for (column, from) in columns {
                    made.insert((*column).to_owned(), self.value(row, *from)?);
                }
                if from == "records" {
                    made.extend(fields(row, policy));
                }
                self.rows.entry(name).or_default().push(made);
            }
        }
        Ok(())
    }

    fn value(&mut self, row: &Opened, from: From) -> anyhow::Result<Value> {
        Ok(match from {
            From::As(column) => row.get(column).cloned().unwrap_or_default(),
            From::Day(column) => day(row.get(column)),
            From::Token(kind, column) => match row.get(column).and_then(Value::as_i64) {
                Some(id) => self.token(kind, id)?.into(),
                None => Value::Null,
            },
        })
    }

    fn token(&mut self, kind: Kind, id: i64) -> anyhow::Result<String> {
        if let Some(token) = self.tokens.get(&(kind, id)) {
            return Ok(token.clone());
        }
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
        let token = hex(&bytes);
        self.tokens.insert((kind, id), token.clone());
        Ok(token)
    }
}

/// The fields of a record that hold no words and no secret. What the policy doesn't declare any more is left out.
fn fields(row: &Opened, policy: &Policy) -> Opened {
    let declared = row.get("kind").and_then(Value::as_str).and_then(|kind| policy.records.get(kind));
    let (Some(declared), Some(Value::Object(held))) = (declared, row.get("fields")) else { return Opened::new() };
    let open = declared.fields.iter().filter(|(_, field)| !field.sensitive);
    open.filter_map(|(name, field)| {
        let value = held.get(name);
        let shown = match field.kind {
            FieldType::Integer | FieldType::Boolean | FieldType::Money => value.cloned()?,
            FieldType::Datetime | FieldType::Date => day(value),
            // A day of the year is a birthday, mostly; what is recommended to somebody tells what they bought.
            FieldType::Text | FieldType::MonthDay | FieldType::Products => return None,
        };
        Some((format!("field {name}"), shown))
    })
    .collect()
}

/// The day that a moment begins with.
fn day(moment: Option<&Value>) -> Value {
    moment.and_then(Value::as_str).and_then(|text| text.get(..10)).map_or(Value::Null, Value::from)
}

fn about(business: &str, now: Instant) -> String {
    let mut text = format!(
        "Who got which messages of {business}, and what came of it, as it stood at {now}. No name, no address, nothing that \
         somebody wrote: a token stands for each person, record and message, the same in all tables of this export and in no \
         other. Days are those of UTC; in fields of records, of the place.\n\n\
         These are pseudonyms: who knows on which day somebody came may know them again. Keep it closed, and delete it when it has \
         served.\n\n"
    );
    for (name, _, columns, words) in TABLES {
        let columns: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
        text.extend([name, ".csv: ", words, "\n    ", &columns.join(", "), "\n"]);
    }
    text
}

//! What a person takes away: all that is known about them, in one file. For `comity export`.
//!
//! ```text
//!  READ-ME.txt     what this is, and what the tables are
//!  data.json       everything, as it stands; each line of the ledger with its sentence
//!  TABLE.csv       the same by tables
//! ```

use super::Office;
use crate::{
    base::{CustomerId, Zone},
    ledger::{Happening, Shown},
    store::{Holdings, Opened, StoreError},
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::{Cursor, Write},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Each table, in words.
const TABLES: [(&str, &str); 22] = [
    ("customers", "who you are to us: your address, what we keep about you, your own limits"),
    ("consents", "what you agreed to and what you withdrew, when and how"),
    ("consent_evidence", "what shows it"),
    ("bars", "your objections and restrictions, and whether you are a child"),
    ("suppressions", "what your mailbox refused, or could not take"),
    ("sign_ups", "what was asked for under your address by a form"),
    ("shop_orders", "how your orders stand, as our web shop told it"),
    ("requests", "what you asked of us about your own data, and when it was answered"),
    ("address_changes", "other addresses that you asked us to write to, and whether both mailboxes agreed"),
    ("tastes", "what you said about what is recommended to you"),
    ("customer_days", "your days of the year, so that they can be found"),
    ("records", "your visits, purchases and the like"),
    ("visits", "where calendars tell of them"),
    ("settlements", "visits that somebody of the business said to be yours"),
    ("answers", "whether you said that you come"),
    ("events", "what the business's programs reported about them"),
    ("notices", "what the business was told of your answers"),
    ("plans", "messages that were planned for you, and where each stands"),
    ("attempts", "each time that one was sent, and what the mail server said"),
    ("tasks", "what people of the business were to do for you"),
    ("approvals", "what they said about your messages before those left"),
    ("ledger", "what happened: each decision, with what it saw"),
];

/// One customer's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakenAway {
    /// Their number here.
    pub customer: CustomerId,
    /// The archive, in base64.
    pub zip: String,
}

impl Office {
    /// All that is known about whoever this names, by `@` and the number here, the source's id or the address.
    ///
    /// # Errors
    /// The database's, or that an archive could not be written.
    pub async fn take_away(&self, whom: &str) -> anyhow::Result<Vec<TakenAway>> {
        let mut taken = vec![];
        for customer in self.named(whom).await? {
            self.store.note_look(customer.id, Shown::Everything).await?;
            if let Some(archive) = self.archive_of(customer.id).await? {
                taken.push(TakenAway { customer: customer.id, zip: STANDARD.encode(archive) });
            }
        }
        Ok(taken)
    }

    /// All that is known about a customer, as one archive. `None` where there is no such customer.
    ///
    /// # Errors
    /// The database's, or that the archive could not be written.
    pub async fn archive_of(&self, customer: CustomerId) -> anyhow::Result<Option<Vec<u8>>> {
        let business = self.policy().business.clone();
        let holdings = self.holdings(customer, business.time_zone).await?;
        holdings.map(|holdings| archive(&holdings, &business.name)).transpose()
    }

    async fn holdings(&self, customer: CustomerId, zone: Zone) -> Result<Option<Holdings>, StoreError> {
        let Some(mut holdings) = self.store.all_of(customer).await? else { return Ok(None) };
        for (_, rows) in holdings.tables.iter_mut().filter(|(table, _)| table == "ledger") {
            for row in rows {
                let happening = row.get("happening").cloned().unwrap_or_default();
                if let Ok(happening) = serde_json::from_value::<Happening>(happening) {
                    row.insert("sentence".to_owned(), happening.sentence(zone).into());
                }
            }
        }
        Ok(Some(holdings))
    }
}

/// A table of an archive.
pub(super) struct Table {
    /// What it is called.
    pub name: &'static str,
    /// What stands in it.
    pub rows: Vec<Opened>,
}

impl Table {
    /// With its rows in the order of what stands in them, and in no other.
    pub fn sorted(mut self) -> Self {
        self.rows.sort_by_cached_key(|row| row.values().map(ToString::to_string).collect::<Vec<_>>());
        self
    }
}

/// An archive of tables, with what is to be read first.
pub(super) fn zipped(read_me: &str, tables: &[Table]) -> anyhow::Result<Vec<u8>> {
    let mut files = vec![("READ-ME.txt".to_owned(), read_me.as_bytes().to_vec())];
    for Table { name, rows } in tables.iter().filter(|table| !table.rows.is_empty()) {
        files.push((format!("{name}.csv"), csv(rows)?));
    }
    zip(&files)
}

fn archive(holdings: &Holdings, business: &str) -> anyhow::Result<Vec<u8>> {
    let mut files = vec![
        ("READ-ME.txt".to_owned(), read_me(holdings, business).into_bytes()),
        ("data.json".to_owned(), serde_json::to_vec_pretty(&by_table(holdings))?),
    ];
    for (table, rows) in holdings.tables.iter().filter(|(_, rows)| !rows.is_empty()) {
        files.push((format!("{table}.csv"), csv(rows)?));
    }
    zip(&files)
}

fn zip(files: &[(String, Vec<u8>)]) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o600);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish().context("the archive could not be written")?.into_inner())
}

fn read_me(holdings: &Holdings, business: &str) -> String {
    let mut text = format!(
        "This is all that {business} keeps about you in its system for messages, as it stood at {}.\n\n\
         data.json holds everything. The other files hold the same as tables, for a spreadsheet. Times are UTC.\n\n",
        holdings.at
    );
    let lines = holdings.tables.iter().map(|(table, rows)| {
        let words = TABLES.iter().find(|(name, _)| name == table).map_or("", |(_, words)| words);
        format!("{table} ({}): {words}\n", rows.len())
    });
    text.extend(lines);
    text
}

fn by_table(holdings: &Holdings) -> Value {
    let tables = holdings.tables.iter();
    let mut all: Opened = tables.map(|(table, rows)| (table.clone(), serde_json::json!(rows))).collect();
    all.insert("as_of".to_owned(), holdings.at.to_string().into());
    Value::Object(all)
}

/// Columns of all rows, in the order of the alphabet; what is more than a word stands in its cell as JSON.
fn csv(rows: &[Opened]) -> anyhow::Result<Vec<u8>> {
    let columns: BTreeSet<&String> = rows.iter().flat_map(Opened::keys).collect();
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(&columns)?;
    for row in rows {
        table.write_record(columns.iter().map(|column| match row.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }))?;
    }
    Ok(table.into_inner()?)
}

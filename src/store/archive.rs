//! A database as a verifier reads it: a file, perhaps a copy, perhaps somebody else's work. Nothing in it is believed.
//!
//! It is opened to read only, without migrations and without a key. What can't be read as it should is no error here but a
//! value that differs from what was sealed.

use super::{
    StoreError,
    database::{self, Kind, Link, query, query_as},
    schema::{self, Database},
    sealing::parse_name,
    seals::{last_rows, rows_of},
    statements::seals::{LAST_CHECKPOINT, ROWS_ABOUT, SEALS_AFTER},
};
use crate::{
    audit::{Field, Hash, Head, Seal, Source, Tree, Upto, canonical, tree::HASH_BYTES},
    base::{CustomerId, Instant},
};
use std::ops::Range;

/// Seals and rows in one page.
const PAGE: i64 = 1000;

/// See the module.
pub struct Archive {
    connection: Link,
}

/// A sealed row, as it stands.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number.
    pub id: i64,
    /// Its columns, in the order of [`Source::columns`].
    pub fields: Vec<Field<'static>>,
    /// Whether its content was erased, and only the hash of it is left.
    pub erased: bool,
}

impl Row {
    /// What it is in the tree.
    #[must_use]
    pub fn leaf(&self, source: Source) -> Hash {
        canonical::leaf(source, &self.fields)
    }

    /// The whole number in this column.
    #[must_use]
    pub fn number(&self, source: Source, column: &str) -> Option<i64> {
        let at = source.columns().iter().position(|name| *name == column)?;
        match self.fields.get(at) {
            Some(Field::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// When it was, where it has a time.
    #[must_use]
    pub fn at(&self, source: Source) -> Option<Instant> {
        let column = match source {
            Source::Ledger | Source::Consents | Source::Approvals | Source::Bars | Source::Assessments => "at",
            Source::Notices => "since",
            Source::Revisions => "in_force_at",
            Source::Evidence | Source::Wordings => return None,
        };
        self.number(source, column).map(Instant::from_ms)
    }
}

impl Archive {
    /// Opens it.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        Ok(Self { connection: schema::open_reader(database).await? })
    }

    /// Seals after this number, in order. One that has not the form of a seal comes without what it says.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn seals(&mut self, after: i64) -> Result<Vec<(i64, Option<Seal>)>, StoreError> {
        let rows = query(SEALS_AFTER).bind(after).bind(PAGE).fetch_all(&mut self.connection).await?;
        rows.iter().map(|row| Ok((row.try_get("id")?, seal(row).ok()))).collect()
    }

    /// The seal after this number, and its own.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn seal_after(&mut self, after: i64) -> Result<Option<(i64, Option<Seal>)>, StoreError> {
        let row = query(SEALS_AFTER).bind(after).bind(1_i64).fetch_optional(&mut self.connection).await?;
        row.map(|row| Ok((row.try_get("id")?, seal(&row).ok()))).transpose()
    }

    /// The rows that are about a customer.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn about(&mut self, customer: CustomerId) -> Result<Vec<(Source, i64)>, StoreError> {
        let rows: Vec<(String, i64)> = query_as(ROWS_ABOUT).bind(customer.0).fetch_all(&mut self.connection).await?;
        rows.into_iter().map(|(source, id)| Ok((parse_name("source", source)?, id))).collect()
    }

    /// The rows of a source after the start of a range and up to its end, in order.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn rows(&mut self, source: Source, mut range: Range<i64>) -> Result<Vec<Row>, StoreError> {
        let mut all = vec![];
        while range.start < range.end {
            let asked = query(rows_of(source)).bind(range.start).bind(range.end).bind(PAGE);
            let page = asked.fetch_all(&mut self.connection).await?;
            let full = i64::try_from(page.len()).is_ok_and(|rows| rows == PAGE);
            for row in page {
                let id = row.try_get(0)?;
                range.start = id;
                let erased = match source {
                    Source::Evidence => is_erased(row.try_get_unchecked(1)?),
                    Source::Bars => is_erased(row.try_get_unchecked(6)?),
                    _ => false,
                };
                all.push(Row { id, fields: fields(source, &row)?.into_iter().map(owned).collect(), erased });
            }
            if !full {
                break;
            }
        }
        Ok(all)
    }

    /// The last row of each source.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn last_rows(&mut self) -> Result<Upto, StoreError> {
        last_rows(&mut self.connection).await
    }

    /// The last checkpoint that was noted: its number, its seal, and when it was made.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn last_checkpoint(&mut self) -> Result<Option<(i64, i64, Instant)>, StoreError> {
        let row = query(LAST_CHECKPOINT).fetch_optional(&mut self.connection).await?;
        row.as_ref().map(checkpoint).transpose()
    }
}

pub(super) fn checkpoint(row: &database::Row) -> Result<(i64, i64, Instant), StoreError> {
    Ok((row.try_get("id")?, row.try_get("seal")?, Instant::from_ms(row.try_get("made_at")?)))
}

/// A row's leaf.
pub(super) fn leaf(source: Source, row: &database::Row) -> Result<Hash, StoreError> {
    Ok(canonical::leaf(source, &fields(source, row)?))
}

/// The values as they stand, whatever the schema says that they are.
fn fields(source: Source, row: &database::Row) -> Result<Vec<Field<'_>>, StoreError> {
    (0..source.columns().len()).map(|column| field(row, column)).collect()
}

fn field(row: &database::Row, column: usize) -> Result<Field<'_>, StoreError> {
    let bytes = || row.try_get_unchecked::<&[u8], usize>(column);
    Ok(match row.kind(column)? {
        Kind::Nothing => Field::Nothing,
        Kind::Integer => Field::Integer(row.try_get_unchecked(column)?),
        Kind::Text => match std::str::from_utf8(bytes()?) {
            Ok(text) => Field::Text(text.into()),
            Err(_) => Field::Bytes(Hash::of(bytes()?)),
        },
        Kind::Bytes => match bytes()?.try_into() {
            // What was erased left its hash.
            Ok(hash) if is_erased(bytes()?) => Field::Bytes(Hash(hash)),
            _ => Field::Bytes(Hash::of(bytes()?)),
        },
        Kind::Other => Field::Bytes(Hash::of(b"")),
    })
}

/// An erasure leaves the hash of the sealed bytes in their place; with nonce and tag, sealed bytes are longer than one.
const fn is_erased(content: &[u8]) -> bool {
    content.len() == HASH_BYTES
}

fn owned(field: Field<'_>) -> Field<'static> {
    match field {
        Field::Nothing => Field::Nothing,
        Field::Integer(number) => Field::Integer(number),
        Field::Text(text) => Field::Text(text.into_owned().into()),
        Field::Bytes(hash) => Field::Bytes(hash),
    }
}

/// A seal as it stands: whether it is linked as it should be, its reader asks.
pub(super) fn seal(row: &database::Row) -> Result<Seal, StoreError> {
    let odd = || StoreError::odd("seals", "a seal that is none");
    let text: String = row.try_get("upto")?;
    let upto: Upto = serde_json::from_str(&text).map_err(|_| odd())?;
    let size = u64::try_from(row.try_get::<i64, _>("entries")?).map_err(|_| odd())?;
    let tree = Tree::of(size, hashes(row.try_get("peaks")?).ok_or_else(odd)?).ok_or_else(odd)?;
    let leaves = hashes(row.try_get("leaves")?).ok_or_else(odd)?;
    let chain = Hash(row.try_get::<&[u8], _>("chain")?.try_into().map_err(|_| odd())?);
    if upto.text() != text {
        return Err(odd());
    }
    let sealed_at = Instant::from_ms(row.try_get("sealed_at")?);
    Ok(Seal { head: Head { seal: row.try_get("id")?, sealed_at, upto, tree, chain }, leaves })
}

fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    rest.is_empty().then(|| hashes.iter().map(|hash| Hash(*hash)).collect())
}

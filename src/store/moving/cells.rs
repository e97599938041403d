//! What stands in a row, whichever database it came from.

use crate::{
    base::hex,
    store::{
        StoreError,
        database::{Kind, Row},
    },
};
use std::fmt::Write as _;

/// What stands in a column of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    Nothing,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// All columns of a row.
pub fn of(row: &Row, columns: usize) -> Result<Vec<Cell>, StoreError> {
    (0..columns).map(|place| cell(row, place)).collect()
}

fn cell(row: &Row, place: usize) -> Result<Cell, StoreError> {
    Ok(match row.kind(place)? {
        Kind::Nothing => Cell::Nothing,
        Kind::Integer => Cell::Integer(row.try_get(place)?),
        Kind::Text => Cell::Text(row.try_get(place)?),
        Kind::Bytes => Cell::Bytes(row.try_get(place)?),
        Kind::Other => return Err(StoreError::odd("a row", "a value of no kind that is written")),
    })
}

impl Cell {
    /// As `COPY … FROM STDIN` reads it: postgresql.org/docs/current/sql-copy.html, "Text Format".
    pub fn write(&self, line: &mut String) {
        // Writing to a String can't fail.
        match self {
            Self::Nothing => line.push_str("\\N"),
            Self::Integer(integer) => write!(line, "{integer}").unwrap_or_default(),
            Self::Text(text) => text.chars().for_each(|c| match c {
                '\\' => line.push_str("\\\\"),
                '\n' => line.push_str("\\n"),
                '\r' => line.push_str("\\r"),
                '\t' => line.push_str("\\t"),
                other => line.push(other),
            }),
            Self::Bytes(bytes) => {
                line.push_str("\\\\x");
                line.push_str(&hex(bytes));
            }
        }
    }
}

/// A row's key, for people: a number, a name, or what can't be read.
pub fn names(cells: &[Cell]) -> String {
    let words: Vec<String> = cells
        .iter()
        .map(|cell| match cell {
            Cell::Integer(integer) => integer.to_string(),
            Cell::Text(text) => text.clone(),
            Cell::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Cell::Nothing => "nothing".to_owned(),
        })
        .collect();
    words.join(", ")
}

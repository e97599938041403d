//! What can go wrong with the database, in words that say what to do.

use crate::base::sealed::Unreadable;
use std::{path::PathBuf, sync::Arc};

/// Cloned to everybody who waited for the same commit.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full.
    #[error(
        "the disk that holds the database is full: make room; nothing is sent until then, stops are kept in the journal"
    )]
    Full,
    /// Another program holds the database.
    #[error("another program has locked the database: close it (a shell, a backup); nothing is sent until then")]
    Busy,
    /// The file or its folder can't be written.
    #[error(
        "the database can't be written: check the rights of the file and its folder, and that the disk is not mounted read-only"
    )]
    ReadOnly,
    /// The file or its folder can't be made or opened.
    #[error("the database {path} can't be opened: {why}; check that the folder exists and is yours")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is not a sound database.
    #[error("the database {path} is damaged: restore it from a backup ({what})")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the check said.
        what: String,
    },
    /// A version of SQLite that can corrupt a database.
    #[error("SQLite {found} can corrupt a database with several connections; {needed} or newer is needed")]
    TooOld {
        /// What is linked.
        found: String,
        /// What is needed.
        needed: &'static str,
    },
    /// The database was written by a newer Comity.
    #[error("the database {path} was written by a newer version of Comity: install that version")]
    NewerSchema {
        /// The file.
        path: PathBuf,
    },
    /// A sealed value does not open.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The row is not in the state that the caller saw: a stop, a change or another owner came first.
    #[error("attempt {0} is not open any more: a stop, a change or a pause took the permission back")]
    NotOpen(crate::base::AttemptId),
    /// A message of unknown fate may only be sent again unchanged.
    #[error("attempt {0} is for a message whose first sending is of unknown fate, and it differs from that one")]
    DigestDiffers(crate::base::AttemptId),
    /// The store was closed.
    #[error("the database is closed")]
    Closed,
    /// The journal of stops can't be used.
    #[error("the journal {path} can't be used: {why}; check the rights of the file and its folder")]
    Journal {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// A stored value that no version of Comity wrote.
    #[error("the database holds {what}, which no version of Comity writes: restore it from a backup")]
    Odd {
        /// Column and value.
        what: String,
    },
    /// Anything else.
    #[error("the database failed: {0}")]
    Database(Arc<sqlx::Error>),
    /// The system gave no random bytes.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

/// How an error is to be met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    /// It belongs to one row: the others may go on.
    Row,
    /// It is the database's: SQLite may have rolled the transaction back by itself (`sqlite.org/lang_transaction.html`,
    /// "Response To Errors Within A Transaction").
    Whole,
}

impl StoreError {
    pub(super) const fn scope(&self) -> Scope {
        match self {
            Self::Unreadable(_) | Self::NotOpen(_) | Self::DigestDiffers(_) | Self::Odd { .. } | Self::Database(_) => {
                Scope::Row
            }
            _ => Scope::Whole,
        }
    }

    pub(super) fn odd(column: &str, value: &str) -> Self {
        Self::Odd { what: format!("`{value}` in {column}") }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let of_database = error.as_database_error();
        let code = of_database.and_then(sqlx::error::DatabaseError::code).and_then(|code| code.parse::<i32>().ok());
        // The low byte of an extended code is the primary one: sqlite.org/rescode.html.
        match code.map(|code| code & 0xff) {
            Some(13) => Self::Full,
            Some(5 | 6) => Self::Busy,
            Some(8 | 14) => Self::ReadOnly,
            // 10: input/output, 11: corrupt, 26: not a database.
            Some(10 | 11 | 26) => Self::Damaged {
                path: PathBuf::new(),
                what: error.as_database_error().map(ToString::to_string).unwrap_or_default(),
            },
            _ => Self::Database(Arc::new(error)),
        }
    }
}

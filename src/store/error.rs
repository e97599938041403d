//! What can go wrong with the database, in words that say what to do.

use crate::{base::sealed::Unreadable, fault::seam::MadeToFail};
use sqlx::postgres::PgDatabaseError;
use std::{path::PathBuf, sync::Arc};

/// What every change of files that were moved is answered with, by the database itself.
pub(super) const SAYS_MOVED: &str = "this database was moved";

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
    #[error("the database {database} can't be opened: {why}; check that the folder exists and is yours")]
    Unusable {
        /// Its file, or its name and server.
        database: String,
        /// What the system said.
        why: String,
    },
    /// The file was here and isn't any more.
    #[error(
        "the database {database} is gone, but its journal of stops is there: put the database back (is its disk mounted, is \
         [data] in comity.toml as it was?); to begin anew, move the journal away"
    )]
    Gone {
        /// Its file, or its name and server.
        database: String,
    },
    /// The settings name a server, and the rows still lie in files.
    #[error(
        "the installation's rows lie in {file}, and [data] database names {server}: run `comity migrate`, which moves them \
         there; if they are nobody's, move the file away. Nothing is sent until then, stops are kept in the journal"
    )]
    Unmoved {
        /// The file.
        file: PathBuf,
        /// Its name and server.
        server: String,
    },
    /// A move to this database was cut off.
    #[error("an installation is on its way to this database: if nobody moves it now, run `comity migrate` again")]
    Arriving,
    /// The rows were moved away, and these are what is left of them.
    #[error("this database was moved to a server, and changes no more: name that server in [data] database again")]
    Moved,
    /// The key store isn't there, and the database is.
    #[error("the key store {path} is gone, but its database is there: put the key store back from its own backup")]
    KeystoreGone {
        /// The file.
        path: PathBuf,
    },
    /// The disk doesn't read or write as it should.
    #[error("the disk that holds the database fails ({what}): check the disk, and that it is neither full nor gone")]
    Disk {
        /// What the system said.
        what: String,
    },
    /// The file is not a sound database.
    #[error("the database {database} is damaged: restore it from a backup ({what})")]
    Damaged {
        /// Its file, or its name and server.
        database: String,
        /// What the check said.
        what: String,
    },
    /// A version of the database's own program that we don't trust with the data: older ones of SQLite can corrupt a database with
    /// several connections.
    #[error("{found} is too old: {needed} or newer is needed")]
    TooOld {
        /// What is there.
        found: String,
        /// What is needed.
        needed: String,
    },
    /// The server of the database isn't there, ended the connection, or takes no other.
    #[error(
        "the database's server can't be reached ({what}): nothing is sent until it is, stops are kept in the journal"
    )]
    Unreachable {
        /// What was said.
        what: String,
    },
    /// The keys that the database was written with are others.
    #[error("the database {database} was written with another key file: copy data/keys from the machine that began it")]
    OtherKeys {
        /// Its name and server.
        database: String,
    },
    /// The server knows the name, and lets it not do what is needed.
    #[error(
        "the database's server refuses us ({what}): check the user, the password and the rights in [data] database"
    )]
    Refused {
        /// What was said.
        what: String,
    },
    /// The database was written by a newer Comity.
    #[error("the database {database} was written by a newer version of Comity: install that version")]
    NewerSchema {
        /// Its file, or its name and server.
        database: String,
    },
    /// Tables that the running program doesn't know were put in place by a newer one.
    #[error(
        "a newer version of Comity has changed the database {database}, and this one can't work beside it: start that version \
         here, too; nothing is sent from here until then, stops are kept in the journal"
    )]
    Overtaken {
        /// Its name and server.
        database: String,
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
    /// Plans were brought up to a set of files that is not in force, or not any more.
    #[error("revision {0} of the files is not the one in force")]
    NotInForce(String),
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
            Self::Unreadable(_)
            | Self::NotOpen(_)
            | Self::DigestDiffers(_)
            | Self::NotInForce(_)
            | Self::Odd { .. }
            | Self::Database(_) => Scope::Row,
            _ => Scope::Whole,
        }
    }

    /// Whether it can go away by itself, or by what a person does beside a running daemon: make room, close a program,
    /// restore a backup. The others need another program, and their journal may be one that this one can't read.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::NewerSchema { .. }
                | Self::TooOld { .. }
                // No stop link can be told from a forged one.
                | Self::OtherKeys { .. }
                | Self::Journal { .. }
                | Self::Closed
        )
    }

    /// Whether the database is away, as against a row of it that is not as it should be.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self.scope(), Scope::Whole)
    }

    /// The reason in a few words that anybody may read: no path, no system's message.
    #[must_use]
    pub const fn in_brief(&self) -> &'static str {
        match self {
            Self::Full => "its disk is full",
            Self::Busy => "another program has locked it",
            Self::ReadOnly => "it can't be written",
            Self::Unusable { .. } => "it can't be opened",
            Self::Gone { .. } => "it is gone",
            Self::Unmoved { .. } => "it isn't moved to its server yet",
            Self::Arriving => "it is being moved",
            Self::Moved => "it was moved to a server",
            Self::KeystoreGone { .. } => "its key store is gone",
            Self::Disk { .. } => "its disk fails",
            Self::Damaged { .. } => "it is damaged",
            Self::Unreachable { .. } => "its server can't be reached",
            Self::OtherKeys { .. } => "it was written with another key file",
            Self::Overtaken { .. } => "a newer version has changed it",
            Self::Refused { .. } => "its server refuses us",
            _ => "see the log",
        }
    }

    pub(super) fn odd(column: &str, value: &str) -> Self {
        Self::Odd { what: format!("`{value}` in {column}") }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(of_database) => {
                let what = || of_database.to_string();
                let known = match of_database.try_downcast_ref::<PgDatabaseError>() {
                    Some(error) => of_postgres(error.code(), what),
                    None => of_database.code().and_then(|code| of_sqlite(code.parse().ok()?, what)),
                };
                known.unwrap_or_else(|| Self::Database(Arc::new(error)))
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut => {
                Self::Unreachable { what: error.to_string() }
            }
            sqlx::Error::PoolClosed => Self::Closed,
            _ => Self::Database(Arc::new(error)),
        }
    }
}

/// By the low byte of an extended code, which is the primary one: sqlite.org/rescode.html.
fn of_sqlite(code: i32, what: impl Fn() -> String) -> Option<StoreError> {
    match code & 0xff {
        // A constraint: what was moved says so by a trigger.
        19 if what().ends_with(SAYS_MOVED) => Some(StoreError::Moved),
        13 => Some(StoreError::Full),
        5 | 6 => Some(StoreError::Busy),
        8 | 14 => Some(StoreError::ReadOnly),
        10 => Some(StoreError::Disk { what: what() }),
        // 11: corrupt, 26: not a database.
        11 | 26 => Some(StoreError::Damaged { database: String::new(), what: what() }),
        _ => None,
    }
}

/// By its class: postgresql.org/docs/current/errcodes-appendix.html.
fn of_postgres(code: &str, what: impl Fn() -> String) -> Option<StoreError> {
    match (code.get(..2)?, code) {
        (_, "53100") => Some(StoreError::Full),
        (_, "25006") => Some(StoreError::ReadOnly),
        // A lock that was waited for too long; a deadlock, or a transaction that has to be done again.
        (_, "55P03" | "40001" | "40P01") => Some(StoreError::Busy),
        // No room for another connection, shut down or starting; a connection that broke, or whose end fell silent.
        ("53" | "57" | "08", _) | (_, "25P03") => Some(StoreError::Unreachable { what: what() }),
        // Password, no such database, no rights.
        ("28" | "3D", _) | (_, "42501") => Some(StoreError::Refused { what: what() }),
        ("58" | "F0", _) => Some(StoreError::Disk { what: what() }),
        ("XX", _) => Some(StoreError::Damaged { database: String::new(), what: what() }),
        _ => None,
    }
}

impl From<MadeToFail> for StoreError {
    fn from(MadeToFail: MadeToFail) -> Self {
        Self::Disk { what: "a simulation made it fail".to_owned() }
    }
}

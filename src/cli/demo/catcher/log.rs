//! The catcher's log: one JSON object a line, on disk (`fdatasync`) before the client hears the answer.
//!
//! ```json
//! {"event":"mail","from":"hello@salon.example","boot_ms":81234567,"connection":3,"transaction":17}
//! {"event":"rcpt","to":"anna@example.org","deferred":false,"boot_ms":81234567,"connection":3,"transaction":17}
//! {"event":"body","to":["anna@example.org"],"message_id":"<42.…>","bytes":4096,"boot_ms":81234569,…}
//! {"event":"answered","message_id":"<42.…>","boot_ms":81234571,"connection":3,"transaction":17}
//! ```
//!
//! - `boot_ms`: `CLOCK_BOOTTIME` in milliseconds, the daemon's own boot clock. For `mail`, `rcpt` and `body` it is the
//!   moment at which the bytes were read from the socket, before anything else was done with them; for `answered`
//!   the moment after the `250` to the dot was written.
//! - `connection` counts from 1 in each process, `transaction` counts the `MAIL`s of all connections together, so that
//!   `mail`, `rcpt`, `body` and `answered` of one message share a number.
//! - `mail` is written for every `MAIL FROM`, also for one that is refused or comes to nothing; `rcpt` for every
//!   recipient, with `"deferred":true` where it got a 451; `body` when `CRLF.CRLF` was read; `answered` is the only one
//!   that comes after its answer. A `body` without `answered` was perhaps answered.
//!
//! The addresses are plain: the log is for proofs with people who don't exist.

use serde::Serialize;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// One line.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    /// What.
    #[serde(flatten)]
    pub event: Event<'a>,
    /// When, where, and in which transaction.
    #[serde(flatten)]
    pub place: Place,
}

/// When, where, and in which transaction.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Place {
    /// By the boot clock.
    pub boot_ms: i64,
    /// Of this process.
    pub connection: u64,
    /// Of this process.
    pub transaction: u64,
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event<'a> {
    /// `MAIL FROM` was read.
    Mail {
        /// Who.
        from: &'a str,
    },
    /// `RCPT TO` was read.
    Rcpt {
        /// To whom.
        to: &'a str,
        /// Whether it got a 451.
        deferred: bool,
    },
    /// A whole body was read.
    Body {
        /// To whom.
        to: &'a [String],
        /// The header, empty where there is none.
        message_id: &'a str,
        /// Without dot-stuffing.
        bytes: usize,
    },
    /// The `250` was written.
    Answered {
        /// The header, empty where there is none.
        message_id: &'a str,
    },
}

/// See the module.
#[derive(Debug)]
pub struct Log {
    file: Mutex<File>,
    transactions: AtomicU64,
}

impl Log {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file: Mutex::new(file), transactions: AtomicU64::new(0) })
    }

    /// The next transaction's number.
    pub fn next_transaction(&self) -> u64 {
        self.transactions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Writes one line. On return it is on disk.
    ///
    /// # Errors
    /// When it isn't. Nothing may be answered then.
    pub fn write(&self, line: &Line<'_>) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}

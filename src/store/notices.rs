//! The outbox to the owner: what they are to hear of, once each, over every crash.
//!
//! A row says of what, not in which words: the letter is made from the facts when it leaves. Answers that are due together
//! share a letter, and which ones do is written down before it leaves, so that a letter that is sent again after a crash
//! is the same letter, under the same Message-ID.
//!
//! Invariant: no plan, no gate, no customer's letter. What stands here goes to the owner, or to their own server.

use super::{
    Store, StoreError,
    book::rows,
    database::{Row, query, query_as},
    plan_rows::instant,
    round::Desk,
    sealing::{name, parse_name},
    statements::{
        Statement,
        notices::{
            DELAY_NOTICES, DUE_CALLS, DUE_LETTERS, END_NOTICES, HAS_NOTICE, LAST_MORNING, NOTICE_TROUBLE, PUT_NOTICE,
            SHARE_LETTER, WEBHOOK_GONE,
        },
    },
};
use crate::{base::Instant, gate::facts::HaltCause};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Notices that are looked at together.
const DUE_MAX: i64 = 64;

/// What the owner is to hear of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Matter {
    /// A customer's answer: its row.
    Answer(i64),
    /// The morning mail of a civil day.
    Morning(NaiveDate),
    /// A calendar is in trouble.
    Calendar {
        /// Its name in comity.toml.
        name: String,
        /// Of which kind.
        trouble: CalendarTrouble,
        /// When the trouble began.
        since: Instant,
    },
    /// Sending is halted, and a person must look.
    Halt {
        /// What brought it about.
        cause: HaltCause,
        /// Since when.
        since: Instant,
    },
    /// The owner's own server wants no more calls. Its row is what says so from then on.
    WebhookGone {
        /// Which server: the mark of its link and secret.
        endpoint: String,
        /// Since when.
        since: Instant,
    },
}

/// What a calendar's trouble is like: the one may pass, the other needs a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CalendarTrouble {
    /// It can't be had.
    Away,
    /// It can be had, and can't be believed.
    Doubt,
}

/// How they hear of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// By mail.
    Mail,
    /// By a call to their own server.
    Webhook,
}

/// A notice to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewNotice {
    /// Of what.
    pub matter: Matter,
    /// How.
    pub way: Way,
    /// Not before.
    pub next_at: Instant,
    /// Not after.
    pub expires_at: Instant,
}

/// A notice that is due.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its row.
    pub id: i64,
    /// Of what; an error where no version of Comity wrote it so.
    pub matter: Result<Matter, StoreError>,
    /// The notice whose letter it shares; none before its letter is written for the first time.
    pub letter: Option<i64>,
    /// How often it failed.
    pub tries: u32,
    /// When it was written.
    pub created_at: Instant,
    /// Not after.
    pub expires_at: Instant,
}

/// How a notice ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It arrived.
    Sent,
    /// There was nothing left to say.
    Moot,
    /// It could not be told in time.
    GivenUp,
}

/// As the columns hold it.
struct Stored {
    kind: &'static str,
    about: String,
    since: i64,
    answer: i64,
}

impl Matter {
    fn stored(&self) -> Stored {
        match self {
            Self::Answer(answer) => Stored { kind: "answer", about: String::new(), since: 0, answer: *answer },
            Self::Morning(day) => Stored { kind: "morning", about: day.to_string(), since: 0, answer: 0 },
            Self::Calendar { name, trouble, since } => {
                let kind = match trouble {
                    CalendarTrouble::Away => "calendar-away",
                    CalendarTrouble::Doubt => "calendar-doubt",
                };
                Stored { kind, about: name.clone(), since: since.ms(), answer: 0 }
            }
            Self::Halt { cause, since } => Stored { kind: "halt", about: name(cause), since: since.ms(), answer: 0 },
            Self::WebhookGone { endpoint, since } => {
                Stored { kind: "webhook-gone", about: endpoint.clone(), since: since.ms(), answer: 0 }
            }
        }
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let (kind, about): (String, String) = (row.try_get("kind")?, row.try_get("about")?);
        let since = instant(row, "since")?;
        Ok(match kind.as_str() {
            "answer" => Self::Answer(row.try_get("answer")?),
            "morning" => Self::Morning(about.parse().map_err(|_| StoreError::odd("notices.about", &about))?),
            "calendar-away" => Self::Calendar { name: about, trouble: CalendarTrouble::Away, since },
            "calendar-doubt" => Self::Calendar { name: about, trouble: CalendarTrouble::Doubt, since },
            "webhook-gone" => Self::WebhookGone { endpoint: about, since },
            _ => Self::Halt { cause: parse_name("notices.about", about)?, since },
        })
    }
}

/// Writes a notice in the caller's transaction. One that is there already stays as it is.
pub(super) async fn put(desk: &mut Desk, notice: &NewNotice) -> Result<(), StoreError> {
    let Stored { kind, about, since, answer } = notice.matter.stored();
    query(PUT_NOTICE)
        .bind(kind)
        .bind(about)
        .bind(since)
        .bind(answer)
        .bind(name(&notice.way))
        .bind(desk.clock.now().ms())
        .bind(notice.next_at.ms())
        .bind(notice.expires_at.ms())
        .execute(desk.database.alone().await?)
        .await?;
    Ok(())
}

impl Store {
    /// Writes a notice, once for ever: where it is known already, nothing is written.
    ///
    /// # Errors
    /// When the database can't be asked or written.
    pub async fn announce(&self, notice: NewNotice) -> Result<(), StoreError> {
        let Stored { kind, about, since, answer } = notice.matter.stored();
        let known: i64 = query_as(HAS_NOTICE)
            .bind(kind)
            .bind(about)
            .bind(since)
            .bind(answer)
            .bind(name(&notice.way))
            .fetch_one(&mut self.reader().await?)
            .await?;
        if known > 0 {
            return Ok(());
        }
        self.errand(move |desk| Box::pin(async move { put(desk, &notice).await })).await
    }

    /// What is due by mail, the longest waiting first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn due_letters(&self, now: Instant) -> Result<Vec<Notice>, StoreError> {
        self.due(DUE_LETTERS, now).await
    }

    /// The calls to be made, in the order of what they tell; none while the first one waits for its next try.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn due_calls(&self, now: Instant) -> Result<Vec<Notice>, StoreError> {
        self.due(DUE_CALLS, now).await
    }

    async fn due(&self, which: Statement, now: Instant) -> Result<Vec<Notice>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = query(which).bind(now.ms()).bind(DUE_MAX).fetch_all(&mut reader).await?;
        rows.iter()
            .map(|row| {
                Ok(Notice {
                    id: row.try_get("id")?,
                    matter: Matter::read(row),
                    letter: row.try_get("letter")?,
                    tries: u32::try_from(row.try_get::<i64, _>("tries")?).unwrap_or(u32::MAX),
                    created_at: instant(row, "created_at")?,
                    expires_at: instant(row, "expires_at")?,
                })
            })
            .collect()
    }

    /// Notes that these share one letter from now on: that of the first of them.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn share_letter(&self, notices: Vec<i64>, letter: i64) -> Result<(), StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let ids = rows(&notices)?;
                let database = desk.database.alone().await?;
                query(SHARE_LETTER).bind(ids).bind(letter).execute(database).await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends notices.
    ///
    /// # Errors
    /// When the database can't be written: they are told again, under the same id.
    pub async fn end_notices(&self, notices: Vec<i64>, how: Ended) -> Result<(), StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let (ids, now) = (rows(&notices)?, desk.clock.now());
                let database = desk.database.alone().await?;
                query(END_NOTICES).bind(ids).bind(name(&how)).bind(now.ms()).execute(database).await?;
                Ok(())
            })
        })
        .await
    }

    /// Puts notices off, with what went wrong.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn delay_notices(&self, notices: Vec<i64>, until: Instant, why: String) -> Result<(), StoreError> {
        self.errand(move |desk| {
            Box::pin(async move {
                let ids = rows(&notices)?;
                let database = desk.database.alone().await?;
                query(DELAY_NOTICES).bind(ids).bind(until.ms()).bind(why).execute(database).await?;
                Ok(())
            })
        })
        .await
    }

    /// What went wrong with what waits to be told in this way; `None` where nothing did.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn notice_trouble(&self, way: Way) -> Result<Option<String>, StoreError> {
        let mut reader = self.reader().await?;
        query_as(NOTICE_TROUBLE).bind(name(&way)).fetch_optional(&mut reader).await
    }

    /// Since when this server of the owner's wants no more calls.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn webhook_gone(&self, endpoint: &str) -> Result<Option<Instant>, StoreError> {
        let mut reader = self.reader().await?;
        let since: Option<i64> = query_as(WEBHOOK_GONE).bind(endpoint).fetch_optional(&mut reader).await?;
        Ok(since.map(Instant::from_ms))
    }

    /// When the last morning mail was written that arrived.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn last_morning(&self) -> Result<Option<Instant>, StoreError> {
        let at: Option<i64> = query_as(LAST_MORNING).fetch_one(&mut self.reader().await?).await?;
        Ok(at.map(Instant::from_ms))
    }
}

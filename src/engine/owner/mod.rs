//! What the owner hears: the morning mail, answers at once, alarms; by mail, and by a call to their own server.
//!
//! ```text
//!  an answer ──(in its transaction)──┐
//!  the morning, a halt, a calendar ──┴─► notices ─► words, from the facts of now ─► mail │ webhook ─► ended
//!                                           ▲                                          │
//!                                           └────────── put off, with a reason ◄───────┘
//! ```
//!
//! The [`Clerk`] looks into the outbox every few seconds. It is a duty of the daemon and of no rehearsal: what runs on paper
//! or on virtual time has no clerk, so that nothing can leave. It asks no gate and heeds no halt, because its letters go to
//! the owner alone, and a halt is what they must hear of.
//!
//! Promise · Nothing is lost over a crash: a notice is on disk with what it tells, and ends when the server took the letter.
//! Where that is not known it is sent again, under the same Message-ID.
//!
//! Not promised · That a mail server which refuses us is told of by mail. The log, `comity status` and the service
//! manager's status line say it.

pub mod answers;
pub mod morning;
pub mod trouble;
mod webhook;
pub mod words;

use super::{letterhead, office::Office, outcome, rulebook::Rulebook, run::Going};
use crate::{
    base::{CustomerId, Instant, Zone, keys::Keyring, token},
    clock::SystemClock,
    config::Installation,
    deliver::{Letterhead, SmtpTransport, trial},
    gate::facts::HaltCause,
    ledger::{Receipt, retry},
    people::Customer,
    policy::Policy,
    render::{Note, note::foreign},
    store::{
        StoreError,
        notices::{Ended, Matter, NewNotice, Notice, Way},
    },
};
use anyhow::Context;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;
use words::Tongue;

/// Between two looks into the outbox.
const LOOK: Duration = Duration::from_secs(5);
/// How long an alarm is worth telling.
const ALARM_WITHIN: Duration = Duration::from_hours(72);

/// Tells the owner. Cheap to make; it keeps nothing that the database doesn't.
pub struct Clerk {
    /// Where the facts are.
    pub office: Office,
    /// For links and message ids.
    pub keys: Arc<Keyring>,
}

/// Writes, by the files that are in force at one look.
struct Scribe<'a> {
    office: &'a Office,
    keys: &'a Keyring,
    rulebook: Arc<Rulebook>,
    letterhead: &'a Letterhead,
}

/// Customers whose data can't be read: a letter goes on without them, and says so.
type Missing = BTreeSet<CustomerId>;

/// What one letter is about: notices that share it, the first one first.
struct Letter {
    number: i64,
    notices: Vec<Notice>,
}

impl Clerk {
    /// Looks again and again, until told to stop; a letter that is on the wire then is ended first, so that it isn't sent
    /// again by the next start.
    pub async fn keep(&self, mut going: watch::Receiver<Going>) {
        let (mut told, mut hurry) = (None, going.clone());
        loop {
            let turned = tokio::select! {
                turned = Box::pin(self.turn()) => turned,
                _ = hurry.wait_for(|going| *going == Going::Hard) => return,
            };
            let trouble = match turned {
                Ok(()) => self.office.store.notice_trouble().await.unwrap_or(None),
                Err(error) => Some(format!("{error:#}")),
            };
            if trouble != told {
                let status = match &trouble {
                    Some(why) => {
                        tracing::error!(why, "the owner can't be told what they should hear");
                        format!("at work; the owner can't be told: {why}")
                    }
                    None => "at work".to_owned(),
                };
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Status(&status)]);
                told = trouble;
            }
            tokio::select! {
                () = self.office.clock.wait_for(LOOK) => {}
                _ = going.wait_for(|going| *going != Going::On) => return,
            }
        }
    }

    /// One look: what is to be told is written down, and what is due leaves.
    ///
    /// # Errors
    /// The database's, or the letterhead's. What could not be told stays in the outbox.
    pub async fn turn(&self) -> anyhow::Result<()> {
        let edition = self.office.in_force.now();
        let rulebook = Arc::clone(&edition.rulebook);
        let scribe = Scribe { office: &self.office, keys: &self.keys, rulebook, letterhead: &edition.letterhead };
        scribe.note_duties().await?;
        let due = self.in_time(self.office.store.due_notices(self.office.clock.now()).await?).await?;
        let (mail, calls): (Vec<Notice>, Vec<Notice>) = due.into_iter().partition(|notice| notice.way == Way::Mail);
        // Neither server waits for the other.
        let (mailed, called) = tokio::join!(self.mail(&scribe, mail), self.calls(&scribe, calls));
        mailed.map_err(anyhow::Error::from).and(called)
    }

    /// Without those that came too late: after days without a daemon, or without a server.
    async fn in_time(&self, due: Vec<Notice>) -> Result<Vec<Notice>, StoreError> {
        let now = self.office.clock.now();
        let (late, due): (Vec<Notice>, Vec<Notice>) = due.into_iter().partition(|notice| notice.expires_at <= now);
        if !late.is_empty() {
            tracing::error!(notices = late.len(), "the owner could not be told in time");
            self.office.store.end_notices(ids(&late), Ended::GivenUp).await?;
        }
        Ok(due)
    }

    async fn mail(&self, scribe: &Scribe<'_>, notices: Vec<Notice>) -> Result<(), StoreError> {
        for letter in self.letters(notices).await? {
            self.deliver(scribe, letter).await?;
        }
        Ok(())
    }

    /// Answers that are due together share a letter; which ones do is on disk before it leaves.
    async fn letters(&self, due: Vec<Notice>) -> Result<Vec<Letter>, StoreError> {
        let mut letters: BTreeMap<i64, Vec<Notice>> = BTreeMap::new();
        let mut fresh = None;
        for notice in due {
            let number = match (notice.letter, &notice.matter) {
                (Some(letter), _) => letter,
                (None, Matter::Answer(_)) => *fresh.get_or_insert(notice.id),
                (None, _) => notice.id,
            };
            letters.entry(number).or_default().push(notice);
        }
        if let Some(letter) = fresh
            && let Some(shared) = letters.get(&letter)
        {
            let ids = shared.iter().map(|notice| notice.id).collect();
            self.office.store.share_letter(ids, letter).await?;
        }
        Ok(letters.into_iter().map(|(number, notices)| Letter { number, notices }).collect())
    }

    /// Writes a letter, sends it, and notes what became of it. What can't be written waits, and holds up no other.
    async fn deliver(&self, scribe: &Scribe<'_>, Letter { number, notices }: Letter) -> Result<(), StoreError> {
        let ended = match scribe.tell(&notices, number).await {
            Ok(ended) => ended,
            Err(why) => return self.put_off(&notices, format!("{why:#}")).await,
        };
        if ended == Ended::Sent {
            tracing::info!(letter = number, "the owner was told");
        }
        self.office.store.end_notices(ids(&notices), ended).await
    }

    async fn put_off(&self, notices: &[Notice], why: String) -> Result<(), StoreError> {
        let tries = notices.iter().map(|notice| notice.tries).max().unwrap_or(0).saturating_add(1);
        let expires_at = notices.iter().map(|notice| notice.expires_at).max().unwrap_or(Instant::NEVER);
        if let Some(at) = retry::next_at(self.office.clock.now(), tries, expires_at, outcome::roll()) {
            return self.office.store.delay_notices(ids(notices), at, why).await;
        }
        tracing::error!(why, "the owner could not be told in time");
        self.office.store.end_notices(ids(notices), Ended::GivenUp).await
    }
}

fn ids(notices: &[Notice]) -> Vec<i64> {
    notices.iter().map(|notice| notice.id).collect()
}

impl Scribe<'_> {
    fn installation(&self) -> &Installation {
        self.rulebook.installation()
    }

    fn policy(&self) -> &Policy {
        self.rulebook.policy()
    }

    fn zone(&self) -> Zone {
        self.policy().business.time_zone
    }

    /// By the business's clock.
    fn moment(&self, at: Instant) -> String {
        self.tongue().moment(at, self.zone())
    }

    /// The owner knows their customers by name; whoever has none is shown by the address, masked.
    fn who(&self, customer: &Customer) -> String {
        match foreign(&self.office.name_of(customer)) {
            name if name.is_empty() => customer.address.masked(),
            name => name,
        }
    }

    /// The same by a number; nobody where they are gone, or missing.
    async fn named(&self, id: CustomerId, missing: &mut Missing) -> Result<Option<String>, StoreError> {
        match self.office.store.named_customer(id).await {
            Err(StoreError::Unreadable(_)) => {
                missing.insert(id);
                Ok(None)
            }
            named => Ok(named?.map(|(_, customer)| self.who(&customer))),
        }
    }

    fn tongue(&self) -> Tongue {
        Tongue::of(&self.policy().business.language)
    }

    /// The mail of the day, and what only a person can mend.
    async fn note_duties(&self) -> Result<(), StoreError> {
        let (store, now, installation) = (&self.office.store, self.office.clock.now(), self.installation());
        let zone = installation.policy.business.time_zone;
        if let Some(time) = installation.config.owner.morning_mail
            && let Some((day, expires_at)) = morning::due(now, zone, time)
        {
            let matter = Matter::Morning(day);
            store.announce(NewNotice { matter, way: Way::Mail, next_at: now, expires_at }).await?;
        }
        for halt in store.halts().await? {
            if matches!(halt.cause, HaltCause::ClockFarAhead | HaltCause::Route) {
                let matter = Matter::Halt { cause: halt.cause, since: halt.since };
                let expires_at = now.plus(ALARM_WITHIN);
                store.announce(NewNotice { matter, way: Way::Mail, next_at: now, expires_at }).await?;
            }
        }
        Ok(())
    }

    /// Writes what is to be told, and sends it.
    async fn tell(&self, notices: &[Notice], number: i64) -> anyhow::Result<Ended> {
        if self.installation().config.owner.mail.is_none() {
            return Ok(Ended::Moot);
        }
        let Some(note) = self.write(notices).await? else { return Ok(Ended::Moot) };
        self.send(&note, number).await?;
        Ok(Ended::Sent)
    }

    /// The words. `None` when there is nothing left to say.
    async fn write(&self, notices: &[Notice]) -> Result<Option<Note>, StoreError> {
        let Some(first) = notices.first() else { return Ok(None) };
        match &first.matter {
            Matter::Answer(_) => self.answers_note(notices).await,
            Matter::Morning(day) => self.morning_note(*day, first.created_at).await.map(Some),
            Matter::Calendar { name, since, .. } => self.calendar_note(name, *since).await,
            Matter::Halt { cause, since } => self.halt_note(*cause, *since).await,
        }
    }

    /// Over a connection of its own.
    async fn send(&self, note: &Note, number: i64) -> anyhow::Result<()> {
        let installation = self.installation();
        let domain = installation.config.mail.from.domain();
        let message_id = token::notice_id(self.keys, number, domain);
        let owner = letterhead::owner(installation);
        let letter = self
            .letterhead
            .note(note, owner, &message_id, self.office.clock.now())
            .context("a letter to the owner can't be written")?;
        let transport = SmtpTransport::over(installation.config.smtp.route(), Arc::new(SystemClock))?;
        match trial::carry(&transport, &letter, &|_| {}).await? {
            Receipt::Accepted(_) => Ok(()),
            receipt => anyhow::bail!(receipt.sentence()),
        }
    }
}

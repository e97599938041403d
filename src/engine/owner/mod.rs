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

mod letters;
pub mod answers;
pub mod morning;
pub mod trouble;
pub mod webhook;
pub mod words;
mod trouble_words;

use super::{office::Office, outcome, rulebook::Rulebook, run::Going};
use crate::{
    base::{Clock, CustomerId, Instant, Zone, keys::Keyring},
    config::Installation,
    deliver::Letterhead,
    ledger::retry,
    people::Customer,
    policy::Policy,
    render::note::foreign,
    store::{
        StoreError,
        notices::{Ended, Notice, Way},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
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
    /// For the limits of connections, which are real.
    pub wire: Arc<dyn Clock>,
}

/// Why what waits can't be told, in each way; as the log heard it last.
type Untold = Mutex<BTreeMap<Way, String>>;

/// Writes, by the files that are in force at one look.
struct Scribe<'a> {
    office: &'a Office,
    keys: &'a Keyring,
    wire: &'a Arc<dyn Clock>,
    rulebook: Arc<Rulebook>,
    letterhead: &'a Letterhead,
}

/// Customers whose data can't be read: a letter goes on without them, and says so.
type Missing = BTreeSet<CustomerId>;

impl Clerk {
    /// Looks again and again, until told to stop; what is on the wire then is ended first, so that it isn't sent again by
    /// the next start. Neither server waits for the other.
    pub async fn keep(&self, going: watch::Receiver<Going>) {
        let untold = Untold::default();
        tokio::join!(
            self.keep_on(Way::Mail, &untold, going.clone()),
            self.keep_on(Way::Webhook, &untold, going.clone())
        );
    }

    async fn keep_on(&self, way: Way, untold: &Untold, mut going: watch::Receiver<Going>) {
        let mut hurry = going.clone();
        loop {
            let turned = tokio::select! {
                turned = Box::pin(self.turn(way)) => turned,
                _ = hurry.wait_for(|going| *going == Going::Hard) => return,
            };
            let trouble = match turned {
                Ok(()) => self.office.store.notice_trouble(way).await.unwrap_or(None),
                Err(error) => Some(format!("{error:#}")),
            };
            note_trouble(untold, way, trouble);
            tokio::select! {
                () = self.office.clock.wait_for(LOOK) => {}
                _ = going.wait_for(|going| *going != Going::On) => return,
            }
        }
    }

    /// One look: what is due leaves in this way.
    ///
    /// # Errors
    /// The database's. What could not be told stays in the outbox.
    pub async fn turn(&self, way: Way) -> anyhow::Result<()> {
        let edition = self.office.in_force.now();
        let scribe = Scribe {
            office: &self.office,
            keys: &self.keys,
            wire: &self.wire,
            rulebook: Arc::clone(&edition.rulebook),
            letterhead: &edition.letterhead,
        };
        match way {
            Way::Mail => self.mail(&scribe).await?,
            Way::Webhook => self.calls(&scribe).await?,
        }
        Ok(())
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

/// Says what has changed, to the log and to the service manager.
fn note_trouble(untold: &Untold, way: Way, trouble: Option<String>) {
    let mut untold = untold.lock().unwrap_or_else(PoisonError::into_inner);
    if untold.get(&way) == trouble.as_ref() {
        return;
    }
    match trouble {
        Some(why) => {
            tracing::error!(?way, why, "the owner can't be told what they should hear");
            untold.insert(way, why);
        }
        None => drop(untold.remove(&way)),
    }
    let status = match untold.values().next() {
        Some(why) => format!("at work; the owner can't be told: {why}"),
        None => "at work".to_owned(),
    };
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Status(&status)]);
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
}

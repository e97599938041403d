//! The office: what the business asks of its installation. Imports, a pause, how things stand, and why.
//!
//! The daemon's control socket and the commands under the lock ask the same office, so that they can't differ.

pub mod standing;
pub mod account;
pub mod consents;
pub mod bars;
pub mod erasure;
pub mod holdings;
pub mod analysts;
pub mod requests;
pub mod approval;
pub mod approvals;
pub mod recommendations;
pub mod runs;
pub mod tasks;
pub mod limits;
pub mod privacy;
pub mod visits;

use super::{
    audit::Sealer,
    files::in_force::{Edition, InForce},
    flights::Flights,
    house::{
        home, key_file,
        lifecycle::PERMIT_LIFE,
        numbered_keys::{self, Use},
    },
};
use crate::{
    audit::Checkpoint,
    base::{Clock, CustomerId, EmailAddress},
    clock::ClockWatch,
    config::Installation,
    gate::{Halt, facts::HaltCause},
    ledger::Act,
    people::Customer,
    policy::Policy,
    store::{AfterRestore, Lasting, Restored, Rules, Store, StoreError},
};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Notify;

/// Who sees to it that the database knows which files are in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeper {
    /// The daemon that runs.
    Daemon,
    /// The office itself: no daemon runs.
    Office,
}

/// Why nobody is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Unnamed {
    /// Nobody has this id or address.
    #[error("nobody has this id or address: import the customer first")]
    Nobody,
    /// Several customers have this address.
    #[error("several customers have this address: name the one by their id")]
    Several,
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Office {
    /// Where everything is.
    pub store: Store,
    /// The files in force. What is to be the same from one line to the next is taken out once.
    pub in_force: Arc<InForce>,
    /// Who puts them in force.
    pub keeper: Keeper,
    /// What is in the air; nothing, where no daemon runs.
    pub flights: Arc<Flights>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Rung when something new may be due.
    pub wake: Arc<Notify>,
}

impl Office {
    /// The office of an installation in which no daemon runs. The caller holds its lock.
    ///
    /// # Errors
    /// When the key file or the database can't be used.
    pub async fn open(installation: Arc<Installation>, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let data = &installation.config.data;
        let keys = Arc::new(key_file::load(data)?);
        let opening = home::opening(&installation.config, keys, Arc::clone(&clock), ClockWatch::On, Lasting::ForEver);
        let store = Store::open(opening).await.context("the database can't be opened")?;
        store.work_alone().await?;
        let flights = Flights::new(PERMIT_LIFE, Arc::clone(&clock));
        flights.look_elsewhere(&store);
        Ok(Self {
            store,
            in_force: InForce::new(Edition::on_paper(installation, &clock)?),
            keeper: Keeper::Office,
            flights,
            clock,
            wake: Arc::default(),
        })
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(self.in_force.now().policy())
    }

    /// Before plans are made: where no daemon runs, notes by which files. If they are not those in force, the next start
    /// makes all plans anew, even where somebody has changed the files back by then.
    pub(super) async fn note_rules(&self) -> Result<(), StoreError> {
        match self.keeper {
            Keeper::Daemon => Ok(()),
            Keeper::Office => {
                let edition = self.in_force.now();
                self.store.put_in_force(edition.revision(), edition.published()).await.map(drop)
            }
        }
    }

    /// The rules in force when a transaction begins.
    #[must_use]
    pub fn rules(&self) -> Arc<dyn Rules> {
        self.in_force.clone()
    }

    /// Halts all sending at the operator's word. Returns when no transaction can begin any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn pause(&self, note: &str) -> Result<(), StoreError> {
        let open = self.store.halt(HaltCause::Operator, note).await?;
        self.flights.revoke(&open).await;
        Ok(())
    }

    /// Lifts every halt that a person may lift, and says which there were. A clock that went back and a journal that
    /// isn't applied lift their halts themselves, when their cause is gone; that of an older database takes a
    /// [choice](Self::resume_restored).
    ///
    /// # Errors
    /// The database's.
    pub async fn resume(&self) -> Result<Vec<Halt>, StoreError> {
        let mut lifted = vec![];
        for halt in self.store.halts().await? {
            if matches!(halt.cause, HaltCause::Operator | HaltCause::ClockFarAhead | HaltCause::Route) {
                self.store.resume(halt.cause).await?;
                lifted.push(halt);
            }
        }
        self.wake.notify_one();
        Ok(lifted)
    }

    /// Goes on with a database that is older than what was done with it: with or without what may have left already. `None` where
    /// nothing is halted for that.
    ///
    /// # Errors
    /// The database's.
    pub async fn resume_restored(&self, choice: AfterRestore) -> Result<Option<Restored>, StoreError> {
        let restored = self.store.resume_restored(choice).await?;
        self.wake.notify_one();
        Ok(restored)
    }

    /// Takes a calendar at its word, although it lacks much. `false` where nothing of it is in doubt.
    ///
    /// # Errors
    /// The database's.
    pub async fn believe(&self, calendar: &str) -> Result<bool, StoreError> {
        self.store.believe(calendar).await
    }

    /// Seals and signs the ledger as it stands. `None` where nothing came since the last checkpoint.
    ///
    /// # Errors
    /// When the database, the key or the file of checkpoints can't be used.
    pub async fn checkpoint(&self) -> anyhow::Result<Option<Checkpoint>> {
        self.sealer().checkpoint().await
    }

    /// Seals the ledger as it stands, where no daemon does. The next start seals what could not be.
    pub async fn seal(&self) {
        self.sealer().seal_now().await;
    }

    /// Makes a key that signs links from now on. Gives its number.
    ///
    /// # Errors
    /// When the key file or the database can't be written.
    pub async fn new_link_key(&self) -> anyhow::Result<u32> {
        let (number, all) = numbered_keys::add(&self.in_force.now().config().data, Use::Links, self.clock.now())?;
        self.store.keyring().put_link_keys(all);
        self.store.note(Act::LinkKeyMade { number }).await?;
        Ok(number)
    }

    /// Makes a key, wraps every key of the key store anew with it, and takes the others away. Gives how many keys it wrapped.
    ///
    /// # Errors
    /// When a key file or the key store can't be written. What is wrapped anew stays so, and the older keys stay until all is.
    pub async fn rewrap(&self) -> anyhow::Result<u64> {
        let data = self.in_force.now().config().data.clone();
        let (number, all) = numbered_keys::add(&data, Use::Wrapping, self.clock.now())?;
        self.store.keyring().put_wrapping_keys(all);
        let keys = self.store.rewrap().await?;
        // In memory the older ones stay until the next start: somebody may just have read what they wrapped.
        numbered_keys::keep_newest(&data, Use::Wrapping)?;
        self.store.note(Act::Rewrapped { number, keys }).await?;
        Ok(keys)
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(self.store.clone(), Arc::clone(&self.clock), self.in_force.now().config())
    }

    /// The one who is meant: by `@` and the number here, the customer's id in its source, or the address.
    pub(super) async fn one(&self, text: &str) -> Result<Result<CustomerId, Unnamed>, StoreError> {
        Ok(match self.named(text.trim()).await?.as_slice() {
            [] => Err(Unnamed::Nobody),
            [one] => Ok(one.id),
            _ => Err(Unnamed::Several),
        })
    }

    /// Who is meant: by `@` and the number here, the customer's id in its source, or the address.
    pub(super) async fn named(&self, text: &str) -> Result<Vec<Customer>, StoreError> {
        // A source's id that looks like one of our numbers is no number: whoever bears it has a number of their own here.
        let named = match text.strip_prefix('@').map(str::parse) {
            Some(Ok(number)) => self.store.named_customer(CustomerId(number)).await?.map(|(_, customer)| customer),
            _ => self.store.find_by_external_id(text).await?,
        };
        match (named, EmailAddress::parse(text)) {
            (None, Ok(address)) => self.store.find_by_mailbox(&address).await,
            (named, _) => Ok(named.into_iter().collect()),
        }
    }
}
